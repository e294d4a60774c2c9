"""What can go wrong in counting time: each error says the remedy."""

from __future__ import annotations

from collections.abc import Iterable


class SlaError(Exception):
    """The base of this package's errors."""


class UnknownHours(SlaError):
    """A clock names hours that no calendar has."""

    def __init__(self, hours: str, known: Iterable[str]) -> None:
        self.hours, self.known = hours, tuple(sorted(known))
        listed = ", ".join(self.known) or "(calendars.yaml has none)"
        super().__init__(f"no calendar is called `{hours}`; write `always` or one of: {listed}")


class UnknownZone(SlaError):
    """The programme's time zone is not in the IANA list."""

    def __init__(self, zone: str) -> None:
        self.zone = zone
        super().__init__(f"`{zone}` is not a time zone; write one of the IANA list, as `Asia/Shanghai`")


class NeverOpens(SlaError):
    """A calendar has no open time left in which a target could be counted to its end."""

    def __init__(self, hours: str, year: int) -> None:
        self.hours, self.year = hours, year
        example = "`mon-fri: [08:30-17:30]`"
        super().__init__(f"calendar `{hours}` has not enough open hours up to the year {year}; give its `week` windows, as {example}")


class BadPromise(SlaError):
    """The fact a clock is due by is neither a date nor a moment."""

    def __init__(self, fact: str, value: object) -> None:
        self.fact, self.value = fact, value
        super().__init__(f"{fact} is {value!r}; a due date is written 2026-12-01, a moment 2026-12-01T17:30:00+08:00")
