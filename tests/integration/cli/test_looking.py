"""Lists by time left, who sees what, and why a deadline is when it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.commandline import Town


def _numbers(cases: list[dict[str, object]]) -> list[object]:
    return [case["id"] for case in cases]


def test_what_is_due_first_stands_on_top_and_what_is_closed_below(fengxing: Town) -> None:
    fengxing.dispatched()  # 1: an hour
    fengxing.open("第二件")  # 2: ten minutes
    fengxing.dispatched(urgency=1)  # 3: half an hour
    fengxing.ask("move", "1", "suspend", "--as", "zheng-hua", "--fact", "reason=等配件", "--fact", "review_on=2026-11-30")
    fengxing.open("误报")
    fengxing.ask("move", "4", "discard", "--as", "zhao-min", "--fact", "reason=误报")
    shown = fengxing.ask("list")
    assert _numbers(shown) == [2, 3, 1, 4]
    assert _numbers(fengxing.ask("list", "--open")) == [2, 3, 1]
    assert _numbers(fengxing.ask("list", "--limit", "2")) == [2, 3]
    assert _numbers(fengxing.ask("list", "--state", "invalid")) == [4]
    assert _numbers(fengxing.ask("list", "--unit", "lamps")) == [3, 1]
    assert fengxing.ask("list", "--state", "nowhere") == []


def test_overdue_is_what_still_goes_on_past_its_deadline(fengxing: Town) -> None:
    fengxing.open("无人理会")
    fengxing.open("晚了才分类")
    fengxing.until("2026-11-20T08:15:00+08:00")
    assert _numbers(fengxing.ask("list", "--overdue")) == [1, 2]
    fengxing.ask("move", "2", "alert", "--as", "zhao-min", "--fact", "category=gas-leak", "--fact", "urgency=1", "--fact", "unit=gas")
    assert _numbers(fengxing.ask("list", "--overdue")) == [1]
    dispatching = next(c for c in fengxing.ask("show", "2")["clocks"] if c["name"] == "dispatching")
    assert dispatching["state"] == "breached"  # the lapse stays on record


def test_long_lists_keep_their_order_over_pages(fengxing: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    from engine import listing

    monkeypatch.setattr(listing, "PAGE", 2)
    for number in range(5):
        fengxing.open(f"件 {number}", "--at", f"2026-11-20T08:0{5 - number}:00+08:00")
    for case in ("2", "4"):
        fengxing.ask("move", case, "discard", "--as", "zhao-min", "--fact", "reason=误报")
    shown = fengxing.ask("list")
    assert _numbers(shown) == [5, 3, 1, 4, 2] or _numbers(shown) == [1, 3, 5, 4, 2]
    dues = [min(clock["due"] for clock in case["clocks"]) for case in shown[:3]]
    assert dues == sorted(dues)
    assert _numbers(fengxing.ask("list", "--limit", "4")) == _numbers(shown)[:4]


def test_names_and_phones_are_for_those_who_have_a_part_in_the_case(fengxing: Town) -> None:
    resident = {"name": "王大妈", "phone": "13900000000"}
    fengxing.open("井盖", "--fact", "on_behalf_of=王大妈,13900000000")

    def seen(*viewer: str) -> object:
        return fengxing.ask("show", "1", *viewer)["facts"]["on_behalf_of"]

    assert seen() == resident  # the local operator
    assert seen("--as", "xu-peng") == resident  # who gave it
    assert seen("--as", "zhao-min") == resident  # the desk
    assert seen("--as", "he-dong") == {"hidden": True}  # another rider
    assert seen("--as", "kong-jian") == {"hidden": True}  # a handler of a unit that does not have the case
    entry = fengxing.ask("history", "1", "--as", "he-dong")[0]
    assert entry["facts"]["on_behalf_of"] == {"hidden": True}
    assert fengxing.ask("list", "--as", "he-dong")[0]["facts"]["on_behalf_of"] == {"hidden": True}
    assert "13900000000" not in fengxing.say("show", "1", "--as", "he-dong").out
    fengxing.ask("move", "1", "classify", "--as", "zhao-min", "--fact", "category=manhole", "--fact", "urgency=2")
    fengxing.ask("move", "1", "dispatch", "--as", "zhao-min", "--fact", "unit=lamps")
    assert seen("--as", "kong-jian") == resident  # now it is his


def test_what_was_erased_is_said_to_be_erased(fengxing: Town) -> None:
    from engine import composition, retention, settings

    fengxing.open("井盖", "--fact", "on_behalf_of=王大妈,13900000000")
    fengxing.ask("move", "1", "discard", "--as", "zhao-min", "--fact", "reason=误报")
    fengxing.until("2027-11-20T08:00:00+08:00")
    with composition.opened(settings.Settings(fengxing.settings())) as engine:
        assert retention.erase(engine.store, engine.catalog, engine.settings.data_dir, now=engine.time.now()) == {"ningxiang": 1}
    for viewer in ((), ("--as", "xu-peng")):
        assert fengxing.ask("show", "1", *viewer)["facts"]["on_behalf_of"] == {"erased": True}
    assert fengxing.ask("verify")["ok"]


def test_possible_is_what_this_person_may_do_now(fengxing: Town) -> None:
    fengxing.open()
    assert sorted(fengxing.ask("show", "1")["possible"]) == ["alert", "classify", "discard", "merge"]
    assert fengxing.ask("show", "1", "--as", "xu-peng")["possible"] == []
    assert sorted(fengxing.ask("show", "1", "--as", "wu-xia")["possible"]) == ["alert", "classify", "discard", "merge"]


def test_explain_tells_each_stretch_with_its_rule(fengxing: Town) -> None:
    # a greening job has eight working hours: opened on Friday afternoon it runs into Monday
    fengxing.open("树枝", "--at", "2026-11-20T16:00:00+08:00")
    fengxing.ask("move", "1", "classify", "--as", "qian-wei", "--fact", "category=greening", "--fact", "urgency=3")
    fengxing.ask("move", "1", "dispatch", "--as", "qian-wei", "--fact", "unit=housing")
    fengxing.until("2026-11-23T09:00:00+08:00")
    told = fengxing.ask("explain", "1", "--clock", "handling")
    (clock,) = told["clocks"]
    kinds = [segment["kind"] for segment in clock["segments"]]
    assert kinds[0] == "running"
    assert set(kinds) == {"running", "closed"} or set(kinds) == {"running", "closed", "holiday"}
    assert all(segment.keys() == {"from", "to", "kind", "rule"} for segment in clock["segments"])
    assert "category = greening" in clock["segments"][0]["rule"]
    joined = [(a["to"], b["from"]) for a, b in zip(clock["segments"], clock["segments"][1:], strict=False)]
    assert all(end == begin for end, begin in joined)
    assert (clock["segments"][0]["from"], clock["segments"][-1]["to"]) == ("2026-11-20T16:00:00+08:00", "2026-11-23T09:00:00+08:00")
    assert clock["ahead"][-1]["to"] == clock["due"]
    assert (clock["state"], clock["remaining_s"] + clock["elapsed_s"]) == ("running", 8 * 3600)


def test_explain_at_an_earlier_moment_reckons_as_things_stood_then(fengxing: Town) -> None:
    fengxing.open()
    fengxing.until("2026-11-20T08:30:00+08:00")
    fengxing.ask("move", "1", "classify", "--as", "zhao-min", "--fact", "category=lamp", "--fact", "urgency=2")
    told = fengxing.ask("explain", "1", "--at", "2026-11-20T08:09:00+08:00", "--clock", "dispatching")
    (clock,) = told["clocks"]
    assert (told["state"], clock["state"], clock["elapsed_s"], clock["remaining_s"], clock["rungs_fired"]) == (
        "reported",
        "running",
        540,
        60,
        [1],
    )
    later = fengxing.ask("explain", "1", "--at", "2026-11-25T08:00:00+08:00", "--clock", "whole")["clocks"][0]
    assert later["state"] == "breached"  # if nothing happens until then


def test_explain_a_rung_says_who_heard_and_why(fengxing: Town) -> None:
    fengxing.open()
    fengxing.until("2026-11-20T08:12:00+08:00")
    fired = fengxing.ask("explain", "1", "--clock", "dispatching", "--rung", "2")["clocks"][0]["rung"]
    assert (fired["rung"], fired["moment"], fired["notify"], fired["due"]) == (2, "at due", ["duty"], "2026-11-20T08:10:00+08:00")
    assert fired["fired"][0]["told"] == ["zhao-min", "zhou-ping"]
    assert fired["who"] == ["zhao-min is on the rota as duty at that minute", "zhou-ping is on the rota as duty at that minute"]
    coming = fengxing.ask("explain", "1", "--clock", "dispatching", "--rung", "4")["clocks"][0]["rung"]
    assert (coming["due"], coming["fired"], coming["reached"]) == ("2026-11-20T08:40:00+08:00", [], ["zheng-hua"])


@pytest.mark.parametrize("language", ["en", "zh"])
def test_what_people_read(fengxing: Town, language: str) -> None:
    """Titles, countdowns and reasons in the reader's language; nothing of Python or rich shows through."""
    fengxing.open("灯不亮 [bold]x[/bold]")
    fengxing.dispatched()
    fengxing.until("2026-11-20T08:12:00+08:00")
    words = {
        "en": {
            ("show", "1"): ("Reported", "overdue by 2 minutes", "possible now", "[bold]x[/bold]"),
            ("list",): ("Dispatched", "48 minutes left", "time left"),
            ("history", "1"): ("rung 1 of dispatching", "told zhao-min, zhou-ping"),
            ("explain", "1"): ("Time to classify and dispatch", "runs 12 minutes", "dispatching.within"),
            ("outbox", "list"): ("pending", "NX-20261120-0001"),
            ("verify",): ("2 cases, all as the history says",),
            ("settings",): ("FENGXING_DATA_DIR", "environment"),
        },
        "zh": {
            ("show", "1"): ("已上报", "超时 2 分钟", "现在可以", "[bold]x[/bold]"),
            ("list",): ("已派单", "剩余 48 分钟", "剩余时间"),
            ("history", "1"): ("dispatching 第 1 级", "通知 zhao-min"),
            ("explain", "1"): ("派单时限", "计时 12 分钟"),
            ("outbox", "list"): ("待发送",),
            ("verify",): ("共 2 件，均与历史一致",),
            ("settings",): ("数据文件夹", "环境变量"),
        },
    }
    for typed, expected in words[language].items():
        answer = fengxing.say(*typed, FENGXING_LANG=language)
        assert answer.exit == 0, answer.err
        for each in expected:
            assert each in answer.out, (typed, each)


