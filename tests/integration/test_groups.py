"""From the outbox into chat groups, through real HTTP against a server that behaves like WeCom's, DingTalk's and Feishu's."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from engine import composition, messages, outbox, pacing, publishing, robots
from engine import now as times
from notifications import mailbox, webhooks
from tests import builders, groupchat
from tests.integration import towns

Engine = composition.Engine
ROBOTS = """\
robots:
  desk:  {title: {zh: 值班群, en: Desk group}, kind: dingtalk, address: "env:TOWN_DESK_URL", secret: "env:TOWN_DESK_SECRET", for: [duty], mention: [wang, all]}
  crews: {title: {zh: 抢修群, en: Crews}, kind: wecom, address: "env:TOWN_CREWS_URL", for: [lights], mention: [li]}
  press: {title: {zh: 通报群, en: Press}, kind: feishu, address: "env:TOWN_PRESS_URL", secret: "env:TOWN_PRESS_SECRET", mention: [all, "id:ou_7"]}
"""
PEOPLE = builders.PEOPLE.replace("email: wang@example.org", 'email: wang@example.org, phone: "+86 139-0000 0001"').replace(
    "email: li@example.org", 'email: li@example.org, phone: "13700000001"'
)
WORKFLOW = towns.WORKFLOW.replace(
    "  - {on: open, to: [reporter], template: received}\n", "  - {on: open, to: [reporter], robots: [press], template: received}\n"
)
GRANNY = {"name": "王奶奶", "phone": "13800000000", "email": "granny@example.net"}


@pytest.fixture
def box() -> Iterator[mailbox.Mailbox]:
    with mailbox.Mailbox() as opened:
        yield opened


@pytest.fixture
def wall(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The wall's clock, in seconds, moved by hand: what the products count by."""
    seconds = [1_795_000_000.0]
    monkeypatch.setattr(times, "wall", lambda: int(seconds[0] * 1e6))
    return seconds


@pytest.fixture
def chat(monkeypatch: pytest.MonkeyPatch, wall: list[float]) -> Iterator[groupchat.Chat]:
    with groupchat.running() as server:
        server.now = lambda: wall[0]
        server.secret = {"dingtalk": groupchat.SECRET, "feishu": groupchat.SECRET}
        for name, kind in (("DESK", "dingtalk"), ("CREWS", "wecom"), ("PRESS", "feishu")):
            monkeypatch.setenv(f"TOWN_{name}_URL", server.url(kind))
            monkeypatch.setenv(f"TOWN_{name}_SECRET", groupchat.SECRET)
        yield server


@contextmanager
def a_town(tmp_path: Path, url: str, box: mailbox.Mailbox, **files: str) -> Iterator[Engine]:
    given = {"FENGXING_SMTP_URL": box.url, "FENGXING_LINK": "https://feng.example"}
    named: dict[str, str] = {"robots": ROBOTS, "people": PEOPLE, "workflow": WORKFLOW, **files}
    with towns.a_town(tmp_path, url, start=towns.START, speed=None, shipped=(), given=given, beside=None, **named) as opened:
        yield opened


@pytest.fixture
def engine(tmp_path: Path, url: str, box: mailbox.Mailbox, chat: groupchat.Chat) -> Iterator[Engine]:
    assert chat.port
    with a_town(tmp_path, url, box) as opened:
        yield opened


def states(engine: Engine, name: str) -> list[tuple[str, int]]:
    return [
        (row[0], row[1])
        for row in towns.rows(engine, "SELECT state, attempts FROM messages WHERE recipient = ? ORDER BY id", f"robot:{name}")
    ]


def tried(engine: Engine, name: str) -> str:
    return " ".join(
        row[0] or "" for row in towns.rows(engine, "SELECT tried FROM messages WHERE recipient = ? ORDER BY id", f"robot:{name}")
    )


def later(engine: Engine, wall: list[float], seconds: float) -> None:
    """Time passes on the wall and in the town alike."""
    wall[0] += seconds
    moment = engine.time.now() + int(seconds * 1e6)
    with engine.store.writing() as tx:
        engine.time.move_to(tx, moment)


