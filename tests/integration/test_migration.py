"""Open cases go to another version of their workflow, and back: what becomes of deadlines, rungs, mails and proofs, on both databases."""

from __future__ import annotations

import io
import itertools
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import orjson
import pytest

from cli.demonstration import reckoner
from engine import (
    board,
    clock,
    composition,
    crossing,
    errors,
    explaining,
    feed,
    forecast,
    lapses,
    listing,
    migration,
    outbox,
    publishing,
    requests,
    stats,
    views,
)
from engine.mining import exporting, formats, processlog
from notifications import mailbox
from states import errors as refusals
from tests import builders
from tests.integration import towns

Engine = composition.Engine
Publish = Callable[[str], None]

SHORTER = towns.WORKFLOW.replace("within: 10 minutes", "within: 5 minutes").replace("- {is: 1 hour}", "- {is: 20 minutes}")
"""Every promise is made shorter."""
RENAMED = (
    towns.WORKFLOW.replace("dispatched", "sent")
    .replace("clocks:\n  dispatching:", "clocks:\n  triage:")
    .replace(
        "  verifying:\n    title: {zh: 核查时限, en: Time to verify}\n    runs_in: [resolved]\n    within: 24 hours\n    ladder: verifying\n",
        "",
    )
)
"""The state `dispatched` is called `sent`, the clock `dispatching` is called `triage`; nobody promises any more when a case is verified."""
NAMES = (crossing.Name("", "dispatched", "sent"), crossing.Name("", "dispatching", "triage"))


@pytest.fixture
def box() -> Iterator[mailbox.Mailbox]:
    with mailbox.Mailbox() as opened:
        yield opened


@pytest.fixture
def engine(tmp_path: Path, url: str, box: mailbox.Mailbox) -> Iterator[Engine]:
    with towns.a_town(tmp_path, url, given={"FENGXING_SMTP_URL": box.url, "FENGXING_MAIL_FROM": "sla@fengxing.example"}) as opened:
        yield opened


@pytest.fixture
def publish(engine: Engine, tmp_path: Path) -> Publish:
    def published(workflow: str) -> None:
        towns.publish(engine, towns.a_programme(tmp_path / str(hash(workflow)), workflow=workflow))

    return published


def wanted(engine: Engine, *, names: Sequence[crossing.Name] = (), **more: Any) -> migration.Wanted:
    with engine.store.reading() as tx:
        version = migration.version(tx, engine.catalog, migration.IN_FORCE, "testtown")
    return migration.Wanted(version=version, names=tuple(names), **more)


def rehearsed(engine: Engine, **how: Any) -> list[forecast.Row]:
    return list(migration.rehearse(engine, wanted(engine, **how)))


def migrated(engine: Engine, **how: Any) -> list[forecast.Row]:
    return list(migration.carry_out(engine, wanted(engine, **how)))


def everything(engine: Engine) -> list[list[tuple[Any, ...]]]:
    return [towns.rows(engine, f"SELECT * FROM {table} ORDER BY 1, 2") for table in ("cases", "history", "timers", "messages")]


def clocks_of(row: forecast.Row) -> dict[str, tuple[str | None, str | None]]:
    """Due before and after, by clock, on the wall."""

    def due(view: views.ClockView | None) -> str | None:
        return None if view is None or view.reckoned.due is None else towns.clock_time(view.reckoned.due)

    return {
        (change.after or change.before).reckoned.clock: (due(change.before), due(change.after))  # type: ignore[union-attr]
        for change in row.clocks
        if change.changes
    }


def test_a_dry_run_says_what_would_become_of_each_case_and_changes_nothing(engine: Engine, publish: Publish) -> None:
    fresh, sent = towns.opened(engine), towns.dispatched(engine)
    towns.until(engine, "08:06")
    publish(SHORTER)
    before = everything(engine)
    first, second = rehearsed(engine)
    assert everything(engine) == before
    assert (first.number, first.from_state, first.to_state) == (fresh.number, "reported", "reported")
    assert clocks_of(first) == {"dispatching": ("08:10:00", "08:05:00")}
    assert [(each.clock, each.rung, each.reaches, each.pulls) for each in first.fires] == [("dispatching", 3, ("wang",), None)]
    assert (second.number, clocks_of(second), second.fires) == (sent.number, {"handling": ("09:00:00", "08:20:00")}, ())


