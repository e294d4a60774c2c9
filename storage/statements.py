"""Every statement of the hot path, compiled once. The columns are those of `tables`; a test holds them equal."""

from __future__ import annotations

from storage.database import Rows, Statement, both

B, I, T, X = "bigint", "int", "text", "bytea"  # noqa: E741 - one letter a type, as the columns below are read

CASE = {"id": B, "number": T, "programme": T, "definition": I, "state": T, "version": I, "facts": T, "fold": T, "reporter": T, "unit": T,
        "urgent": I, "opened_at": B, "changed_at": B, "closed_at": B, "head": X, "length": I}  # fmt: skip
HISTORY = {"case_id": B, "seq": I, "kind": T, "at": B, "recorded_at": B, "trigger": T, "from_state": T, "to_state": T, "actor": T,
           "facts": T, "detail": T, "mark": T, "digest": X}  # fmt: skip
TIMER = {"case_id": B, "clock": T, "due": B, "round": I, "rung": I, "repeat": I, "generation": I}
MESSAGE = {"id": B, "case_id": B, "seq": I, "recipient": T, "channel": T, "template": T, "kind": T, "clock": T, "round": I, "urgent": I,
           "state": T, "created_at": B, "next_at": B, "attempts": I}  # fmt: skip
KEY = {"key": T, "request": X, "case_id": B, "seq": I, "at": B}
PERSONAL = {"case_id": B, "seq": I, "fact": T, "salt": T, "value": T}
ATTACHMENT = {"hash": T, "media": T, "size": B, "width": I, "height": I, "taken_at": T, "original": T, "at": B}

_case, _history = ", ".join(CASE), ", ".join(HISTORY)
CHANGING = ("state", "version", "facts", "fold", "unit", "urgent", "changed_at", "closed_at", "head", "length")
"""What a step may change of a case, in the order of UPDATE_CASES."""

INSERT_CASES = Rows.insert("cases", CASE)
UPDATE_CASES = Rows.update("cases", {c: CASE[c] for c in CHANGING}, keys={"id": B, "length": I})
STANDING = ("fold", "head", "length")
"""What a rung or an acknowledgement changes: the case stays where it is, so its indexes need no touch."""
UPDATE_FOLDS = Rows.update("cases", {c: CASE[c] for c in STANDING}, keys={"id": B, "length": I})
INSERT_HISTORY = Rows.insert("history", HISTORY)
PUT_TIMERS = Rows.insert(
    "timers",
    TIMER,
    conflict="ON CONFLICT (case_id, clock) DO UPDATE SET due = excluded.due, round = excluded.round, rung = excluded.rung, "
    "repeat = excluded.repeat, generation = excluded.generation",
)
DELETE_TIMERS = Rows.delete("timers", {"case_id": B, "clock": T})
INSERT_MESSAGES = Rows.insert("messages", MESSAGE)
INSERT_KEYS = Rows.insert("keys", KEY)
INSERT_PERSONAL = Rows.insert("personal", PERSONAL)
INSERT_ATTACHMENTS = Rows.insert("attachments", ATTACHMENT, conflict="ON CONFLICT (hash) DO NOTHING")

