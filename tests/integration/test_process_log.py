"""The process log as others read it: pm4py and openpyxl find in the files what the store has, and nothing that is personal."""

from __future__ import annotations

import csv
import gzip
import io
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import jsonschema
import openpyxl
import orjson
import pytest

from engine import composition, errors, migration
from engine.mining import exporting, formats, processlog
from tests import mining, proving
from tests.integration import towns
from tests.integration.test_walks import SHIPPED, Walker

Engine = composition.Engine
PERSON = {"name": "张大妈", "phone": "13800000000", "email": "zhang@example.org"}
NASTY = '=HYPERLINK("http://x") <b>&"\' \u0007 表\n二'


@pytest.fixture
def engine(engine: Engine) -> Engine:
    """Four cases: closed after a breach; amid its ladder, acknowledged; opened on behalf of somebody with a nasty text; anonymous."""
    first = towns.opened(engine)
    towns.until(engine, "08:21")
    towns.moved(engine, first, "dispatch", "wang", category="lamp", urgency="2", unit="lights")
    towns.moved(engine, first, "resolve", "li", result="好了，请打 13900000000")
    towns.moved(engine, first, "verify", "qian")
    second = towns.dispatched(engine, unit="community")
    towns.until(engine, "09:10")
    towns.acknowledged(engine, second, "handling", "hu")
    towns.opened(engine, on_behalf_of=PERSON, description=NASTY)
    towns.opened(engine, by=None)
    return engine


def asked(engine: Engine, kind: str, **wanted: Any) -> exporting.Asked:
    return exporting.Asked(format=formats.Format(kind), wanted=processlog.Wanted(**wanted), now=engine.time.now())


def exported(engine: Engine, path: Path, kind: str, **wanted: Any) -> exporting.Exported:
    return exporting.to_file(engine.store, engine.catalog, asked(engine, kind, **wanted), path)


def text(engine: Engine, kind: str, **wanted: Any) -> str:
    out = io.StringIO()
    exporting.to_stream(engine.store, engine.catalog, asked(engine, kind, **wanted), out)
    return out.getvalue()


def traces(engine: Engine) -> dict[str, list[str]]:
    """The activities of each case in their order, from the rows of the store alone."""
    found: dict[str, list[str]] = {}
    sql = "SELECT c.number, h.kind, h.trigger, h.detail FROM history h JOIN cases c ON c.id = h.case_id ORDER BY h.case_id, h.at, h.seq"
    for number, kind, trigger, detail in towns.rows(engine, sql):
        said = orjson.loads(detail) if detail else {}
        rung, clock = said.get("rung", 0) + 1, said.get("clock")
        names = {"rung": f"rung {rung} of {clock}", "acknowledge": f"acknowledge {clock}", "refused": f"{trigger} refused"}
        found.setdefault(number, []).append(names.get(kind, trigger))
    return found


def test_an_independent_reader_finds_every_case_event_and_succession(engine: Engine, tmp_path: Path) -> None:
    own = traces(engine)
    events = Counter(activity for trace in own.values() for activity in trace)
    files = {"log.xes": "xes", "log.xes.gz": "xes", "log.json": "ocel2", "log.csv": "csv"}
    for name, kind in files.items():
        assert exported(engine, tmp_path / name, kind) == exporting.Exported(cases=4, events=events.total(), activities=len(events))
    for name, seen in zip(files, mining.mined(*(tmp_path / name for name in files)), strict=True):
        assert (seen["cases"], seen["events"], seen["activities"]) == (4, events.total(), dict(events)), name
        assert seen["follows"] == mining.follows(own), name
    assert list(tmp_path.glob("*.part")) == []


