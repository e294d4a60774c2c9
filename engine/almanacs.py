"""How long a duration takes on the clock on the wall, at worst: what the bounds of a definition are reckoned with."""

from __future__ import annotations

from dataclasses import dataclass, field

from config.words import Duration
from sla import calendars
from sla import errors as sla_errors

_YEAR = 366 * 24 * 3600 * 1_000_000
_MOST_RECKONED = 400
"""Different durations of one folder that are laid on its calendars; more are taken at their nominal length."""


@dataclass(slots=True)
class Almanac:
    """How long a duration takes on the clock on the wall, begun at the worst moment of the coming year."""

    timelines: calendars.Timelines
    now: int
    _ends: dict[tuple[str, str], list[int]] = field(default_factory=dict)
    _worst: dict[tuple[str, str, int], int] = field(default_factory=dict)

    def worst(self, hours: str, duration: Duration) -> int:
        """Begun as the hours close before the longest time that they stay closed, as far as that matters."""
        key = (hours, duration.unit.value, duration.micros)
        if hours == calendars.ALWAYS or (key not in self._worst and len(self._worst) >= _MOST_RECKONED):
            return duration.micros
        if key not in self._worst:
            timeline = self.timelines.of(hours, duration.unit)
            if key[:2] not in self._ends:
                counted = [s.end for s in timeline.segments(self.now, self.now + _YEAR) if s.kind in ("running", "makeup")]
                self._ends[key[:2]] = counted or [self.now]
            try:
                self._worst[key] = max(timeline.add(end, duration.micros) - end for end in self._ends[key[:2]])
            except sla_errors.SlaError:
                self._worst[key] = duration.micros
        return self._worst[key]
