"""The statements of suggestions: where cases are, what was confirmed of them, and what was learned from that."""

from __future__ import annotations

from storage.database import Rows, Statement, both
from storage.statements import B, I, T

PLACE = {"case_id": B, "programme": T, "workflow": T, "cell": B, "lon": I, "lat": I, "category": T, "opened_at": B, "until": B}
_place = ", ".join(PLACE)
_changed = ", ".join(f"{column} = excluded.{column}" for column in PLACE if column != "case_id")

PUT_PLACES = Rows.insert("places_of", PLACE, conflict=f"ON CONFLICT (case_id) DO UPDATE SET {_changed}")
DELETE_PLACES = Rows.delete("places_of", {"case_id": B})
PLACES_MANY = both(f"SELECT {_place} FROM places_of WHERE case_id {{in}}")

_NEAR = (
    "SELECT p.case_id, p.lon, p.lat, p.category, p.opened_at, p.until, c.number, c.definition, c.state, c.facts FROM {cells} "
    "JOIN places_of p ON p.case_id IN (SELECT q.case_id FROM places_of q WHERE q.programme = ? AND q.workflow = ? "
    "AND q.cell = wanted.value AND q.until >= ? "
    "AND q.lon BETWEEN ? AND ? AND q.lat BETWEEN ? AND ? ORDER BY q.until DESC, q.case_id DESC LIMIT ?) "
    "JOIN cases c ON c.id = p.case_id WHERE p.case_id <> ?"
)
NEAR = Statement(
    _NEAR.format(cells="json_each(?) AS wanted"), _NEAR.format(cells="unnest(?::bigint[]) AS wanted(value)").replace("?", "%s")
)
"""Cells (a list), programme, workflow, the moment until which a case must have been open, from and to which longitude and latitude,
the most of each cell, the case itself.

The newest of each cell, so that a crowded crossing costs no more than any other place."""

CONFIRMED = both(
    "SELECT c.id, c.definition, c.state, c.facts, c.opened_at, c.urgent, h.facts FROM cases c "
    "JOIN history h ON h.case_id = c.id AND h.seq = 1 WHERE c.programme = ? AND c.closed_at IS NOT NULL AND c.id < ? ORDER BY c.id DESC LIMIT ?"
)
"""Closed cases with the facts they were opened with, the newest first, below an id."""
OPENED_WITH = both("SELECT facts FROM history WHERE case_id = ? AND seq = 1")

LEARNED_NEWEST = both("SELECT id, at, hash, about FROM learned WHERE programme = ? ORDER BY id DESC LIMIT 1")
LEARNED_BODY = both("SELECT body FROM learned WHERE id = ?")
LEARNED_ALL = both("SELECT id, programme, hash, body FROM learned ORDER BY id")
INSERT_LEARNED = both("INSERT INTO learned (programme, at, hash, about, body) VALUES (?, ?, ?, ?, ?) RETURNING id")
FORGET_LEARNED = both(
    "DELETE FROM learned WHERE programme = ? AND id NOT IN (SELECT id FROM learned WHERE programme = ? ORDER BY id DESC LIMIT ?)"
)
"""All but the newest of a programme (given twice)."""