CASE_BY_ID = both(f"SELECT {_case} FROM cases WHERE id = ? {{lock}}")
CASES_BY_ID = both(f"SELECT {_case} FROM cases WHERE id {{in}} ORDER BY id {{lock}}")
CASES_FREE = both(f"SELECT {_case} FROM cases WHERE id {{in}} ORDER BY id {{skip}}")
CASE_PEEK = both(f"SELECT {_case} FROM cases WHERE id = ?")
ID_BY_NUMBER = both("SELECT id FROM cases WHERE number = ?")
IDS_BY_NUMBER = both("SELECT number, id FROM cases WHERE number {in}")
KEY_ONE = both("SELECT key, request, case_id, seq FROM keys WHERE key = ?")
KEYS_MANY = both("SELECT key, request, case_id, seq FROM keys WHERE key {in}")
HISTORY_OF = both(f"SELECT {_history} FROM history WHERE case_id = ? ORDER BY seq")
HISTORY_MANY = both(f"SELECT {_history} FROM history WHERE case_id {{in}} ORDER BY case_id, seq")
TIMERS_OF = both("SELECT case_id, clock, due, round, rung, repeat, generation FROM timers WHERE case_id = ? ORDER BY clock")
TIMERS_MANY = both("SELECT case_id, clock, due, round, rung, repeat, generation FROM timers WHERE case_id {in} ORDER BY case_id, clock")
TIMERS_DUE = both("SELECT case_id, clock FROM timers WHERE due <= ? ORDER BY due LIMIT ?")
NEXT_DUE = both("SELECT min(due) FROM timers")
COUNT_UP = both("INSERT INTO counters (name, n) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET n = counters.n + excluded.n RETURNING n")
COUNT_IN_STATES = both(
    "SELECT count(*) FROM cases WHERE programme = ? AND state {in} AND definition IN "
    "(SELECT id FROM definitions WHERE programme = ? AND workflow = ?) AND id <> ?"
)
COUNT_OPEN_IN_STATES = Statement(*(f"{sql} AND closed_at IS NULL" for sql in (COUNT_IN_STATES.sqlite, COUNT_IN_STATES.postgresql)))
"""The same where none of the states is final: by the index of open cases."""
PERSONAL_OF = both("SELECT seq, fact, salt, value FROM personal WHERE case_id = ? ORDER BY seq")

META_GET = both("SELECT value FROM meta WHERE key = ?")
META_PUT = both("INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value")
SCHEMA_VERSION = both("SELECT version_num FROM alembic_version")

DEFINITION_BY_HASH = both("SELECT id FROM definitions WHERE hash = ?")
DEFINITION_BY_ID = both("SELECT id, hash, programme, workflow, text FROM definitions WHERE id = ?")
INSERT_DEFINITION = both("INSERT INTO definitions (hash, programme, workflow, text, at) VALUES (?, ?, ?, ?, ?) RETURNING id")
DEFINITIONS_MANY = both("SELECT id, hash, programme, workflow, text FROM definitions WHERE id {in}")
BUNDLE_BY_HASH = both("SELECT id FROM bundles WHERE hash = ?")
INSERT_BUNDLE = both(
    "INSERT INTO bundles (hash, programme, prefix, live, files, workflows, author, reason, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id"
)
IN_FORCE = both(
    "SELECT f.programme, b.id, b.hash, b.live, b.workflows, f.calendar FROM in_force f JOIN bundles b ON b.id = f.bundle ORDER BY f.programme"
)
IN_FORCE_MARK = both("SELECT programme, bundle, calendar FROM in_force ORDER BY programme")
PUT_IN_FORCE = both(
    "INSERT INTO in_force (programme, prefix, bundle, calendar, at) VALUES (?, ?, ?, ?, ?) ON CONFLICT (programme) DO UPDATE SET "
    "prefix = excluded.prefix, bundle = excluded.bundle, calendar = excluded.calendar, at = excluded.at"
)
BUNDLES_LIKE = both("SELECT programme, hash, workflows FROM bundles WHERE hash LIKE ? AND (? = '' OR programme = ?) ORDER BY id")
"""Versions whose hash is like a pattern; of a programme (given twice; the empty text is any)."""
BUNDLES_LISTED = both("SELECT id, hash, programme, workflows, author, reason, at FROM bundles ORDER BY id")
BUNDLE_WHOLE = both("SELECT live, workflows, files FROM bundles WHERE id = ?")
BUNDLE_AUTHOR = both("SELECT author, reason FROM bundles WHERE hash = ?")
PUBLICATIONS = both("SELECT value FROM meta WHERE key LIKE 'publication:%' ORDER BY key")
"""Who put a version in force again, or stood for one that was taken up from its folder; the first time stands on the bundle itself."""
OPEN_BY_DEFINITION = both("SELECT definition, count(*) FROM cases WHERE closed_at IS NULL GROUP BY definition")
POSTPONE_TIMER = both("UPDATE timers SET due = ? WHERE case_id = ? AND clock = ?")

