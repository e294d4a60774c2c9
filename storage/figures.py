"""The few queries of the figures: the cases of a period, their moves, what became of those that are over, the mails that went out."""

from __future__ import annotations

from storage.database import Rows, both
from storage.statements import CASE, B, I, T

OUTCOME = {"case_id": B, "length": I, "basis": T, "programme": T, "definition": I, "state": T, "opened_at": B, "due_at": B, "unit": T,
           "category": T, "area": T, "reporter": T, "marks": B, "course": T}  # fmt: skip
_case, _of_case, _outcome = ", ".join(CASE), ", ".join(f"c.{name}" for name in CASE), ", ".join(OUTCOME)
_changing = [name for name in OUTCOME if name != "case_id"]

CASES_OPENED = both(
    f"SELECT {_case} FROM cases WHERE id > ? AND opened_at >= ? AND opened_at < ? AND (? = '' OR programme = ?) ORDER BY id LIMIT ?"
)
"""A programme (given twice; the empty text is any), opened in [from, to)."""
MOVES = both(
    "SELECT case_id, at, trigger, from_state, to_state FROM history WHERE case_id {in} AND kind IN ('open', 'move') ORDER BY case_id, at, seq"
)
"""In the order in which it happened."""
SENT = both("SELECT case_id, count(*) FROM messages WHERE case_id {in} AND state = 'sent' GROUP BY case_id")
PUT_OUTCOMES = Rows.insert(
    "outcomes", OUTCOME, conflict=f"ON CONFLICT (case_id) DO UPDATE SET {', '.join(f'{name} = excluded.{name}' for name in _changing)}"
)
OUTCOMES_OPENED = both(f"SELECT {_outcome} FROM outcomes WHERE opened_at >= ? AND opened_at < ? AND (? = '' OR programme = ?)")
OUTCOMES_DUE = both(f"SELECT {_outcome} FROM outcomes WHERE due_at >= ? AND due_at < ? AND (? = '' OR programme = ?)")
OUTCOMES_OF = both(f"SELECT {_outcome} FROM outcomes WHERE case_id {{in}}")
BASES = both("SELECT DISTINCT definition, basis FROM outcomes")
UNCOVERED = both(
    "SELECT c.id FROM cases c LEFT JOIN outcomes o ON o.case_id = c.id AND o.length = c.length "
    "WHERE c.id > ? AND c.opened_at >= ? AND c.opened_at < ? AND (? = '' OR c.programme = ?) AND o.case_id IS NULL ORDER BY c.id"
)
"""Cases of which nothing is remembered, or not what they are by now."""
UNCOVERED_CLOSED = both(
    f"SELECT {_of_case} FROM cases c LEFT JOIN outcomes o ON o.case_id = c.id AND o.length = c.length "
    "WHERE c.id > ? AND c.closed_at IS NOT NULL AND o.case_id IS NULL ORDER BY c.id LIMIT ?"
)
OUTCOMES_UNDER = both("SELECT case_id FROM outcomes WHERE definition = ? AND basis = ?")
FORGET_OUTCOMES = both("DELETE FROM outcomes WHERE definition = ? AND basis <> ?")
