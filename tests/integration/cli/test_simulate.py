"""`fengxing simulate` as a person types it: nothing is needed but a folder, and nothing is left behind."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import builders, commandline

RUN = ("simulate", "report", "--programme", "ningxiang", "--days", "2")


@pytest.fixture
def town(tmp_path: Path) -> commandline.Town:
    return commandline.Town(folder=tmp_path / "data")


def test_it_tells_who_is_late_who_is_waited_for_and_who_is_told(town: commandline.Town) -> None:
    answer = town.say(*RUN, "--staff", "verifier=1", "--arrivals", "150")
    assert answer.exit == 0, answer.err
    for words in (
        "2 days, ",
        "Deadlines",
        "Time to classify and dispatch",
        "Who is waited for",
        "Verifier",
        "Mails a person",
        "Rungs fired",
    ):
        assert words in answer.out
    assert "cases lived through in" in answer.err
    assert not town.folder.exists()


def test_the_same_in_chinese(town: commandline.Town) -> None:
    answer = town.say(*RUN, FENGXING_LANG="zh")
    for words in ("2 天，到件", "派单时限", "排队等谁", "核查员", "每人邮件", "触发的升级"):
        assert words in answer.out


def test_the_json_has_everything_and_is_the_same_each_time(town: commandline.Town) -> None:
    first = town.ask(*RUN, "--seed", "3", "--from", "2026-02-16T09:30:00+08:00")
    assert first == town.ask(*RUN, "--seed", "3", "--from", "2026-02-16T00:00:00+08:00")
    assert first["from"] == "2026-02-16T00:00:00+08:00"
    assert first["cases"]["arrived"] == sum(first["cases"]["ended"].values()) + first["cases"]["open_at_end"]
    assert [each["name"] for each in first["clocks"]] == [
        "dispatching", "danger", "handling", "verifying", "whole", "review", "handover",
    ]  # fmt: skip
    assert {"name", "title", "people", "queue_mean", "queue_p90", "queue_max", "waited", "used"} == set(first["roles"][0])
    assert {"count", "median_s", "p90_s", "p99_s"} <= set(first["stages"][0])
    assert {"id", "mails", "chasing", "mails_a_day", "mails_worst_day"} <= set(first["people"][0])
    assert first["rungs"][0] == {"clock": "dispatching", "rung": 1, "moment": "80%", "fired": first["rungs"][0]["fired"]}


def test_a_sweep_differs_only_by_what_is_swept(town: commandline.Town) -> None:
    swept = town.ask(*RUN, "--sweep", "dispatching.within=2m,10m,2h")
    assert swept["sweep"] == "dispatching.within"
    assert [run["value"] for run in swept["runs"]] == ["2m", "10m", "2h"]
    late = [run["clocks"][0]["breached"] for run in swept["runs"]]
    assert late[0] > late[1] >= late[2]
    assert len({run["cases"]["arrived"] for run in swept["runs"]}) == 1
    table = town.say(*RUN, "--sweep", "staff=verifier:1..2")
    assert "Compared: verifier.staff" in table.out


def test_charts_go_into_one_file_or_one_each(town: commandline.Town, tmp_path: Path) -> None:
    assert town.say(*RUN, "--plot", str(tmp_path / "all.svg"), FENGXING_LANG="zh").exit == 0
    picture = (tmp_path / "all.svg").read_text(encoding="utf-8")
    assert all(words in picture for words in ("超时案件比例", "各角色排队件数", "各环节停留时间", "每人每天收到的邮件"))
    assert town.say(*RUN, "--plot", str(tmp_path / "charts")).exit == 0
    assert sorted(file.name for file in (tmp_path / "charts").iterdir()) == ["breaches.svg", "mails.svg", "queues.svg", "stages.svg"]
    assert town.say(*RUN, "--sweep", "arrivals=50,100", "--plot", str(tmp_path / "sweep.png")).exit == 0
    assert (tmp_path / "sweep.png").read_bytes().startswith(b"\x89PNG")


def test_what_is_assumed_is_written_edited_and_given_back(town: commandline.Town, tmp_path: Path) -> None:
    file = tmp_path / "assumed.yaml"
    assert town.ask(*RUN, "--arrivals", "50", "--write", str(file))["assumptions"]["arrivals"]["a_day"] == 50
    assert town.ask(*RUN, "--assume", str(file)) == town.ask(*RUN, "--arrivals", "50")
    file.write_text(file.read_text(encoding="utf-8").replace("a_day: 50", "a_day: fifty"), encoding="utf-8")
    code, error = town.refused(*RUN, "--assume", str(file))
    assert (code, error["code"]) == (3, "assumptions-invalid")
    assert f"{file}:3:10: arrivals.a_day: a whole number is wanted" in error["message"]


def test_assumptions_beside_the_programme_are_taken(tmp_path: Path) -> None:
    folder = builders.a_folder(tmp_path)
    (folder / "assumptions.yaml").write_text("workflow: report\narrivals: {a_day: 9}\n", encoding="utf-8")
    town = commandline.Town(folder=tmp_path / "data", programmes=folder)
    few = town.ask("simulate", "report", "--programme", "testtown", "--days", "4")["cases"]["arrived"]
    assert 15 < few < 60


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["simulate", "reprot", "--programme", "ningxiang"], 4, "no workflow reprot; did you mean report?"),
        (["simulate", "report", "--programme", "ningxang"], 4, "no programme ningxang; did you mean ningxiang?"),
        ([*RUN, "--staff", "duty"], 2, "write ROLE=N"),
        ([*RUN, "--staff", "dutty=1"], 4, "no role dutty; did you mean duty?"),
        ([*RUN, "--sweep", "within=5x"], 2, "'5x' is no duration"),
        ([*RUN, "--plot", "a.pdf"], 2, "charts are drawn as .svg or .png"),
        ([*RUN, "--plot", "nowhere/a.svg"], 2, "no such folder"),
        ([*RUN, "--assume", "none.yaml"], 4, "no file none.yaml"),
        ([*RUN, "--write", "nowhere/a.yaml"], 2, "no such folder"),
        ([*RUN, "--days", "0"], 2, "--days"),
        ([*RUN, "--from", "2026-02-16"], 2, "--from"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_the_remedy(town: commandline.Town, words: list[str], code: int, said: str) -> None:
    found, error = town.refused(*words)
    assert (found, said in error["message"]) == (code, True), error


def test_a_broken_programme_is_said_and_not_simulated(tmp_path: Path) -> None:
    folder = builders.a_folder(tmp_path, workflow=builders.WORKFLOW.replace("to: dispatched", "to: dispached", 1))
    town = commandline.Town(folder=tmp_path / "data", programmes=folder)
    code, error = town.refused("simulate", "report", "--programme", "testtown")
    assert (code, error["code"]) == (3, "assumptions-invalid")
    assert "dispached" in error["message"]


def test_who_is_missing_is_said(town: commandline.Town) -> None:
    assert "nobody does the work of duty" in town.say(*RUN, "--staff", "duty=0", "--staff", "desk-chief=0").err
    assert "nobody does the work of duty" in town.say(*RUN, "--staff", "duty=0,desk-chief=0").err


def test_what_has_happened_can_be_assumed(tmp_path: Path) -> None:
    """Ten lamps, reported at eight on a Friday, of which nine are dispatched and one discarded."""
    town = commandline.Town(folder=commandline.template(tmp_path / "data"))
    for number in range(10):
        case = str(town.open()["id"])
        town.until(f"2026-11-20T08:{2 * number + 2:02}:00+08:00")
        if number == 9:
            town.ask("move", case, "discard", "--as", "zhao-min", "--fact", "reason=x")
            continue
        town.ask("move", case, "classify", "--as", "zhao-min", "--fact", "category=lamp", "--fact", "urgency=3")
        town.ask("move", case, "dispatch", "--as", "zhao-min", "--fact", "unit=lamps")
    assumed = town.ask(*RUN, "--from-history", "--write", str(tmp_path / "seen.yaml"))["assumptions"]
    assert assumed["arrivals"]["a_day"] == 10
    assert assumed["arrivals"]["hours"] == {"08:00-09:00": 10}
    assert assumed["arrivals"]["days"] == {"fri": 10}
    assert assumed["facts"]["category"] == {"lamp": 9}
    weights = {trigger: work["weight"] for trigger, work in assumed["work"].items() if work["weight"]}
    assert {trigger: weights[trigger] for trigger in ("classify", "dispatch", "discard")} == {"classify": 9, "dispatch": 9, "discard": 1}
    assert "alert" not in weights  # there was occasion for it, and nobody did it
    assert (weights["resolve"], weights["verify"]) == (100, 100)  # nobody came so far: as the definition has it
    assert assumed["work"]["classify"]["takes"] == "2 minutes"
    simulated = town.ask("simulate", "report", "--programme", "ningxiang", "--days", "14", "--assume", str(tmp_path / "seen.yaml"))
    assert simulated["cases"]["arrived"] > 50
    more = town.ask(*RUN, "--from-history", "--arrivals", "99", "--write", str(tmp_path / "more.yaml"))["assumptions"]
    assert more["arrivals"]["a_day"] == 99


def test_where_nothing_has_happened_nothing_can_be_assumed(tmp_path: Path) -> None:
    town = commandline.Town(folder=commandline.template(tmp_path / "data"))
    assert town.refused(*RUN, "--from-history")[1]["code"] == "nothing-observed"
    assert commandline.Town(folder=tmp_path / "none").refused(*RUN, "--from-history")[0] == 6


def test_where_no_case_has_gone_yet_the_definition_says_how_it_goes_on(fengxing: commandline.Town) -> None:
    """A town of two days has closed nothing: its cases are not simulated as if nobody ever would."""
    fengxing.dispatched()
    fengxing.open()
    told = fengxing.ask(*RUN, "--from-history", "--arrivals", "40")
    assert told["stuck"] == {}
    assert told["cases"]["ended"].get("verified", 0) > 0