def test_the_real_run_is_in_each_history_and_fires_what_is_due_and_nothing_twice(engine: Engine, publish: Publish) -> None:
    case = towns.opened(engine)
    assert towns.until(engine, "08:09") == [("dispatching", 1, "08:08:00"), ("dispatching", 2, "08:09:00")]
    publish(SHORTER)
    assert [row.refusal for row in migrated(engine, actor="mayor", reason="五分钟")] == [None]
    entry = towns.entries(engine, case)[-1]
    assert (entry["kind"], entry["actor"], entry["detail"]["reason"], entry["detail"]["moved"]) == ("migrate", "mayor", "五分钟", {
        "dispatching": [towns.at("08:10"), towns.at("08:09")]
    })  # fmt: skip
    assert towns.due(engine, case, "dispatching") == "08:05:00"
    assert towns.until(engine, "08:14") == [("dispatching", 3, "08:09:00")]
    assert towns.until(engine, "08:15") == [("dispatching", 4, "08:15:00")]
    stood = towns.shown(engine, case)
    assert (stood["version"], stood["clocks"]["dispatching"]["breached_at"]) == (2, "2026-11-20T08:09:00+08:00")
    assert towns.findings(engine) == []


def test_what_was_migrated_may_be_taken_back_and_is_as_it_was(engine: Engine, publish: Publish) -> None:
    case = towns.dispatched(engine)
    towns.until(engine, "08:10")
    before, armed = towns.shown(engine, case), towns.timers(engine, case)
    publish(RENAMED)
    migrated(engine, names=NAMES)
    between = towns.shown(engine, case)
    assert (between["state"], sorted(between["clocks"])) == ("sent", ["handling", "triage", "whole"])
    assert towns.findings(engine) == []
    assert [row.to_state for row in migrated(engine, back=True, reason="撤回")] == ["dispatched"]
    after = towns.shown(engine, case)
    assert {**after, "version": before["version"]} == before
    assert towns.timers(engine, case) == armed
    assert [entry["kind"] for entry in towns.entries(engine, case)] == ["open", "move", "migrate", "migrate"]
    assert towns.findings(engine) == []
    assert migrated(engine, back=True) == []


def test_two_migrations_are_taken_back_one_after_the_other(engine: Engine, publish: Publish) -> None:
    case = towns.dispatched(engine)
    stood = [towns.shown(engine, case)]
    for workflow, names in (
        (RENAMED, NAMES),
        (SHORTER, (crossing.Name("", "sent", "dispatched"), crossing.Name("", "triage", "dispatching"))),
    ):
        publish(workflow)
        migrated(engine, names=names)
        stood.append(towns.shown(engine, case))
    versions = towns.rows(engine, "SELECT hash FROM bundles ORDER BY id DESC")
    for (number,), before in zip(versions, reversed(stood[:-1]), strict=False):
        with engine.store.reading() as tx:
            version = migration.version(tx, engine.catalog, number)
        list(migration.carry_out(engine, migration.Wanted(version=version, back=True)))
        assert {**towns.shown(engine, case), "version": before["version"]} == before
        assert towns.findings(engine) == []
    assert [era["kind"] for era in towns.entries(engine, case)].count("migrate") == 4


