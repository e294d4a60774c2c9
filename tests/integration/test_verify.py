"""Planted damage of every kind, each found with its code; and nothing found where nothing was done."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest

from engine import attachments, composition, requests
from engine import verify as verifying
from storage import database
from tests import builders
from tests.integration import towns

Engine = composition.Engine
PERSON = {"name": "张大妈", "email": "zhang@example.org"}


@pytest.fixture
def engine(engine: Engine) -> Engine:
    """Three cases: one closed after a breach, one amid its ladder, one just opened on behalf of somebody."""
    first = towns.opened(engine)
    towns.until(engine, "08:21")
    towns.moved(engine, first, "dispatch", "wang", category="lamp", urgency="2", unit="lights")
    towns.moved(engine, first, "resolve", "li", result="好了")
    towns.moved(engine, first, "verify", "qian")
    towns.dispatched(engine)
    towns.until(engine, "09:10")
    towns.opened(engine, on_behalf_of=PERSON)
    assert towns.findings(engine) == []
    return engine


DAMAGE = [
    ("what was said in an entry is changed", "UPDATE history SET facts = '{}' WHERE case_id = 1 AND seq = 1", "entry-changed TT-20261120-0001: entry 1"),
    ("when it happened is changed", "UPDATE history SET at = at - 60000000 WHERE case_id = 1 AND seq = 3", "entry-changed TT-20261120-0001: entry 3"),
    ("who did it is changed", "UPDATE history SET actor = 'hu' WHERE case_id = 1 AND trigger = 'resolve'", "entry-changed TT-20261120-0001"),
    ("a digest is changed", "UPDATE history SET digest = mark_of_damage WHERE case_id = 1 AND seq = 2", "entry-changed TT-20261120-0001: entry 2"),
    ("an entry amid the history is removed", "DELETE FROM history WHERE case_id = 1 AND seq = 2", "entry-removed TT-20261120-0001: entry 2 is missing"),
    ("the first entry is removed", "DELETE FROM history WHERE case_id = 1 AND seq = 1", "entry-removed TT-20261120-0001: entry 1 is missing"),
    ("the last entry is removed", "DELETE FROM history WHERE case_id = 1 AND trigger = 'verify'", "the last is gone"),
    ("all entries are removed", "DELETE FROM history WHERE case_id = 2", "entry-removed TT-20261120-0002"),
    ("the last entry is removed and the count put right", "DELETE|UPDATE cases SET length = length - 1 WHERE id = 1", "entry-changed TT-20261120-0001: the case's head"),
    ("a timer is removed", "DELETE FROM timers WHERE case_id = 2 AND clock = 'handling'", "timer-missing TT-20261120-0002: handling: rung 2"),
    ("a timer is added", "INSERT INTO timers (case_id, clock, due, round, rung, repeat, generation) SELECT 2, 'review', 5, 1, 0, 0, 1", "timer-extra TT-20261120-0002: review"),
    ("a timer is moved", "UPDATE timers SET due = due + 1 WHERE case_id = 2 AND clock = 'handling'", "timer-wrong TT-20261120-0002: handling"),
    ("a timer stands for another rung", "UPDATE timers SET rung = 0 WHERE case_id = 2 AND clock = 'handling'", "timer-wrong TT-20261120-0002: handling"),
    ("a timer on a closed case", "INSERT INTO timers (case_id, clock, due, round, rung, repeat, generation) SELECT 1, 'handling', 5, 1, 0, 0, 1", "timer-extra TT-20261120-0001"),
    ("a message is removed", "DELETE FROM messages WHERE id = 1", "message-removed TT-20261120-0001: entry 1: the email to ma"),
    ("a message goes to somebody else", "UPDATE messages SET recipient = 'hu' WHERE id = 1", "message-added TT-20261120-0001: entry 1: the email to hu"),
    ("a message says something else", "UPDATE messages SET template = 'overdue' WHERE id = 1", "message-changed TT-20261120-0001: entry 1: ma was to hear `received`"),
    ("a settled clock is whitewashed", "FOLD 1 dispatching breached_at", "clock-differs TT-20261120-0001: dispatching"),
    ("a running clock is put back", "FOLD 2 handling started", "clock-differs TT-20261120-0002: handling"),
    ("what a clock has fired is forgotten", "FOLD 2 handling fired", "clock-differs TT-20261120-0002: handling"),
    ("the state is edited", "UPDATE cases SET state = 'invalid' WHERE id = 2", "state-differs TT-20261120-0002: the case says invalid, its history dispatched"),
    ("the facts are edited", "UPDATE cases SET facts = '{\"description\":\"x\"}' WHERE id = 3", "facts-differ TT-20261120-0003: not as in the history: description, on_behalf_of"),
    ("a case is reopened behind everybody's back", "UPDATE cases SET closed_at = NULL WHERE id = 1", "case-differs TT-20261120-0001: closed_at"),
    ("it was never too late", "UPDATE cases SET opened_at = opened_at + 5 WHERE id = 1", "case-differs TT-20261120-0001: opened_at"),
    ("it vanishes from its unit's list", "UPDATE cases SET unit = 'roads' WHERE id = 2", "case-differs TT-20261120-0002: unit: stored roads"),
    ("somebody else is said to have reported it", "UPDATE cases SET reporter = 'hu' WHERE id = 1", "case-differs TT-20261120-0001: reporter"),
    ("a case is given another day's number", "UPDATE cases SET number = 'TT-20261119-0007' WHERE id = 1", "case-differs TT-20261119-0007: number"),
    ("a case is given another town's number", "UPDATE cases SET number = 'XX-20261120-0001' WHERE id = 1", "case-differs XX-20261120-0001: number"),
    ("a case is made urgent", "UPDATE cases SET urgent = 1 - urgent WHERE id = 2", "case-differs TT-20261120-0002: urgent"),
    ("a mail is said to be sent", "UPDATE messages SET state = 'sent' WHERE id = 1", "message-unproven TT-20261120-0001: entry 1: the email to ma is sent"),
    ("a mail is dropped in silence", "UPDATE messages SET state = 'dropped', done_at = 5 WHERE id = 1", "message-unproven TT-20261120-0001: entry 1: the email to ma is dropped"),
    ("a mail in a state of no kind", "UPDATE messages SET state = 'gone' WHERE id = 1", "message-unproven TT-20261120-0001: entry 1"),
    ("four eyes are made two", "UPDATE cases SET fold = replace(fold, '\"li\"', '\"hu\"') WHERE id = 1", "case-differs TT-20261120-0001: who did what"),
    ("a personal value is edited", "UPDATE personal SET value = '{\"name\":\"李四\"}'", "personal-changed TT-20261120-0003: entry 1: on_behalf_of"),
    ("a personal value is gone without having been erased", "DELETE FROM personal", "personal-removed TT-20261120-0003: entry 1: on_behalf_of"),
    ("a case row that cannot be read", "UPDATE cases SET fold = '{' WHERE id = 2", "case-unreadable TT-20261120-0002"),
    ("a case of a definition nobody has", "UPDATE cases SET definition = 99 WHERE id = 2", "case-unreadable TT-20261120-0002"),
    ("the row of a case is removed", "DELETE FROM cases WHERE id = 2", "stray-rows None"),
    ("a stray timer", "INSERT INTO timers (case_id, clock, due, round, rung, repeat, generation) SELECT 99, 'handling', 5, 1, 0, 0, 1", "stray-rows None: 1 rows in timers for case 99"),
]  # fmt: skip


@pytest.mark.parametrize(("_sentence", "sql", "finds"), DAMAGE, ids=[row[0] for row in DAMAGE])
def test_damage_is_found(engine: Engine, _sentence: str, sql: str, finds: str) -> None:
    if sql.startswith("DELETE|"):
        towns.damage(engine, "DELETE FROM history WHERE case_id = 1 AND trigger = 'verify'")
        sql = sql.split("|")[1]
    if sql.startswith("FOLD"):
        edit_fold(engine, *sql.split()[1:])
    elif "mark_of_damage" in sql:
        with engine.store.writing() as tx:
            tx.run(database.both(sql.replace("mark_of_damage", "?")), (bytes(32),))
    else:
        towns.damage(engine, sql)
    found = towns.findings(engine)
    assert any(finding.startswith(finds) or finds in finding for finding in found), found


@pytest.mark.parametrize(
    ("sql", "finds"),
    [
        ("UPDATE cases SET head = 'abc' WHERE id = 2", "case-unreadable TT-20261120-0002"),
        # text that is no UTF-8
        ("UPDATE cases SET head = CAST(x'ff00fe' AS TEXT) WHERE id = 2", "case-unreadable TT-20261120-0002"),
        (
            "UPDATE history SET digest = substr(digest, 1, 31) || 'x' WHERE case_id = 2 AND seq = 1",
            "entry-changed TT-20261120-0002: entry 1",
        ),
        ("UPDATE history SET facts = CAST(x'7bff7d' AS TEXT) WHERE case_id = 2 AND seq = 1", "entry-changed TT-20261120-0002: entry 1"),
        ("UPDATE history SET detail = '{[' WHERE case_id = 2 AND seq = 1", "entry-changed TT-20261120-0002: entry 1"),
        ("UPDATE history SET detail = '[1]' WHERE case_id = 2 AND seq = 1", "entry-changed TT-20261120-0002: entry 1"),
    ],
)
def test_values_of_a_wrong_type_are_findings(engine: Engine, sql: str, finds: str) -> None:
    if engine.store.dialect != "sqlite":
        pytest.skip("PostgreSQL refuses them")
    towns.damage(engine, sql)
    assert any(finding.startswith(finds) for finding in towns.findings(engine))
    assert towns.rows(engine, "SELECT count(*) FROM messages")  # the store reads as before


def edit_fold(engine: Engine, case: str, clock: str, field: str) -> None:
    """Change one value of a clock's kept fold."""
    from sla import folds

    ((text,),) = towns.rows(engine, "SELECT fold FROM cases WHERE id = ?", int(case))
    kept = orjson.loads(text)
    fold = folds.ClockFold.from_json(kept["k"][clock])
    value: Any = {"breached_at": 1, "started": fold.started - 1, "fired": ()}[field]
    if field == "breached_at":
        value = None if fold.breached_at is not None else fold.started
    assert getattr(fold, field) != value
    kept["k"][clock] = fold._replace(**{field: value}).to_json()
    towns.damage(engine, "UPDATE cases SET fold = ? WHERE id = ?", orjson.dumps(kept).decode(), int(case))


