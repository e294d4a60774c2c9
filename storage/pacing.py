"""What was sent by each robot in the last minute, and until when it is to be silent: one row of `meta` a robot, locked while it is changed."""

from __future__ import annotations

from storage.database import both

PREFIX = "robot:"
"""Before the digest of a robot's address, which is a secret."""
BEGIN = both("INSERT INTO meta (key, value) VALUES (?, '{}') ON CONFLICT (key) DO NOTHING")
HOLD = both("SELECT value FROM meta WHERE key = ? {lock}")
KEEP = both("UPDATE meta SET value = ? WHERE key = ?")
LOOK = both("SELECT value FROM meta WHERE key = ?")
WAITING = both(
    "SELECT c.programme, m.recipient, count(*) FROM messages m JOIN cases c ON c.id = m.case_id "
    "WHERE m.state = 'pending' AND m.recipient {in} GROUP BY c.programme, m.recipient"
)
