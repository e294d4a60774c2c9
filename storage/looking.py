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

_MESSAGE = (
    "m.id, m.case_id, m.seq, m.recipient, m.channel, m.template, m.kind, m.clock, m.round, m.urgent, m.created_at, m.next_at, m.attempts, "
    "m.message_id, m.subject, m.body, m.tried, m.state, m.done_at, c.number, c.programme"
)
_LINE = _MESSAGE.replace("m.body", "NULL")
"""A list needs no letters."""
MESSAGES_PAGE = both(
    f"SELECT {_LINE} FROM messages m JOIN cases c ON c.id = m.case_id WHERE m.id < ? AND (? = '' OR m.state = ?) AND (? = 0 OR m.case_id = ?) "
    "ORDER BY m.id DESC LIMIT ?"
)
"""The newest first, from an id on; state and case given twice, `''` and 0 are any."""
MESSAGE_BY_ID = both(f"SELECT {_MESSAGE} FROM messages m JOIN cases c ON c.id = m.case_id WHERE m.id = ?")
DIGEST_BODY = both("SELECT body FROM messages WHERE message_id = ? AND body IS NOT NULL")
DROP_MESSAGE = both(
    "UPDATE messages SET state = 'dropped', done_at = ?, tried = ?, lease = NULL, lease_until = NULL WHERE id = ? AND state IN ('pending', 'dead') "
    "AND (lease_until IS NULL OR lease_until <= ?)"
)