def test_what_fired_under_a_version_that_was_taken_back_does_not_fire_again_under_the_next(engine: Engine, publish: Publish) -> None:
    case = towns.opened(engine)
    early = towns.WORKFLOW.replace(
        "    - {at: 80%, notify: [duty], template: due-soon}\n", "    - {at: 30%, notify: [duty], template: due-soon}\n", 1
    )
    publish(early)
    migrated(engine)
    assert towns.until(engine, "08:03") == [("dispatching", 1, "08:03:00")]
    migrated(engine, back=True)
    publish(early.replace("within: 10 minutes", "within: 9 minutes"))
    migrated(engine)
    assert towns.until(engine, "08:07") == []
    assert towns.until(engine, "08:08") == [("dispatching", 2, "08:08:00")]
    assert towns.told(engine, case) == [("ma", "received"), ("wang", "due-soon"), ("wang", "due-soon")]
    assert towns.findings(engine) == []


def test_two_rungs_at_the_same_moment_are_told_apart(engine: Engine, publish: Publish) -> None:
    """Both stand at the deadline, each with its own repeats: what the quicker one has fired is not held against the slower one."""
    due = "    - {at: due, notify: [duty], template: overdue}\n"
    often, seldom = (due.replace("}", f", repeat: {{every: {every}, most: 3}}}}") for every in ("1 minute", "20 minutes"))
    alike = towns.WORKFLOW.replace(due, often + seldom, 1)
    publish(alike)
    case = towns.opened(engine)
    towns.until(engine, "08:14")
    before = towns.shown(engine, case)["clocks"]["dispatching"]["rungs_fired"]
    assert (before.count(3), before.count(4)) == (4, 1)
    publish(alike.replace("within: 10 minutes", "within: 9 minutes"))
    migrated(engine)
    migrated(engine, back=True)
    assert towns.shown(engine, case)["clocks"]["dispatching"]["rungs_fired"] == before
    assert ("dispatching", 4, "08:30:00") in towns.until(engine, "08:31"), "its first repeat is still to come"


def test_beside_a_clock_that_fires_and_people_who_work(engine: Engine, publish: Publish) -> None:
    """Thirty cases go over and come back while their timers fire and notes are made: nobody loses anything, nothing fires twice."""
    cases = [towns.opened(engine) for _ in range(30)]
    publish(SHORTER)
    failed: list[BaseException] = []

    def work(how: Callable[[Engine], None]) -> None:
        try:
            with towns.another(engine) as mine:
                how(mine)
        except BaseException as exc:
            failed.append(exc)
            raise

    def time_passes(mine: Engine) -> None:
        for _ in range(30):
            clock.fire_until(mine.store, mine.catalog, mine.time, mine.time.now() + towns.MINUTE)

    def people(mine: Engine) -> None:
        for case in cases:
            towns.moved(mine, case, "note", "wang", reason="来电")

    threads = [threading.Thread(target=work, args=(how,)) for how in (time_passes, people)]
    for thread in threads:
        thread.start()
    for turn in range(6):
        migrated(engine, back=turn % 2 == 1)
    for thread in threads:
        thread.join()
    assert failed == []
    assert towns.findings(engine) == []
    for case in cases:
        fired = [
            (e["detail"]["round"], e["detail"]["rung"], e["detail"]["repeat"]) for e in towns.entries(engine, case) if e["kind"] == "rung"
        ]
        assert len(fired) == len(set(fired)), "both ladders are the same"


def test_a_reckoning_that_knows_nothing_of_the_clock_finds_every_rung_of_every_era(engine: Engine, publish: Publish) -> None:
    towns.opened(engine)
    towns.dispatched(engine)
    towns.until(engine, "08:09")
    publish(RENAMED.replace("within: 10 minutes", "within: 30 minutes"))
    migrated(engine, names=NAMES)
    towns.until(engine, "09:30")
    migrated(engine, back=True)
    towns.until(engine, "11:00")
    found = reckoner.reckon(engine.store, engine.catalog, until=engine.time.now(), tolerance=towns.MINUTE)
    assert (found.findings, found.overtaken) == ((), ())
    assert len(found.fired) == sum(
        1 + len(entry["detail"].get("skipped", ())) for case in (1, 2) for entry in towns.entries(engine, case) if entry["kind"] == "rung"
    )
    assert len(found.fired) > 8


