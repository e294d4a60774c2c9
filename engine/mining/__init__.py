"""The process log: what goes out to process-mining tools, and whether the histories keep to their definitions."""
