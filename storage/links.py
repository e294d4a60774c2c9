"""Which cases belong to which others: who opened whom, who was joined to whom, and whether the linked one is still open."""

from __future__ import annotations

from storage.database import Rows, both
from storage.statements import B, I, T

LINK = {"opener": B, "name": T, "case_id": B, "open": I}

OF_NAME = both("SELECT case_id FROM links WHERE opener = ? AND name = ? ORDER BY case_id")
OPEN_OF_NAME = both("SELECT case_id FROM links WHERE opener = ? AND name = ? AND open = 1 ORDER BY case_id LIMIT ?")
OF_CASES = both("SELECT opener, name, case_id, open FROM links WHERE case_id {in} ORDER BY case_id, opener, name")
AROUND = both(
    "SELECT l.name, c.id FROM links l JOIN cases c ON c.id = l.case_id WHERE l.opener = ? ORDER BY l.name, c.id LIMIT ?"
)  # fmt: skip
"""The cases linked to an opener, by name."""

PUT = Rows.insert("links", LINK, conflict="ON CONFLICT (opener, name, case_id) DO UPDATE SET open = excluded.open")
CUT = Rows.delete("links", {"opener": B, "name": T, "case_id": B})
MARK = Rows.update("links", {"open": I}, keys={"case_id": B})