def test_a_folder_that_changed_is_taken_up_and_a_bad_one_is_not(fengxing: Town, tmp_path: Path) -> None:
    import shutil

    from tests.commandline import NINGXIANG

    folder = tmp_path / "programmes" / "ningxiang"
    shutil.copytree(NINGXIANG, folder)
    town = Town(folder=fengxing.folder, programmes=tmp_path / "programmes")
    report = folder / "workflows" / "report.yaml"
    text = report.read_text(encoding="utf-8")
    first = town.open()
    report.write_text(text.replace("within: 10 minutes", "within: 15 minutes"), encoding="utf-8")
    second = town.open()
    assert (first["clocks"][0]["target"], second["clocks"][0]["target"]) == ("10 minutes", "15 minutes")
    assert first["definition"] != second["definition"]
    assert town.ask("show", "1")["clocks"][0]["target"] == "10 minutes"  # what a case was opened under stays

    report.write_text(text.replace("within: 10 minutes", "withn: 10 minutes"), encoding="utf-8")
    answer = town.say("open", "report", "--programme", "ningxiang", "--fact", "description=x")
    assert answer.exit == 0
    assert "report.yaml:" in answer.err
    assert "did you mean `within`?" in answer.err
    assert "stays in force" in answer.err
    assert town.ask("show", "3")["clocks"][0]["target"] == "15 minutes"