def test_the_group_of_the_desk_hears_beside_whoever_is_on_duty(engine: Engine, box: mailbox.Mailbox, chat: groupchat.Chat) -> None:
    case = towns.opened(engine)
    towns.until(engine, "08:10")
    assert ("wang", "overdue") in towns.told(engine, case)
    assert [told for told in towns.told(engine, case) if told[0] == "robot:desk"] == [
        ("robot:desk", "due-soon"), ("robot:desk", "due-soon"), ("robot:desk", "overdue"),
    ]  # fmt: skip
    report = outbox.deliver_once(engine)
    assert (report.sent, report.dead, report.put_off) == (8, 0, 0)
    assert [letter.to[0] for letter in box.letters].count("wang@example.org") == 3
    (received,) = chat.texts("feishu")
    assert "测试镇" in received
    overdue = chat.texts("dingtalk")[-1]
    assert case.number in overdue
    assert f"https://feng.example/cases/{case.number}" in overdue
    assert "王值班，您好" not in overdue, "a group is not greeted as a person"
    assert outbox.deliver_once(engine).touched == 0, "nothing goes twice"
    assert towns.findings(engine) == []


def test_a_ladder_calls_who_is_named_and_never_everyone_or_a_rider(engine: Engine, chat: groupchat.Chat) -> None:
    towns.opened(engine)
    towns.until(engine, "08:10")
    outbox.deliver_once(engine)
    ats = [body["at"] for kind, body in chat.taken if kind == "dingtalk"]
    assert [at["atMobiles"] for at in ats] == [["13900000001"]] * 3
    assert not any(at["isAtAll"] for at in ats)
    (calm,) = [body for kind, body in chat.taken if kind == "feishu"]
    assert "user_id" not in json.dumps(calm), "what is not urgent calls nobody"


def test_what_is_urgent_calls_people_and_a_notice_everyone(tmp_path: Path, lite: str, box: mailbox.Mailbox, chat: groupchat.Chat) -> None:
    workflow = WORKFLOW.replace("to: [handler], template: assigned", "to: [handler], robots: [press], template: assigned")
    with a_town(tmp_path, lite, box, workflow=workflow) as engine:
        towns.dispatched(engine, urgency="1")
        outbox.deliver_once(engine)
    (assigned,) = [body for kind, body in chat.taken if kind == "wecom"]
    assert assigned["text"]["mentioned_mobile_list"] == ["13700000001"]
    urgent = next(body for kind, body in chat.taken if kind == "feishu" and "紧急" in json.dumps(body, ensure_ascii=False))
    calls = [each for line in urgent["content"]["post"]["zh_cn"]["content"] for each in line if each["tag"] == "at"]
    assert [call["user_id"] for call in calls] == ["ou_7", "all"]


def test_a_group_reads_nothing_personal_and_nobodys_telephone(engine: Engine, box: mailbox.Mailbox, chat: groupchat.Chat) -> None:
    case = towns.opened(engine, on_behalf_of=GRANNY)
    towns.moved(engine, case, "dispatch", "wang", category="lamp", urgency="2", unit="lights")
    towns.until(engine, "10:00")
    outbox.deliver_once(engine)
    read = "\n".join(chat.texts())
    assert "东关巷路灯不亮" in read
    assert any("13700000001" in letter.text for letter in box.letters), "those who must act read it by mail"
    for secret in ("王奶奶", "13800000000", "granny", "13700000001", "马骑手"):
        assert secret not in read


def test_a_flood_becomes_one_message(engine: Engine, chat: groupchat.Chat) -> None:
    cases = [towns.opened(engine) for _ in range(8)]
    towns.until(engine, "08:08:30")
    report = outbox.deliver_once(engine)
    assert report.put_off == 0
    (flood,) = chat.texts("dingtalk")
    assert flood.startswith("**8 条消息**")
    assert all(case.number in flood for case in cases)
    assert states(engine, "desk") == [("sent", 1)] * 8
    assert len({row[0] for row in towns.rows(engine, "SELECT message_id FROM messages WHERE recipient = 'robot:desk'")}) == 1
    assert towns.findings(engine) == []