def test_xes_has_its_extensions_classifiers_and_every_global_attribute(engine: Engine) -> None:
    root = ET.fromstring(text(engine, "xes", texts=True))
    space = "{http://www.xes-standard.org/}"
    assert [each.get("prefix") for each in root.iter(f"{space}extension")] == ["concept", "time", "org", "lifecycle"]
    assert {each.get("name"): each.get("keys") for each in root.iter(f"{space}classifier")}["Activity"] == "concept:name"
    for scope, tag in (("trace", "trace"), ("event", "event")):
        promised = {each.get("key") for each in root.find(f"{space}global[@scope='{scope}']") or ()}
        assert "concept:name" in promised
        for one in root.iter(f"{space}{tag}"):
            kept = [each.get("key") for each in one if each.tag != f"{space}event"]
            assert promised <= set(kept)
            assert len(kept) == len(set(kept))
    declared = {"concept", "time", "org", "lifecycle"}
    assert {key.split(":")[0] for each in root.iter() if ":" in (key := each.get("key", ""))} <= declared
    texts = [each.get("value") for each in root.iter() if each.get("key") == "fact.description"]
    assert NASTY.replace("\u0007", "") in texts
    first = next(root.iter(f"{space}trace"))
    values = {each.get("key"): each.get("value") for each in first}
    assert values["concept:name"] == "TT-20261120-0001"
    assert values["clock.dispatching.verdict"] == "breached"
    assert values["clock.dispatching.due"] == "2026-11-20T08:10:00+08:00"
    rung = next(each for each in first.iter(f"{space}event") if each.find(f"{space}int[@key='rung']") is not None)
    said = {each.get("key"): each.get("value") for each in rung}
    assert (said["concept:name"], said["title_zh"], said["time:timestamp"]) == (
        "rung 1 of dispatching",
        "派单时限：第 1 级提醒",
        "2026-11-20T08:08:00+08:00",
    )
    assert (said["org:resource"], said["told"]) == ("timer", "wang")


def test_who_did_it_stands_with_his_role_and_unit(engine: Engine) -> None:
    rows = {(row["case"][-1], row["activity"]): row for row in csv.DictReader(io.StringIO(text(engine, "csv")))}
    assert [
        (rows["1", name]["resource"], rows["1", name]["role"], rows["1", name]["group"]) for name in ("open", "dispatch", "resolve")
    ] == [
        ("ma", "anyone", ""),
        ("wang", "duty", ""),
        ("li", "handler", "lights"),
    ]
    assert (rows["2", "acknowledge handling"]["resource"], rows["2", "acknowledge handling"]["role"]) == ("hu", "handler")
    assert rows["4", "open"]["resource"] == "anonymous"


@pytest.mark.parametrize("kind", ["xes", "ocel2", "csv", "xlsx"])
@pytest.mark.parametrize("texts", [False, True])
def test_nothing_personal_goes_out(engine: Engine, tmp_path: Path, kind: str, texts: bool) -> None:
    path = tmp_path / f"log.{kind}"
    exported(engine, path, kind, texts=texts)
    content = path.read_bytes()
    if kind == "xlsx":
        content = "\n".join(str(cell.value) for sheet in openpyxl.load_workbook(path) for row in sheet for cell in row).encode()
    said = content.decode()
    assert "hidden" in said
    for secret in ("张大妈", "138000", "zhang@", "$personal", "马骑手", "ma@example.org"):
        assert secret not in said
    assert ("139000" in said) is texts, "free text goes out only when it is asked for"


def test_cells_that_look_like_formulas_are_texts(engine: Engine, tmp_path: Path) -> None:
    towns.damage(engine, "UPDATE history SET actor = '=1+1' WHERE case_id = 3 AND seq = 1")
    rows = list(csv.DictReader(io.StringIO(text(engine, "csv"))))
    assert [row["resource"] for row in rows if row["case"].endswith("3")] == ["'=1+1"]
    exported(engine, tmp_path / "log.xlsx", "xlsx")
    cells = [cell for sheet in openpyxl.load_workbook(tmp_path / "log.xlsx") for row in sheet for cell in row]
    assert "=1+1" in [cell.value for cell in cells if cell.data_type in ("s", "inlineStr")]
    assert [cell for cell in cells if cell.data_type == "f"] == []


def test_the_workbook_has_dates_filters_and_a_header_that_stays(engine: Engine, tmp_path: Path) -> None:
    exported(engine, tmp_path / "log.xlsx", "xlsx")
    book = openpyxl.load_workbook(tmp_path / "log.xlsx")
    assert book.sheetnames == ["cases", "events"]
    cases, events = ([[cell.value for cell in row] for row in book[name]] for name in book.sheetnames)
    assert (len(cases) - 1, len(events) - 1) == (4, sum(len(trace) for trace in traces(engine).values()))
    first = dict(zip(cases[0], cases[1], strict=True))
    assert first["opened_at"] == datetime(2026, 11, 20, 8, 0)  # noqa: DTZ001 - a worksheet's dates know no zone
    assert (first["number"], first["state_zh"], first["dispatching.verdict"], first["time_zone"]) == (
        "TT-20261120-0001",
        "已办结",
        "breached",
        "Asia/Shanghai",
    )
    for sheet in book:
        assert sheet.freeze_panes == "B2"
        assert sheet.auto_filter.ref is not None
        assert sheet.auto_filter.ref.endswith(str(sheet.max_row))


