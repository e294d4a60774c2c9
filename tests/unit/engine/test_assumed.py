from __future__ import annotations

from pathlib import Path

import pytest

from config import assumptions, programme, reading
from engine import starting
from engine.simulating import assumed
from tests import builders

SHIPPED = Path(__file__).resolve().parents[3] / "config" / "programmes"


def whole_of(folder: Path) -> programme.Programme:
    found = reading.read_folder(folder).programme
    assert found is not None
    return found


def weights(full: assumptions.Assumptions) -> dict[str, int]:
    return {trigger: work.weight or 0 for trigger, work in full.work.items() if work.weight}


def test_the_way_to_the_end_is_usual_going_back_is_rare_and_all_else_is_left_out(tmp_path: Path) -> None:
    full = assumed.complete(whole_of(builders.a_folder(tmp_path)), "report")
    assert weights(full) == {"dispatch": 100, "resolve": 100, "verify": 100, "return": 5, "rework": 5, "discard": 3}


def test_a_special_way_is_taken_where_it_is_open() -> None:
    full = assumed.complete(whole_of(SHIPPED / "ningxiang"), "report")
    assert weights(full)["alert"] > weights(full)["classify"]
    assert {"suspend", "reopen", "extend", "supervise"}.isdisjoint(weights(full))


def test_a_short_way_to_an_end_that_few_cases_may_take_is_not_the_way() -> None:
    found = weights(assumed.complete(whole_of(SHIPPED / "ningxiang"), "report"))
    assert found["dispatch"] > 0, "handing over to the next town ends sooner, but only what lies there"


def test_riders_help_seldom() -> None:
    found = weights(assumed.complete(whole_of(SHIPPED / "haidian"), "report"))
    assert 0 < found["help"] < found["dispatch"]


def test_work_takes_a_part_of_its_target_and_not_the_whole_day(tmp_path: Path) -> None:
    full = assumed.complete(whole_of(builders.a_folder(tmp_path)), "report")
    takes = {trigger: str(work.takes) for trigger, work in full.work.items()}
    assert takes["dispatch"] == "150 seconds"  # a fourth of ten minutes
    assert takes["verify"] == "15 minutes"  # not six hours
    assert str(full.work["dispatch"].nine_of_ten) == "450 seconds"


@pytest.mark.parametrize("town", ["dingcheng", "haidian", "najin", "ningxiang"])
def test_nothing_is_left_open_and_what_was_said_stays(town: str) -> None:
    whole = whole_of(SHIPPED / town)
    given = assumptions.Assumptions.model_validate(
        {
            "workflow": "report",
            "arrivals": {"a_day": 7},
            "work": {"verify": {"takes": "1 minute"}},
            "facts": {"urgency": {"1": 1}},
            "acknowledge": 0,
        }
    )
    full = assumed.complete(whole, "report", given)
    assert full.arrivals.a_day == 7
    assert full.arrivals.hours
    assert full.acknowledge == 0
    assert full.facts["urgency"] == {"1": 1}
    assert (str(full.work["verify"].takes), str(full.work["verify"].nine_of_ten)) == ("1 minute", "3 minutes")
    assert set(full.work) == set(whole.workflows["report"].transitions)
    assert all(None not in (work.weight, work.takes, work.nine_of_ten, work.varies) for work in full.work.values())
    assert assumed.complete(whole, "report", full) == full


def test_who_verifies_does_not_wait_for_the_timer_that_would_close_the_case(tmp_path: Path) -> None:
    """`fengxing new` makes such a folder: `verify: by: [duty, timer]`. With only `rework` left, every case went round for ever."""
    folder = starting.start(tmp_path, "mytown")
    full = assumed.complete(whole_of(folder), "report")
    assert weights(full) == {"dispatch": 100, "resolve": 100, "verify": 100, "return": 5, "rework": 5, "discard": 3}


def test_what_nobody_of_the_office_closes_is_left_to_the_timer_and_so_is_what_does_not_close(tmp_path: Path) -> None:
    folder = starting.start(tmp_path, "mytown")
    file = folder / "workflows" / "report.yaml"
    file.write_text(file.read_text("utf-8").replace("by: [duty, timer]", "by: [rider, timer]"), "utf-8")
    assert weights(assumed.complete(whole_of(folder), "report")) == {
        "dispatch": 100,
        "resolve": 100,
        "return": 5,
        "rework": 5,
        "discard": 3,
    }
    assert "resume" not in weights(assumed.complete(whole_of(SHIPPED / "ningxiang"), "report"))
