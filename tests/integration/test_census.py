"""Where cases are, how many are late, and where time goes: counted from cases whose story is known."""

from __future__ import annotations

import pytest

from engine import composition, crossing, migration, stats
from engine.diagrams import census, exhibits, pictures
from tests.integration import towns

Engine = composition.Engine


def drawn(engine: Engine, *, since: str | None = None) -> pictures.Picture:
    now = engine.time.now()
    with engine.store.reading() as tx:
        begin = towns.at(since) if since else None
        return exhibits.in_force(tx, engine.catalog, "testtown", None, now=now, counts=True, since=begin)


def counts(picture: pictures.Picture) -> dict[str, tuple[int | None, int | None]]:
    """state → (cases there, overdue), where there are any."""
    return {node.name: (node.cases, node.overdue) for node in picture.nodes if node.cases}


def node(picture: pictures.Picture, name: str) -> pictures.Node:
    return next(each for each in picture.nodes if each.name == name)


def a_morning(engine: Engine) -> None:
    """Three cases reported at eight; dispatched at 08:04, at 08:06 and never; the first resolved at 08:34 and closed at 09:04."""
    first, second, _ = (towns.opened(engine) for _ in range(3))
    given = {"category": "lamp", "urgency": "2", "unit": "lights"}
    towns.until(engine, "08:04")
    towns.moved(engine, first, "dispatch", "wang", **given)
    towns.until(engine, "08:06")
    towns.moved(engine, second, "dispatch", "wang", **given)
    towns.until(engine, "08:34")
    towns.moved(engine, first, "resolve", "li", result="已换灯")
    towns.until(engine, "09:04")
    towns.moved(engine, first, "verify", "qian")
    towns.until(engine, "10:00")


def test_cases_are_counted_where_they_are_with_those_that_are_late(engine: Engine) -> None:
    a_morning(engine)
    # the second is an hour and more with its handler, the third was never dispatched
    assert counts(drawn(engine)) == {"reported": (1, 1), "dispatched": (1, 1), "verified": (1, 0)}


def test_time_goes_where_cases_have_waited(engine: Engine) -> None:
    a_morning(engine)
    picture = drawn(engine)
    minutes = {each.name: each.median // towns.MINUTE for each in picture.nodes if each.median is not None}
    assert list(minutes.items()) == [("reported", 5), ("dispatched", 30), ("resolved", 30)]  # of the stays that ended
    # reported 4 + 6 + 120 minutes, dispatched 30 + 114, resolved 30; the closed hour of the first is nobody's
    spent = [("reported", 130), ("suspended", 0), ("dispatched", 144), ("resolved", 30)]
    shares = {each.name: each.share for each in picture.nodes if each.final is None}
    assert shares == {name: round(span / 304, 4) for name, span in spent}
    assert (node(picture, "reported").stays, node(picture, "verified").median) == (2, None)


def test_the_median_is_that_of_the_figures(engine: Engine) -> None:
    a_morning(engine)
    picture = drawn(engine)
    with engine.store.reading() as tx:
        rows = stats.stats(tx, engine.catalog, stats.Wanted(programme="testtown"), now=towns.at("10:00"))
    medians = {row.of: row.value for row in rows if row.figure.name == "stage_median"}
    assert medians == {each.name: each.median / 1e6 for each in picture.nodes if each.median is not None}


def test_the_stays_of_a_migrated_case_are_told_by_the_names_of_today_as_the_figures_have_them(
    engine: Engine, tmp_path_factory: pytest.TempPathFactory
) -> None:
    case = towns.dispatched(engine)
    towns.until(engine, "08:30")
    towns.moved(engine, case, "resolve", "li", result="已换灯")
    renamed = towns.WORKFLOW.replace("dispatched", "handed_out")
    towns.publish(engine, towns.a_programme(tmp_path_factory.mktemp("new"), workflow=renamed))
    with engine.store.reading() as tx:
        version = migration.version(tx, engine.catalog, migration.IN_FORCE, "testtown")
    names = (crossing.Name(crossing.STATE, "dispatched", "handed_out"),)
    assert [row.refusal for row in migration.carry_out(engine, migration.Wanted(version=version, names=names))] == [None]
    medians = {each.name: each.median / 1e6 for each in drawn(engine).nodes if each.median is not None}
    assert medians == {"reported": 0.0, "handed_out": 1800.0}
    now = engine.time.now()
    with engine.store.reading() as tx:
        rows = stats.stats(tx, engine.catalog, stats.Wanted(programme="testtown"), now=now)
    assert medians == {row.of: row.value for row in rows if row.figure.name == "stage_median"}


def test_only_cases_opened_since(engine: Engine) -> None:
    a_morning(engine)
    towns.opened(engine)
    picture = drawn(engine, since="09:30")
    assert counts(picture) == {"reported": (1, 0)}
    assert picture.counted is not None
    assert picture.counted.en == "cases opened since 2026-11-20 09:30, as of 2026-11-20 10:00"
    assert node(picture, "reported").share is None  # no time has passed


def test_cases_of_an_older_version_count_and_lost_states_are_owned_up_to(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> None:
    a_morning(engine)
    renamed = towns.WORKFLOW.replace("dispatched", "handed_out")
    towns.publish(engine, towns.a_programme(tmp_path_factory.mktemp("new"), workflow=renamed))
    picture = drawn(engine)
    assert counts(picture) == {"reported": (1, 1), "verified": (1, 0)}
    assert picture.elsewhere == 1


def test_many_cases_are_read_in_pieces(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    a_morning(engine)
    whole = drawn(engine)
    monkeypatch.setattr(census, "CHUNK", 1)
    assert drawn(engine) == whole


def test_an_empty_store_counts_nothing(engine: Engine) -> None:
    picture = drawn(engine)
    assert counts(picture) == {}
    assert {each.share for each in picture.nodes} == {None}
