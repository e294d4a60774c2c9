"""How a workflow is drawn: the picture as values, its words and counts, and the hands that draw it (SVG, Mermaid)."""
