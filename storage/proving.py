"""The few queries of who proves a played day: what became of each message, what still waits, how far Prefect's feed has come."""

from __future__ import annotations

from storage.database import both

OUTBOX_OF = both("SELECT seq, recipient, state, message_id, done_at, clock, round FROM messages WHERE case_id = ?")
PENDING = both("SELECT count(*) FROM messages WHERE state = 'pending'")
SHOWN = both("SELECT coalesce((SELECT CAST(value AS bigint) FROM meta WHERE key = ?), 0), (SELECT coalesce(max(id), 0) FROM history)")
"""The cursor of a feed by its key, and the newest entry."""