def test_a_later_entry_that_nobody_wrote_is_found(engine: Engine) -> None:
    columns = "kind, at, recorded_at, trigger, from_state, to_state, actor, facts, detail, digest"
    towns.damage(engine, f"INSERT INTO history (case_id, seq, {columns}) SELECT case_id, 2, {columns} FROM history WHERE case_id = 3")
    (found,) = towns.findings(engine)
    assert found.startswith("entry-changed TT-20261120-0003: entry 2")


def test_a_well_forged_entry_at_the_end_is_found_by_the_count(engine: Engine) -> None:
    from engine import chain, history

    with engine.store.reading() as tx:
        last = history.rows(tx, 3)[-1]
    forged = (*last[: history.SEQ], 2, *last[history.KIND : history.DIGEST])
    digest = chain.link(bytes(last[history.DIGEST]), forged)
    names = ", ".join((*chain.COLUMNS, "digest"))
    towns.damage(engine, f"INSERT INTO history ({names}) VALUES ({', '.join('?' * 13)})", *forged, digest)
    (found,) = towns.findings(engine)
    assert found.startswith("entry-added TT-20261120-0003")


def test_a_changed_or_missing_photo_is_found(engine: Engine) -> None:
    digest = builders.a_photo(engine)
    assert towns.findings(engine) == []
    file = attachments.place(engine.settings.data_dir, digest, "image/jpeg")
    file.write_bytes(file.read_bytes() + b"!")
    assert "photo-changed None" in towns.findings(engine)[0]
    file.unlink()
    assert "cannot be read" in towns.findings(engine)[0]


