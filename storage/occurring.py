"""The few queries of schedules: how far each has been dealt with, and what came of it."""

from __future__ import annotations

from storage.database import Rows, both
from storage.statements import B, T

SCHEDULE = {"programme": T, "schedule": T, "since": B, "until": B}
OCCURRENCE = {"programme": T, "schedule": T, "moment": B, "entry": T, "case_id": B, "reason": T, "at": B}
_occurrence = ", ".join(f"o.{column}" for column in OCCURRENCE)
_NAMED = "programme = ? AND schedule = ?"

TAKE_UP = Rows.insert("schedules", SCHEDULE, conflict="ON CONFLICT (programme, schedule) DO UPDATE SET until = excluded.until")
"""A schedule that is known already keeps the moment since when it is."""
DROP = both(f"DELETE FROM schedules WHERE {_NAMED}")
STANDING = both("SELECT programme, schedule, since, until FROM schedules ORDER BY programme, schedule")
UNTIL = both(f"SELECT until FROM schedules WHERE {_NAMED} {{lock}}")
PAST = both(f"UPDATE schedules SET until = ? WHERE {_NAMED} AND until < ?")
ENTRIES = both(f"SELECT entry FROM occurrences WHERE {_NAMED} AND moment = ?")
NOTE = Rows.insert("occurrences", OCCURRENCE, conflict="ON CONFLICT (programme, schedule, moment, entry) DO NOTHING")
LATEST = both(
    f"SELECT {_occurrence}, c.number FROM occurrences o LEFT JOIN cases c ON c.id = o.case_id WHERE o.programme = ? AND o.schedule = ? "
    "ORDER BY o.moment DESC, o.entry LIMIT ?"
)
OF_CASES = both("SELECT case_id, schedule, moment, entry FROM occurrences WHERE case_id {in}")
