"""Robots of chat groups as an admin sees them on the command line."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from config import checks, reading
from engine import starting
from tests import groupchat
from tests.commandline import Town

DOCUMENT = Path(__file__).parents[3] / "docs" / "group-robots.md"
ROBOTS = DOCUMENT.read_text(encoding="utf-8").split("# file: robots.yaml\n")[1].split("```")[0]


@pytest.fixture
def chat(monkeypatch: pytest.MonkeyPatch) -> object:
    with groupchat.running() as server:
        server.secret = {"dingtalk": groupchat.SECRET}
        monkeypatch.setenv("DESK_ROBOT_URL", server.url("dingtalk"))
        monkeypatch.setenv("DESK_ROBOT_SECRET", groupchat.SECRET)
        yield server


@pytest.fixture
def town(tmp_path: Path) -> Town:
    folder = tmp_path / "programmes" / "newtown"
    shutil.copytree(starting.TEMPLATE, folder)
    (folder / "robots.yaml").write_text(ROBOTS, encoding="utf-8")
    read = reading.read_folder(folder)
    assert [*read.problems, *checks.check(read)] == [], "what the page shows can be loaded"
    found = Town(folder=tmp_path / "data", programmes=folder.parent)
    assert found.say("db", "upgrade").exit == 0
    return found


def test_a_robot_is_tried_by_a_word(town: Town, chat: groupchat.Chat) -> None:
    said = town.say("robot", "send", "desk-group", "测试：收到请忽略")
    assert said.exit == 0, said
    assert "测试：收到请忽略" in chat.texts()[0]
    (shown,) = town.ask("robot", "list")
    assert (shown["name"], shown["ready"], shown["sent_last_minute"], shown["missing"]) == ("desk-group", True, 1, [])
    assert (shown["address"], shown["secret"]) == ("env:DESK_ROBOT_URL", "env:DESK_ROBOT_SECRET")


def test_what_is_not_set_is_named_and_nothing_is_sent(town: Town, chat: groupchat.Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DESK_ROBOT_SECRET")
    (shown,) = town.ask("robot", "list")
    assert (shown["ready"], shown["missing"]) == (False, ["DESK_ROBOT_SECRET"])
    assert "未设置：DESK_ROBOT_SECRET" in town.say("robot", "list", FENGXING_LANG="zh").out
    refused = town.say("robot", "send", "desk-group", "x", "--json")
    assert (refused.exit, refused.error["code"], refused.error["possible"]) == (3, "robot-not-ready", ["DESK_ROBOT_SECRET"])
    assert chat.taken == []


@pytest.mark.parametrize(("words", "code", "error"), [
    (("robot", "send", "desk-grup", "x"), 4, "not-found"),
    (("robot", "send", "desk-group", "x", "--programme", "nowhere"), 4, "not-found"),
    (("robot", "list", "--programme", "nowhere"), 4, "not-found"),
    (("robot", "send", "desk-group", "  "), 3, "robot-not-ready"),
])  # fmt: skip
def test_what_cannot_be_meant_is_refused(town: Town, chat: groupchat.Chat, words: tuple[str, ...], code: int, error: str) -> None:
    answer = town.say(*words, "--json")
    assert (answer.exit, answer.error["code"]) == (code, error)
    assert chat.taken == []


def test_the_product_says_no_and_the_command_says_what_to_do(town: Town, chat: groupchat.Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESK_ROBOT_SECRET", "SEC-not-this-one")
    refused = town.say("robot", "send", "desk-group", "x", "--json")
    assert (refused.exit, refused.error["code"]) == (3, "robot-refused")
    assert "sign not match: the signature does not match; copy the secret (SEC…) anew" in refused.error["message"]
    chinese = town.say("robot", "send", "desk-group", "x", FENGXING_LANG="zh")
    assert chinese.err == "错误: desk-group：加签不匹配，请重新复制密钥（SEC…）（310000）\n"
    assert "SEC-not-this-one" not in refused.err + refused.out
    assert chat.taken == []


STORY = """\
tests: report
stories:
  - story: 值班群也收到
    given: a report by wang-fei, at 2026-11-20 08:00
    when: [nobody acts]
    then:
      - at 08:10 duty is mailed 'overdue'
      - at 08:10 desk-group is mailed 'overdue'
      - 08:10 城管值班群收到 overdue
      - {until}
"""


@pytest.mark.parametrize(("until", "holds"), [
    ("until 2026-11-20 08:05 desk-group is not mailed", True),
    ("desk-group is never mailed 'overdue'", False),
    ("at 08:09 城管值班群 is mailed 'overdue'", False),
    ("at 08:10 nobody is mailed 'supervise'", True),
])  # fmt: skip
def test_a_story_says_what_a_group_hears(town: Town, until: str, holds: bool) -> None:
    stories = town.programmes / "newtown" / "workflows" / "report.tests.yaml"
    stories.write_text(STORY.replace("{until}", until), encoding="utf-8")
    answer = town.say("test", str(town.programmes / "newtown"))
    assert (answer.exit == 0) is holds, answer.out + answer.err
    assert holds or "desk-group mailed 'overdue'" in answer.out


ALONE = """\
tests: report
stories:
  - story: 此外无人收到
    given: a report by wang-fei, at 2026-11-20 08:00
    when: [at 08:09 li-na discards]
    then:
      - at 08:00 wang-fei is mailed 'received'
      - at 08:08 duty is mailed 'due-soon'
      - at 08:09 wang-fei is mailed 'discarded'
      - nobody else is mailed
"""


def test_a_group_is_nobody_a_town_that_adds_one_keeps_its_stories(town: Town) -> None:
    stories = town.programmes / "newtown" / "workflows" / "report.tests.yaml"
    stories.write_text(ALONE, encoding="utf-8")
    with_group = town.say("test", str(town.programmes / "newtown"))
    assert with_group.exit == 0, with_group.out
