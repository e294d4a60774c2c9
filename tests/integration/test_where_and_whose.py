"""A point becomes an area, an area a unit, and what lies over the border is handed over; on both databases, and told by the history alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from config import reading
from engine import composition, dutytable, errors, history, publishing, requests, views
from engine.diagrams import atlas
from states import errors as refusals
from tests import builders
from tests.integration import towns

Engine = composition.Engine
AREAS = "areas:\n  - {file: areas/town.geojson, kind: community}\n  - {file: areas/beyond.geojson, kind: neighbour}\n"
DUTIES = "duties:\n  - {category: lamp, unit: lights}\n  - {area: beyond, unit: lights}\n  - {unit: area}\n"
MAPS = builders.a_map("town", builders.an_area("community", (111.18, 37.33), (111.19, 37.34))) + builders.a_map(
    "beyond", builders.an_area("beyond", (111.19, 37.33), (111.20, 37.34))
)
WORKFLOW = (
    towns.WORKFLOW.replace(
        "  more_time: ",
        """\
  location:    {type: point, title: {zh: 位置, en: Place}}
  home:        {type: point, personal: true, title: {zh: 住处, en: Home}}
  area:        {type: unit, located: location, title: {zh: 所在区域, en: Area}}
  found:       {type: choice, located: location, choices: {inside: 区内, nearest: 最近, unsure: 待确认, outside: 区外}, title: {zh: 定位, en: Found}}
  lives_in:    {type: unit, located: home, title: {zh: 居住区域, en: Lives in}}
  more_time: """,
    )
    .replace("needs: [category, urgency, unit]}", "needs: [category, urgency, unit], routes: unit}")
    .replace("  resolved:   {", "  handed_over: {title: {zh: 待邻街接收, en: Handed over}}\n  shared:     {title: {zh: 邻街办理, en: Theirs}}\n  resolved:   {", 1)
    .replace(
        "  discard:  {",
        """\
  place:     {from: [reported, dispatched], by: [duty], needs: [location]}
  hand_over: {from: dispatched, to: handed_over, by: [duty], when: {area: beyond}}
  accept:    {from: handed_over, to: shared, by: [liaison]}
  take_back: {from: handed_over, to: dispatched, by: [duty, timer]}
  done_there: {from: shared, to: resolved, by: [liaison], needs: [result]}
  discard:  {""",
    )
    .replace(
        "clocks:\n",
        """\
clocks:
  handover:
    title: {zh: 接收时限, en: Time to accept}
    runs_in: [handed_over]
    within: 15 minutes
    ladder: handover
""",
    )
    .replace("ladders:\n", "ladders:\n  handover:\n    - {at: due, notify: [area, leader], template: overdue, do: take_back}\n")
    .replace("notices:\n", "notices:\n  - {on: open, to: [area], template: received, when: {area: beyond}}\n  - {on: hand_over, to: [area, leader], template: assigned}\n")
)  # fmt: skip
FILES: dict[str, Any] = {
    "workflow": WORKFLOW,
    "programme": builders.PROGRAMME + "datum: gcj02\n",
    "units": builders.UNITS + "  beyond: {title: {zh: 邻街, en: Next street}, kind: neighbour}\n",
    "people": builders.PEOPLE.replace("  verifier:   {", "  liaison:    {title: {zh: 联络员, en: Liaison}}\n  verifier:   {").replace(
        "  hu:     {", "  pubu:   {name: 普布, roles: [liaison], unit: beyond, email: pubu@example.net}\n  hu:     {"
    ),
    "areas": AREAS,
    "duties": DUTIES,
    "maps": MAPS,
}
OURS, THEIRS = "111.185,37.335,wgs84", "111.195,37.335,wgs84"


@pytest.fixture
def engine(tmp_path: Path, url: str) -> Iterator[Engine]:
    with towns.a_town(tmp_path, url, **FILES) as running:
        yield running


def facts_of(engine: Engine, case: requests.Done) -> dict[str, object]:
    facts: dict[str, object] = towns.shown(engine, case)["facts"]
    return facts


def test_the_rider_gives_a_point_and_the_desk_need_not_say_whose_it_is(engine: Engine) -> None:
    case = towns.opened(engine, location=OURS)
    assert facts_of(engine, case) | {"area": "community", "found": "inside"} == facts_of(engine, case)
    towns.moved(engine, case, "dispatch", "wang", category="greening", urgency=3)
    assert facts_of(engine, case)["unit"] == "community"
    with engine.store.reading() as tx:
        entry = views.entries(tx, engine.catalog, views.find(tx, engine.catalog, case.case), viewer=None)[-1]
    assert entry.facts["unit"] == "community"
    assert entry.detail["routed"] == {"unit": "community", "by": "duties", "row": 3, "category": "greening", "area": "community"}
    assert towns.findings(engine) == []


def test_whom_the_desk_names_it_gets_whatever_the_table_says(engine: Engine) -> None:
    case = towns.opened(engine, location=OURS)
    towns.moved(engine, case, "dispatch", "wang", category="lamp", urgency=3, unit="community")
    assert facts_of(engine, case)["unit"] == "community"


def test_where_no_row_fits_the_desk_must_say(engine: Engine) -> None:
    case = towns.opened(engine, location="0,0,wgs84")
    assert "area" not in facts_of(engine, case)
    with pytest.raises(refusals.FactMissing, match="unit"):
        towns.moved(engine, case, "dispatch", "wang", category="greening", urgency=3)
    towns.moved(engine, case, "dispatch", "wang", category="lamp", urgency=3)
    assert facts_of(engine, case)["unit"] == "lights", "a row that holds everywhere needs no place"


def test_a_better_point_confirms_and_a_far_one_takes_the_area_back(engine: Engine) -> None:
    case = towns.opened(engine, location=f"{OURS},400")
    assert (facts_of(engine, case).get("area"), facts_of(engine, case)["found"]) == (None, "unsure")
    towns.moved(engine, case, "place", "wang", location=f"{OURS},15")
    assert (facts_of(engine, case)["area"], facts_of(engine, case)["found"]) == ("community", "inside")
    towns.moved(engine, case, "place", "wang", location="121.9,31.2,wgs84")
    assert (facts_of(engine, case)["area"], facts_of(engine, case)["found"]) == (None, "outside")
    assert towns.findings(engine) == []


def test_a_point_that_names_no_datum_is_in_that_of_the_programme(engine: Engine) -> None:
    case = towns.opened(engine, location="111.185,37.335")
    point = facts_of(engine, case)["location"]
    assert isinstance(point, dict)
    assert point["raw"] == {"lon": 111.185, "lat": 37.335, "datum": "gcj02"}
    assert (point["datum"], round(point["lon"], 4)) == ("wgs84", 111.1787)


def test_nobody_gives_an_area_and_nothing_is_left_of_the_attempt(engine: Engine) -> None:
    with pytest.raises(errors.FactInvalid, match="follows from the point: give location"):
        towns.opened(engine, area="community")
    case = towns.opened(engine)
    assert case.number == "TT-20261120-0001"
    with pytest.raises(errors.FactInvalid, match="beyond is a neighbour's"):
        towns.moved(engine, case, "dispatch", "wang", category="lamp", urgency=3, unit="beyond")


def test_over_the_border_both_streets_are_told_and_ours_answers_until_they_accept(engine: Engine) -> None:
    case = towns.opened(engine, when="08:00", location=THEIRS)
    assert ("pubu", "received") in towns.told(engine, case), "the neighbour hears at once"
    towns.moved(engine, case, "dispatch", "wang", when="08:02", category="greening", urgency=3)
    assert facts_of(engine, case)["unit"] == "lights", "ours stays responsible"
    towns.moved(engine, case, "hand_over", "wang", when="08:05")
    assert {("pubu", "assigned"), ("mayor", "assigned")} <= set(towns.told(engine, case))
    assert ("handover", 1, "08:20:00") in towns.until(engine, "08:20")
    assert {("pubu", "overdue"), ("mayor", "overdue")} <= set(towns.told(engine, case))
    assert towns.shown(engine, case)["state"] == "dispatched", "nobody accepted: ours again"
    towns.moved(engine, case, "hand_over", "wang")
    towns.moved(engine, case, "accept", "pubu")
    assert towns.shown(engine, case)["state"] == "shared"
    assert towns.findings(engine) == []


def test_what_lies_in_our_own_area_cannot_be_handed_over(engine: Engine) -> None:
    case = towns.dispatched(engine)
    with pytest.raises(refusals.ConditionFailed, match="area beyond"):
        towns.moved(engine, case, "hand_over", "wang")


def test_a_later_map_changes_nothing_that_has_happened(engine: Engine, tmp_path: Path) -> None:
    case = towns.opened(engine, location=OURS)
    towns.moved(engine, case, "dispatch", "wang", category="greening", urgency=3)
    before = facts_of(engine, case)
    swapped = MAPS.replace("111.18,", "1110.18,").replace("111.2,", "111.18,").replace("1110.18,", "111.2,")
    read = reading.read_folder(
        builders.a_folder(tmp_path / "later", **{**FILES, "maps": swapped, "duties": "duties:\n  - {unit: lights}\n"})
    )
    assert read.programme is not None, read.problems
    assert publishing.publish(engine.store, engine.catalog, read.programme, {}, now=engine.time.now()).changed
    assert facts_of(engine, case) == before
    assert towns.findings(engine) == []
    fresh = towns.opened(engine, location=OURS)
    assert facts_of(engine, fresh)["area"] != "community"


def test_a_home_is_known_to_the_community_and_not_to_the_history(engine: Engine) -> None:
    case = towns.opened(engine, home=OURS)
    with engine.store.reading() as tx:
        row = history.rows(tx, case.case)[0]
    assert "community" in row[history.FACTS]
    assert "111.18" not in f"{row[history.FACTS]}{row[history.DETAIL]}"
    assert '"near":[]' in row[history.DETAIL]


def test_a_decision_becomes_a_row_that_an_admin_may_publish(engine: Engine, tmp_path: Path) -> None:
    case = towns.opened(engine, location=OURS)
    towns.moved(engine, case, "dispatch", "wang", category="greening", urgency=3)
    with engine.store.reading() as tx, pytest.raises(errors.RequestInvalid, match="no unit that a person chose"):
        dutytable.propose(tx, views.find(tx, engine.catalog, case.case))
    other = towns.opened(engine, location=OURS)
    towns.moved(engine, other, "dispatch", "wang", category="greening", urgency=3, unit="lights")
    with engine.store.reading() as tx:
        found = dutytable.propose(tx, views.find(tx, engine.catalog, other.case))
    assert (found.line, found.above, found.by) == ("  - {category: greening, area: community, unit: lights}", 3, "wang")
    lines = DUTIES.splitlines(keepends=True)
    assert found.line is not None
    amended = "".join([*lines[: found.above], found.line + "\n", *lines[found.above :]])
    towns.publish(engine, towns.a_programme(tmp_path / "amended", **{**FILES, "duties": amended}))
    third = towns.opened(engine, location=OURS)
    towns.moved(engine, third, "dispatch", "wang", category="greening", urgency=3)
    assert facts_of(engine, third)["unit"] == "lights"
    with engine.store.reading() as tx:
        assert dutytable.propose(tx, views.find(tx, engine.catalog, other.case)).line is None, "the table says so already"


def test_the_map_shows_open_cases_in_their_areas_and_no_homes(engine: Engine) -> None:
    for place in (OURS, OURS, THEIRS, "0,0,wgs84"):
        towns.opened(engine, location=place)
    towns.opened(engine, home=OURS)
    now = engine.time.now()
    with engine.store.reading() as tx:
        shown = [views.case(tx, engine.catalog, views.find(tx, engine.catalog, number), viewer=None, now=now) for number in range(1, 6)]
        drawn = atlas.atlas(engine.catalog, engine.catalog.of("testtown"), shown)
    assert {place.unit: place.cases for place in drawn.places} == {"community": 2, "beyond": 1}
    assert drawn.placeless == 1
    for language, words in (("zh", "城东社区"), ("en", "Next street")):
        picture = atlas.svg(drawn, language)
        assert words in picture
        assert "TT-20261120-0001" in picture


def test_a_town_without_areas_is_not_drawn(tmp_path: Path, lite: str) -> None:
    with towns.a_town(tmp_path, lite) as plain, pytest.raises(errors.RequestInvalid, match=r"no areas\.yaml"):
        atlas.atlas(plain.catalog, plain.catalog.of("testtown"))


def test_a_point_without_a_datum_is_refused_where_the_programme_names_none(tmp_path: Path, lite: str) -> None:
    with towns.a_town(tmp_path, lite, **{**FILES, "programme": builders.PROGRAMME}) as plain:
        for unnamed in ("111.185,37.335", {"lon": 111.185, "lat": 37.335}, {"lon": 111.185, "lat": 37.335, "datum": None}):
            with pytest.raises(errors.FactInvalid, match="the datum is not named"):
                towns.opened(plain, location=unnamed)
        assert towns.opened(plain, location=OURS).number == "TT-20261120-0001", "nothing lost, no number used"
