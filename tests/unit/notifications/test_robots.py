"""What groups read, how it is signed, and what each product's answer means, by tables."""

from __future__ import annotations

import json
import logging
from typing import Any

import httpx
import pytest

from notifications import chat, dingtalk, feishu, webhooks, wecom
from notifications.mailer import Fate

LINK = "https://feng.example/cases/TT-20261120-0001"
NOBODY = chat.NOBODY


def words(text: str = "路灯不亮\n位置：东门", **but: Any) -> chat.Words:
    return chat.Words(**{"title": "【催办】已超时 5 分钟", "text": text, "sender": "测试镇", "link": LINK, "language": "zh", **but})


def body(request: chat.Request) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(request.body)
    return found


def test_dingtalk_signs_as_openssl_does() -> None:
    """printf '1700000000000\\nSEC0123456789abcdef' | openssl dgst -sha256 -hmac SEC0123456789abcdef -binary | base64"""
    assert dingtalk.signature(1_700_000_000_000, "SEC0123456789abcdef") == "TSZbRFUuvaSQaRKUpF970OPCb2%2FLcQAP3wOvwZIzBZk%3D"
    url = dingtalk.request(
        "https://x.example/robot/send?access_token=abc", "SEC0123456789abcdef", words(), NOBODY, at=1_700_000_000_000_000
    ).url
    assert url.endswith("send?access_token=abc&timestamp=1700000000000&sign=TSZbRFUuvaSQaRKUpF970OPCb2%2FLcQAP3wOvwZIzBZk%3D")


def test_feishu_signs_as_openssl_does() -> None:
    """printf '' | openssl dgst -sha256 -mac HMAC -macopt hexkey:(the bytes of '1700000000\\nfeishu-secret-0123') -binary | base64"""
    signed = body(feishu.request("https://x.example/hook/abc", "feishu-secret-0123", words(), NOBODY, at=1_700_000_000_999_999))
    assert (signed["timestamp"], signed["sign"]) == ("1700000000", "+1U0CMYEwDTNNFL+y2fnyQM4HJAMb/Bh4gSg7jklS/s=")


def test_without_a_secret_nothing_is_signed() -> None:
    assert dingtalk.request("https://x.example/send", "", words(), NOBODY, at=1).url == "https://x.example/send"
    assert "sign" not in body(feishu.request("https://x.example/hook/abc", "", words(), NOBODY, at=1))


@pytest.mark.parametrize("kind", sorted(webhooks.KINDS))
def test_the_title_the_words_the_link_and_the_programme_are_read_in_the_group(kind: str) -> None:
    said = json.dumps(body(webhooks.KINDS[kind].request("https://x.example", "", words(), NOBODY, at=1)), ensure_ascii=False)
    for part in ("【催办】已超时 5 分钟", "路灯不亮", "位置：东门", LINK, "查看并办理", "测试镇"):
        assert part in said


@pytest.mark.parametrize(("kind", "called", "most"), [
    ("wecom", NOBODY, wecom.MOST_MARKDOWN),
    ("wecom", chat.Called(phones=("13700000001",)), wecom.MOST_TEXT),
    ("dingtalk", NOBODY, dingtalk.MOST),
    ("feishu", NOBODY, feishu.MOST),
])  # fmt: skip
@pytest.mark.parametrize("one", ["灯", "a", "😀", '"', "\n长"])
def test_a_text_that_is_too_long_is_cut_between_two_characters_and_keeps_its_link(
    kind: str, called: chat.Called, most: int, one: str
) -> None:
    request = webhooks.KINDS[kind].request("https://x.example", "", words(one * 30_000), called, at=1)
    inner = body(request)
    size = len(inner[inner["msgtype"]]["content"].encode()) if kind == "wecom" else len(request.body)
    assert most - 60 <= size <= most
    assert LINK in request.body.decode()
    assert "…" in request.body.decode()
    assert "�" not in request.body.decode()


def test_what_fits_is_not_cut() -> None:
    assert "…" not in wecom.request("https://x.example", "", words("灯" * 1_300), NOBODY, at=1).body.decode()


@pytest.mark.parametrize("kind", ["wecom", "dingtalk"])
def test_nobody_calls_a_group_or_paints_a_link_by_what_he_writes_in_a_report(kind: str) -> None:
    """A report says `<@all>` and `[奖金](http://evil.example)`"""
    for called in (NOBODY, chat.Called(phones=("13700000001",))):
        said = (
            webhooks.KINDS[kind]
            .request("https://x.example", "", words("<@all> [奖金](http://evil.example) **#"), called, at=1)
            .body.decode()
        )
        assert "<@all>" not in said
        assert "[奖金]" not in said


def test_people_are_called_as_each_product_does_it() -> None:
    called = chat.Called(phones=("13700000001",), ids=("ou_7",))
    text = body(wecom.request("https://x.example", "", words(), called, at=1))
    assert text["msgtype"] == "text"
    assert (text["text"]["mentioned_mobile_list"], text["text"]["mentioned_list"]) == (["13700000001"], ["ou_7"])
    at = body(dingtalk.request("https://x.example", "", words(), called, at=1))
    assert at["at"] == {"atMobiles": ["13700000001"], "atUserIds": ["ou_7"], "isAtAll": False}
    assert "@13700000001" in at["markdown"]["text"]
    post = body(feishu.request("https://x.example", "", words(), called, at=1))["content"]["post"]["zh_cn"]["content"]
    assert post[-1] == [{"tag": "at", "user_id": "ou_7"}]
    everyone = chat.Called(everyone=True)
    assert body(wecom.request("https://x.example", "", words(), everyone, at=1))["text"]["mentioned_list"] == ["@all"]
    assert body(dingtalk.request("https://x.example", "", words(), everyone, at=1))["at"]["isAtAll"] is True
    markdown = body(wecom.request("https://x.example", "", words(), chat.Called(ids=("zhang",)), at=1))["markdown"]["content"]
    assert markdown.endswith("<@zhang>")


