"""Cases linked to cases: opened, joined, told and waited for, in one transaction, on either database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from config import reading
from engine import composition, errors, linking, requests, verify
from states import errors as states_errors
from tests import builders
from tests.integration import kindred, towns


@pytest.fixture
def town(tmp_path: Path, url: str) -> Iterator[composition.Engine]:
    """Testtown with reports and joint meetings, at 08:00 of that Friday."""
    folder = builders.a_folder(tmp_path / "given", workflow=kindred.REPORT)
    (folder / "workflows" / "meeting.yaml").write_text(kindred.MEETING, encoding="utf-8")
    with towns.a_town(tmp_path, url) as engine:
        read = reading.read_folder(folder)
        assert read.programme is not None, read.problems
        towns.publish(engine, read.programme)
        yield engine


def linked(engine: composition.Engine, case: requests.Done | str, name: str) -> list[str]:
    return [link["number"] for link in towns.shown(engine, case)["links"] if link["name"] == name]


def test_a_meeting_opens_as_a_case_of_its_own_and_its_decision_binds(town: composition.Engine) -> None:
    case = towns.opened(town)
    towns.moved(town, case, "convene", "wang", reason="两个单位都说不归自己")
    (meeting,) = linked(town, case, "meeting")
    shown = towns.shown(town, meeting)
    assert shown["facts"] == {"about": "两个单位都说不归自己"}
    assert (shown["workflow"], shown["state"], shown["reporter"]) == ("meeting", "called", None)
    assert linked(town, meeting, "opener") == [case.number]
    towns.moved(town, meeting, "decide", "mayor", decision="路灯队负责", unit="lights")
    bound = towns.shown(town, case)
    assert (bound["state"], bound["unit"], bound["facts"]["reason"]) == ("dispatched", "lights", "路灯队负责")
    assert [e["actor"] for e in towns.entries(town, case)] == ["ma", "wang", "linked"]
    assert verify.verify(town.store, town.catalog, town.settings.data_dir).ok


def test_what_a_linked_case_may_not_do_is_refused_and_recorded(town: composition.Engine) -> None:
    case = towns.opened(town)
    towns.moved(town, case, "convene", "wang", reason="不归我管")
    (meeting,) = linked(town, case, "meeting")
    towns.moved(town, case, "back", "wang")
    towns.moved(town, meeting, "decide", "mayor", decision="路灯队负责", unit="lights")
    assert towns.shown(town, meeting)["state"] == "decided"
    refused = towns.entries(town, case)[-1]
    assert (refused["kind"], refused["trigger"], refused["actor"], refused["to"]) == ("refused", "bind", "linked", "reported")
    assert "cannot bind" in refused["detail"]["message"]
    assert verify.verify(town.store, town.catalog, town.settings.data_dir).ok


def test_merged_reports_are_closed_with_the_main_one_and_can_be_parted_before(town: composition.Engine) -> None:
    main, one, two = towns.opened(town), towns.opened(town, by=None), towns.opened(town, by=None)
    for twin in (one, two):
        towns.moved(town, twin, "merge", "wang", other=main.number)
    towns.moved(town, two, "unmerge", "wang")
    assert linked(town, main, "duplicate") == [one.number]
    towns.moved(town, main, "discard", "wang", reason="不实")
    closed = towns.shown(town, one)
    assert (closed["state"], closed["facts"]["result"]) == ("invalid", "不实")
    assert towns.shown(town, two)["state"] == "reported"
    assert verify.verify(town.store, town.catalog, town.settings.data_dir).ok


@pytest.mark.parametrize(("number", "words"), [
    ("TT-20261120-0999", "no case TT-20261120-0999"),
    ("XX-20261120-0001", "no case number of this programme"),
    ("0001", "no case number of this programme"),
], ids=["unknown", "foreign", "no number"])  # fmt: skip
def test_a_report_is_merged_only_with_one_that_there_is(town: composition.Engine, number: str, words: str) -> None:
    case = towns.opened(town)
    with pytest.raises(errors.EngineError, match=words):
        towns.moved(town, case, "merge", "wang", other=number)
    assert towns.shown(town, case)["state"] == "reported"


def test_a_report_is_not_merged_with_itself_nor_in_a_circle(town: composition.Engine) -> None:
    one, two = towns.opened(town), towns.opened(town)
    with pytest.raises(errors.FactInvalid, match="this very case"):
        towns.moved(town, one, "merge", "wang", other=one.number)
    towns.moved(town, one, "merge", "wang", other=two.number)
    with pytest.raises(errors.FactInvalid, match="joined to this case already"):
        towns.moved(town, two, "merge", "wang", other=one.number)


def test_a_fact_names_only_cases_of_its_workflow(town: composition.Engine) -> None:
    case, other = towns.opened(town), towns.opened(town)
    towns.moved(town, other, "convene", "wang", reason="不归我管")
    (meeting,) = linked(town, other, "meeting")
    with pytest.raises(errors.FactInvalid, match="not of report"):
        towns.moved(town, case, "merge", "wang", other=meeting)


def test_a_case_waits_until_all_of_its_parts_have_ended(town: composition.Engine) -> None:
    case = towns.opened(town)
    towns.moved(town, case, "gather", "wang")
    first, second = linked(town, case, "part")
    assert [towns.shown(town, part)["reporter"] for part in (first, second)] == ["ma", None]
    towns.moved(town, first, "discard", "wang", reason="不实")
    assert towns.shown(town, case)["state"] == "waiting"
    towns.moved(town, second, "discard", "wang", reason="不实")
    assert towns.shown(town, case)["state"] == "resolved"
    assert verify.verify(town.store, town.catalog, town.settings.data_dir).ok


def test_who_comes_to_wait_after_all_have_ended_goes_on_at_once(town: composition.Engine) -> None:
    case = towns.opened(town)
    towns.moved(town, case, "split", "wang")
    (part,) = linked(town, case, "part")
    towns.moved(town, part, "discard", "wang", reason="不实")
    assert towns.shown(town, case)["state"] == "reported"
    towns.moved(town, case, "await", "wang")
    assert towns.shown(town, case)["state"] == "resolved"
    assert [entry["actor"] for entry in towns.entries(town, case)][-2:] == ["wang", "linked"]
    assert verify.verify(town.store, town.catalog, town.settings.data_dir).ok


def test_who_comes_to_wait_while_one_goes_on_or_there_is_none_stays(town: composition.Engine) -> None:
    case, lonely = towns.opened(town), towns.opened(town)
    towns.moved(town, case, "split", "wang")
    towns.moved(town, case, "split", "wang")
    first, second = linked(town, case, "part")
    towns.moved(town, first, "discard", "wang", reason="不实")
    for one in (case, lonely):
        towns.moved(town, one, "await", "wang")
        assert towns.shown(town, one)["state"] == "waiting"
    towns.moved(town, second, "discard", "wang", reason="不实")
    assert towns.shown(town, case)["state"] == "resolved"


def test_a_case_that_waits_for_nobody_goes_on_at_once(town: composition.Engine) -> None:
    case = towns.opened(town)
    towns.moved(town, case, "sweep", "wang")
    assert towns.shown(town, case)["state"] == "resolved"
    assert linked(town, case, "home") == []


def test_who_comes_first_has_the_errand_and_only_he_goes_on_with_it(town: composition.Engine) -> None:
    case = towns.opened(town, by=None)
    towns.moved(town, case, "offer", "wang")
    towns.moved(town, case, "take", "ma")
    assert towns.shown(town, case)["facts"] | {"sampled": None} == {
        "description": "东关巷路灯不亮",
        "runner": "ma",
        "urgency": "2",
        "sampled": None,
    }
    with pytest.raises(states_errors.MoveRefused):
        towns.moved(town, case, "take", "ma")
    with pytest.raises(states_errors.RoleRefused):
        towns.moved(town, case, "deliver", "li")
    towns.moved(town, case, "deliver", "ma")


def test_nobody_gives_what_is_claimed_set_or_drawn(town: composition.Engine) -> None:
    case = towns.opened(town, by=None)
    towns.moved(town, case, "offer", "wang")
    with pytest.raises(states_errors.FactUnasked):
        towns.moved(town, case, "take", "ma", runner="li")
    with pytest.raises(errors.FactInvalid, match="the engine draws this"):
        towns.opened(town, sampled=True)


def test_three_of_ten_are_drawn_and_a_number_always_draws_the_same(town: composition.Engine) -> None:
    cases = [towns.opened(town, by=None) for _ in range(60)]
    drawn = [towns.shown(town, case)["facts"]["sampled"] for case in cases]
    assert 8 <= sum(drawn) <= 30
    compiled = next(iter(c for c in town.catalog.known.values() if c.workflow.workflow == "report"))
    assert [linking.drawn(compiled, case.number)["sampled"] for case in cases] == drawn


@pytest.mark.parametrize(("sql", "code"), [
    ("DELETE FROM links WHERE name = 'meeting'", "link-missing"),
    ("UPDATE links SET open = 0 WHERE name = 'meeting'", "link-missing"),
    ("INSERT INTO links (opener, name, case_id, open) VALUES (1, 'twin', 2, 1)", "link-extra"),
    ("UPDATE links SET name = 'other'", "link-extra"),
], ids=["gone", "marked closed", "added", "renamed"])  # fmt: skip
def test_verify_finds_a_link_that_is_not_what_the_histories_say(town: composition.Engine, sql: str, code: str) -> None:
    case = towns.opened(town)
    towns.moved(town, case, "convene", "wang", reason="不归我管")
    towns.damage(town, sql)
    assert code in {finding.code for finding in verify.verify(town.store, town.catalog, town.settings.data_dir).findings}
