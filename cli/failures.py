"""Every family of errors as a script sees it: exit code, stable code, sentence in both languages, and what is possible instead.

0 fine · 1 findings · 2 usage · 3 refused · 4 not found · 5 conflict · 6 unavailable. What nobody foresaw ends with 70."""

from __future__ import annotations

import errno
from collections.abc import Sequence
from dataclasses import dataclass

from engine import errors as engine_errors
from engine import settings
from notifications import errors as mail_errors
from sla import errors as sla_errors
from states import errors as states_errors
from storage import errors as storage_errors

FINDINGS, USAGE, REFUSED, NOT_FOUND, CONFLICT, UNAVAILABLE, UNFORESEEN = 1, 2, 3, 4, 5, 6, 70


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """How a command that did not go through ends."""

    exit: int
    code: str
    message: str
    zh: str
    possible: tuple[str, ...] = ()


class Usage(Exception):
    """The command was called in a way it cannot mean anything; the sentence names the remedy."""

    def __init__(self, message: str, zh: str = "", *, possible: Sequence[str] = ()) -> None:
        self.zh, self.possible = zh or message, tuple(possible)
        super().__init__(message)


_STORAGE: tuple[tuple[type[storage_errors.StorageError], int, str, str], ...] = (
    (storage_errors.DiskFull, UNAVAILABLE, "disk-full", "磁盘已满，未作任何更改；请清理空间后重试"),
    (storage_errors.SchemaBehind, UNAVAILABLE, "schema-behind", "数据库尚未建立或版本较旧；请先运行 `fengxing db upgrade`"),
    (storage_errors.SchemaAhead, UNAVAILABLE, "schema-ahead", "数据库由更新版本的程序建立；请安装新版程序，或恢复此前的备份"),
    (storage_errors.Duplicate, CONFLICT, "busy", "其他人正在修改同一内容；请查看后重试"),
    (storage_errors.StorageError, UNAVAILABLE, "store-unavailable", "数据库暂时无法使用，未作任何更改"),
)
_FULL = (errno.ENOSPC, errno.EDQUOT)


def of(exc: Exception) -> Failure:
    """The one place where exceptions become exit codes."""
    message = str(exc)
    if isinstance(exc, Usage):
        return Failure(exit=USAGE, code="usage", message=message, zh=exc.zh, possible=exc.possible)
    if isinstance(exc, settings.SettingInvalid):
        return Failure(exit=USAGE, code="setting-invalid", message=message, zh=f"设置有误：{message}")
    if isinstance(exc, mail_errors.AddressRefused):  # of a recipient it never comes so far: the next contact is tried
        return Failure(
            exit=USAGE, code="setting-invalid", message=f"FENGXING_SMTP_URL: {message}", zh=f"设置有误：FENGXING_SMTP_URL：{message}"
        )
    if isinstance(exc, states_errors.StatesError):
        return Failure(exit=REFUSED, code=exc.code, message=message, zh=exc.zh, possible=exc.possible)
    if isinstance(exc, engine_errors.EngineError):
        return Failure(exit=exc.exit, code=exc.code, message=message, zh=exc.zh, possible=exc.possible)
    if isinstance(exc, sla_errors.SlaError):
        return Failure(exit=REFUSED, code="time", message=message, zh=f"计时规则有误：{message}")
    for family, code, name, zh in _STORAGE:
        if isinstance(exc, family):
            return Failure(exit=code, code=name, message=message, zh=f"{zh}（{message}）")
    if isinstance(exc, OSError):
        return _of_system(exc)
    said = f"{type(exc).__name__}: {message}"
    return Failure(
        exit=UNFORESEEN,
        code="unforeseen",
        message=f"something nobody foresaw: {said}; nothing half done was kept. Please report it with the lines above",
        zh=f"发生未预料的错误：{said}；未保留任何半途的更改。请连同上面的内容一并报告",
    )


def _of_system(exc: OSError) -> Failure:
    """What the system refuses: a full disk, a folder that is not ours."""
    if exc.errno in _FULL:
        return Failure(exit=UNAVAILABLE, code="disk-full", message=f"no room left on the disk: {exc}", zh=f"磁盘已满：{exc}")
    where = f"{exc.filename}: " if exc.filename else ""
    said = f"{where}{exc.strerror or exc}"
    return Failure(exit=UNAVAILABLE, code="unavailable", message=said, zh=said)