@pytest.mark.parametrize(("kind", "answer", "fate", "wait", "remedy"), [
    # success is 0 and nothing that resembles it
    ("wecom", {"errcode": 0, "errmsg": "ok"}, Fate.SENT, None, "ok"),
    ("feishu", {"code": 0, "msg": "success", "data": {}}, Fate.SENT, None, "success"),
    ("wecom", {"errcode": "0"}, Fate.LATER, None, "中间的代理"),
    ("wecom", {"errcode": False}, Fate.LATER, None, "中间的代理"),
    ("feishu", {"StatusCode": 0}, Fate.LATER, None, "中间的代理"),
    ("dingtalk", {}, Fate.LATER, None, "中间的代理"),
    # too many: they wait
    ("wecom", {"errcode": 45009, "errmsg": "api freq out of limit"}, Fate.LATER, 60, "一分钟后"),
    ("dingtalk", {"errcode": 130101, "errmsg": "send too fast"}, Fate.LATER, 600, "十分钟"),
    ("dingtalk", {"errcode": 410100, "errmsg": "发送速度太快而限流"}, Fate.LATER, 600, "ten minutes"),
    ("feishu", {"code": 11232, "msg": "frequency limited"}, Fate.LATER, 60, "a minute"),
    ("feishu", {"code": 9499, "msg": "too many request"}, Fate.LATER, 60, "a minute"),
    ("wecom", {"errcode": -1, "errmsg": "system busy"}, Fate.LATER, None, "稍后重试"),
    # what would not be mended by trying again: dead, with the remedy
    ("wecom", {"errcode": 93000, "errmsg": "invalid webhook url"}, Fate.REFUSED, None, "重新复制 webhook 地址"),
    ("dingtalk", {"errcode": 300005, "errmsg": "token is not exist"}, Fate.REFUSED, None, "copy it anew"),
    ("dingtalk", {"errcode": 310000, "errmsg": "sign not match, more: [https://x]"}, Fate.REFUSED, None, "重新复制密钥"),
    ("dingtalk", {"errcode": 310000, "errmsg": "keywords not in content"}, Fate.REFUSED, None, "关键词"),
    ("dingtalk", {"errcode": 310000, "errmsg": "invalid timestamp"}, Fate.REFUSED, None, "校准"),
    ("dingtalk", {"errcode": 310000, "errmsg": "ip 1.2.3.4 not in whitelist"}, Fate.REFUSED, None, "白名单"),
    ("dingtalk", {"errcode": 400013, "errmsg": "群已被解散"}, Fate.REFUSED, None, "make a new one"),
    ("feishu", {"code": 19001, "msg": "param invalid"}, Fate.REFUSED, None, "webhook 地址无效"),
    ("feishu", {"code": 19021, "msg": "sign match fail"}, Fate.REFUSED, None, "clock"),
    ("feishu", {"code": 19024, "msg": "Key Words Not Found"}, Fate.REFUSED, None, "关键词"),
    ("feishu", {"code": 9499, "msg": "Bad Request"}, Fate.REFUSED, None, "请反馈"),
    ("wecom", {"errcode": 99999, "errmsg": "never heard of"}, Fate.REFUSED, None, "开放平台文档"),
])  # fmt: skip
def test_what_an_answer_means(kind: str, answer: dict[str, object], fate: Fate, wait: float | None, remedy: str) -> None:
    found = webhooks.KINDS[kind].verdict(answer)
    assert (found.kind, found.wait_s) == (fate, wait)
    assert remedy in found.detail


@pytest.mark.parametrize(("address", "fine"), [
    ("https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=abc", True),
    ("http://127.0.0.1:8080/x", True),
    ("http://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=abc", False),
    ("ftp://127.0.0.1/x", False),
    ("qyapi.weixin.qq.com/send", False),
    ("https://", False),
    ("https://x.example:99999/", False),
    ("https://x.example/a b", False),
    ("https://[::1", False),
])  # fmt: skip
def test_an_address_travels_encrypted_or_not_at_all(address: str, fine: bool) -> None:
    assert (webhooks.wrong_address(address) is None) is fine


@pytest.mark.parametrize("proxy", ["socks5://127.0.0.1:9", "http://127.0.0.1:9", "nonsense"])
def test_a_proxy_that_is_not_there_raises_nothing(monkeypatch: pytest.MonkeyPatch, proxy: str) -> None:
    """Whatever stands in HTTPS_PROXY: the message is tried again"""
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    found = webhooks.send("wecom", "https://robots.example/send?key=not-for-anybody", "", words(), NOBODY, at=1)
    assert found.kind in (Fate.LATER, Fate.UNAVAILABLE)
    assert "not-for-anybody" not in found.detail


def test_a_mail_becomes_a_short_message() -> None:
    """No greeting line is left alone, no empty lines, no signature, and the link only once"""
    text = f"已超时 5 分钟\n\n编号：TT-1\n\n查看并办理：{LINK}\n\n--\n测试镇 · 本邮件由系统自动发出\n"
    assert chat.of_mail("主题", text, sender="测试镇", link=LINK, language="zh").text == "已超时 5 分钟\n编号：TT-1"


def test_httpx_logs_no_address(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="httpx"):
        logging.getLogger("httpx").info("HTTP Request: %s %s", "POST", httpx.URL("https://x.example/send?key=very-secret"))
    assert "x.example" in caplog.text
    assert "very-secret" not in caplog.text