def test_repeated_it_does_nothing_more_and_stopped_half_way_it_goes_on(
    engine: Engine, publish: Publish, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    for _ in range(5):
        towns.opened(engine)
    publish(SHORTER)
    monkeypatch.setattr(migration, "CHUNK", 2)
    assert [row.number[-1] for row in itertools.islice(migration.carry_out(engine, wanted(engine)), 2)] == ["1", "2"]
    assert len(rehearsed(engine)) == 3
    assert [row.number[-1] for row in migrated(engine)] == ["3", "4", "5"]
    assert migrated(engine) == []
    assert towns.findings(engine) == []


def test_a_case_in_a_state_that_is_gone_stays_and_the_others_go_on(engine: Engine, publish: Publish) -> None:
    towns.dispatched(engine)
    towns.opened(engine)
    publish(RENAMED)
    first, second = migrated(engine)
    assert str(first.refusal).startswith(
        "there is no state dispatched in that version; say which one stands for it, as in --map dispatched="
    )
    assert (second.refusal, second.to_state) == (None, "reported")
    assert str(migrated(engine, names=[crossing.Name("state", "dispatched", "verified")])[0].refusal).startswith("verified is final")
    assert migrated(engine, names=NAMES)[0].refusal is None
    assert towns.findings(engine) == []


def test_closed_cases_stay_under_what_they_were_closed_under(engine: Engine, publish: Publish) -> None:
    towns.moved(engine, towns.opened(engine), "discard", "wang", reason="重复")
    publish(SHORTER)
    assert rehearsed(engine) == []


def test_only_the_cases_that_are_named(engine: Engine, publish: Publish) -> None:
    first, second = towns.opened(engine), towns.opened(engine)
    publish(SHORTER)
    assert [row.number for row in migrated(engine, cases=(second.number,))] == [second.number]
    assert [row.number for row in rehearsed(engine, workflow="report")] == [first.number]


@pytest.mark.parametrize(
    ("how", "sentence"),
    [
        ({"workflow": "reprt"}, "no workflow reprt; did you mean report?"),
        ({"actor": "nobody"}, "no person nobody"),
        ({"cases": ("TT-20261120-0099",)}, "no case TT-20261120-0099"),
        ({"names": [crossing.Name("", "dispached", "dispatched")]}, "no state or clock dispached; did you mean dispatched?"),
        ({"names": [crossing.Name("clock", "handling", "handlin")]}, "no clock handlin; did you mean handling?"),
    ],
)
def test_what_there_is_not_is_said_before_anything_is_done(engine: Engine, publish: Publish, how: dict[str, Any], sentence: str) -> None:
    towns.opened(engine)
    publish(SHORTER)
    asked = wanted(engine, **how)
    with engine.store.reading() as tx, pytest.raises(errors.NotFound) as refused:
        migration.count(tx, engine.catalog, asked)
    assert str(refused.value).startswith(sentence)


def test_a_version_by_the_beginning_of_its_hash(engine: Engine, publish: Publish) -> None:
    with engine.store.reading() as tx:
        old = migration.version(tx, engine.catalog, migration.IN_FORCE)
    publish(SHORTER)
    with engine.store.reading() as tx:
        assert migration.version(tx, engine.catalog, old.hash[:10]) == old
        assert migration.version(tx, engine.catalog, migration.IN_FORCE) != old
        for words in ("abc", "no-such", "%", "0123456789"):
            with pytest.raises(errors.NotFound, match="no version"):
                migration.version(tx, engine.catalog, words)


def test_what_happened_before_can_no_longer_be_entered_and_what_comes_after_may_come_late(engine: Engine, publish: Publish) -> None:
    case = towns.dispatched(engine)
    towns.until(engine, "08:10")
    publish(SHORTER)
    migrated(engine)
    towns.until(engine, "08:20")
    with pytest.raises(errors.TooEarly, match="was moved to another version of its workflow at 2026-11-20T08:10:00"):
        towns.moved(engine, case, "resolve", "li", when="08:05", result="好了")
    towns.moved(engine, case, "note", "wang", reason="来电")
    towns.moved(engine, case, "resolve", "li", when="08:15", result="好了")
    assert towns.shown(engine, case)["clocks"]["handling"]["state"] == "met"
    assert towns.findings(engine) == []


def test_who_did_what_is_known_from_the_whole_history(engine: Engine, publish: Publish) -> None:
    """The new version says four eyes and twice at most: what was done before counts."""
    case = towns.dispatched(engine)
    for _ in range(2):
        towns.moved(engine, case, "reclassify", "wang", category="lamp", urgency="3")
    strict = towns.WORKFLOW.replace(
        "reclassify: {from: [reported, dispatched], by: [duty],", "reclassify: {from: [reported, dispatched], by: [duty], most: 2,"
    )
    publish(strict.replace("note:       {from:", "note:       {not_by: [dispatch], from:"))
    migrated(engine)
    with pytest.raises(refusals.TooOften):
        towns.moved(engine, case, "reclassify", "wang", category="lamp", urgency="1")
    with pytest.raises(refusals.FourEyes):
        towns.moved(engine, case, "note", "wang", reason="再看看")
    towns.moved(engine, case, "note", "zhao", reason="再看看")
    assert towns.findings(engine) == []


def test_mails_that_wait_are_said_in_the_words_of_their_time_and_those_of_a_clock_that_is_gone_are_dropped(
    engine: Engine, publish: Publish, box: mailbox.Mailbox
) -> None:  # fmt: skip
    towns.opened(engine)
    case = towns.dispatched(engine)
    towns.moved(engine, case, "resolve", "li", result="好了")
    towns.until(engine, "2026-11-21T08:00")
    publish(RENAMED)
    migrated(engine, names=NAMES)
    report = outbox.deliver_once(engine)
    assert (report.dead, report.dropped) == (0, 2)
    reasons = towns.rows(engine, "SELECT template, clock, state FROM messages WHERE clock IS NOT NULL AND state = 'dropped' ORDER BY id")
    assert {row[1] for row in reasons} == {"verifying"}
    assert any("派单时限" in letter.text for letter in box.letters)


def test_mails_of_a_clock_that_is_gone_and_comes_back_are_sent_all_the_same(
    engine: Engine, publish: Publish, box: mailbox.Mailbox
) -> None:  # fmt: skip
    case = towns.dispatched(engine)
    towns.moved(engine, case, "resolve", "li", result="好了")
    towns.until(engine, "2026-11-21T08:00")
    publish(RENAMED)
    migrated(engine, names=NAMES)
    migrated(engine, back=True)
    towns.until(engine, "2026-11-21T08:01")
    assert outbox.deliver_once(engine).dropped == 0
    assert any("核查时限" in letter.text for letter in box.letters)
    now = engine.time.now()
    with engine.store.reading() as tx:
        came, _ = lapses.between(tx, engine.catalog, after=0, until=feed.head(tx), now=now)
    assert [(each.clock, each.ended) for each in came] == [("verifying", False)]


def test_the_rungs_of_a_clock_that_was_renamed_show_it_as_it_is_now(engine: Engine, publish: Publish) -> None:
    towns.opened(engine)
    towns.until(engine, "08:10")
    publish(RENAMED)
    migrated(engine, names=NAMES)
    with engine.store.reading() as tx:
        (lapse,), _ = lapses.between(tx, engine.catalog, after=0, until=feed.head(tx), now=towns.at("08:15"))
    assert (lapse.clock, lapse.ended, lapse.due, lapse.overdue) == ("dispatching", False, towns.at("08:10"), 5 * towns.MINUTE)


FEWER = "".join(
    line for line in towns.WORKFLOW.splitlines(keepends=True) if not line.startswith(("  on_behalf_of:", "  description:"))
).replace("[reporter, on_behalf_of]", "[reporter]")
"""What was asked for at the beginning is asked for no more."""


def test_facts_that_a_version_does_not_have_are_kept_and_shown_to_those_who_may_see_them(engine: Engine, publish: Publish) -> None:
    case = towns.opened(engine, on_behalf_of="张大妈, 13800000000, zhang@example.org")
    publish(FEWER)
    migrated(engine)
    for viewer, seen in ((None, "张大妈"), ("ma", "张大妈"), ("li", "hidden")):
        shown = towns.shown(engine, case, viewer)
        assert shown["facts"]["description"] == "东关巷路灯不亮"
        assert seen in str(shown["facts"]["on_behalf_of"]), "it was not erased"
        with engine.store.reading() as tx:
            opening, _ = views.entries(tx, engine.catalog, views.find(tx, engine.catalog, case.case), viewer=viewer)
        assert seen in str(opening.facts["on_behalf_of"])


def test_a_fact_that_was_of_another_type_does_not_keep_mails_and_logs_from_being_written(
    engine: Engine, publish: Publish, box: mailbox.Mailbox
) -> None:  # fmt: skip
    case = towns.opened(engine, photos=[builders.a_photo(engine)])
    towns.moved(engine, case, "dispatch", "wang", category="lamp", urgency="1", unit="lights")
    publish(
        towns.WORKFLOW.replace("description: {type: text, required: true, longest: 500", "description: {type: point").replace(
            "photos:      {type: photos, most: 9", "photos:      {type: category"
        )
    )
    migrated(engine)
    towns.until(engine, "10:00")
    assert outbox.deliver_once(engine).dead == 0
    assert any("处置时限" in letter.text for letter in box.letters)


def test_a_fact_that_was_no_number_is_text_in_the_whole_log(engine: Engine, publish: Publish) -> None:
    case = towns.dispatched(engine)
    towns.moved(engine, case, "note", "wang", reason="三天")
    publish(towns.WORKFLOW.replace("reason:      {type: text", "reason:      {type: number"))
    migrated(engine)
    towns.moved(engine, case, "note", "wang", reason=3)
    out = io.StringIO()
    asked = exporting.Asked(format=formats.Format.OCEL2, wanted=processlog.Wanted(texts=True), now=engine.time.now())
    exporting.to_stream(engine.store, engine.catalog, asked, out)
    assert '"value":"三天"' in out.getvalue()
    assert '{"name":"fact.reason","type":"string"}' in out.getvalue()


def test_everything_that_shows_cases_shows_migrated_ones(engine: Engine, publish: Publish) -> None:
    case = towns.dispatched(engine)
    towns.until(engine, "10:00")
    publish(RENAMED)
    migrated(engine, names=NAMES)
    towns.until(engine, "10:30")
    now = engine.time.now()
    with engine.store.reading() as tx:
        found = views.find(tx, engine.catalog, case.number)
        assert [entry.kind for entry in views.entries(tx, engine.catalog, found, viewer="mayor")] == [
            "open",
            "move",
            "rung",
            "rung",
            "rung",
            "migrate",
        ]
        told = explaining.explain(tx, found, clock="handling", rung=1, now=now)
        assert [towns.clock_time(one.at) for one in told.clocks[0].rung.fired] == ["09:00:00"]  # type: ignore[union-attr]
        assert sum(segment.end - segment.begin for segment in told.clocks[0].segments) == told.clocks[0].view.reckoned.elapsed
        before = explaining.explain(tx, found, at=towns.at("09:30"), now=now)
        assert (before.state, sorted(each.view.reckoned.clock for each in before.clocks)) == (
            "dispatched",
            ["dispatching", "handling", "whole"],
        )
        assert board.boards(tx, engine.catalog, now=now)[0].open == 1
        assert [view.state for view in listing.listed(tx, engine.catalog, listing.Wanted(), viewer=None, now=now, limit=None)] == ["sent"]
        came, _ = lapses.between(tx, engine.catalog, after=0, until=feed.head(tx), now=now)
        assert [(each.clock, each.phase, each.state, each.ended) for each in came] == [("handling", "escalated", "已派单", False)]
        for by in (None, "state", "clock", "unit"):
            assert stats.stats(tx, engine.catalog, stats.Wanted(by=by), now=now)
    names = [event.name for event in feed.Feed(engine.store).read(100)]
    assert names.count("case.migrated") == 1


def test_resolved_under_another_name_is_resolved(engine: Engine, publish: Publish) -> None:
    case = towns.dispatched(engine)
    towns.moved(engine, case, "resolve", "li", result="好了")
    publish(towns.WORKFLOW.replace("resolved", "done"))
    migrated(engine, names=[crossing.Name("state", "resolved", "done")])
    now = engine.time.now()
    with engine.store.reading() as tx:
        rows = {row.name: row.value for row in stats.stats(tx, engine.catalog, stats.Wanted(), now=now)}
    assert rows["resolved"] == 1


def test_new_holidays_move_migrated_cases_too(engine: Engine, tmp_path: Path, publish: Publish) -> None:
    office = towns.WORKFLOW.replace("within: 24 hours", "within: 8 working hours\n    hours: office")
    case = towns.dispatched(engine)
    towns.moved(engine, case, "resolve", "li", result="好了")
    publish(office)
    migrated(engine)
    due = towns.due(engine, case, "verifying")
    closed = builders.CALENDARS + '    days: {"2026-11-20": closed}\n'
    whole = towns.a_programme(tmp_path / "closed", workflow=office, calendars=closed)
    assert publishing.publish(engine.store, engine.catalog, whole, {}, now=engine.time.now()).rearmed == 1
    assert towns.due(engine, case, "verifying") != due
    assert towns.findings(engine) == []


@pytest.mark.parametrize(
    ("sql", "code"),
    [
        # the row says that the case never left
        ("UPDATE cases SET definition = 1", "definition-differs"),
        # the entry says that somebody else did it
        ("UPDATE history SET actor = 'mayor' WHERE kind = 'migrate'", "entry-changed"),
        ("UPDATE history SET detail = replace(detail, 'clocks', 'clocks') || ' ' WHERE kind = 'migrate'", "entry-changed"),
        ("DELETE FROM history WHERE kind = 'migrate'", "entry-removed"),
        # the eras on the row begin elsewhere
        ("UPDATE cases SET fold = replace(fold, '\"eras\":[[1,2,', '\"eras\":[[1,1,')", "definition-differs"),
        ("UPDATE cases SET version = 1", "case-differs"),
    ],
)
def test_damage_to_a_migrated_case_is_found(engine: Engine, publish: Publish, sql: str, code: str) -> None:
    towns.opened(engine)
    publish(SHORTER)
    migrated(engine)
    assert towns.findings(engine) == []
    towns.damage(engine, sql)
    assert [found.split()[0] for found in towns.findings(engine)] == [code]


def test_another_clock_goes_on_where_the_migration_left_the_case(engine: Engine, publish: Publish) -> None:
    """Two processes at one store: one migrates, the other's clock fires, each knows of the other by the store alone."""
    cases = [towns.opened(engine) for _ in range(3)]
    with towns.another(engine) as second:
        towns.until(second, "08:08")
        publish(SHORTER)
        migrated(engine, cases=(cases[0].number, cases[2].number))
        towns.moved(second, cases[2], "note", "wang", reason="来电")
        fired = clock.fire_until(second.store, second.catalog, second.time, towns.at("08:10"))
        assert [(one.case, one.rung + 1, towns.clock_time(one.at)) for one in fired] == [
            (1, 3, "08:08:00"), (3, 3, "08:08:00"), (2, 2, "08:09:00"), (2, 3, "08:10:00"),
        ]  # fmt: skip
        migrated(second, back=True)
    assert towns.findings(engine) == []


def test_a_case_that_was_never_migrated_keeps_no_trace_of_it(engine: Engine) -> None:
    case = towns.opened(engine)
    towns.until(engine, "08:08")
    assert "eras" not in orjson.loads(towns.rows(engine, "SELECT fold FROM cases")[0][0])
    assert towns.rows(engine, "SELECT mark FROM history WHERE mark IS NOT NULL") == [("dispatching/1/0/0",)]
    assert isinstance(case, requests.Done)
