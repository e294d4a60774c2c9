"""The formats in which the process log goes out; apart from those who write them, so that a command can name them without loading them."""

from __future__ import annotations

from enum import StrEnum


class Format(StrEnum):
    XES = "xes"
    OCEL2 = "ocel2"
    CSV = "csv"
    XLSX = "xlsx"