def test_a_full_sheet_goes_on_in_the_next(engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from engine.mining import sheets

    monkeypatch.setattr(sheets, "MOST_ROWS", 5)
    exported(engine, tmp_path / "log.xlsx", "xlsx")
    book = openpyxl.load_workbook(tmp_path / "log.xlsx")
    assert book.sheetnames[:3] == ["cases", "events", "events 2"]
    assert sum(sheet.max_row - 1 for sheet in book if sheet.title.startswith("events")) == sum(len(t) for t in traces(engine).values())


NAMED_TYPES = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["name", "attributes"],
        "additionalProperties": False,
        "properties": {
            "name": {"type": "string", "minLength": 1},
            "attributes": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["name", "type"],
                    "additionalProperties": False,
                    "properties": {"name": {"type": "string"}, "type": {"enum": ["string", "time", "integer", "float", "boolean"]}},
                },
            },
        },
    },
}
VALUE = {"type": ["string", "number", "boolean"]}
RELATED = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["objectId", "qualifier"],
        "additionalProperties": False,
        "properties": {"objectId": {"type": "string"}, "qualifier": {"type": "string"}},
    },
}
MOMENT = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?[+-]\d\d:\d\d$"}


def one_of(required: list[str], attribute: list[str], **more: Any) -> dict[str, Any]:
    values = {"name": {"type": "string"}, "value": VALUE, "time": MOMENT}
    attributes = {
        "type": "object",
        "required": attribute,
        "additionalProperties": False,
        "properties": {name: values[name] for name in attribute},
    }
    properties = {
        "id": {"type": "string"},
        "type": {"type": "string"},
        "relationships": RELATED,
        "attributes": {"type": "array", "items": attributes},
        **more,
    }
    return {"type": "array", "items": {"type": "object", "required": required, "additionalProperties": False, "properties": properties}}


OCEL = {
    "type": "object",
    "required": ["objectTypes", "eventTypes", "objects", "events"],
    "additionalProperties": False,
    "properties": {
        "objectTypes": NAMED_TYPES,
        "eventTypes": NAMED_TYPES,
        "objects": one_of(["id", "type", "attributes", "relationships"], ["name", "time", "value"]),
        "events": one_of(["id", "type", "time", "attributes", "relationships"], ["name", "value"], time=MOMENT),
    },
}
"""What the OCEL 2.0 specification asks of its JSON, written down from its text."""
PYTHON = {"string": str, "time": str, "integer": int, "float": float, "boolean": bool}


def require_ocel(log: Any) -> None:
    """Raise unless the log is as the specification asks: its shape, every attribute of its declared type, no relation to nothing."""
    jsonschema.validate(log, OCEL)
    objects = {each["id"] for each in log["objects"]}
    assert len(objects) == len(log["objects"])
    assert len({each["id"] for each in log["events"]}) == len(log["events"])
    for plural, singles in (("objectTypes", log["objects"]), ("eventTypes", log["events"])):
        types = {each["name"]: {a["name"]: a["type"] for a in each["attributes"]} for each in log[plural]}
        assert len(types) == len(log[plural])
        for one in singles:
            for attribute in one["attributes"]:
                assert type(attribute["value"]) is PYTHON[types[one["type"]][attribute["name"]]], (one["id"], attribute)
            assert {related["objectId"] for related in one["relationships"]} <= objects, one["id"]
            assert len({tuple(related.items()) for related in one["relationships"]}) == len(one["relationships"]), one["id"]


def test_the_object_centric_log_keeps_to_its_specification(engine: Engine) -> None:
    require_ocel(orjson.loads(text(engine, "ocel2", texts=True)))


