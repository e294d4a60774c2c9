"""The few queries of the figures: the cases of a period, their moves, the mails that went out for them."""

from __future__ import annotations

from storage.database import both
from storage.statements import CASE

_case = ", ".join(CASE)

CASES_OPENED = both(
    f"SELECT {_case} FROM cases WHERE id > ? AND opened_at >= ? AND opened_at < ? AND (? = '' OR programme = ?) ORDER BY id LIMIT ?"
)
"""A programme (given twice; the empty text is any), opened in [from, to)."""
MOVES = both(
    "SELECT case_id, at, trigger, from_state, to_state FROM history WHERE case_id {in} AND kind IN ('open', 'move') ORDER BY case_id, at, seq"
)
"""In the order in which it happened."""
SENT = both("SELECT case_id, count(*) FROM messages WHERE case_id {in} AND state = 'sent' GROUP BY case_id")
