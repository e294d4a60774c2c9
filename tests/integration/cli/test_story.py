"""A case's whole life, typed: opened, forgotten, acknowledged, moved on, verified, closed; on a clock that moves only when told."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from tests.commandline import Town

CASE_KEYS = {"id", "number", "programme", "workflow", "definition", "state", "version", "facts", "opened_at", "clocks"}
CLOCK_KEYS = {"name", "state", "round", "elapsed_s", "remaining_s", "due", "target", "rule", "rungs_fired"}
ENTRY_KEYS = {"seq", "at", "recorded_at", "trigger", "from", "to", "actor", "facts", "digest"}


def _clock(case: dict[str, object], name: str) -> dict[str, object]:
    clocks = case["clocks"]
    assert isinstance(clocks, list)
    found: dict[str, object] = next(clock for clock in clocks if clock["name"] == name)
    return found


def test_a_dead_lamp_from_the_report_to_the_closure(fengxing: Town, tmp_path: Path) -> None:
    opened = fengxing.open()
    assert opened.keys() >= CASE_KEYS
    assert all(clock.keys() >= CLOCK_KEYS for clock in opened["clocks"])
    assert (opened["number"], opened["state"], opened["version"]) == ("NX-20261120-0001", "reported", 1)
    assert opened["opened_at"] == "2026-11-20T08:00:00+08:00"
    assert _clock(opened, "dispatching")["due"] == "2026-11-20T08:10:00+08:00"

    # nobody classifies it: the desk is warned at 80 %, urged when it is due, its head told ten minutes later
    fired = fengxing.until("2026-11-20T08:25:00+08:00")
    assert [(f["clock"], f["rung"], f["at"][11:16], f["due"] == f["at"]) for f in fired] == [
        ("dispatching", 1, "08:08", True),
        ("dispatching", 2, "08:10", True),
        ("dispatching", 3, "08:20", True),
    ]
    assert {f["case"] for f in fired} == {opened["id"]}
    late = _clock(fengxing.ask("show", "NX-20261120-0001"), "dispatching")
    assert (late["state"], late["elapsed_s"], late["remaining_s"], late["rungs_fired"]) == ("breached", 1500, -900, [1, 2, 3])

    acknowledged = fengxing.ask("acknowledge", "1", "--clock", "dispatching", "--as", "wu-xia")
    assert _clock(acknowledged, "dispatching")["acknowledged"] is True
    assert fengxing.until("2026-11-20T09:00:00+08:00") == []  # she is on it: the leader is left alone

    fengxing.ask("move", "1", "classify", "--as", "zhao-min", "--fact", "category=lamp", "--fact", "urgency=2")
    sent = fengxing.ask(
        "move", "nx-20261120-0001", "dispatch", "--as", "zhao-min", "--fact", "unit=lamps", "--at", "2026-11-20T09:02:00+08:00"
    )
    assert (sent["state"], _clock(sent, "handling")["due"]) == ("dispatched", "2026-11-20T10:02:00+08:00")

    Image.new("RGB", (40, 30), "yellow").save(tmp_path / "after.png")
    done = fengxing.ask("move", "1", "resolve", "--as", "kong-jian", "--fact", "result=已更换灯泡", "--photo", str(tmp_path / "after.png"))
    assert len(done["facts"]["result_photos"]) == 1
    closed = fengxing.ask("move", "1", "verify", "--as", "wang-jing")
    assert (closed["state"], closed["version"], _clock(closed, "handling")["state"]) == ("verified", 5, "met")

    history = fengxing.ask("history", "1")
    assert all(entry.keys() >= ENTRY_KEYS for entry in history)
    assert [entry["trigger"] for entry in history] == [
        "open",
        "rung",
        "rung",
        "rung",
        "acknowledge",
        "classify",
        "dispatch",
        "resolve",
        "verify",
        "ask",
    ]
    assert (history[0]["from"], history[0]["to"], history[-2]["from"], history[-2]["to"]) == (None, "reported", "resolved", "verified")
    assert history[1]["detail"]["told"] == [
        {"recipient": "zhao-min", "channel": "email", "template": "due-soon"},
        {"recipient": "zhou-ping", "channel": "email", "template": "due-soon"},
    ]
    assert len({entry["digest"] for entry in history}) == 10
    assert fengxing.ask("verify") == {"ok": True, "cases": 1, "findings": []}


def test_a_key_makes_opening_and_moving_safe_to_repeat(fengxing: Town) -> None:
    first = fengxing.open("井盖坏了", "--key", "wechat-17")
    again = fengxing.open("井盖坏了", "--key", "wechat-17")
    assert (first["id"], first["version"]) == (again["id"], again["version"])
    move = ("move", "1", "classify", "--as", "zhao-min", "--fact", "category=manhole", "--fact", "urgency=2", "--key", "desk-1")
    assert fengxing.ask(*move)["version"] == fengxing.ask(*move)["version"] == 2
    assert len(fengxing.ask("list")) == 1
    assert fengxing.refused("open", "report", "--programme", "ningxiang", "--fact", "description=别的", "--key", "wechat-17")[0] == 5


def test_a_stale_version_is_a_conflict(fengxing: Town) -> None:
    fengxing.open()
    fengxing.ask("move", "1", "classify", "--as", "zhao-min", "--fact", "category=lamp", "--fact", "urgency=2", "--if-version", "1")
    exit_code, error = fengxing.refused("move", "1", "dispatch", "--as", "zhao-min", "--fact", "unit=lamps", "--if-version", "1")
    assert (exit_code, error["code"]) == (5, "stale-version")
    assert "version 1" in error["message"]


def test_after_an_outage_only_the_highest_rung_fires(fengxing: Town) -> None:
    fengxing.open()
    # time passes without the clock, by an entry that somebody makes an hour later
    fengxing.ask("open", "report", "--programme", "ningxiang", "--fact", "description=b", "--at", "2026-11-20T08:35:00+08:00")
    fired = fengxing.until("2026-11-20T08:35:00+08:00")
    assert [(f["case"], f["rung"], f["due"][11:16], f["at"][11:16]) for f in fired] == [(1, 3, "08:20", "08:35")]
    told = fengxing.ask("history", "1")[-1]["detail"]
    assert told["skipped"] == [{"rung": 1, "repeat": 0}, {"rung": 2, "repeat": 0}]
    assert {one["recipient"] for one in told["told"]} == {"wu-xia", "zhao-min", "zhou-ping"}


def test_facts_come_from_a_file_too(fengxing: Town, tmp_path: Path) -> None:
    facts = tmp_path / "facts.json"
    facts.write_text('{"description": "燃气味", "on_behalf_of": {"name": "王大妈", "phone": "13900000000"}}', encoding="utf-8")
    case = fengxing.ask(
        "open", "report", "--programme", "ningxiang", "--as", "xu-peng", "--facts", str(facts), "--fact", "location=111.19,37.34,gcj02"
    )
    assert case["facts"]["on_behalf_of"] == {"name": "王大妈", "phone": "13900000000"}
    where = case["facts"]["location"]
    assert (where["datum"], where["raw"]) == ("wgs84", {"lon": 111.19, "lat": 37.34, "datum": "gcj02"}), "kept as WGS-84, and as it came"


def test_the_same_photo_under_the_same_key_is_the_same_request(fengxing: Town, tmp_path: Path) -> None:
    Image.new("RGB", (40, 30), "red").save(tmp_path / "a.jpg")
    first = fengxing.open("灯", "--photo", str(tmp_path / "a.jpg"), "--key", "k")
    assert fengxing.open("灯", "--photo", str(tmp_path / "a.jpg"), "--key", "k")["id"] == first["id"]
    assert len(first["facts"]["photos"]) == 1
    assert fengxing.ask("verify")["ok"]


def test_a_video_goes_where_videos_go(fengxing: Town, tmp_path: Path) -> None:
    """Najin takes photos and a video, each in a fact of its own; Ningxiang takes photos only, and says so."""
    from tests import commandline

    Image.new("RGB", (40, 30), "red").save(tmp_path / "a.jpg")
    (tmp_path / "a.mp4").write_bytes(b"\x00\x00\x00\x18ftypmp42" + bytes(12))
    both = ("--photo", str(tmp_path / "a.mp4"), "--photo", str(tmp_path / "a.jpg"))
    code, error = fengxing.refused("open", "report", "--programme", "ningxiang", "--fact", "description=灯", *both)
    assert (code, error["code"]) == (3, "fact-invalid")
    assert "opening report takes no videos; leave" in error["message"]
    najin = commandline.Town(folder=tmp_path / "najin", programmes=commandline.ROOT / "config" / "programmes" / "najin")
    assert najin.say("db", "upgrade", "--virtual", commandline.START).exit == 0
    asked = ("open", "report", "--programme", "najin", "--as", "zhaxi", "--fact", "description=短路冒火花")
    facts = najin.ask(*asked, *both)["facts"]
    assert (len(facts["photos"]), len(facts["videos"])) == (1, 1)
    made_up, error = najin.refused(*asked, "--fact", f'photos=["{"ab" * 32}"]')
    assert (made_up, error["code"]) == (3, "fact-invalid")
    assert "--photo FILE" in error["message"]
    assert najin.ask("verify") == {"ok": True, "cases": 1, "findings": []}
