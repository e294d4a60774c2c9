from __future__ import annotations

import pytest

from engine import rehearsal
from engine.simulating import tallies


def test_percentiles_come_out_to_one_per_cent() -> None:
    spread = tallies.Spread()
    for second in range(1, 1001):
        spread.add(second * 1_000_000)
    for percent in (50, 90, 99):
        assert spread.percentile(percent) / 1e6 == pytest.approx(percent * 10, rel=0.01)
    assert (spread.count, spread.greatest, spread.mean) == (1000, 1_000_000_000, 500.5e6)


def test_nothing_measured_is_nothing() -> None:
    assert (tallies.Spread().percentile(50), tallies.Spread().mean, tallies.Level(0).mean, tallies.Level(0).percentile(90)) == (0, 0, 0, 0)


def test_a_length_counts_for_as_long_as_it_lasts() -> None:
    level = tallies.Level(100)
    level.change(160, 1)  # empty for sixty
    level.change(190, 1)  # one for thirty
    level.change(190, 5)  # two for no time at all
    level.change(200, -7)  # seven for ten
    level.change(200, 0)
    assert level.mean == pytest.approx((30 + 70) / 100)
    assert (level.percentile(60), level.percentile(90), level.percentile(99), level.greatest) == (0, 1, 7, 7)


def test_mails_are_counted_by_day_and_the_chasing_ones_apart() -> None:
    def mail(day: float, who: str, kind: str) -> rehearsal.Mail:
        return rehearsal.Mail(round(day * tallies.DAY), 0, 1, 1, who, "email", "overdue", kind, None, None, urgent=False)

    post = tallies.Post(0)
    for each in (mail(0.2, "wang", "notice"), mail(1.1, "wang", "ladder"), mail(1.9, "wang", "incident"), mail(1.9, "li", "notice")):
        post.add(each)
    assert post.people() == ["wang", "li"]
    assert [(post.total(who), post.chasing[who], post.most(who)) for who in post.people()] == [(3, 2, 2), (1, 0, 1)]
