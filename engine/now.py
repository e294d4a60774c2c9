"""What time it is: the wall's, a scaled clock's, or a virtual one that lives in the store and moves only when told.

Nothing below the edges reads a clock; everything takes `now` in UTC microseconds. All processes that open the same store
see the same time."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

import orjson

from storage import database, statements

_KEY = "clock"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """`start` is the scaled moment at real moment `real`; `speed` scaled seconds pass in a real one."""

    real: int
    start: int
    speed: float


def wall() -> int:
    """Real UTC microseconds."""
    return time.time_ns() // 1000


@dataclass(slots=True)
class Time:
    """The time of a store. `mode` is real, scaled or virtual."""

    store: database.Store
    mode: str = "real"
    scale: Scale | None = None

    def now(self) -> int:
        if self.mode == "real":
            return time.time_ns() // 1000
        if self.scale is not None:
            return self.scale.start + int((wall() - self.scale.real) * self.scale.speed)
        with self.store.reading() as tx:
            return int(_read(tx)["now"])

    def wait_of(self, span: int) -> float:
        """Real seconds until `span` microseconds of this time have passed."""
        return span / 1e6 / (self.scale.speed if self.scale is not None else 1.0)

    def span_of(self, seconds: float) -> int:
        """Microseconds of this time that pass in real seconds: the inverse of `wait_of`."""
        return int(seconds * 1e6 * (self.scale.speed if self.scale is not None else 1.0))

    def move_to(self, tx: database.Transaction, moment: int) -> int:
        """Move a virtual clock forward, never back; returns where it stands. A real clock cannot be moved."""
        if self.mode != "virtual":
            return self.now()
        stands = max(int(_read(tx)["now"]), moment)
        tx.run(statements.META_PUT, (_KEY, orjson.dumps({"mode": "virtual", "now": stands}).decode()))
        return stands


def of(store: database.Store) -> Time:
    """The time that the store keeps."""
    with store.reading() as tx:
        kept = _read(tx)
    if kept["mode"] == "scaled":
        return Time(store, "scaled", Scale(real=int(kept["real"]), start=int(kept["start"]), speed=float(kept["speed"])))
    return Time(store, str(kept["mode"]))


def make_virtual(store: database.Store, start: int) -> None:
    with store.writing() as tx:
        tx.run(statements.META_PUT, (_KEY, orjson.dumps({"mode": "virtual", "now": start}).decode()))


def make_scaled(store: database.Store, *, start: int, speed: float) -> None:
    with store.writing() as tx:
        tx.run(statements.META_PUT, (_KEY, orjson.dumps({"mode": "scaled", "real": wall(), "start": start, "speed": speed}).decode()))


def _read(tx: database.Transaction) -> dict[str, float | str]:
    row = tx.one(statements.META_GET, (_KEY,))
    kept: dict[str, float | str] = orjson.loads(row[0]) if row else {"mode": "real"}
    return kept


def micros(moment: datetime) -> int:
    """An aware datetime as UTC microseconds; a naive one is an error, never a guess."""
    if moment.tzinfo is None:
        raise ValueError("a time without a zone; add one, as in 2026-11-20T08:00:00+08:00")
    return (moment - _EPOCH) // timedelta(microseconds=1)


def parse(words: str) -> int:
    """RFC 3339 with an offset → UTC microseconds. Raises ValueError for anything else, naive times included."""
    try:
        moment = datetime.fromisoformat(words.strip())
    except ValueError:
        raise ValueError(f"{words!r} is not a time; write as 2026-11-20T08:00:00+08:00") from None
    return micros(moment)


def zone(name: str) -> tzinfo:
    """A zone by name."""
    return ZoneInfo(name)


def local(moment: int, name: str) -> datetime:
    """UTC microseconds as an aware datetime in a zone."""
    return (_EPOCH + timedelta(microseconds=moment)).astimezone(ZoneInfo(name))


def written(moment: int | None, name: str) -> str | None:
    """RFC 3339 with an offset, in the programme's zone; microseconds only where there are any."""
    return None if moment is None else local(moment, name).isoformat()