def test_random_walks_through_all_shipped_workflows_go_out_and_come_back(tmp_path: Path, lite: str) -> None:
    """Facts of every type, ladders of every kind, four programmes in one store."""
    with towns.a_town(tmp_path, lite, shipped=SHIPPED) as town:
        for seed in range(proving.times(2, 20)):
            for programme in SHIPPED:
                walker = Walker(town, programme, 500 + seed)
                case = walker.opening()
                for _ in range(30):
                    walker.step(case)
        own = traces(town)
        count = sum(len(trace) for trace in own.values())
        require_ocel(orjson.loads(text(town, "ocel2", texts=True)))
        for kind, name in (("xes", "log.xes"), ("ocel2", "log.json")):
            exported(town, tmp_path / name, kind, texts=True)
        for seen in mining.mined(tmp_path / "log.xes", tmp_path / "log.json"):
            assert (seen["cases"], seen["events"], seen["follows"]) == (len(own), count, mining.follows(own))
        exported(town, tmp_path / "log.xlsx", "xlsx", texts=True)
        assert openpyxl.load_workbook(tmp_path / "log.xlsx")["events"].max_row == count + 1


def test_objects_carry_what_they_were_when(engine: Engine) -> None:
    objects = {each["id"]: each for each in orjson.loads(text(engine, "ocel2"))["objects"]}
    case = objects["case:TT-20261120-0001"]
    states = [(each["time"][11:16], each["value"]) for each in case["attributes"] if each["name"] == "state"]
    assert states == [("08:00", "reported"), ("08:21", "dispatched"), ("08:21", "resolved"), ("08:21", "verified")]
    assert {(each["qualifier"], each["objectId"]) for each in case["relationships"]} == {
        ("reported by", "person:testtown/ma"),
        ("handled by", "unit:testtown/lights"),
        ("is a", "category:testtown/lamp"),
    }
    assert objects["person:testtown/li"]["relationships"] == [{"objectId": "unit:testtown/lights", "qualifier": "belongs to"}]


def test_only_the_wanted_cases_go_out(engine: Engine) -> None:
    def numbers(**wanted: Any) -> list[str]:
        return sorted({row["case"][-1] for row in csv.DictReader(io.StringIO(text(engine, "csv", **wanted)))})

    assert numbers(since=towns.at("08:21")) == ["2", "3", "4"]
    assert numbers(until=towns.at("08:21")) == ["1"]
    assert numbers(programme="testtown", workflow="report") == ["1", "2", "3", "4"]
    assert numbers(workflow="other") == []
    with engine.store.reading() as tx:
        for wanted in (processlog.Wanted(programme="nowhere"), processlog.Wanted(workflow="reprot")):
            with pytest.raises(errors.NotFound):
                processlog.require(tx, engine.catalog, wanted)


def test_what_is_entered_late_stands_where_it_happened(engine: Engine) -> None:
    towns.moved(engine, 4, "note", "wang", reason="迟到的备注")
    towns.moved(engine, 4, "note", "wang", when="09:10", reason="更早")
    seen = [
        (row["seq"], row["at"] <= row["recorded_at"])
        for row in csv.DictReader(io.StringIO(text(engine, "csv")))
        if row["case"].endswith("4")
    ]
    assert [at for _, at in seen] == [True] * len(seen)
    moments = [row["at"] for row in csv.DictReader(io.StringIO(text(engine, "csv"))) if row["case"].endswith("4")]
    assert moments == sorted(moments)


def test_an_entry_of_a_kind_nobody_knows_yet_goes_out_too(engine: Engine) -> None:
    columns = "case_id, seq, kind, at, recorded_at, trigger, from_state, to_state, actor, facts, detail, digest"
    for seq, kind in ((2, "migrate"), (3, "merged")):
        towns.damage(
            engine,
            f"INSERT INTO history ({columns}) SELECT case_id, {seq}, '{kind}', at, recorded_at, '{kind}', to_state, to_state, 'system', "
            '\'{"gone": "x"}\', \'{"to": 1}\', digest FROM history WHERE case_id = 4 AND seq = 1',
        )
    rows = [row for row in csv.DictReader(io.StringIO(text(engine, "csv"))) if row["case"].endswith("4")]
    assert [row["activity"] for row in rows] == ["open", "migrate", "merged"]
    assert rows[1]["activity_zh"] == "改用另一版本"
    assert [row["facts"] for row in rows[1:]] == ["", ""], "a fact that the definition does not know might be personal"