def test_twenty_a_minute_and_not_one_more(engine: Engine, chat: groupchat.Chat, wall: list[float]) -> None:
    for _ in range(25):
        towns.dispatched(engine, urgency="1")
    outbox.deliver_once(engine)
    assert len(chat.texts("wecom")) == 20
    assert sorted(states(engine, "crews")) == [("pending", 0)] * 5 + [("sent", 1)] * 20
    outbox.deliver_once(engine)
    assert len(chat.texts("wecom")) == 20, "not before a minute has passed"
    later(engine, wall, 61.5)
    outbox.deliver_once(engine)
    assert states(engine, "crews") == [("sent", 1)] * 25
    assert max(chat.asked, 0) == len(chat.taken), "none of them was refused as one too many"


def test_what_is_not_urgent_leaves_a_reserve(engine: Engine, chat: groupchat.Chat, wall: list[float]) -> None:
    for _ in range(pacing.A_MINUTE - pacing.RESERVE):
        assert pacing.take(engine, chat.url("wecom"), urgent=False) == 0
    towns.dispatched(engine, urgency="2")
    towns.dispatched(engine, urgency="1")
    outbox.deliver_once(engine)
    assert states(engine, "crews") == [("pending", 0), ("sent", 1)]
    later(engine, wall, 61.5)
    outbox.deliver_once(engine)
    assert states(engine, "crews") == [("sent", 1), ("sent", 1)]


def test_two_names_of_one_address_are_one_robot_for_all_processes(engine: Engine, chat: groupchat.Chat) -> None:
    with towns.another(engine) as second:
        for number in range(pacing.A_MINUTE):
            assert pacing.take(second if number % 2 else engine, chat.url("feishu"), urgent=True) == 0
        assert 55 < pacing.take(second, chat.url("feishu"), urgent=True) < 62


def test_dingtalks_mute_is_sat_out(engine: Engine, chat: groupchat.Chat, wall: list[float]) -> None:
    chat.muted_until = wall[0] + 500
    towns.opened(engine)
    towns.until(engine, "08:10")
    outbox.deliver_once(engine)
    asked = chat.asked
    assert (chat.mutes, set(states(engine, "desk"))) == (1, {("pending", 0)})
    later(engine, wall, 300)
    outbox.deliver_once(engine)
    assert chat.asked == asked, "whoever asks while muted is muted for longer"
    later(engine, wall, 301)
    towns.until(engine, "08:25")
    outbox.deliver_once(engine)
    assert chat.mutes == 1
    assert set(states(engine, "desk")) == {("sent", 1)}


@pytest.mark.parametrize(("variable", "value", "remedy"), [
    ("TOWN_DESK_SECRET", "SEC-another-secret", "重新复制密钥"),
    ("TOWN_DESK_URL", "/robot/send?access_token=another-token-0123", "重新复制 webhook 地址"),
    ("TOWN_DESK_URL", "http://oapi.dingtalk.com/robot/send?access_token=another-token-0123", "https://"),
])  # fmt: skip
def test_what_nobody_would_take_is_dead_with_its_remedy_and_without_the_secret(
    tmp_path: Path, lite: str, box: mailbox.Mailbox, chat: groupchat.Chat, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, variable: str, value: str, remedy: str
) -> None:  # fmt: skip
    monkeypatch.setenv(variable, f"http://127.0.0.1:{chat.port}{value}" if value.startswith("/") else value)
    with caplog.at_level("DEBUG"), a_town(tmp_path, lite, box) as engine:
        towns.opened(engine)
        towns.until(engine, "08:10")
        report = outbox.deliver_once(engine)
        assert report.dead == 3
        assert {state for state, _ in states(engine, "desk")} == {"dead"}
        assert remedy in tried(engine, "desk")
        monkeypatch.setenv("TOWN_DESK_URL", chat.url("dingtalk"))
        monkeypatch.setenv("TOWN_DESK_SECRET", groupchat.SECRET)
        with engine.store.reading() as tx:
            dead = [message.id for message in messages.listed(tx, state="dead")]
            shown = json.dumps([message.body("Asia/Shanghai") for message in messages.listed(tx)], ensure_ascii=False)
        for message in dead:
            messages.retry(engine, message)
        outbox.deliver_once(engine)
        assert {state for state, _ in states(engine, "desk")} == {"sent"}, "nothing was lost"
    everything = shown + tried(engine, "desk") + caplog.text + " ".join(report.problems)
    for secret in ("another-token-0123", "SEC-another-secret", groupchat.KEY, groupchat.SECRET):
        assert secret not in everything