CASE_COUNT = both("SELECT count(*) FROM cases")
CASES_AFTER = both(f"SELECT {_case} FROM cases WHERE id > ? ORDER BY id LIMIT ?")
CASES_PEEK = both(f"SELECT {_case} FROM cases WHERE id {{in}} ORDER BY id")
MESSAGES_TOLD = both("SELECT case_id, seq, recipient, channel, template FROM messages WHERE case_id {in}")
BUNDLES_EVER = both("SELECT programme, prefix, live FROM bundles")
MESSAGES_UNPROVEN = both(
    "SELECT case_id, seq, recipient, channel, state FROM messages WHERE case_id {in} AND ("
    "(state = 'sent' AND (message_id IS NULL OR done_at IS NULL OR tried IS NULL)) OR "
    "(state IN ('dead', 'dropped') AND (done_at IS NULL OR tried IS NULL)) OR (state = 'pending' AND done_at IS NOT NULL) OR "
    "state NOT IN ('pending', 'sent', 'dead', 'dropped'))"
)
"""Messages whose state is not what the delivery leaves behind."""
PERSONAL_MANY = both("SELECT case_id, seq, fact, salt, value FROM personal WHERE case_id {in}")
ATTACHMENTS_ALL = both("SELECT hash, media FROM attachments ORDER BY hash")
ATTACHMENTS_AFTER = both("SELECT hash, media FROM attachments WHERE hash > ? ORDER BY hash LIMIT ?")
ATTACHMENTS_ONE = both("SELECT hash, media FROM attachments WHERE hash = ?")
ATTACHMENTS_MANY = both("SELECT hash, media FROM attachments WHERE hash {in}")
STRAYS = {
    table: both(f"SELECT case_id, count(*) FROM {table} t WHERE NOT EXISTS (SELECT 1 FROM cases c WHERE c.id = t.case_id) GROUP BY case_id")
    for table in ("history", "timers", "messages", "personal", "links", "answers", "places_of", "outcomes")
}
CASES_SINCE = both(
    f"SELECT {_case} FROM cases WHERE programme = ? AND (opened_at >= ? OR closed_at IS NULL) AND id > ? ORDER BY id LIMIT ?"
)
CASES_SINCE_COUNT = both("SELECT count(*) FROM cases WHERE programme = ? AND (opened_at >= ? OR closed_at IS NULL)")
CASES_OF_AFTER = both("SELECT id FROM cases WHERE programme = ? AND id > ? ORDER BY id LIMIT ?")

_WAITING = "state = 'pending' AND next_at <= ? AND (lease_until IS NULL OR lease_until <= ?)"
ANY_WAITING = both(f"SELECT 1 FROM messages WHERE {_WAITING} LIMIT 1")
CLAIM_MESSAGES = both(
    f"UPDATE messages SET lease = ?, lease_until = ? WHERE id IN (SELECT id FROM messages WHERE {_WAITING} ORDER BY urgent DESC, next_at, id "
    "LIMIT ? {skip}) RETURNING id, case_id, seq, recipient, channel, template, kind, clock, round, urgent, created_at, next_at, attempts, "
    "message_id, subject, body, tried"
)
SENT_RECENTLY = both(
    "SELECT recipient, count(DISTINCT message_id), min(done_at) FROM messages WHERE state = 'sent' AND kind = 'ladder' AND urgent = 0 AND done_at > ? AND recipient {in} "
    "GROUP BY recipient"
)
RENDERED = Rows.update("messages", {"message_id": T, "subject": T, "body": T}, keys={"id": B})
SETTLE_MESSAGES = Rows.update(
    "messages",
    {"state": T, "next_at": B, "attempts": I, "tried": T, "done_at": B, "lease": T, "lease_until": B},
    keys={"id": B, "state": T},
)
"""Only what still waits is settled: who comes late, after its lease, changes nothing."""
RETRY_MESSAGE = both(
    "UPDATE messages SET state = 'pending', next_at = ?, attempts = 0, tried = NULL, done_at = NULL, lease = NULL, lease_until = NULL "
    "WHERE id = ? AND state = 'dead'"
)
