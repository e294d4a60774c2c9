"""The few queries of moving open cases from one definition to another."""

from __future__ import annotations

from storage.database import Rows, both
from storage.statements import B, I

DEFINITIONS_OF = both("SELECT id, workflow FROM definitions WHERE programme = ? ORDER BY id")
OPEN_UNDER = both("SELECT id FROM cases WHERE closed_at IS NULL AND programme = ? AND definition {in} AND id > ? ORDER BY id LIMIT ?")
"""The open cases that have one of these definitions, by id from a cursor on."""
OPEN_UNDER_COUNT = both(
    "SELECT definition, count(*) FROM cases WHERE closed_at IS NULL AND programme = ? AND definition {in} GROUP BY definition"
)
PIN_CASES = Rows.update("cases", {"definition": I}, keys={"id": B})
"""The only statement that gives a case another definition."""