@pytest.mark.parametrize(("status", "answer"), [
    (200, b"<html><body>Please log in</body></html>"),
    (200, b""),
    (200, b'{"errcode": "0"}'),
    (200, b'{"errmsg": "ok"}'),
    (200, b"[0]"),
    (200, b"\xff\xfe\x00"),
    (200, b'{"errcode": 0, "errmsg": "' + b"x" * 100_000 + b'"}'),
    (302, b""),
    (404, b"<html>not found</html>"),
    (500, b'{"errcode": 0, "errmsg": "ok"}'),
    (502, b"Bad Gateway"),
], ids=["a page", "nothing", "a word for 0", "no code", "a list", "no text", "endless", "elsewhere", "not found", "broken but 0", "a gateway"])  # fmt: skip
def test_rubbish_for_an_answer_is_a_failure_and_is_tried_again(
    tmp_path: Path, lite: str, box: mailbox.Mailbox, chat: groupchat.Chat, wall: list[float], status: int, answer: bytes
) -> None:
    with a_town(tmp_path, lite, box) as engine:
        towns.dispatched(engine)
        chat.next = [(status, answer)] * 2
        report = outbox.deliver_once(engine)
        assert report.sent == 2, "mails go their way"
        assert states(engine, "crews") + states(engine, "press") == [("pending", 1), ("pending", 1)]
        assert "proxy" in tried(engine, "crews")
        later(engine, wall, 31)
        outbox.deliver_once(engine)
        assert states(engine, "crews") + states(engine, "press") == [("sent", 2), ("sent", 2)]
        assert len(chat.taken) == 2, "once"


def test_a_server_that_takes_its_time_or_is_away_is_tried_again(
    tmp_path: Path, lite: str, box: mailbox.Mailbox, chat: groupchat.Chat, wall: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhooks, "TOTAL_S", 0.3)
    monkeypatch.setenv("TOWN_PRESS_URL", "http://127.0.0.1:9/hook/nobody-listens-here")
    chat.delay_s = 0.6
    with a_town(tmp_path, lite, box) as engine:
        towns.dispatched(engine)
        outbox.deliver_once(engine)
        assert states(engine, "crews") + states(engine, "press") == [("pending", 1), ("pending", 1)]
        assert "unavailable" in tried(engine, "crews")
        assert "nobody-listens-here" not in tried(engine, "press")
        assert len(box.letters) == 2, "a robot that is away keeps no mail from going"
        chat.delay_s = 0.0
        monkeypatch.setattr(webhooks, "TOTAL_S", 15.0)
        monkeypatch.setenv("TOWN_PRESS_URL", chat.url("feishu"))
        later(engine, wall, 31)
        outbox.deliver_once(engine)
        assert states(engine, "crews") + states(engine, "press") == [("sent", 2), ("sent", 2)]


