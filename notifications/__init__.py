"""WHO is told, in which words: compose (pure), render (Jinja2 sandbox), channels (I/O), templates."""
