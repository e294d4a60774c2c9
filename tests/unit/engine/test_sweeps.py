from __future__ import annotations

from pathlib import Path

import pytest

from config import assumptions, reading
from engine.simulating import assumed, simulation, sweeps
from tests import builders


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> simulation.Plan:
    whole = reading.read_folder(builders.a_folder(tmp_path_factory.mktemp("town"))).programme
    assert whole is not None
    staff = {"verifier": assumptions.Staff(hours="office")}
    given = assumptions.Assumptions(workflow="report", staff=staff)
    return simulation.Plan(whole=whole, assumed=assumed.complete(whole, "report", given), start=0, days=1)


def targets(variant: sweeps.Variant, clock: str) -> list[str]:
    within = variant.plan.whole.workflows["report"].clocks[clock].within
    assert within is not None
    return [str(target.is_) for target in within]


@pytest.mark.parametrize(
    ("words", "what", "seen"),
    [
        ("dispatching.within=10m,15m, 2h", "dispatching.within", [["10 minutes"], ["15 minutes"], ["2 hours"]]),
        ("within=1d,4 working hours", "dispatching.within", [["1 days"], ["4 working hours"]]),
        # what a condition picks out keeps its own
        ("handling.within=90 minutes", "handling.within", [["30 minutes", "8 working hours", "90 minutes"]]),
    ],
)
def test_a_target_is_changed_for_all_that_no_condition_picks_out(
    plan: simulation.Plan, words: str, what: str, seen: list[list[str]]
) -> None:
    sweep = sweeps.read(words, plan)
    assert sweep.what == what
    assert [targets(variant, what.split(".", maxsplit=1)[0]) for variant in sweep.variants] == seen
    assert all(variant.plan.assumed == plan.assumed for variant in sweep.variants)
    assert targets(sweeps.Variant(value="", plan=plan), "dispatching") == ["10 minutes"]


@pytest.mark.parametrize(
    ("words", "what", "numbers"),
    [("staff=verifier:1..4", "verifier.staff", [1, 2, 3, 4]), ("staff=0,3", "duty.staff", [0, 3]), ("staff=duty:2,2", "duty.staff", [2])],
)
def test_staff_is_changed_of_one_role_and_its_hours_stay(plan: simulation.Plan, words: str, what: str, numbers: list[int]) -> None:
    sweep, role = sweeps.read(words, plan), what.split(".", maxsplit=1)[0]
    assert sweep.what == what
    assert [variant.plan.assumed.staff[role].at_work for variant in sweep.variants] == numbers
    assert {variant.plan.assumed.staff[role].hours for variant in sweep.variants} == {plan.assumed.staff[role].hours}


def test_arrivals_are_changed_in_number_only(plan: simulation.Plan) -> None:
    sweep = sweeps.read("arrivals=10,2000", plan)
    assert [variant.plan.assumed.arrivals.a_day for variant in sweep.variants] == [10, 2000]
    assert {str(variant.plan.assumed.arrivals.hours) for variant in sweep.variants} == {str(plan.assumed.arrivals.hours)}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("", "write CLOCK.within="),
        ("dispatching=10m", "write CLOCK.within="),
        ("duty.staff=1", "write CLOCK.within="),
        ("within=duty:10m", "write CLOCK.within="),
        ("within=", "write CLOCK.within="),
        ("within=10x", "'10x' is no duration"),
        ("within=10m,,15m", "'' is no duration"),
        ("within=0m", "is no duration"),
        ("review.within=1d", "say of which clock, as dispatching.within="),  # its deadline comes from a fact
        ("nobody.within=1d", "there is: dispatching, handling, verifying, whole"),
        ("staff=nobody:1..2", "say of which role"),
        ("staff=duty:4..1", "write whole numbers"),
        ("staff=duty:1..40", "at most 20"),
        ("staff=duty:1001", "at most 1000 people"),
        ("staff=duty:one", "write whole numbers"),
        ("staff=duty:²", "write whole numbers"),
        ("arrivals=0", "from 1 to 1000000"),
    ],
)
def test_what_cannot_be_compared_is_said(plan: simulation.Plan, words: str, said: str) -> None:
    with pytest.raises(sweeps.SweepInvalid, match=r"^--sweep") as refused:
        sweeps.read(words, plan)
    assert said in str(refused.value)
    assert refused.value.exit == 2


def test_what_is_assumed_can_be_written_edited_and_read_again(plan: simulation.Plan, tmp_path: Path) -> None:
    file = tmp_path / "assumptions.yaml"
    file.write_text(assumed.text(plan.assumed), encoding="utf-8")
    read = assumptions.read(file)
    assert assumptions.check(read, plan.whole) == ()
    assert read.assumptions is not None
    assert assumed.complete(plan.whole, "report", read.assumptions) == plan.assumed
