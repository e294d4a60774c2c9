"""Who has the role and does not hear, with the reason: another hour at the desk, another unit."""

from __future__ import annotations

from typing import Any

import pytest

from notifications import passed, recipients
from tests.unit.notifications import town

SPARE = {"chen": {"name": "陈值班", "roles": ["duty"], "email": "chen@example.org"}}


def _over(words: tuple[str, ...], case: dict[str, Any], when: str = "2026-11-20T08:30", **live: Any) -> list[str]:
    directory, about = town.a_directory(**live), town.about(when, **case)
    found = recipients.find(directory, words, about, chase=True)
    return [one.say("en") for one in passed.over(directory, words, about, heard=(*found.hits, *found.missed))]


@pytest.mark.parametrize(
    ("when", "said"),
    [
        # by day the night shift sleeps
        ("2026-11-20T08:30", ["zhao (duty) sits at the desk 20:00–08:00"]),
        # and the other way round
        ("2026-11-20T23:30", ["wang (duty) sits at the desk 08:00–20:00"]),
    ],
)
def test_who_sits_at_the_desk_at_another_hour(when: str, said: list[str]) -> None:
    assert _over(("duty",), {}, when) == said


def test_who_never_sits_there() -> None:
    assert _over(("duty",), {}, people=SPARE)[-1] == "chen (duty) has no shift in the rota"


@pytest.mark.parametrize(
    ("unit", "said"),
    [
        ("lights", ["both is handler of the unit grid; the case is with lights"]),
        # nobody of the unit has the role: those of the others are named, and why they are not meant
        ("empty", [f"{who} is handler of the unit {his}; the case is with empty" for who, his in
                   (("li", "lights"), ("mute", "lights"), ("both", "grid"))]),
        (None, [f"{who} is handler of the unit {his}; the case has no unit yet" for who, his in
                (("li", "lights"), ("mute", "lights"), ("both", "grid"))]),
    ],
)  # fmt: skip
def test_who_belongs_to_another_unit(unit: str | None, said: list[str]) -> None:
    assert _over(("handler",), {"unit": unit}) == said


def test_who_hears_by_another_word_or_is_missed_with_a_reason_is_not_named_again() -> None:
    # mute has no address and both is a rider: recipients says so
    assert _over(("handler",), {"unit": "lights"}) == ["both is handler of the unit grid; the case is with lights"]
    assert _over(("handler",), {"unit": "grid"}) == [
        f"{who} is handler of the unit lights; the case is with grid" for who in ("li", "mute")
    ]
    assert _over(("duty", "tracker"), {"tracker": "zhao"}) == []
    assert _over(("leader", "reporter"), {}) == []


@pytest.mark.parametrize(
    ("days", "en", "zh"),
    [
        (["mon", "tue", "wed", "thu", "fri"], "Mon–Fri 08:00–16:00", "周一至周五 08:00–16:00"),
        (["sat", "sun"], "Sat Sun 08:00–16:00", "周六 周日 08:00–16:00"),
        (["mon", "wed"], "Mon Wed 08:00–16:00", "周一 周三 08:00–16:00"),
    ],
)
def test_hours_are_said_with_their_days(days: list[str], en: str, zh: str) -> None:
    rota = {"duty": [{"hours": "08:00-16:00", "days": days, "who": ["wang"]}, {"hours": "16:00-08:00", "who": ["zhao"]}]}
    said = passed.shifts(town.a_directory(rota=rota), "duty", "wang")
    assert said is not None
    assert (said.en, said.zh) == (en, zh)


def test_every_reason_has_its_sentence() -> None:
    assert passed.SENTENCES.keys() == set(passed.Why)