def test_each_entry_is_named_by_the_definition_under_which_it_was_written(engine: Engine, tmp_path: Path) -> None:
    """Dispatching was called 派单 and asked for an urgency before the case was moved; its definition now knows neither."""
    before = towns.WORKFLOW.replace("  dispatch: {from", "  dispatch: {title: {zh: 派单, en: Dispatch}, from").replace(
        "  photos:      {type", "  before:      {type: number, title: {zh: 旧, en: Old}}\n  photos:      {type"
    )
    towns.publish(engine, towns.a_programme(tmp_path / "one", workflow=before))
    case = towns.opened(engine, before=5)
    towns.moved(engine, case, "dispatch", "wang", category="lamp", urgency="2", unit="lights")
    flow = towns.WORKFLOW.replace("  dispatch: {from: reported", "  send: {from: reported").replace("on: dispatch,", "on: send,")
    towns.publish(engine, towns.a_programme(tmp_path / "two", workflow=flow))
    with engine.store.reading() as tx:
        version = migration.version(tx, engine.catalog, migration.IN_FORCE, "testtown")
    list(migration.carry_out(engine, migration.Wanted(version=version)))
    rows = [row for row in csv.DictReader(io.StringIO(text(engine, "csv"))) if row["case"] == case.number]
    assert [(row["activity"], row["activity_en"]) for row in rows] == [
        ("open", "Opened"),
        ("dispatch", "Dispatch"),
        ("migrate", "Moved to another version"),
    ]
    assert (rows[0]["facts"], rows[1]["role"]) == ('{"before":5}', "duty")
    require_ocel(orjson.loads(text(engine, "ocel2")))


def test_csv_is_for_excel_on_request_and_gzipped_by_its_name(engine: Engine, tmp_path: Path) -> None:
    asking = exporting.Asked(format=formats.Format.CSV, wanted=processlog.Wanted(), now=engine.time.now(), bom=True)
    exporting.to_file(engine.store, engine.catalog, asking, tmp_path / "log.csv.gz")
    assert gzip.decompress((tmp_path / "log.csv.gz").read_bytes()).startswith("\ufeffcase,seq,activity".encode())


def test_a_file_is_written_whole_or_not_at_all(engine: Engine, tmp_path: Path) -> None:
    kept = tmp_path / "log.xes"
    kept.write_text("the one of yesterday")
    towns.damage(engine, "UPDATE history SET facts = '{' WHERE case_id = 3")
    with pytest.raises(exporting.CaseUnreadable, match="TT-20261120-0003: its rows cannot be read"):
        exported(engine, kept, "xes")
    assert kept.read_text() == "the one of yesterday"
    assert list(tmp_path.glob("*.part")) == []


def test_an_empty_store_gives_an_empty_log(engine: Engine, tmp_path: Path) -> None:
    wanted = {"since": towns.at("2027-01-01T00:00")}
    assert len(list(csv.reader(io.StringIO(text(engine, "csv", **wanted))))) == 1
    log = orjson.loads(text(engine, "ocel2", **wanted))
    jsonschema.validate(log, OCEL)
    assert (log["events"], log["objects"]) == ([], [])
    assert ET.fromstring(text(engine, "xes", **wanted)).find("{http://www.xes-standard.org/}trace") is None
    assert exported(engine, tmp_path / "log.xlsx", "xlsx", **wanted).cases == 0
    assert openpyxl.load_workbook(tmp_path / "log.xlsx")["events"].max_row == 1


def test_somebody_who_has_left_keeps_his_deeds_and_loses_his_role(engine: Engine) -> None:
    towns.damage(engine, "UPDATE history SET actor = 'gone' WHERE case_id = 4 AND seq = 1")
    row = next(row for row in csv.DictReader(io.StringIO(text(engine, "csv"))) if row["case"].endswith("4"))
    assert (row["resource"], row["role"], row["group"]) == ("gone", "", "")
    require_ocel(orjson.loads(text(engine, "ocel2")))


def test_a_breach_of_an_earlier_round_stays_in_the_verdict(engine: Engine) -> None:
    case = towns.opened(engine)
    towns.until(engine, "09:30")
    given = {"category": "lamp", "urgency": "2", "unit": "lights"}
    towns.moved(engine, case, "dispatch", "wang", **given)
    towns.moved(engine, case, "return", "li", reason="不归我管")
    towns.moved(engine, case, "dispatch", "wang", **given)
    shown = towns.shown(engine, case)
    stands = shown["clocks"]["dispatching"]
    assert (stands["state"], stands["round"], stands["earlier_breaches"]) == ("met", 2, 1)
    verdicts = {
        row["case"]: orjson.loads(row["clocks"])["dispatching"]["verdict"] for row in csv.DictReader(io.StringIO(text(engine, "csv")))
    }
    assert verdicts[shown["number"]] == "breached"