def test_a_person_lists_the_cases_of_his_own_programme(tmp_path: Path) -> None:
    from tests.commandline import ROOT, START

    town = Town(folder=tmp_path / "data", programmes=ROOT / "config" / "programmes")
    town.ask("db", "upgrade", "--virtual", START)
    town.open("宁乡的灯")
    town.ask("open", "report", "--programme", "haidian", "--fact", "description=货梯门关不上")
    assert len(town.ask("list")) == 2
    assert [case["programme"] for case in town.ask("list", "--as", "xu-peng")] == ["ningxiang"]
    assert town.refused("list", "--as", "nobody")[1]["code"] == "not-found"
    assert town.refused("history", "2", "--as", "xu-peng")[1]["code"] == "not-found"


def test_the_reasons_are_told_in_chinese(fengxing: Town) -> None:
    fengxing.open()
    said = fengxing.say("explain", "1", "--clock", "dispatching", "--rungs", FENGXING_LANG="zh").out
    for words in ("目标 10 分钟：", "第 1 级：80%", "第 2 级：到期", "第 3 级：逾期 10 分钟"):
        assert words in said
    fengxing.ask("move", "1", "discard", "--as", "zhao-min", "--fact", "reason=x")
    assert "  does not stand in this round" in fengxing.say("explain", "1", "--clock", "dispatching", "--rung", "1").out
