"""Open, move, acknowledge: one case at a time, with everything that may be wrong about a request."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from engine import cases, composition, errors, requests
from states import errors as refusals
from tests import builders
from tests.integration import towns

Engine = composition.Engine


def test_a_report_from_the_street_to_its_closure(engine: Engine) -> None:
    case = towns.opened(engine)
    assert (case.number, case.state, case.version) == ("TT-20261120-0001", "reported", 1)
    towns.moved(engine, case, "dispatch", "wang", when="08:04", category="lamp", urgency=2, unit="lights")
    towns.moved(engine, case, "resolve", "li", when="08:31", result="灯已更换")
    done = towns.moved(engine, case, "verify", "qian", when="09:00")
    assert (done.state, done.version, done.seq) == ("verified", 4, 4)
    body = towns.shown(engine, case)
    assert (body["state"], body["closed_at"]) == ("verified", "2026-11-20T09:00:00+08:00")
    assert {name: (clock["state"], clock["elapsed_s"]) for name, clock in body["clocks"].items()} == {
        "dispatching": ("met", 240),
        "handling": ("met", 27 * 60),
        "verifying": ("met", 29 * 60),
        "whole": ("met", 3600),
    }
    assert towns.told(engine, case) == [("ma", "received"), ("li", "assigned"), ("ma", "closed")]
    assert towns.timers(engine, case) == {}
    assert towns.findings(engine) == []


def test_numbers_count_by_local_day(engine: Engine) -> None:
    late = towns.opened(engine, when="23:59")
    early = towns.opened(engine, when="2026-11-21T00:00")
    assert [late.number, early.number] == ["TT-20261120-0001", "TT-20261121-0001"]


def test_a_case_is_named_by_its_id_or_its_number(engine: Engine) -> None:
    case = towns.opened(engine)
    for name in (case.case, str(case.case), case.number):
        towns.moved(engine, name, "note", "wang", reason="看过了")
    assert towns.shown(engine, case.number)["version"] == 4


def test_a_case_that_nobody_knows_is_not_found(engine: Engine) -> None:
    towns.opened(engine)
    names: list[int | str] = [
        999,
        -1,
        10**30,
        2**63,
        "999",
        "9" * 40,
        "²",
        "TT-20261120-0002",
        "",
        "a\x00b",
        "\ud800",
        "'; DROP TABLE cases; --",
    ]
    for name in names:
        with pytest.raises(errors.NotFound, match="no case"):
            towns.moved(engine, name, "note", "wang")
        with pytest.raises(errors.NotFound, match="no case"):
            towns.shown(engine, name)


REFUSED: list[tuple[str, Callable[[int], requests.Request], type[Exception], str, set[str]]] = [
    (
        "a trigger that the definition does not know says which is near and what is possible",
        lambda c: towns.a_move(c, "dispach", "wang"),
        refusals.TriggerUnknown,
        "did you mean dispatch",
        {"dispatch", "discard", "reclassify", "note"},
    ),
    (
        "a trigger that does not lead out of this state says what is possible for this actor",
        lambda c: towns.a_move(c, "resolve", "zhao", result="x"),
        refusals.MoveRefused,
        "cannot resolve a case that is reported",
        {"dispatch", "discard", "reclassify", "note"},
    ),
    (
        "a rider may not dispatch",
        lambda c: towns.a_move(c, "dispatch", "ma", category="lamp", urgency="1", unit="lights"),
        refusals.RoleRefused,
        "it takes: duty",
        {"note"},
    ),
    (
        "a missing fact is named",
        lambda c: towns.a_move(c, "dispatch", "wang", category="lamp", urgency="1"),
        refusals.FactMissing,
        "give unit with it",
        {"dispatch", "discard", "reclassify", "note"},
    ),
    (
        "a fact that the move does not take is not silently dropped",
        lambda c: towns.a_move(c, "discard", "wang", reason="重复", urgency="1"),
        refusals.FactUnasked,
        "does not take urgency",
        {"dispatch", "discard", "reclassify", "note"},
    ),
    (
        "a fact that the definition does not know",
        lambda c: towns.a_move(c, "note", "wang", reson="x"),
        errors.FactInvalid,
        "did you mean reason",
        {"reason"},
    ),
    (
        "somebody who is no person of the programme",
        lambda c: towns.a_move(c, "note", "wnag"),
        errors.NotFound,
        "did you mean wang",
        {"wang"},
    ),
    ("nobody can pass for the timer", lambda c: towns.a_move(c, "note", "timer"), errors.NotFound, "no person timer", set()),
    ("nor for the system", lambda c: towns.a_move(c, "note", "system"), errors.NotFound, "no person system", set()),
    (
        "a stale version: somebody else was faster",
        lambda c: towns.a_move(c, "note", "wang", if_version=7),
        errors.StaleVersion,
        "you saw version 7, it is now 1",
        set(),
    ),
    (
        "a moment before computers had clocks",
        lambda c: requests.Move(case=c, trigger="note", actor="wang", at=-5),
        errors.TooEarly,
        "before 1970",
        set(),
    ),
    (
        "a clock that is not under way cannot be acknowledged",
        lambda c: requests.Acknowledgement(case=c, clock="handling", actor="wang"),
        errors.NotRunning,
        "under way: dispatching, whole",
        {"dispatching", "whole"},
    ),
    (
        "nobody has been told yet, so there is nothing to acknowledge",
        lambda c: requests.Acknowledgement(case=c, clock="dispatching", actor="wang"),
        errors.MayNotAcknowledge,
        "no rung of dispatching has told anybody",
        set(),
    ),
    (
        "a workflow that the programme does not have",
        lambda _: requests.Opening(programme="testtown", workflow="raport", actor="ma"),
        errors.NotFound,
        "did you mean report",
        {"report"},
    ),
    (
        "a programme that is not in force",
        lambda _: requests.Opening(programme="testown", workflow="report", actor="ma"),
        errors.NotFound,
        "did you mean testtown",
        {"testtown"},
    ),
    (
        "what is required to open a case",
        lambda _: requests.Opening(programme="testtown", workflow="report", actor="ma"),
        errors.FactInvalid,
        "description: required to open a case",
        {"description"},
    ),
    (
        "half a character, as a broken program sends it, with a key",
        lambda c: requests.Move(case=c, trigger="note", actor="wang", facts={"reason": "\ud800"}, key="k"),
        errors.RequestInvalid,
        "cannot be written as JSON",
        set(),
    ),
    (
        "the same without a key",
        lambda c: requests.Move(case=c, trigger="note", actor="wang", facts={"reason": "\ud800"}),
        errors.FactInvalid,
        "cannot be written as UTF-8",
        set(),
    ),
]


@pytest.mark.parametrize(("_sentence", "request_", "reason", "says", "possible"), REFUSED, ids=[row[0] for row in REFUSED])
def test_a_refusal_says_why_and_what_is_possible_and_leaves_no_trace(
    engine: Engine, _sentence: str, request_: Callable[[int], requests.Request], reason: type[Exception], says: str, possible: set[str]
) -> None:
    case = towns.opened(engine)
    before = everything(engine)
    with pytest.raises(reason, match=says) as caught:
        engine.door.submit(request_(case.case))
    assert set(getattr(caught.value, "possible", ())) == possible
    assert everything(engine) == before
    assert towns.opened(engine).number == "TT-20261120-0002", "a refused request leaves no gap in the numbers"


def everything(engine: Engine) -> dict[str, Any]:
    """All that is stored of cases."""
    tables = ("cases", "history", "timers", "messages", "keys", "personal", "counters")
    return {table: sorted(map(repr, towns.rows(engine, f"SELECT * FROM {table}"))) for table in tables}


def test_a_moment_in_the_future_is_refused_on_a_real_clock(tmp_path: Path, url: str) -> None:
    with towns.a_town(tmp_path, url, start=None) as engine:
        case = engine.door.submit(towns.an_opening())
        ahead = engine.time.now() + towns.HOUR
        with pytest.raises(errors.TooEarly, match=r"lies in the future of this store \(.*\+08:00\)"):
            engine.door.submit(requests.Move(case=case.case, trigger="note", actor="wang", at=ahead))


def test_the_same_key_is_the_same_result_once(engine: Engine) -> None:
    first = towns.opened(engine, key="a")
    again = towns.opened(engine, key="a")
    assert (again.case, again.seq, again.again) == (first.case, first.seq, True)
    move = towns.a_move(first.case, "note", "wang", key="b", reason="一", if_version=1)
    done = engine.door.submit(move)
    assert engine.door.submit(move) == requests.Done(case=1, number=first.number, seq=done.seq, state="reported", version=2, again=True)
    assert [entry["trigger"] for entry in towns.entries(engine, first)] == ["open", "note"]
    assert towns.rows(engine, "SELECT n FROM counters WHERE name = 'case'") == [(1,)]


def test_the_same_key_with_other_input_is_a_conflict(engine: Engine) -> None:
    case = towns.opened(engine, key="a")
    with pytest.raises(errors.KeyReused, match="'a' was used before with other input"):
        towns.opened(engine, key="a", description="别的事")
    with pytest.raises(errors.KeyReused):
        towns.moved(engine, case, "note", "wang", key="a")


def test_a_refused_request_does_not_use_its_key_up(engine: Engine) -> None:
    case = towns.opened(engine)
    with pytest.raises(refusals.RoleRefused):
        towns.moved(engine, case, "discard", "ma", key="k", reason="x")
    assert not towns.moved(engine, case, "discard", "wang", key="k", reason="x").again


def test_two_processes_with_the_same_key_at_the_same_moment(engine: Engine) -> None:
    with towns.another(engine) as second:
        together = threading.Barrier(2)
        outcomes: list[requests.Done] = []

        def ask(own: Engine) -> None:
            together.wait()
            outcomes.append(own.door.submit(towns.an_opening(key="once")))

        for turn in range(5):
            outcomes.clear()
            threads = [threading.Thread(target=ask, args=(own,)) for own in (engine, second)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            assert {(done.case, done.seq) for done in outcomes} == {(1, 1)}, f"turn {turn}"
    assert towns.rows(engine, "SELECT count(*) FROM cases") == [(1,)]


def test_an_anonymous_report_is_taken_and_nobody_is_told(engine: Engine) -> None:
    case = towns.opened(engine, by=None)
    assert towns.entries(engine, case)[0]["actor"] is None
    assert towns.told(engine, case) == []
    assert towns.findings(engine) == []


def test_who_may_open_is_the_definitions_to_say(tmp_path: Path, url: str) -> None:
    with towns.a_town(
        tmp_path, url, workflow=towns.WORKFLOW.replace("initial: reported\n", "initial: reported\nopened_by: [duty]\n")
    ) as engine:
        for who in (None, "ma"):
            with pytest.raises(refusals.RoleRefused, match="it takes: duty"):
                towns.opened(engine, by=who)
        assert towns.opened(engine, by="wang").case == 1


def test_a_resident_on_whose_behalf_it_was_reported_hears_the_end_too(engine: Engine) -> None:
    case = towns.opened(engine, on_behalf_of={"name": "张大妈", "phone": "13800000000", "email": "zhang@example.org"})
    towns.moved(engine, case, "dispatch", "wang", category="lamp", urgency="2", unit="lights")
    towns.moved(engine, case, "resolve", "li", result="好了")
    towns.moved(engine, case, "verify", "qian")
    assert ("fact:on_behalf_of", "closed") in towns.told(engine, case)


def test_a_unit_scoped_role_counts_only_within_the_cases_unit(engine: Engine) -> None:
    case = towns.dispatched(engine, unit="lights")
    with pytest.raises(refusals.RoleRefused, match="hu may not resolve this case; it takes: handler of unit lights") as refused:
        towns.moved(engine, case, "resolve", "hu", result="好了")  # a handler too, but of the roads
    assert "需要角色：单位 lights 的 handler" in refused.value.zh
    assert "resolve" not in towns.shown(engine, case, "hu")["possible"]
    assert towns.moved(engine, case, "resolve", "li", result="好了").state == "resolved"


def test_four_eyes_who_resolved_may_not_verify(tmp_path: Path, url: str) -> None:
    people = builders.PEOPLE.replace("{name: 李师傅, roles: [handler]", "{name: 李师傅, roles: [handler, verifier]")
    with towns.a_town(tmp_path, url, people=people) as engine:
        case = towns.dispatched(engine)
        towns.moved(engine, case, "resolve", "li", result="好了")
        with pytest.raises(refusals.FourEyes, match="li did resolve on this case"):
            towns.moved(engine, case, "verify", "li")
        assert "verify" not in towns.shown(engine, case, "li")["possible"]
        assert towns.moved(engine, case, "verify", "qian").state == "verified"


def test_an_extension_moves_the_deadline_twice_at_most_and_never_once_overdue(engine: Engine) -> None:
    case = towns.dispatched(engine)
    assert towns.due(engine, case, "handling") == "09:00:00"
    for turn, due in ((1, "09:30:00"), (2, "10:00:00")):
        towns.moved(engine, case, "extend", "mayor", when=f"08:0{turn}", more_time="30 minutes")
        assert towns.due(engine, case, "handling") == due
    with pytest.raises(refusals.TooOften, match="used 2 times"):
        towns.moved(engine, case, "extend", "mayor", more_time="30 minutes")
    assert "extend" not in towns.shown(engine, case, "mayor")["possible"]
    late = towns.dispatched(engine, when="08:10")
    assert "extend" in towns.shown(engine, late, "mayor")["possible"]
    with pytest.raises(refusals.AlreadyOverdue, match="once overdue") as refused:
        towns.moved(engine, late, "extend", "mayor", when="09:10", more_time="30 minutes")
    assert "extend" not in refused.value.possible
    towns.until(engine, "09:10")
    for viewer in ("mayor", None):
        assert "extend" not in towns.shown(engine, late, viewer)["possible"]
    assert towns.findings(engine) == []


def test_an_extension_needs_a_clock_that_runs(tmp_path: Path, url: str) -> None:
    workflow = towns.WORKFLOW.replace("extend:   {from: dispatched", "extend:   {from: [reported, dispatched]")
    with (
        towns.a_town(tmp_path, url, workflow=workflow) as engine,
        pytest.raises(refusals.NothingToExtend, match="handling is not under way"),
    ):
        towns.moved(engine, towns.opened(engine), "extend", "mayor", more_time="30 minutes")


def test_a_second_door_sees_what_the_first_wrote_and_the_version_tells(engine: Engine) -> None:
    case = towns.opened(engine)
    with towns.another(engine) as second:
        assert towns.moved(second, case, "note", "wang", if_version=1).version == 2
        with pytest.raises(errors.StaleVersion):
            towns.moved(engine, case, "note", "wang", if_version=1)
        assert towns.moved(engine, case, "note", "wang", if_version=2).version == 3


PERSON = {"name": "张大妈", "phone": "13800000000", "email": "zhang@example.org"}


def test_personal_facts_stand_in_history_as_digests_only(engine: Engine) -> None:
    case = towns.opened(engine, on_behalf_of=PERSON)
    for table in ("cases", "history", "messages", "keys"):
        stored = repr(towns.rows(engine, f"SELECT * FROM {table}"))
        assert not any(secret in stored for secret in PERSON.values()), f"{table} holds what is personal"
    assert towns.shown(engine, case)["facts"]["on_behalf_of"] == PERSON
    assert towns.shown(engine, case, "ma")["facts"]["on_behalf_of"] == PERSON, "who gave it may see it"
    assert towns.shown(engine, case, "hu")["facts"]["on_behalf_of"] == {"hidden": True}


def test_personal_facts_can_be_erased_without_breaking_the_chain(engine: Engine) -> None:
    case = towns.opened(engine, on_behalf_of=PERSON)
    towns.damage(engine, "UPDATE personal SET salt = NULL, value = NULL, erased_at = 1")
    assert towns.shown(engine, case)["facts"]["on_behalf_of"] == {"erased": True}
    assert towns.findings(engine) == []


FILMED = towns.WORKFLOW.replace("  on_behalf_of:", "  videos:      {type: videos, title: {zh: 视频, en: Videos}}\n  on_behalf_of:")


def test_a_photo_that_nobody_stored_is_no_evidence(engine: Engine) -> None:
    """Neither at an opening nor at a move; what came with it in one transaction is not held up."""
    made_up, digest = "ab" * 32, builders.a_photo(engine)
    for given in (made_up, [made_up], [digest, made_up]):
        with pytest.raises(errors.FactInvalid, match=r"photos: no file abababababab… was stored here; .*--photo FILE") as refused:
            towns.opened(engine, photos=given)
        assert "没有存过文件" in refused.value.zh
    case = towns.dispatched(engine)
    asked: list[requests.Request] = [
        towns.a_move(case.case, "resolve", "li", result="好了", photos=[made_up]),
        towns.a_move(case.case, "resolve", "li", result="好了", photos=[digest]),
        towns.an_opening(photos=[made_up]),
        towns.an_opening(photos=[digest]),
    ]
    outcomes = cases.perform(engine.store, engine.catalog, asked, now=engine.time.now())
    assert [type(outcome) for outcome in outcomes] == [errors.FactInvalid, requests.Done, errors.FactInvalid, requests.Done]
    assert towns.findings(engine) == []


def test_a_photo_is_a_photo_and_a_video_is_a_video(tmp_path: Path, url: str) -> None:
    with towns.a_town(tmp_path, url, workflow=FILMED) as engine:
        photo, video = builders.a_photo(engine), builders.a_video(engine)
        case = towns.opened(engine, photos=photo, videos=video)
        assert towns.entries(engine, case)[0]["facts"]["videos"] == [video]
        with pytest.raises(errors.FactInvalid, match=r"photos: .* is video/mp4, and here go photos; .*--photo FILE"):
            towns.opened(engine, photos=[photo, video])
        with pytest.raises(errors.FactInvalid, match=r"videos: .* is image/jpeg, and here go videos"):
            towns.opened(engine, videos=[photo])
        assert towns.findings(engine) == []


def test_the_same_photo_twice_counts_once(engine: Engine) -> None:
    one, two = builders.a_photo(engine), builders.a_photo(engine, "black")
    case = towns.opened(engine, photos=[two, *[one] * 20, two])
    assert towns.entries(engine, case)[0]["facts"]["photos"] == [two, one]


def test_what_was_done_under_a_key_is_answered_though_the_photo_is_gone_since(engine: Engine) -> None:
    asked = towns.an_opening(photos=[builders.a_photo(engine)], key="k")
    first = engine.door.submit(asked)
    towns.damage(engine, "DELETE FROM attachments")
    assert engine.door.submit(asked) == first._replace(again=True)
