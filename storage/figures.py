"""The few queries of the figures: the cases of a period, their moves, what became of those that are over, the mails that went out."""

from __future__ import annotations

from storage.database import Rows, Statement, both
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
OUTCOMES_OF = both(f"SELECT {_outcome} FROM outcomes WHERE case_id {{in}}")
BASES = both("SELECT DISTINCT definition, basis FROM outcomes")
OUTCOMES_UNDER = both("SELECT case_id FROM outcomes WHERE definition = ? AND basis = ?")
FORGET_OUTCOMES = both("DELETE FROM outcomes WHERE definition = ? AND basis <> ?")

HISTORY_END = both("SELECT coalesce(max(id), 0) FROM history")
CHANGED_CLOSED = Statement(
    f"SELECT {_of_case} FROM cases c LEFT JOIN outcomes o ON o.case_id = c.id AND o.length = c.length WHERE c.closed_at IS NOT NULL "
    "AND o.case_id IS NULL AND c.id IN (SELECT case_id FROM history WHERE id > ? AND id <= ?) ORDER BY c.id",
    f"SELECT {_of_case} FROM cases c LEFT JOIN outcomes o ON o.case_id = c.id AND o.length = c.length WHERE c.closed_at IS NOT NULL "
    "AND o.case_id IS NULL AND c.id IN (SELECT case_id FROM history WHERE id > %s AND id <= %s) ORDER BY c.id",
)
"""Cases that are over and changed between two places of the history, of which nothing is remembered as they are by now."""
UNREMEMBERED = Statement(
    # One writer at a time: what is numbered was committed in that order, so the place up to which all is remembered suffices.
    "SELECT id FROM cases WHERE closed_at IS NULL UNION SELECT case_id FROM history WHERE id > ? "
    "UNION SELECT case_id FROM outcomes WHERE length = 0",
    # Many writers: a smaller number may appear later, so each case is asked.
    "SELECT c.id FROM cases c LEFT JOIN outcomes o ON o.case_id = c.id AND o.length = c.length WHERE o.case_id IS NULL AND %s >= 0",
)
"""Cases that must be read: open ones, those that changed since, those whose clocks go on after their end."""
ALL_IDS = both("SELECT id FROM cases")
_KEYS = {
    "": "''", "unit": "unit", "category": "category", "area": "area", "programme": "programme", "state": "state", "rider": "reporter",
    "opened": "opened_at / 900000000", "due": "due_at / 900000000",
}  # fmt: skip
_OF_PERIOD = "{date} >= ? AND {date} < ? AND (? = '' OR programme = ?) AND basis {{in}} AND length > 0 AND case_id NOT {{in}}"


def _summed(key: str, date: str) -> Statement:
    where = _OF_PERIOD.format(date=date).replace("{{", "{").replace("}}", "}")
    lite = both(
        f"SELECT {_KEYS[key]}, programme, definition, marks, count(*), group_concat(course, ',') FROM outcomes WHERE {where} GROUP BY 1, 2, 3, 4"
    )
    return Statement(lite.sqlite, lite.postgresql.replace("group_concat", "string_agg").replace("NOT = ANY(%s)", "<> ALL(%s)"))


def _reported(key: str, date: str) -> Statement:
    where = _OF_PERIOD.format(date=date).replace("{{", "{").replace("}}", "}")
    lite = both(
        f"SELECT {_KEYS[key]}, programme, definition, reporter, count(*) FROM outcomes WHERE {where} AND reporter IS NOT NULL GROUP BY 1, 2, 3, 4"
    )
    return Statement(lite.sqlite, lite.postgresql.replace("NOT = ANY(%s)", "<> ALL(%s)"))


SUMMED = {(key, by_due): _summed(key, "due_at" if by_due else "opened_at") for key in _KEYS for by_due in (False, True)}
"""What is remembered of a period's cases, by key and marks: how many, and their courses. Given: from, to, programme (twice), the bases
that hold, the cases that are not to be taken from here."""
REPORTED = {(key, by_due): _reported(key, "due_at" if by_due else "opened_at") for key in _KEYS for by_due in (False, True)}
"""The same, by key and reporter: how many."""
