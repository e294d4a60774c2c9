"""The few queries of those who look at cases: lists with filters, personal values with who gave them, the outbox."""

from __future__ import annotations

from storage.database import both
from storage.statements import CASE

_case = ", ".join(CASE)
_FILTER = "(? = '' OR programme = ?) AND (? = '' OR state = ?) AND (? = '' OR unit = ?)"
"""Programme, state and unit, each given twice; the empty text is any."""

OPEN_CASES = both(f"SELECT {_case} FROM cases WHERE closed_at IS NULL AND id > ? AND {_FILTER} ORDER BY id LIMIT ?")
CLOSED_CASES = both(
    f"SELECT {_case} FROM cases WHERE closed_at IS NOT NULL AND (closed_at < ? OR (closed_at = ? AND id < ?)) AND {_FILTER} "
    "ORDER BY closed_at DESC, id DESC LIMIT ?"
)
"""The latest first, from a place (closed_at twice, id) on."""

PERSONAL_GIVEN = both(
    "SELECT p.case_id, p.seq, p.fact, p.salt, p.value, h.actor FROM personal p "
    "JOIN history h ON h.case_id = p.case_id AND h.seq = p.seq WHERE p.case_id {in} ORDER BY p.case_id, p.seq"
)