def test_an_address_that_is_not_set_is_said_by_its_name(
    tmp_path: Path, lite: str, box: mailbox.Mailbox, chat: groupchat.Chat, wall: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TOWN_CREWS_URL")
    with a_town(tmp_path, lite, box) as engine:
        towns.dispatched(engine)
        outbox.deliver_once(engine)
        assert states(engine, "crews") == [("pending", 1)]
        assert "TOWN_CREWS_URL" in tried(engine, "crews")
        found = {view.name: view for view in robots.listed(engine)}
        assert (found["crews"].missing, found["crews"].ready, found["crews"].waiting) == (("TOWN_CREWS_URL",), False, 1)
        assert (found["press"].ready, found["press"].sent) == (True, 1)
        monkeypatch.setenv("TOWN_CREWS_URL", chat.url("wecom"))
        later(engine, wall, 31)
        outbox.deliver_once(engine)
        assert states(engine, "crews") == [("sent", 2)]


def test_a_robot_that_was_taken_away_leaves_a_dead_letter(tmp_path: Path, engine: Engine) -> None:
    towns.dispatched(engine)
    without = towns.a_programme(tmp_path / "after", people=PEOPLE, workflow=WORKFLOW, robots=ROBOTS.replace("  crews:", "  gangs:"))
    publishing.publish(engine.store, engine.catalog, without, {}, now=engine.time.now())
    outbox.deliver_once(engine)
    assert [state for state, _ in states(engine, "crews")] == ["dead"]
    assert "robots.yaml" in tried(engine, "crews")
    towns.dispatched(engine)
    assert len(states(engine, "gangs")) == 1


def test_a_reminder_of_a_clock_that_has_ended_is_not_said(engine: Engine, chat: groupchat.Chat) -> None:
    case = towns.opened(engine)
    towns.until(engine, "08:08:30")
    towns.moved(engine, case, "discard", "wang", reason="重复")
    outbox.deliver_once(engine)
    assert [state for state, _ in states(engine, "desk")] == ["dropped"]
    assert chat.texts("dingtalk") == []


def test_two_deliveries_at_once_say_everything_once(engine: Engine, chat: groupchat.Chat) -> None:
    for _ in range(12):
        towns.dispatched(engine, urgency="1")
    with towns.another(engine) as second:
        threads = [threading.Thread(target=outbox.deliver_once, args=(own,)) for own in (engine, second)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert states(engine, "crews") == [("sent", 1)] * 12
    assert len(chat.texts("wecom")) == 12


def test_a_digest_that_was_begun_stays_as_it_was(engine: Engine, chat: groupchat.Chat, wall: list[float]) -> None:
    for _ in range(8):
        towns.opened(engine)
    towns.until(engine, "08:08:30")
    chat.next = [(502, b"")] * 2
    outbox.deliver_once(engine)
    towns.opened(engine)
    later(engine, wall, 31)
    outbox.deliver_once(engine)
    assert [text.splitlines()[0].strip() for text in chat.texts("dingtalk")] == ["**8 条消息**"]
    assert states(engine, "desk") == [("sent", 2)] * 8


def test_what_waits_can_be_read_before_it_is_said(engine: Engine, chat: groupchat.Chat) -> None:
    for _ in range(pacing.A_MINUTE):
        pacing.take(engine, chat.url("wecom"), urgent=True)
    case = towns.dispatched(engine)
    ((message,),) = towns.rows(engine, "SELECT id FROM messages WHERE recipient = 'robot:crews'")
    letter = messages.letter(engine, message)
    assert letter.preview
    assert case.number in letter.subject + letter.text


def test_a_group_reads_no_fact_that_is_hidden(tmp_path: Path, lite: str, box: mailbox.Mailbox, chat: groupchat.Chat) -> None:
    fact = WORKFLOW + "visibility:\n  - {facts: [description], only: [duty, leader, reporter]}\n"
    with a_town(tmp_path / "fact", lite, box, workflow=fact) as engine:
        towns.opened(engine)
        towns.until(engine, "08:10")
        outbox.deliver_once(engine)
        assert len(chat.texts()) == 4
        assert "东关巷路灯不亮" not in "\n".join(chat.texts())
        assert any("东关巷路灯不亮" in letter.text for letter in box.letters)
        assert towns.findings(engine) == []


def test_of_a_hidden_case_a_group_is_not_even_told(tmp_path: Path, lite: str, box: mailbox.Mailbox, chat: groupchat.Chat) -> None:
    whole = WORKFLOW + "visibility:\n  - {in: [reported], facts: all, only: [duty, desk-chief, leader, reporter]}\n"
    with a_town(tmp_path / "case", lite, box, workflow=whole) as engine:
        case = towns.opened(engine)
        towns.until(engine, "08:10")
        assert not [who for who, _ in towns.told(engine, case) if who.startswith("robot:")]
        towns.moved(engine, case, "dispatch", "wang", category="lamp", urgency="2", unit="lights")
        outbox.deliver_once(engine)
        assert len(chat.texts("wecom")) == 1, "from then on it may be known"
