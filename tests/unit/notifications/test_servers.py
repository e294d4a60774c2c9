from __future__ import annotations

import pytest

from notifications import errors, servers
from notifications.servers import Server


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://127.0.0.1:1025", Server(host="127.0.0.1", port=1025)),
        ("smtp://relay.town.example", Server(host="relay.town.example", port=25)),
        ("smtps://u:p@mail.example.cn/", Server(host="mail.example.cn", port=465, user="u", password="p", tls=True)),
        (
            "smtp+starttls://u%40x.cn:p%2Fq@mail.example.cn",
            Server(host="mail.example.cn", port=587, user="u@x.cn", password="p/q", starttls=True),
        ),
        ("smtp://[::1]:25", Server(host="::1", port=25)),
    ],
)
def test_a_mail_server_from_its_url(url: str, server: Server) -> None:
    assert servers.parse(url) == server


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("", "no way to send mail"),
        ("mail.example.cn:25", "no way to send mail"),
        ("http://mail.example.cn", "'http' is no way to send mail"),
        ("smtp://", "names no host"),
        ("smtp://host:99999", "no usable host or port"),
        ("smtp://host:mail", "no usable host or port"),
        ("smtps://user@host", "a user or a password without the other"),
        ("smtps://host/inbox?tls=no", "nothing may follow the port"),
        ("smtp://user:hunter2@mail.example.cn", "write `smtps://` or `smtp+starttls://`"),
    ],
)
def test_a_url_that_cannot_be_meant_is_refused_with_a_remedy(url: str, said: str) -> None:
    with pytest.raises(errors.AddressRefused) as refused:
        servers.parse(url)
    assert said in str(refused.value)
    assert "hunter2" not in str(refused.value)


def test_a_password_is_not_shown() -> None:
    assert "hunter2" not in repr(servers.parse("smtps://user:hunter2@mail.example.cn"))