def test_a_photo_that_is_not_what_it_was_names_every_case_that_carries_it(engine: Engine) -> None:
    shared, own, unused = (builders.a_photo(engine, colour) for colour in ("orange", "black", "blue"))
    first, second = towns.opened(engine, photos=[shared, own]), towns.opened(engine, photos=shared)
    towns.opened(engine, description=own)  # who writes a hash into a text shows no photo
    assert towns.findings(engine) == []
    for digest in (shared, own, unused):
        attachments.place(engine.settings.data_dir, digest, "image/jpeg").unlink()
    found = towns.findings(engine)
    assert [line.split(":")[0] for line in found] == [
        f"photo-changed {first.number}",
        f"photo-changed {first.number}",
        f"photo-changed {second.number}",
        "photo-changed None",
    ]
    assert all("entry 1: photos: " in line and "cannot be read" in line for line in found[:3])
    assert unused in found[3]
    assert towns.findings(engine, second) == [found[2]]


def test_a_photo_whose_row_is_gone_is_found_by_the_case_that_carries_it(engine: Engine) -> None:
    digest = builders.a_photo(engine)
    case = towns.dispatched(engine)
    towns.moved(engine, case, "resolve", "li", result="好了", photos=[digest])
    towns.damage(engine, "DELETE FROM attachments WHERE hash = ?", digest)
    removed = f"photo-removed {case.number}: entry 3: photos names {digest}, which is not among the stored files"
    assert towns.findings(engine) == [removed]
    assert towns.findings(engine, case) == [removed]
    towns.damage(engine, "UPDATE history SET facts = '[' WHERE case_id = ? AND seq = 3", case.case)
    assert [line.split(":")[0] for line in towns.findings(engine)] == [f"entry-changed {case.number}"]


