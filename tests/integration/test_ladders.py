"""What happens as a deadline comes near and passes, through the engine, on a clock that moves only when told."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine import clock as clocks
from engine import composition, errors, requests, rungs
from tests import builders
from tests.integration import towns

Engine = composition.Engine


def test_a_forgotten_report_climbs_its_ladder(engine: Engine) -> None:
    case = towns.opened(engine)
    assert towns.until(engine, "12:00") == [
        ("dispatching", 1, "08:08:00"),  # 80 % of ten minutes
        ("dispatching", 2, "08:09:00"),  # one minute before
        ("dispatching", 3, "08:10:00"),  # due
        ("dispatching", 4, "08:20:00"),  # ten minutes after: the head of the desk
        ("dispatching", 5, "08:40:00"),  # thirty after: the leader, and every hour
        ("dispatching", 5, "09:40:00"),
        ("dispatching", 5, "10:40:00"),
        ("dispatching", 5, "11:40:00"),
    ]
    assert towns.told(engine, case) == [
        ("ma", "received"),
        ("wang", "due-soon"),
        ("wang", "due-soon"),
        ("wang", "overdue"),
        ("zhao", "overdue"),
        *[("mayor", "overdue")] * 4,
    ]
    body = towns.shown(engine, case)["clocks"]["dispatching"]
    assert (body["state"], body["breached_at"], body["rungs_fired"]) == ("breached", "2026-11-20T08:10:00+08:00", [1, 2, 3, 4, 5, 5, 5, 5])
    assert towns.findings(engine) == []


def test_a_repeat_ends_at_its_cap(engine: Engine) -> None:
    towns.opened(engine)
    towns.until(engine, "08:39")
    fired = [when for name, _, when in towns.until(engine, "20:00") if name == "dispatching"]
    assert fired == ["08:40:00", "09:40:00", "10:40:00", "11:40:00", "12:40:00", "13:40:00"], "itself and five repeats"


def test_each_rung_fires_once_however_often_the_clock_looks(engine: Engine) -> None:
    towns.opened(engine)
    assert towns.jump(engine, "08:08") == [("dispatching", 1, "08:08:00")]
    assert towns.jump(engine, "08:08") == []


def test_after_an_outage_one_message_names_what_was_skipped_and_the_true_lapse_is_recorded(engine: Engine) -> None:
    case = towns.opened(engine)
    assert towns.jump(engine, "08:25") == [("dispatching", 4, "08:25:00")]
    entry = towns.entries(engine, case)[-1]
    assert entry["detail"]["skipped"] == [[0, 0], [1, 0], [2, 0]]
    assert entry["detail"]["due"] == towns.at("08:20")
    assert towns.told(engine, case)[1:] == [("zhao", "overdue"), ("wang", "overdue")], "those of the skipped rungs hear it too"
    assert towns.shown(engine, case)["clocks"]["dispatching"]["breached_at"] == "2026-11-20T08:10:00+08:00"
    assert towns.until(engine, "08:45") == [("dispatching", 5, "08:40:00")], "and it goes on from there"
    assert towns.findings(engine) == []


def test_a_suspended_case_is_resumed_by_the_timer_on_its_review_date(engine: Engine) -> None:
    case = towns.dispatched(engine)
    towns.moved(engine, case, "suspend", "mayor", reason="等材料", review_on="2026-11-21")
    assert ("review", 1) in {(name, rung) for name, rung, _ in towns.until(engine, "2026-11-22T12:00")}
    resumed = towns.entries(engine, case)
    move = next(entry for entry in resumed if entry["trigger"] == "resume")
    assert (move["actor"], move["to"], move["at"]) == ("timer", "dispatched", "2026-11-22T00:00:00"), "the day ends at midnight"
    assert towns.findings(engine) == []


def test_rungs_with_a_trigger_are_never_skipped(engine: Engine) -> None:
    case = towns.dispatched(engine)
    towns.moved(engine, case, "suspend", "mayor", reason="等材料", review_on="2026-11-21")
    assert towns.jump(engine, "2026-11-25T08:00") == [("review", 1, "2026-11-25T08:00:00")]
    assert towns.shown(engine, case)["state"] == "dispatched"
    assert towns.findings(engine) == []


def test_a_trigger_that_the_rules_refuse_is_recorded_and_the_ladder_goes_on(tmp_path: Path, lite: str) -> None:
    workflow = towns.WORKFLOW.replace(
        "from: suspended, to: dispatched, by: [leader, timer]", "from: suspended, to: dispatched, by: [leader, timer], when: {urgency: 1}"
    )
    with towns.a_town(tmp_path, lite, workflow=workflow) as engine:
        case = towns.dispatched(engine)
        towns.moved(engine, case, "suspend", "mayor", reason="等材料", review_on="2026-11-21")
        towns.until(engine, "2026-11-22T12:00")
        refused = [entry for entry in towns.entries(engine, case) if entry["kind"] == "refused"]
        assert [(entry["trigger"], entry["detail"]["code"]) for entry in refused] == [("resume", "condition")]
        assert towns.shown(engine, case)["state"] == "suspended"
        assert towns.findings(engine) == []


def test_who_acknowledges_is_left_in_peace_until_his_time_is_up_but_the_leader_hears_always(engine: Engine) -> None:
    case = towns.dispatched(engine)
    assert towns.until(engine, "08:50") == [("handling", 1, "08:48:00")]
    towns.acknowledged(engine, case, "handling", "li", when="08:50")
    assert towns.shown(engine, case)["clocks"]["handling"]["acknowledged"]
    assert towns.until(engine, "12:00") == [
        ("handling", 3, "09:30:00"),  # always
        ("handling", 2, "10:50:00"),  # acknowledged for two hours
    ]
    assert towns.shown(engine, case)["clocks"]["handling"]["state"] == "breached", "the breach stays recorded"
    assert towns.findings(engine) == []


def test_an_acknowledgement_stops_repeats_until_the_round_ends(engine: Engine) -> None:
    case = towns.opened(engine)
    towns.until(engine, "08:41")
    towns.acknowledged(engine, case, "dispatching", "mayor")
    assert towns.until(engine, "12:00") == []
    assert towns.timers(engine, case).keys() == {"whole"}


def test_only_who_was_told_may_acknowledge(engine: Engine) -> None:
    case = towns.opened(engine)
    towns.until(engine, "08:08")
    with pytest.raises(errors.MayNotAcknowledge, match="mayor was not told by dispatching; it can be acknowledged by: duty"):
        towns.acknowledged(engine, case, "dispatching", "mayor")
    assert towns.acknowledged(engine, case, "dispatching", "wang").seq == 3


def test_an_acknowledgement_is_safe_to_repeat_under_its_key(engine: Engine) -> None:
    case = towns.opened(engine)
    towns.until(engine, "08:08")
    asked = requests.Acknowledgement(case=case.number, clock="dispatching", actor="wang", key="k")
    assert engine.door.submit(asked).seq == engine.door.submit(asked).seq == 3
    with pytest.raises(errors.TooEarly, match="counts from when it is made"):
        engine.door.submit(requests.Acknowledgement(case=case.number, clock="dispatching", actor="wang", at=towns.at("08:05")))


def test_a_return_restarts_the_clock_in_a_new_round_and_its_rungs_fire_again(engine: Engine) -> None:
    case = towns.opened(engine)
    towns.until(engine, "08:12")
    towns.moved(engine, case, "dispatch", "wang", category="lamp", urgency="2", unit="lights")
    towns.moved(engine, case, "return", "li", when="08:20", reason="不归我们管")
    fired = towns.until(engine, "08:31")
    assert [rung for name, rung, _ in fired if name == "dispatching"] == [1, 2, 3]
    body = towns.shown(engine, case)["clocks"]["dispatching"]
    assert (body["round"], body["due"], body["earlier_breaches"]) == (2, "2026-11-20T08:30:00+08:00", 1)
    assert towns.findings(engine) == []


def test_quiet_hours_delay_a_message_and_never_drop_it(tmp_path: Path, lite: str) -> None:
    people = builders.PEOPLE.replace(
        "leader:     {title: {zh: 分管领导, en: Leader}}", 'leader:     {title: {zh: 分管领导, en: Leader}, quiet: ["22:00-07:00"]}'
    )
    with towns.a_town(tmp_path, lite, people=people, start=towns.at("22:00")) as engine:
        for urgency, opens in (("2", "2026-11-21T07:00:00"), ("1", "23:30:00")):
            case = towns.dispatched(engine, urgency=urgency, when="22:00" if urgency == "2" else "22:30")
            towns.until(engine, "23:30")
            (found,) = [
                row for row in towns.rows(engine, "SELECT next_at, case_id FROM messages WHERE recipient = 'mayor'") if row[1] == case.case
            ]
            assert towns.clock_time(found[0]) == opens, f"urgency {urgency}"


def test_a_rung_that_reaches_nobody_goes_to_the_fallback_as_an_incident(tmp_path: Path, lite: str) -> None:
    people = builders.PEOPLE.replace('    - {hours: "20:00-08:00", who: [zhao]}\n', "")
    with towns.a_town(tmp_path, lite, people=people, start=towns.at("22:00")) as engine:
        case = towns.opened(engine)
        towns.until(engine, "22:08")
        assert towns.entries(engine, case)[-1]["detail"]["unreached"] is True
        assert towns.told(engine, case)[1:] == [("mayor", "unreached")]
        assert towns.findings(engine) == []


def test_a_case_that_cannot_be_handled_is_put_off_and_stops_nobody_else(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(3):
        towns.opened(engine)
    plain = rungs.fire

    def poisoned(batch: object, case: object, name: object, firing: object) -> object:
        if getattr(case, "id", None) == 2:
            raise ZeroDivisionError
        return plain(batch, case, name, firing)  # type: ignore[arg-type]  # handed on as they came

    with monkeypatch.context() as ill:
        ill.setattr(rungs, "fire", poisoned)
        assert len(towns.jump(engine, "08:08")) == 2
    assert "this case's timer cannot be handled" in caplog.text
    (late,) = towns.rows(engine, "SELECT due FROM timers WHERE case_id = 2 AND clock = 'dispatching'")
    assert towns.clock_time(late[0]) == "08:13:00"
    assert [when for _, rung, when in towns.jump(engine, "08:13") if rung == 3] == ["08:13:00"] * 3, "mended, it goes on, nothing is lost"
    assert towns.findings(engine) == []


def test_a_damaged_row_is_put_off_and_stops_nobody_else(engine: Engine) -> None:
    for _ in range(2):
        towns.opened(engine)
    towns.damage(engine, "UPDATE cases SET fold = '{' WHERE id = 1")
    assert len(towns.jump(engine, "08:08")) == 1


@pytest.mark.parametrize(
    ("_sentence", "sql"),
    [
        (
            "a timer that is not owed is taken away",
            "INSERT INTO timers (case_id, clock, due, round, rung, repeat, generation) VALUES (1, 'handling', 5, 1, 0, 0, 1)",
        ),
        ("a timer that came too early is put where it belongs", "UPDATE timers SET due = 5 WHERE clock = 'dispatching'"),
    ],
)
def test_a_timer_that_its_case_does_not_owe_is_corrected(engine: Engine, _sentence: str, sql: str) -> None:
    case = towns.opened(engine)
    owed = towns.timers(engine, case)
    towns.damage(engine, sql)
    assert towns.jump(engine, "08:01") == []
    assert towns.timers(engine, case) == owed
    assert towns.findings(engine) == []
    assert [rung for _, rung, _ in towns.until(engine, "08:08")] == [1]


def test_a_timer_of_a_case_that_does_not_exist_does_not_keep_the_clock_awake(engine: Engine) -> None:
    towns.opened(engine)
    towns.damage(engine, "INSERT INTO timers (case_id, clock, due, round, rung, repeat, generation) VALUES (77, 'handling', 5, 1, 0, 0, 1)")
    assert [rung for _, rung, _ in towns.until(engine, "08:08")] == [1]
    assert clocks.next_due(engine.store) == towns.at("08:09")


def test_a_ladder_that_goes_round_at_one_moment_holds_up_nobody_else(
    engine: Engine, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """`check` refuses such a definition today; one that was put in force before must not hang the clock."""
    text = towns.WORKFLOW.replace("  resume:   {", "  again:    {from: suspended, by: [timer], kind: rework}\n  resume:   {").replace(
        "    due: {fact: review_on}\n", "    due: {fact: review_on}\n    on_rework: restart\n"
    )
    towns.publish(engine, towns.a_programme(tmp_path / "round", workflow=text.replace("{at: due, do: resume}", "{at: due, do: again}")))
    case = towns.dispatched(engine)
    towns.moved(engine, case, "suspend", "mayor", reason="等配件", review_on="2026-11-19")
    other = towns.opened(engine)
    before = towns.entries(engine, case)
    assert [(clock_name, rung) for clock_name, rung, _ in towns.jump(engine, "08:08")] == [("dispatching", 1)]
    assert "cannot be handled" in caplog.text
    assert "fengxing migrate" in caplog.text
    assert towns.entries(engine, case) == before, "nothing half done"
    assert towns.told(engine, other)[-1] == ("wang", "due-soon")
