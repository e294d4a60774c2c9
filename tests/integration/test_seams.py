"""Where the parts of the engine meet: what one does half-way, another sees whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from config import reading
from engine import composition, errors, requests, views
from states import errors as refusals
from tests import builders
from tests.integration import kindred, ledgers, test_linking, towns

Engine = composition.Engine
REPORT = kindred.REPORT
THANKS = """\
workflow: thanks
title: {zh: 答谢, en: Thanks}
initial: ready
facts:
  note: {type: text, title: {zh: 备注, en: Note}}
states:
  ready: {title: {zh: 待发, en: Ready}, no_deadline: 试验}
  sent:  {title: {zh: 已发, en: Sent}}
  over:  {title: {zh: 结束, en: Over}, final: done}
transitions:
  redeem: {from: ready, to: sent, by: [leader]}
  twice:  {from: ready, to: sent, by: [leader]}
  finish: {from: sent, to: over, by: [leader]}
clocks:
  waiting: {title: {zh: 等待, en: Waiting}, runs_in: sent, within: 1 hour, ladder: waiting}
ladders:
  waiting: [{at: due, notify: [leader], template: overdue}]
opens:
  - {on: [redeem, twice], workflow: redemption, link: payment, reporter: same}
awards:
  - {on: twice, holds: reward, to: reporter}