def test_a_photo_kept_apart_as_personal_is_looked_after_too(tmp_path: Path, url: str) -> None:
    flow = towns.WORKFLOW.replace("photos:      {type: photos,", "photos:      {type: photos, personal: true,")
    with towns.a_town(tmp_path, url, workflow=flow) as engine:
        case = towns.opened(engine, photos=[builders.a_photo(engine)])
        assert towns.findings(engine) == []
        towns.damage(engine, "DELETE FROM attachments")
        (found,) = towns.findings(engine)
        assert found.startswith(f"photo-removed {case.number}: entry 1: photos")


def test_one_case_can_be_looked_at_by_itself(engine: Engine) -> None:
    towns.damage(engine, "DELETE FROM messages WHERE id = 1")
    folder = engine.settings.data_dir
    assert verifying.verify(engine.store, engine.catalog, folder, only=[2, 3]).ok
    assert not verifying.verify(engine.store, engine.catalog, folder, only=[1]).ok


def test_a_running_engine_beside_it_is_no_damage(engine: Engine) -> None:
    import threading

    stop = threading.Event()

    def busy() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            engine.door.submit(requests.Move(case=1 + number % 3, trigger="note", actor="ma") if number % 3 else towns.an_opening())

    with towns.another(engine) as second:
        thread = threading.Thread(target=lambda: suppressed(busy))
        thread.start()
        try:
            for _ in range(15):
                assert towns.findings(second) == []
        finally:
            stop.set()
            thread.join()


def suppressed(busy: object) -> None:
    """Refusals are none of this test's business."""
    import contextlib

    from states import errors

    with contextlib.suppress(errors.StatesError):
        busy()  # type: ignore[operator]  # the function above
