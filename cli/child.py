"""A command of ours as the child of `up` or `demo`: `python -m cli.child --watch PID COMMAND …` ends when its parent is gone.

A parent killed with -9 cannot stop its children; they look after it themselves."""

from __future__ import annotations

import argparse
import sys

from cli import main as commands
from workflows import server


def main() -> None:
    words = argparse.ArgumentParser(description="A fengxing command that ends with its parent.")
    words.add_argument("--watch", type=int, required=True, help="process id of the parent")
    words.add_argument("command", nargs=argparse.REMAINDER)
    said = words.parse_args()
    server.watch(said.watch)
    sys.exit(commands.run(said.command))


if __name__ == "__main__":
    main()
