"""The proof at the end of the day, and what `--exit` answers: rungs by the reckoning, mails by the post, the store by `engine.verify`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import orjson

from cli.demonstration import post, reckoner
from engine import composition, verify
from engine import now as times
from notifications import mailbox

TOLERANCE = 1.5
"""Real seconds by which a rung may be late on a busy machine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the three found. `lateness` in real milliseconds, of each rung that fired by itself, sorted."""

    reckoned: reckoner.Reckoned
    posted: post.Posted
    verified: verify.Report
    lateness: tuple[float, ...]

    @property
    def ok(self) -> bool:
        return not self.findings

    @property
    def findings(self) -> tuple[reckoner.Finding, ...]:
        damage = (reckoner.Finding(code=f.code, case=f.case or "", detail=f.detail) for f in self.verified.findings)
        return (*self.reckoned.findings, *self.posted.findings, *damage)

    @property
    def exit_code(self) -> int:
        """0, or 1 for findings; a planned breach is none."""
        return 0 if self.ok else 1


def prove(engine: composition.Engine, letters: Sequence[mailbox.Letter], *, until: int) -> Verdict:
    """Hold the day against its histories. `until` is the moment of the store's clock when the clock's process was stopped."""
    speed = engine.time.scale.speed if engine.time.scale is not None else 1.0
    reckoned = reckoner.reckon(engine.store, engine.catalog, until=until, tolerance=int(TOLERANCE * speed * 1e6))
    posted = post.check(
        engine.store, engine.catalog, letters, sender=engine.settings.text("MAIL_FROM"), real=lambda at: _real(engine.time, at)
    )
    verified = verify.verify(engine.store, engine.catalog, engine.settings.data_dir)
    late = sorted(one.late / speed / 1e3 for one in reckoned.fired if not one.stood_for)
    return Verdict(reckoned=reckoned, posted=posted, verified=verified, lateness=tuple(late))


def write(file: Path, verdict: Verdict, *, until: int) -> None:
    """Keep it as JSON, with the moment up to which was reckoned."""
    found = [{"code": f.code, "case": f.case, "detail": f.detail} for f in verdict.findings]
    figures = {
        "rungs": len(verdict.reckoned.fired),
        "overtaken": len(verdict.reckoned.overtaken),
        "mails": verdict.posted.mails,
        "digests": verdict.posted.digests,
    }
    late = {"p50_ms": round(share(verdict.lateness, 50), 1), "p99_ms": round(share(verdict.lateness, 99), 1)}
    file.write_bytes(
        orjson.dumps({"ok": verdict.ok, "until": until, **figures, "late": late, "findings": found}, option=orjson.OPT_INDENT_2)
    )


def share(values: Sequence[float], percent: int) -> float:
    """The value below which so many per cent lie; 0 of none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)] if ordered else 0.0


def _real(time: times.Time, at: int) -> int:
    scale = time.scale
    return at if scale is None else scale.real + int((at - scale.start) / scale.speed)
