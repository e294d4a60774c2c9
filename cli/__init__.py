"""The command `fengxing` (Typer)."""
