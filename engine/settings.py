"""Settings: `FENGXING_…` environment variables, each with its meaning; `fengxing settings` prints them all."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

PREFIX = "FENGXING_"


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One setting. `kind`: text, path, number or secret (masked when shown). `choices`: what a text may be (zh_CN is zh)."""

    name: str
    default: str
    meaning: str
    zh: str
    kind: str = "text"
    choices: tuple[str, ...] = ()
    least: int = 0
    """How many characters there must be."""


SETTINGS = (
    Setting(name="DATA_DIR", default="var", kind="path", meaning="folder of the store, the photos and the logs", zh="数据文件夹：数据库、照片、日志"),
    Setting(name="DATABASE_URL", default="", kind="secret", meaning="sqlite:///PATH or postgresql://…; by default fengxing.db in the data folder", zh="数据库地址；默认在数据文件夹内"),
    Setting(name="PROGRAMMES", default="", kind="path", meaning="the folder of all programmes (or of one); by default those shipped with the program", zh="各项目的 YAML 文件夹；默认用随程序提供的"),
    Setting(name="SMTP_URL", default="smtp://127.0.0.1:25", kind="secret", meaning="smtp://, smtps:// or smtp+starttls:// user:password@host:port", zh="发信服务器"),
    Setting(name="MAIL_FROM", default="fengxing@localhost", meaning="the address mails come from", zh="发信地址"),
    Setting(name="LINK", default="http://127.0.0.1:8321", meaning="where a case's page is; mails link to LINK/cases/NUMBER", zh="邮件中案件链接的网址"),
    Setting(name="SIGNING_KEY", default="", kind="secret", least=16, meaning="the key with which codes to answer are signed; without it the store has one of its own", zh="签发答复码的密钥；不设则用数据库自带的"),
    Setting(name="LANG", default="en", choices=("en", "zh"), meaning="language of the command line: en or zh", zh="命令行语言：en 或 zh"),
    Setting(name="PORT", default="8321", kind="number", meaning="port of the web page (from the portal on)", zh="网页端口"),
    Setting(name="HOST", default="127.0.0.1", meaning="address that servers bind to", zh="服务绑定的地址"),
    Setting(name="PREFECT_PORT", default="4200", kind="number", meaning="port of the Prefect server that `up` starts", zh="Prefect 服务端口"),
    Setting(name="PREFECT_URL", default="", meaning="API of a Prefect server that runs already, as http://host:4200/api; none is started then", zh="已有 Prefect 服务的 API 地址"),
    Setting(name="SQLITE_SYNCHRONOUS", default="FULL", choices=("FULL", "NORMAL", "EXTRA", "OFF"), meaning="SQLite's durability: FULL, or NORMAL where a lost second is no matter", zh="SQLite 持久化级别"),
    Setting(name="PHOTO_LIMIT_MB", default="20", kind="number", meaning="largest photo accepted, in MB", zh="照片大小上限（MB）"),
    Setting(name="VIDEO_LIMIT_MB", default="200", kind="number", meaning="largest video accepted, in MB", zh="视频大小上限（MB）"),
)  # fmt: skip


class SettingInvalid(ValueError):
    """A setting that cannot be used; the message names it and the remedy."""


def _require_usable(setting: Setting, value: str) -> None:
    """A value that would only fail later, or silently mean something else, is refused before anything is done."""
    if setting.kind == "number" and not (value.isascii() and value.isdigit()):
        raise SettingInvalid(f"{PREFIX}{setting.name}={value!r} is not a whole number; leave it away for {setting.default}")
    if len(value) < setting.least:
        raise SettingInvalid(
            f"{PREFIX}{setting.name} is shorter than {setting.least} characters; leave it away, or take a long random text"
        )
    if setting.choices and re.split(r"[_.-]", value, maxsplit=1)[0].lower() not in {c.lower() for c in setting.choices}:
        raise SettingInvalid(f"{PREFIX}{setting.name}={value!r} is not known; one of: {', '.join(setting.choices)}")


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of this process, from the environment over the defaults."""

    given: Mapping[str, str]

    def text(self, name: str) -> str:
        setting = next(s for s in SETTINGS if s.name == name)
        return self.given.get(PREFIX + name) or setting.default

    def number(self, name: str) -> int:
        value = self.text(name)
        _require_usable(next(s for s in SETTINGS if s.name == name), value)
        return int(value)

    @property
    def data_dir(self) -> Path:
        return Path(self.text("DATA_DIR")).expanduser()

    @property
    def database_url(self) -> str:
        return self.text("DATABASE_URL") or f"sqlite:///{self.data_dir / 'fengxing.db'}"

    @property
    def programmes(self) -> Path:
        given = self.text("PROGRAMMES")
        return Path(given).expanduser() if given else Path(__file__).parent.parent / "config" / "programmes"

    @property
    def prefect_url(self) -> str:
        return self.text("PREFECT_URL") or f"http://127.0.0.1:{self.number('PREFECT_PORT')}/api"

    def listed(self) -> list[dict[str, str]]:
        """Every setting with its value, where that comes from and what it means; secrets masked."""
        rows = []
        for setting in SETTINGS:
            value = {"DATABASE_URL": self.database_url, "PROGRAMMES": str(self.programmes)}.get(setting.name) or self.text(setting.name)
            source = "environment" if self.given.get(PREFIX + setting.name) else "default"
            rows.append(
                {
                    "name": PREFIX + setting.name,
                    "value": masked(value) if setting.kind != "secret" or "://" in value or not value else "•••",
                    "source": source,
                    "meaning": setting.meaning,
                    "meaning_zh": setting.zh,
                }
            )
        return rows


def masked(value: str) -> str:
    """A URL's password as dots: up to the last `@`, for a password may hold one, or a `/`."""
    return re.sub(r"(://[^:/@]*):.*@", r"\1:•••@", value)


def from_environment() -> Settings:
    """The settings as the environment gives them; an unknown FENGXING_ name or an unusable value is an error with a hint."""
    known = {PREFIX + s.name for s in SETTINGS}
    allowed = {"FENGXING_PROVE"}
    given = {k: v for k, v in os.environ.items() if k.startswith(PREFIX)}
    for name in given:
        if name not in known | allowed:
            import difflib

            near = difflib.get_close_matches(name, known, n=1)
            raise SettingInvalid(f"{name}: no such setting{f'; did you mean {near[0]}?' if near else ''} (see `fengxing settings`)")
    for setting in SETTINGS:
        if value := given.get(PREFIX + setting.name):
            _require_usable(setting, value)
    return Settings(given)
