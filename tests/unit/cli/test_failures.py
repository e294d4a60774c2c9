from __future__ import annotations

import errno

import pytest

from cli import failures
from engine import errors as engine_errors
from engine import settings
from sla import errors as sla_errors
from states import errors as states_errors
from storage import errors as storage_errors


@pytest.mark.parametrize(
    ("exc", "code", "name"),
    [
        (failures.Usage("write NAME=VALUE"), 2, "usage"),
        (settings.SettingInvalid("FENGXING_X: no such setting"), 2, "setting-invalid"),
        (states_errors.MoveRefused(state="reported", trigger="verify", possible=("classify",)), 3, "wrong-state"),
        (engine_errors.FactInvalid("unit", "no such unit", "没有此单位"), 3, "fact-invalid"),
        (sla_errors.BadPromise("review_on", "soon"), 3, "time"),
        (engine_errors.NotFound("case", 7, zh="案件"), 4, "not-found"),
        (engine_errors.StaleVersion("NX-1", given=1, found=2), 5, "stale-version"),
        (engine_errors.KeyReused("k"), 5, "key-reused"),
        (storage_errors.Duplicate("unique"), 5, "busy"),
        (storage_errors.StoreUnavailable("away"), 6, "store-unavailable"),
        (storage_errors.DiskFull("full"), 6, "disk-full"),
        (storage_errors.SchemaBehind("old"), 6, "schema-behind"),
        (storage_errors.SchemaAhead("new"), 6, "schema-ahead"),
        (engine_errors.AttachmentUnstored("full", "满"), 6, "attachment-unstored"),
        (OSError(errno.ENOSPC, "No space left on device", "/x"), 6, "disk-full"),
        (PermissionError(errno.EACCES, "Permission denied", "/x"), 6, "unavailable"),
        (KeyError("x"), 70, "unforeseen"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_each_family_has_its_exit_code_and_its_name(exc: Exception, code: int, name: str) -> None:
    failure = failures.of(exc)
    assert (failure.exit, failure.code) == (code, name)
    assert failure.message
    assert failure.zh


def test_what_is_possible_instead_is_handed_on() -> None:
    assert failures.of(states_errors.MoveRefused(state="a", trigger="b", possible=("c", "d"))).possible == ("c", "d")
    assert failures.of(engine_errors.NotFound("unit", "lamp", zh="单位", near=["lamps"])).possible == ("lamps",)


@pytest.mark.parametrize("family", [engine_errors.EngineError, states_errors.StatesError])
def test_every_refusal_has_a_code_of_its_own_kind(family: type[Exception]) -> None:
    """A script tells them apart by the code: none is left with the base's."""
    for kind in family.__subclasses__():
        assert kind.__dict__.get("code"), kind
