"""Mails through a real SMTP server on loopback: what arrives, and what is said of what does not."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from notifications import mail, mailbox, mailer, recipients, render, servers, variables
from notifications.mailer import Fate
from tests.unit.notifications import town

NUMBER = "NX-20261120-0007"


@pytest.fixture
def box() -> Iterator[mailbox.Mailbox]:
    with mailbox.Mailbox() as opened:
        yield opened


@pytest.fixture
def post(box: mailbox.Mailbox) -> Iterator[mailer.Post]:
    with mailer.Post(servers.parse(box.url), timeout=5) as opened:
        yield opened


def an_envelope(to: str, **but: Any) -> mail.Envelope:
    given: dict[str, Any] = {
        "sender": "sla@fengxing.example",
        "sender_name": "宁乡镇蜂行者联盟",
        "to": to,
        "to_name": "李师傅",
        "number": NUMBER,
        "message_id": mail.message_id(NUMBER, 12, "li", "email", "fengxing.example"),
        "at": town.at("2026-11-20T08:32"),
        "zone": "Asia/Shanghai",
        **but,
    }
    return mail.Envelope(**given)


def send(post: mailer.Post, to: str, *, template: str = "overdue", language: str = "zh", **but: Any) -> mailer.Outcome:
    rendered = render.book(()).render(template, language, variables.samples(language))
    return post.send(mail.build(rendered, an_envelope(to, language=language, **but)), mail.address(to))


def test_what_a_handler_sees_in_his_inbox_in_chinese(box: mailbox.Mailbox, post: mailer.Post) -> None:
    assert send(post, "li@example.org").kind is Fate.SENT
    (letter,) = box.letters
    assert letter.to == ("li@example.org",)
    assert letter.subject == "【催办】已超时 12 分钟：东关巷口路灯不亮，夜里很暗（NX-20261120-0007）"
    assert str(letter.message["From"]) == "宁乡镇蜂行者联盟 <sla@fengxing.example>"
    for body in (letter.text, letter.html):
        for part in (
            "路灯管理所 王强",
            "已超时 12 分钟",
            "处置时限 1 小时",
            "东关巷北口",
            "催办：已通知王强、李站长",
            "https://fengxing.example/c/",
        ):
            assert part in body
    assert letter.message.defects == []


def test_what_a_leader_sees_in_english(box: mailbox.Mailbox, post: mailer.Post) -> None:
    assert send(post, "zhou@example.org", template="supervise", language="en", urgent=True).kind is Fate.SENT
    letter = box.letters[0]
    assert letter.subject.startswith("Please step in, 12 minutes overdue: The lamp at the end of Dongguan lane")
    for body in (letter.text, letter.html):
        for part in (
            "It is with Wang Qiang, street lighting office",
            "Time to resolve, 1 hour",
            "told Wang Qiang and Li Na",
            "Li Na, Zhao Wei",
        ):
            assert part in body
    assert letter.message["Importance"] == "high"


def test_mails_of_a_case_are_one_conversation(box: mailbox.Mailbox, post: mailer.Post) -> None:
    for seq in (3, 4):
        send(post, "li@example.org", message_id=mail.message_id(NUMBER, seq, "li", "email", "fengxing.example"))
    first, second = box.letters
    assert first.message_id != second.message_id
    assert first.message["References"] == second.message["References"] == second.message["In-Reply-To"]


def test_a_refused_address_moves_on_to_the_next_contact(box: mailbox.Mailbox, post: mailer.Post) -> None:
    box.refuse("li@example.org", 550, "no such user")
    outcomes = []
    for address in recipients.contact(town.a_directory(), "li", {}).addresses:
        outcomes.append(send(post, address))
        if outcomes[-1].kind is not Fate.REFUSED:
            break
    assert [(outcome.kind, outcome.code) for outcome in outcomes] == [(Fate.REFUSED, 550), (Fate.SENT, 250)]
    assert "no such user" in outcomes[0].detail
    assert [letter.to for letter in box.letters] == [("li2@example.org",)]
    assert box.letters[0].message_id == mail.message_id(NUMBER, 12, "li", "email", "fengxing.example")


def test_a_server_that_asks_for_patience_gets_the_mail_later(box: mailbox.Mailbox, post: mailer.Post) -> None:
    box.refuse("li@example.org", 451, "greylisted")
    outcome = send(post, "li@example.org")
    assert (outcome.kind, outcome.code) == (Fate.LATER, 451)
    assert send(post, "wang@example.org").kind is Fate.SENT  # the connection is fit for the next
    box.accept("li@example.org")
    assert send(post, "li@example.org").kind is Fate.SENT
    assert len(box.to("li@example.org")) == 1


def test_a_server_that_hangs_up_is_unavailable_and_the_next_mail_finds_it_again(box: mailbox.Mailbox, post: mailer.Post) -> None:
    box.hang_up("li@example.org")
    assert send(post, "li@example.org").kind is Fate.UNAVAILABLE
    assert send(post, "wang@example.org").kind is Fate.SENT


@pytest.mark.parametrize("idle", [0.0, 20.0], ids=["asked first", "found out"])
def test_a_connection_that_was_closed_meanwhile_is_replaced(
    box: mailbox.Mailbox, post: mailer.Post, monkeypatch: pytest.MonkeyPatch, idle: float
) -> None:
    monkeypatch.setattr(mailer, "IDLE_SECONDS", idle)
    assert send(post, "li@example.org").kind is Fate.SENT
    box.stop()
    box.start()
    assert send(post, "li@example.org").kind is Fate.SENT
    assert len(box.letters) == 2


def test_a_server_that_was_away_is_found_again(box: mailbox.Mailbox, post: mailer.Post) -> None:
    assert send(post, "li@example.org").kind is Fate.SENT
    box.stop()
    assert send(post, "li@example.org").kind is Fate.UNAVAILABLE
    box.start()
    assert send(post, "li@example.org").kind is Fate.SENT
    assert len(box.letters) == 2


def test_many_mails_share_one_connection(box: mailbox.Mailbox) -> None:
    rendered = render.book(()).render("overdue", "zh", variables.samples("zh"))

    async def all_at_once() -> list[mailer.Outcome]:
        async with mailer.Mailer(servers.parse(box.url)) as carrier:
            letters = [mail.build(rendered, an_envelope(f"p{n}@example.org")) for n in range(20)]
            return await asyncio.gather(*(carrier.send(letter, f"p{n}@example.org") for n, letter in enumerate(letters)))

    assert {outcome.kind for outcome in asyncio.run(all_at_once())} == {Fate.SENT}
    assert box.wait(20)
    assert {letter.to[0] for letter in box.letters} == {f"p{n}@example.org" for n in range(20)}
    assert box.connections == 1


def test_nobody_at_the_port_is_an_outcome_and_no_error() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    with mailer.Post(servers.parse(f"smtp://127.0.0.1:{port}"), timeout=2) as post:
        outcome = send(post, "li@example.org")
    assert outcome.kind is Fate.UNAVAILABLE
    assert f"127.0.0.1:{port}" in outcome.detail


def test_a_server_that_says_nothing_is_given_up_after_the_timeout() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        with mailer.Post(servers.parse(f"smtp://127.0.0.1:{silent.getsockname()[1]}"), timeout=0.3) as post:
            assert send(post, "li@example.org").kind is Fate.UNAVAILABLE


@pytest.mark.parametrize(
    ("replies", "fate", "said"),
    [
        # another protocol altogether
        ([b"HTTP/1.1 400 Bad Request\r\n"], Fate.UNAVAILABLE, "no mail server answers"),
        # the sender is refused: no other contact would mend that
        ([b"220 hi\r\n", b"250 hi\r\n", b"553 not your name\r\n", b"250 ok\r\n"], Fate.UNAVAILABLE, "the sender is refused"),
        # the mail itself is refused after it was read
        (
            [b"220 hi\r\n", b"250 hi\r\n", b"250 ok\r\n", b"250 ok\r\n", b"354 go\r\n", b"554 spam\r\n", b"250 ok\r\n"],
            Fate.REFUSED,
            "554 spam",
        ),
        (
            [b"220 hi\r\n", b"250 hi\r\n", b"250 ok\r\n", b"250 ok\r\n", b"354 go\r\n", b"452 full\r\n", b"250 ok\r\n"],
            Fate.LATER,
            "452 full",
        ),
        (
            [b"220 hi\r\n", b"250 hi\r\n", b"250 ok\r\n", b"250 ok\r\n", b"354 go\r\n"],
            Fate.UNAVAILABLE,
            "broke while the mail was handed over",
        ),
        ([b"220 hi\r\n", b"250 hi\r\n", b"421 too many\r\n"], Fate.LATER, "421 too many"),
    ],
    ids=["http", "sender", "spam", "full", "broken", "busy"],
)
def test_what_a_server_may_answer_becomes_an_outcome(replies: list[bytes], fate: Fate, said: str) -> None:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        talk = threading.Thread(target=_recite, args=(listening, replies))
        talk.start()
        with mailer.Post(servers.parse(f"smtp://127.0.0.1:{listening.getsockname()[1]}"), timeout=5) as post:
            outcome = send(post, "li@example.org")
        talk.join()
    assert (outcome.kind, said in outcome.detail) == (fate, True), outcome


def _recite(listening: socket.socket, replies: list[bytes]) -> None:
    """One conversation, one reply to each command and one to the mail; then the line goes dead."""
    talk, _ = listening.accept()
    with talk, talk.makefile("rb") as heard:
        talk.sendall(replies[0])
        for reply in replies[1:]:
            last = replies[replies.index(reply) - 1]
            line = heard.readline()
            while last.startswith(b"354") and line not in {b".\r\n", b""}:
                line = heard.readline()
            talk.sendall(reply)


def test_a_login_where_none_is_offered_is_unavailable(box: mailbox.Mailbox) -> None:
    with mailer.Post(servers.parse(box.url.replace("smtp://", "smtp://user:secret@")), timeout=5) as post:
        outcome = send(post, "li@example.org")
    assert outcome.kind is Fate.UNAVAILABLE
    assert "secret" not in outcome.detail


def test_encryption_that_the_server_does_not_offer_is_not_done_without(box: mailbox.Mailbox) -> None:
    with mailer.Post(servers.parse(box.url.replace("smtp://", "smtp+starttls://")), timeout=5) as post:
        assert send(post, "li@example.org").kind is Fate.UNAVAILABLE
    assert not box.letters


def test_addresses_beyond_ascii_arrive(box: mailbox.Mailbox, post: mailer.Post) -> None:
    assert send(post, "用户@例子.cn").kind is Fate.SENT
    assert box.letters[0].to == ("用户@xn--fsqu00a.cn",)
    assert box.letters[0].subject.startswith("【催办】")


def test_the_mailbox_keeps_files_and_stamps_letters_with_its_own_clock(tmp_path: Path) -> None:
    with mailbox.Mailbox(tmp_path / "mails", now=lambda: 42) as box, mailer.Post(servers.parse(box.url)) as post:
        send(post, "li@example.org")
        assert box.wait(1)
    assert box.letters[0].received == 42
    assert (tmp_path / "mails" / "000001.eml").read_bytes() == box.letters[0].raw


def test_a_port_that_is_taken_is_said_at_once(box: mailbox.Mailbox) -> None:
    with pytest.raises(OSError, match="in use"):
        mailbox.Mailbox(port=box.port).start()
