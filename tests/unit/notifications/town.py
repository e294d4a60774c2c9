"""A small town for the tests of who hears: a desk round the clock, two units, riders with a quiet noon."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from config.programme import Definition, Live
from notifications.directory import Directory
from notifications.recipients import About

TITLE = {"zh": "测试镇", "en": "Testtown"}
NOBODY = About(unit=None, reporter=None, tracker=None, facts={}, at=0)
ROLES: dict[str, dict[str, Any]] = {
    "rider": {"title": TITLE, "rider": True, "quiet": ["11:00-13:00"]},
    "duty": {"title": TITLE, "scope": "desk"},
    "handler": {"title": TITLE, "scope": "unit"},
    "leader": {"title": TITLE, "quiet": ["22:00-06:30"]},
    "inspector": {"title": TITLE},
}
PEOPLE: dict[str, dict[str, Any]] = {
    "ma": {"name": "马骑手", "roles": ["rider"], "email": "ma@example.org"},
    "wang": {"name": "王值班", "roles": ["duty"], "email": "wang@example.org"},
    "zhao": {"name": "赵值班", "roles": ["duty"], "email": "zhao@example.org"},
    "li": {"name": "李师傅", "roles": ["handler"], "unit": "lights", "email": ["li@example.org", "li2@example.org"]},
    "mute": {"name": "无邮箱", "roles": ["handler"], "unit": "lights"},
    "both": {"name": "骑手兼承办", "roles": ["handler", "rider"], "unit": "grid", "email": "both@example.org"},
    "zhou": {"name": "周镇长", "roles": ["leader"], "email": "zhou@example.org", "language": "en"},
}
ROTA: dict[str, Any] = {"duty": [{"hours": "08:00-20:00", "who": ["wang"]}, {"hours": "20:00-08:00", "who": ["zhao"]}]}


def at(words: str, zone: str = "Asia/Shanghai") -> int:
    """`2026-11-20T08:31` on the wall of the zone as UTC microseconds."""
    return round(datetime.fromisoformat(words).replace(tzinfo=ZoneInfo(zone)).timestamp()) * 1_000_000


def a_live(
    *,
    people: dict[str, Any] | None = None,
    roles: dict[str, Any] | None = None,
    rota: dict[str, Any] | None = None,
    templates: dict[str, str] | None = None,
    robots: dict[str, Any] | None = None,
    **programme: Any,
) -> Live:
    head = {"programme": "testtown", "title": TITLE, "prefix": "TT", "time_zone": "Asia/Shanghai", "fallback": ["leader"], **programme}
    return Live.model_validate(
        {
            "programme": head,
            "units": {"units": {"lights": {"title": TITLE}, "grid": {"title": TITLE}, "empty": {"title": TITLE}}},
            "people": {"roles": ROLES | (roles or {}), "people": PEOPLE | (people or {}), "rota": ROTA if rota is None else rota},
            "calendars": {},
            "robots": {"robots": robots or {}},
            "templates": templates or {},
        }
    )


def a_directory(**live: Any) -> Directory:
    return Directory(a_live(**live))


def about(when: str = "2026-11-20T09:00", **case: Any) -> About:
    facts: dict[str, object] = case.pop("facts", {})
    return About(unit=case.get("unit"), reporter=case.get("reporter"), tracker=case.get("tracker"), facts=facts, at=at(when))


def a_definition(*, ladder: list[dict[str, Any]] | None = None, notices: list[dict[str, Any]] | None = None) -> Definition:
    return Definition.model_validate(
        {
            "programme": "testtown",
            "time_zone": "Asia/Shanghai",
            "workflow": {
                "workflow": "report",
                "title": TITLE,
                "initial": "reported",
                "facts": {"on_behalf_of": {"type": "contact", "title": TITLE}},
                "states": {"reported": {"title": TITLE}},
                "transitions": {},
                "clocks": {
                    "dispatching": {"title": TITLE, "runs_in": "reported", "within": "10 minutes", "ladder": "desk"},
                    "silent": {"title": TITLE, "runs_in": "reported", "within": "10 minutes"},
                },
                "ladders": {"desk": ladder or [{"at": "due", "notify": ["duty"], "template": "overdue"}]},
                "notices": notices or [],
            },
        }
    )
