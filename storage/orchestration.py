"""The few queries of what goes on beside the cases: the feed of what happened, lapses, leases, erasing."""

from __future__ import annotations

from storage.database import Statement, both

_ENTRY = (
    "h.id, h.case_id, h.seq, h.kind, h.at, h.recorded_at, h.trigger, h.from_state, h.to_state, h.actor, h.detail, h.digest, "
    "c.number, c.programme, c.definition, c.urgent, {moved}, c.state FROM history h JOIN cases c ON c.id = h.case_id"
)
_MOVED = """c.fold LIKE '%"eras":%'"""
"""Whether a case may have been under another definition before."""

ENTRIES_AFTER = Statement(
    f"SELECT {_ENTRY.format(moved=_MOVED)} WHERE h.id > ? ORDER BY h.id LIMIT ?",
    # Numbers are taken before a commit, so a smaller one may appear later: only what every running transaction began after.
    f"SELECT {_ENTRY.format(moved=_MOVED.replace('%', '%%'))} WHERE h.id > %s AND age(h.xmin) > age(pg_snapshot_xmin(pg_current_snapshot())::xid) ORDER BY h.id LIMIT %s",
)
"""History in the order of commits, from a cursor on."""
RUNGS_BETWEEN = both(
    "SELECT h.id, h.case_id, h.seq, h.at, h.detail FROM history h WHERE h.id > ? AND h.id <= ? AND h.mark IS NOT NULL ORDER BY h.id LIMIT ?"
)
ENTRY_HEAD = Statement(
    "SELECT max(id) FROM history",
    "SELECT max(h.id) FROM history h WHERE age(h.xmin) > age(pg_snapshot_xmin(pg_current_snapshot())::xid)",
)

LEASES_LAPSED = both(
    "UPDATE messages SET lease = NULL, lease_until = NULL WHERE state = 'pending' AND lease_until IS NOT NULL AND lease_until < ?"
)

_OWN = "(p.fact || '@' || c.definition) {in}"
"""Facts with a time of their own: listed as `fact@definition`."""
PERSONAL_DUE = both(
    "SELECT DISTINCT p.case_id FROM personal p JOIN cases c ON c.id = p.case_id "
    f"WHERE p.erased_at IS NULL AND c.programme = ? AND c.closed_at IS NOT NULL AND c.closed_at < ? AND NOT {_OWN} ORDER BY p.case_id LIMIT ?"
)
PERSONAL_DUE_OF = both(
    "SELECT DISTINCT p.case_id FROM personal p JOIN cases c ON c.id = p.case_id "
    f"WHERE p.erased_at IS NULL AND c.programme = ? AND c.closed_at IS NOT NULL AND c.closed_at < ? AND {_OWN} ORDER BY p.case_id LIMIT ?"
)
"""The same of what has a time of its own."""
PERSONAL_FILES = both(
    f"SELECT p.value FROM personal p JOIN cases c ON c.id = p.case_id WHERE p.case_id {{in}} AND NOT {_OWN} AND p.value LIKE '[\"%'"
)
PERSONAL_FILES_OF = both(
    f"SELECT p.value FROM personal p JOIN cases c ON c.id = p.case_id WHERE p.case_id {{in}} AND {_OWN} AND p.value LIKE '[\"%'"
)
_ROWS_OWN = "(fact || '@' || (SELECT c.definition FROM cases c WHERE c.id = personal.case_id)) {in}"
_ERASE = "UPDATE personal SET salt = NULL, value = NULL, erased_at = ? WHERE erased_at IS NULL AND case_id {in}"
PERSONAL_ERASE = both(f"{_ERASE} AND NOT {_ROWS_OWN}")
PERSONAL_ERASE_OF = both(f"{_ERASE} AND {_ROWS_OWN}")
DEFINITIONS_KEEPING = both("SELECT id FROM definitions WHERE programme = ? AND text LIKE '%\"kept\":%' ORDER BY id")
"""Definitions in which a fact says how long it is kept."""
FILES_DUE = both(
    "SELECT id, closed_at, facts FROM cases WHERE definition = ? AND closed_at IS NOT NULL AND closed_at < ? AND id > ? AND facts LIKE '%[\"%' "
    "ORDER BY id LIMIT ?"
)
FILES_NAMED = both(
    "SELECT id, case_id, facts FROM history WHERE id > ? AND id <= ? AND (facts LIKE '%[\"%' OR facts LIKE '%$erased%') ORDER BY id LIMIT ?"
)
"""Entries that name files, or say that they are erased, between two places in the history."""
PERSONAL_NAMED = both("SELECT case_id, seq, fact, value FROM personal WHERE value LIKE '[\"%'")
FILES_FORGET = both("DELETE FROM attachments WHERE hash {in}")

OPEN_COUNTS = both("SELECT programme, count(*), sum(urgent) FROM cases WHERE closed_at IS NULL GROUP BY programme ORDER BY programme")
OPEN_BY_TIMER = both(
    "SELECT c.id FROM cases c JOIN (SELECT case_id, min(due) AS due FROM timers GROUP BY case_id) t ON t.case_id = c.id "
    "WHERE c.closed_at IS NULL AND c.programme = ? ORDER BY t.due LIMIT ?"
)
OPEN_OLDEST = both("SELECT id FROM cases WHERE closed_at IS NULL AND programme = ? ORDER BY opened_at LIMIT ?")
OPEN_PAGE = both("SELECT id FROM cases WHERE closed_at IS NULL AND id > ? ORDER BY id LIMIT ?")
CASES_LATELY = both("SELECT DISTINCT case_id FROM history WHERE id > (SELECT coalesce(max(id), 0) FROM history) - ? LIMIT ?")
CASE_LAST = both("SELECT coalesce(max(id), 0) FROM cases")
DAY_FIGURES = both(
    "SELECT d.workflow, sum(CASE WHEN c.opened_at >= ? AND c.opened_at < ? THEN 1 ELSE 0 END), "
    "sum(CASE WHEN c.closed_at >= ? AND c.closed_at < ? THEN 1 ELSE 0 END) "
    "FROM cases c JOIN definitions d ON d.id = c.definition WHERE c.programme = ? GROUP BY d.workflow"
)
