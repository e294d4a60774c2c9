"""How fast a robot may speak: 20 messages in any minute, of which some are kept for what is urgent; silent while its product mutes it.

Counted in the store, so that all processes that deliver share it, and on the wall's clock, as the products count. Two robots with one
address are one."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

import orjson

from engine import composition
from engine import now as times
from storage import database, pacing

A_MINUTE = 20
RESERVE = 5
"""How many of them only urgent messages may use."""
MINUTE = 60_000_000
MARGIN = 1_000_000
"""Their minute may begin a little later than ours: what was on its way counts when it arrives."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """What one robot has sent within the last minute (real UTC microseconds, oldest first) and until when it is silent."""

    sent: tuple[int, ...] = ()
    until: int = 0

    def room(self, now: int, *, urgent: bool) -> int:
        """How many more may go now."""
        return 0 if self.until > now else max(0, _most(urgent=urgent) - len(self.recent(now)))

    def wait_s(self, now: int, *, urgent: bool) -> float:
        """Real seconds until one more may go."""
        if self.until > now:
            return (self.until - now) / 1e6
        recent = self.recent(now)
        over = len(recent) - _most(urgent=urgent)
        return 0.0 if over < 0 else (recent[over] + MINUTE + MARGIN - now) / 1e6

    def recent(self, now: int) -> tuple[int, ...]:
        return tuple(at for at in self.sent if now - at < MINUTE + MARGIN)


def _most(*, urgent: bool) -> int:
    return A_MINUTE if urgent else A_MINUTE - RESERVE


def look(tx: database.Transaction, address: str) -> Pace:
    return _read(tx.one(pacing.LOOK, (_key(address),)))


def take(engine: composition.Engine, address: str, *, urgent: bool) -> float:
    """Use up one of the minute's messages before it is sent; else the real seconds until there is one, above 0."""
    key = _key(address)
    with engine.store.writing() as tx:
        now = times.wall()
        pace = _held(tx, key)
        wait = pace.wait_s(now, urgent=urgent)
        if wait <= 0:
            _keep(tx, key, Pace(sent=(*pace.recent(now), now), until=pace.until))
    return wait


def silence(engine: composition.Engine, address: str, seconds: float) -> None:
    """Send nothing to this robot for so long, whoever delivers."""
    key = _key(address)
    with engine.store.writing() as tx:
        pace = _held(tx, key)
        _keep(tx, key, Pace(sent=pace.sent, until=max(pace.until, times.wall() + int(seconds * 1e6))))


def _held(tx: database.Transaction, key: str) -> Pace:
    tx.run(pacing.BEGIN, (key,))
    return _read(tx.one(pacing.HOLD, (key,)))


def _keep(tx: database.Transaction, key: str, pace: Pace) -> None:
    tx.run(pacing.KEEP, (orjson.dumps({"sent": pace.sent, "until": pace.until}).decode(), key))


def _read(row: tuple[object, ...] | None) -> Pace:
    kept: Mapping[str, object] = orjson.loads(str(row[0])) if row is not None else {}
    sent, until = kept.get("sent"), kept.get("until")
    return Pace(sent=tuple(sent) if isinstance(sent, list) else (), until=until if isinstance(until, int) else 0)


def _key(address: str) -> str:
    return pacing.PREFIX + hashlib.sha256(address.encode()).hexdigest()[:32]
