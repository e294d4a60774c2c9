from __future__ import annotations

from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest

from notifications import errors, mail
from notifications.render import Rendered
from tests.unit.notifications import town

WORDS = Rendered(subject="【催办】已超时 12 分钟：路灯不亮（NX-20261120-0007）", text="请尽快办理。\n", html="<p>请尽快办理。</p>")


def an_envelope(**but: Any) -> mail.Envelope:
    given: dict[str, Any] = {
        "sender": "sla@fengxing.example",
        "sender_name": "宁乡镇蜂行者联盟",
        "to": "chen@example.org",
        "to_name": "陈洁",
        "number": "NX-20261120-0007",
        "message_id": mail.message_id("NX-20261120-0007", 12, "chen", "email", "fengxing.example"),
        "at": town.at("2026-11-20T08:32"),
        "zone": "Asia/Shanghai",
        **but,
    }
    return mail.Envelope(**given)


def arrived(rendered: Rendered = WORDS, **but: Any) -> EmailMessage:
    """The mail as its recipient's program reads it from the wire."""
    return message_from_bytes(mail.build(rendered, an_envelope(**but)).as_bytes(), policy=policy.default)


def test_the_headers_a_person_and_a_program_go_by() -> None:
    letter = arrived()
    assert letter["Subject"] == WORDS.subject
    assert str(letter["From"]) == "宁乡镇蜂行者联盟 <sla@fengxing.example>"
    assert str(letter["To"]) == "陈洁 <chen@example.org>"
    assert letter["Date"] == "Fri, 20 Nov 2026 08:32:00 +0800"
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter["X-Auto-Response-Suppress"] == "All"
    assert letter["X-Fengxing-Case"] == "NX-20261120-0007"
    assert letter["Content-Language"] == "zh-CN"
    assert letter["Importance"] is None
    assert arrived(urgent=True)["Importance"] == "high"


def test_text_and_html_are_two_ways_of_saying_the_same() -> None:
    letter = arrived()
    assert letter.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in letter.iter_parts()] == ["text/plain", "text/html"]
    text, html = letter.get_body(("plain",)), letter.get_body(("html",))
    assert text is not None
    assert html is not None
    assert text.get_content().splitlines() == WORDS.text.splitlines()
    assert html.get_content().splitlines() == WORDS.html.splitlines()


def test_all_mails_of_a_case_hang_on_one_root_and_each_has_an_id_of_its_own() -> None:
    first, second = arrived(), arrived(message_id=mail.message_id("NX-20261120-0007", 13, "chen", "email", "fengxing.example"))
    assert first["References"] == first["In-Reply-To"] == second["References"] == "<NX-20261120-0007.case@fengxing.example>"
    assert first["Message-ID"] != second["Message-ID"]
    assert arrived(number=None)["References"] is None


def test_a_message_id_tells_repeats_and_nothing_else() -> None:
    def made(seq: int | str = 12, recipient: str = "chen") -> str:
        return mail.message_id("NX-20261120-0007", seq, recipient, "email", "fengxing.example")

    assert made() == made()
    assert len({made(), made(13), made(recipient="li"), made("dispatching.1.2.0")}) == 4
    assert made().startswith("<NX-20261120-0007.12.")
    assert made().endswith("@fengxing.example>")
    assert "chen" not in made()
    assert mail.message_id("x>\r\nBcc: a", "1 2", "chen", "email", "e.cn").count(">") == 1
    assert str(arrived(message_id=made("dispatching-with-a-long-name.1.2.0"))["Message-ID"]) == made("dispatching-with-a-long-name.1.2.0")


def test_the_same_mail_is_built_to_the_same_bytes() -> None:
    assert mail.build(WORDS, an_envelope()).as_bytes() == mail.build(WORDS, an_envelope()).as_bytes()


def test_no_name_and_no_subject_can_begin_a_header() -> None:
    nasty = "陈洁\r\nBcc: all@example.org\u2028X: y"
    letter = arrived(Rendered(subject=nasty, text="x", html="x"), to_name=nasty, sender_name=nasty, number="NX\r\nBcc: b@example.org")
    assert letter["Bcc"] is None
    assert letter["Subject"] == "陈洁 Bcc: all@example.orgX: y"
    assert [address.addr_spec for address in letter["To"].addresses] == ["chen@example.org"]


def test_a_long_subject_and_quoted_names_arrive_whole() -> None:
    subject = "灯" * 250
    assert arrived(Rendered(subject=subject, text="x", html="x"))["Subject"] == subject
    assert arrived(to_name='Wang, "Lamp" <x@y>')["To"].addresses[0].display_name == 'Wang, "Lamp" <x@y>'
    assert str(arrived(to_name="")["To"]) == "chen@example.org"


def test_addresses_beyond_ascii_travel_as_idna_or_as_utf8() -> None:
    assert mail.address("c@例子.cn") == "c@xn--fsqu00a.cn"
    letter = mail.build(WORDS, an_envelope(to="用户@例子.cn"))
    assert "用户@xn--fsqu00a.cn" in letter.as_bytes().decode()
    mail.build(WORDS, an_envelope()).as_bytes().decode("ascii")


@pytest.mark.parametrize(
    "given",
    ["", "chen", "@example.org", "a b@example.org", "a@b@c", "a@x.cn\r\nBcc: b@x.cn", "<a@x.cn>", "a@" + "例" * 80 + ".cn", "a@b..例"],
)
def test_what_is_no_address_is_refused_before_it_travels(given: str) -> None:
    with pytest.raises(errors.AddressRefused):
        mail.build(WORDS, an_envelope(to=given))


def test_a_mail_carries_its_pictures_beside_the_html_that_shows_them() -> None:
    words = Rendered(subject="图", text="图\n", html='<p><img src="cid:one" alt="甲"><img src="cid:two" alt="乙"></p>')
    pictures = [mail.Picture(name=name, content=b"\x89PNG" + name.encode()) for name in ("one", "two")]
    raw = mail.build(words, an_envelope(), pictures).as_bytes()
    letter = message_from_bytes(raw, policy=policy.default)
    plain, related = letter.iter_parts()
    html, *inside = related.iter_parts()
    assert (plain.get_content_type(), html.get_content_type()) == ("text/plain", "text/html")
    assert [(part["Content-ID"], part.get_content()) for part in inside] == [("<one>", b"\x89PNGone"), ("<two>", b"\x89PNGtwo")]
    assert raw == mail.build(words, an_envelope(), pictures).as_bytes()