"""
CHATTING = REPORT.replace(
    "  discard:  {",
    """\
  ping:     {from: [reported, merged], by: [duty, linked]}
  pong:     {from: [reported, merged], by: [duty, linked]}
  discard:  {""",
    1,
).replace("tells:\n", "tells:\n  - {on: ping, case: duplicate, trigger: pong}\n  - {on: pong, case: opener, trigger: ping}\n", 1)
HOMES = """\
register: homes
title: {zh: 住户, en: Homes}
columns:
  phone: {type: text, title: {zh: 电话, en: Phone}}
rows:
  li: {title: 李家, phone: "13800000000"}
"""
VISIT = """\
workflow: visit
title: {zh: 走访, en: Visit}
initial: planned
opened_by: linked
facts:
  phone: {type: text, personal: true, title: {zh: 电话, en: Phone}}
  home:  {type: entry, register: homes, title: {zh: 户, en: Home}}
states:
  planned: {title: {zh: 待走访, en: Planned}, no_deadline: 试验}
  over:    {title: {zh: 结束, en: Over}, final: done}
transitions:
  finish: {from: planned, to: over, by: [leader]}
"""


@contextmanager
def thankful(folder: Path, url: str) -> Iterator[Engine]:
    """A town in which a case of thanks opens a redemption, which holds ten points of the same rider."""
    with ledgers.a_town(folder, url) as engine:
        towns.publish(engine, ledgers.a_programme(folder / "thanks", thanks=THANKS))
        yield engine


@contextmanager
def a_town(
    folder: Path, url: str, *, report: str = REPORT, meeting: str = kindred.MEETING, beside: dict[str, str] | None = None
) -> Iterator[Engine]:
    made = builders.beside(builders.a_folder(folder / "given", workflow=report), {"workflows/meeting.yaml": meeting, **(beside or {})})
    read = reading.read_folder(made)
    assert read.programme is not None, read.problems
    with towns.a_town(folder, url) as engine:
        towns.publish(engine, read.programme)
        yield engine


def seen(engine: Engine, case: requests.Done | str, viewer: str | None) -> list[views.EntryView]:
    """A history as somebody sees it."""
    with engine.store.reading() as tx:
        found = views.find(tx, engine.catalog, case if isinstance(case, str) else case.case)
        return views.entries(tx, engine.catalog, found, viewer=viewer)


def merged(engine: Engine, main: requests.Done) -> requests.Done:
    case = towns.opened(engine)
    return towns.moved(engine, case, "merge", "wang", other=main.number)


# --- opened cases and the ledger


def test_a_move_whose_linked_case_cannot_be_paid_is_refused_whole(tmp_path: Path, url: str) -> None:
    with thankful(tmp_path, url) as engine:
        case = ledgers.opened(engine, "thanks")
        with pytest.raises(refusals.BalanceShort):
            towns.moved(engine, case, "redeem", "mayor")
        assert towns.shown(engine, case)["state"] == "ready"
        assert towns.rows(engine, "SELECT count(*) FROM cases") == [(1,)]
        assert ledgers.opened(engine, "thanks").number == "TT-20261120-0002", "the number of what was never opened is not lost"
        assert towns.findings(engine) == []


def test_a_case_and_the_one_it_opens_do_not_hold_the_same_points(tmp_path: Path, url: str) -> None:
    with thankful(tmp_path, url) as engine:
        for _ in range(2):
            ledgers.confirmed(engine)
        case = ledgers.opened(engine, "thanks")
        with pytest.raises(refusals.BalanceShort):
            towns.moved(engine, case, "twice", "mayor")
        assert ledgers.owns(engine) == 10
        towns.moved(engine, case, "redeem", "mayor")
        assert ledgers.owns(engine) == 0
        assert towns.findings(engine) == []


# --- what is personal, what is drawn


def test_what_a_register_gives_to_a_personal_fact_lies_in_the_erasable_table(tmp_path: Path, url: str) -> None:
    report = REPORT.replace("opens:\n", "opens:\n  - {on: gather, workflow: visit, link: part, for_each: {register: homes}}\n", 1)
    with a_town(tmp_path, url, report=report, beside={"registers/homes.yaml": HOMES, "workflows/visit.yaml": VISIT}) as engine:
        case = towns.opened(engine)
        towns.moved(engine, case, "gather", "wang")
        assert not [facts for (facts,) in towns.rows(engine, "SELECT facts FROM history") if "1380000" in facts]
        assert towns.rows(engine, "SELECT fact, value FROM personal") == [("phone", '"13800000000"')]
        assert towns.findings(engine) == []


def test_what_is_drawn_decides_what_the_opening_opens(tmp_path: Path, url: str) -> None:
    report = REPORT.replace("drawn: 30%", "drawn: 100%").replace(
        "opens:\n", "opens:\n  - {on: open, workflow: meeting, link: check, with: {about: description}, when: {sampled: true}}\n", 1
    )
    with a_town(tmp_path, url, report=report) as engine:
        case = towns.opened(engine)
        assert len(test_linking.linked(engine, case, "check")) == 1
        assert towns.findings(engine) == []


# --- cases that wait for, belong to and tell each other


def test_who_waits_for_any_waits_until_one_has_ended(tmp_path: Path, url: str) -> None:
    report = REPORT.replace("{of: part, do: go_on}", "{of: part, when: any, do: go_on}")
    with a_town(tmp_path, url, report=report) as engine:
        case = towns.opened(engine)
        towns.moved(engine, case, "gather", "wang")
        assert towns.shown(engine, case)["state"] == "waiting"
        one, _ = test_linking.linked(engine, case, "part")
        towns.moved(engine, one, "discard", "wang", reason="重复")
        assert towns.shown(engine, case)["state"] == "resolved"


def test_what_ended_the_first_time_ends_no_waiting_the_second_time(tmp_path: Path, url: str) -> None:
    report = REPORT.replace("{of: part, do: go_on}", "{of: part, when: any, do: go_on}").replace(
        "  gather:     {from: reported,", "  gather:     {from: [reported, resolved],"
    )
    with a_town(tmp_path, url, report=report) as engine:
        case = towns.opened(engine)
        towns.moved(engine, case, "gather", "wang")
        for part in test_linking.linked(engine, case, "part"):
            towns.moved(engine, part, "discard", "wang", reason="重复")
        towns.moved(engine, case, "gather", "wang")
        assert towns.shown(engine, case)["state"] == "waiting"


def test_a_constant_that_no_longer_fits_refuses_the_move(tmp_path: Path, url: str) -> None:
    """The case keeps the version that it began with; what it opens is of the newest, in which `about` has become a number."""
    with a_town(tmp_path, url, report=REPORT.replace("with: {about: reason}", "with: {about: {is: 两个单位}}")) as engine:
        case = towns.opened(engine)
        later = builders.a_folder(tmp_path / "later", workflow=REPORT.replace("with: {about: reason}", "with: {about: {is: 7}}"))
        counted = kindred.MEETING.replace("about:    {type: text,", "about:    {type: number,")
        read = reading.read_folder(builders.beside(later, {"workflows/meeting.yaml": counted}))
        assert read.programme is not None
        towns.publish(engine, read.programme)
        with pytest.raises(errors.FactInvalid):
            towns.moved(engine, case, "convene", "wang", reason="不归我管")
        assert towns.shown(engine, case)["state"] == "reported"


def test_cases_are_not_joined_in_a_circle_however_long(tmp_path: Path, url: str) -> None:
    with a_town(tmp_path, url) as engine:
        first = towns.opened(engine)
        last = merged(engine, merged(engine, first))
        with pytest.raises(errors.FactInvalid):
            towns.moved(engine, first, "merge", "wang", other=last.number)
        assert towns.shown(engine, first)["state"] == "reported"


def test_parting_the_last_case_that_goes_on_ends_the_waiting(tmp_path: Path, url: str) -> None:
    report = (
        REPORT.replace("joins:\n", "joins:\n  - {of: duplicate, do: go_on}\n", 1)
        .replace("go_on:      {from: waiting,", "go_on:      {from: [waiting, dispatched],")
        .replace("  discard:  {", "  drop:     {from: merged, to: invalid, by: [duty]}\n  discard:  {", 1)
    )
    with a_town(tmp_path, url, report=report) as engine:
        main = towns.dispatched(engine)
        ended, alone = merged(engine, main), merged(engine, main)
        towns.moved(engine, ended, "drop", "wang")
        assert towns.shown(engine, main)["state"] == "dispatched"
        towns.moved(engine, alone, "unmerge", "wang")
        assert towns.shown(engine, main)["state"] == "resolved"


def test_parting_the_only_joined_case_ends_nothing(tmp_path: Path, url: str) -> None:
    report = REPORT.replace("joins:\n", "joins:\n  - {of: duplicate, do: go_on}\n", 1).replace(
        "go_on:      {from: waiting,", "go_on:      {from: [waiting, dispatched],"
    )
    with a_town(tmp_path, url, report=report) as engine:
        main = towns.dispatched(engine)
        towns.moved(engine, merged(engine, main), "unmerge", "wang")
        assert towns.shown(engine, main)["state"] == "dispatched"


def test_cases_that_tell_each_other_in_a_circle_are_stopped_at_the_first_round(tmp_path: Path, url: str) -> None:
    with a_town(tmp_path, url, report=CHATTING) as engine:
        main = towns.opened(engine)
        others = [merged(engine, main) for _ in range(3)]
        towns.moved(engine, main, "ping", "wang")
        assert [e["trigger"] for e in towns.entries(engine, main)] == ["open", "ping", "ping", "ping", "ping"]
        assert {e["detail"].get("code") for e in towns.entries(engine, main)[2:]} == {"tells-in-circles"}
        assert [towns.entries(engine, other)[-1]["trigger"] for other in others] == ["pong"] * 3


# --- cases that somebody may not know of

VEILED = "visibility:\n  - {facts: all, only: [leader]}\n"


def test_a_case_that_is_hidden_is_not_named_by_the_one_that_opened_it(tmp_path: Path, url: str) -> None:
    with a_town(tmp_path, url, meeting=kindred.MEETING + VEILED) as engine:
        case = towns.opened(engine)
        towns.moved(engine, case, "convene", "wang", reason="不归我管")
        (meeting,) = test_linking.linked(engine, case, "meeting")
        assert "opened" not in seen(engine, case, "wang")[-1].detail
        assert seen(engine, case, "mayor")[-1].detail["opened"] == [["meeting", meeting]]
        assert seen(engine, case, None)[-1].detail["opened"] == [["meeting", meeting]]


def test_a_case_that_is_hidden_is_not_named_by_the_one_it_opened(tmp_path: Path, url: str) -> None:
    with a_town(tmp_path, url, report=REPORT + VEILED.replace("leader", "leader, duty, reporter")) as engine:
        case = towns.opened(engine)
        towns.moved(engine, case, "convene", "wang", reason="不归我管")
        (meeting,) = test_linking.linked(engine, case, "meeting")
        assert "opener" not in seen(engine, meeting, "qian")[0].detail
        assert towns.shown(engine, meeting, "qian")["links"] == []
        assert seen(engine, meeting, "wang")[0].detail["opener"] == [case.number, "meeting"]


def test_nobody_joins_a_case_to_one_that_is_hidden_from_him(tmp_path: Path, url: str) -> None:
    with a_town(tmp_path, url, meeting=kindred.MEETING + VEILED) as engine:
        case, other = towns.opened(engine), towns.opened(engine)
        towns.moved(engine, case, "convene", "wang", reason="不归我管")
        (meeting,) = test_linking.linked(engine, case, "meeting")
        for number in (meeting, "TT-20261120-0099"):
            with pytest.raises(errors.NotFound, match=f"no case {number}"):
                towns.moved(engine, other, "merge", "wang", other=number)


def test_what_a_hidden_fact_earned_is_not_told(tmp_path: Path, url: str) -> None:
    graded = ledgers.LEAD + "visibility:\n  - {facts: [grade], only: [verifier]}\n"
    with ledgers.a_town(tmp_path, url, lead=graded) as engine:
        case = ledgers.confirmed(engine)
        assert "awarded" not in seen(engine, case, "li")[-1].detail
        assert seen(engine, case, "qian")[-1].detail["awarded"][0]["name"] == "points"


def test_a_case_under_the_definition_of_another_workflow_is_found(tmp_path: Path, url: str) -> None:
    with a_town(tmp_path, url) as engine:
        case = towns.opened(engine)
        towns.moved(engine, case, "convene", "wang", reason="不归我管")
        towns.damage(engine, "UPDATE cases SET definition = (SELECT definition FROM cases WHERE id = 2) WHERE id = 1")
        assert any(finding.startswith(f"definition-differs {case.number}") for finding in towns.findings(engine))
