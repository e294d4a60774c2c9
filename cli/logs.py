"""What the engine says while it works, on stderr: a fixed sentence with its fields; for scripts one JSON object a line."""

from __future__ import annotations

import logging
from typing import Any

import orjson

_PLAIN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


def one_shot(*, as_json: bool) -> None:
    """A command that answers once: only what is wrong, and nothing beside the one error that a script reads."""
    _handle(logging.NullHandler() if as_json else logging.StreamHandler(), logging.WARNING, Readable(dated=False))
    logging.getLogger("engine.loading").setLevel(logging.CRITICAL)  # its problems are printed in full


def long_running(*, as_json: bool) -> None:
    """A loop: what happens, with the time."""
    _handle(logging.StreamHandler(), logging.INFO, Lines() if as_json else Readable(dated=True))


def _handle(handler: logging.Handler, level: int, formatter: logging.Formatter) -> None:
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [*(kept for kept in root.handlers if not getattr(kept, "fengxing", False)), handler]
    vars(handler)["fengxing"] = True
    root.setLevel(level)


def _fields(record: logging.LogRecord) -> dict[str, Any]:
    return {name: value for name, value in vars(record).items() if name not in _PLAIN}


class Readable(logging.Formatter):
    """`08:31:07 warning: the store cannot be used just now (reason=…, seconds=0.1)`."""

    def __init__(self, *, dated: bool) -> None:
        super().__init__(datefmt="%H:%M:%S")
        self._dated = dated

    def format(self, record: logging.LogRecord) -> str:
        fields = ", ".join(f"{name}={value}" for name, value in _fields(record).items())
        said = f"{record.levelname.lower()}: {record.getMessage()}{f' ({fields})' if fields else ''}"
        if record.exc_info:
            said += "\n" + self.formatException(record.exc_info)
        return f"{self.formatTime(record, self.datefmt)} {said}" if self._dated else said


class Lines(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        said = {"level": record.levelname.lower(), "message": record.getMessage(), "at": record.created, **_fields(record)}
        if record.exc_info:
            said["traceback"] = self.formatException(record.exc_info)
        return orjson.dumps(said, default=str).decode()
