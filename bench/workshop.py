"""Where the measurements of one run live: a folder of their own on a real disk, the template, the large stores that several rows share.

Everything is removed at the end, also after Ctrl-C."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from bench import ground, lapse, loader
from engine import now as times

DAY = 86_400_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """How large the measurements are. `armed` is timers in the store (a case arms two), seconds are of the wall."""

    rounds: int = 8
    a_round: int = 40
    batches: int = 10
    together: int = 100
    lives: int = 12
    lapsing: int = 100_000
    large: int = 1_000_000
    small: int = 10_000
    armed: int = 100_000
    due: int = 2_000
    within: float = 20.0
    settle: float = 15.0
    idle: float = 45.0
    starts: int = 5
    simulated: int = 100_000
    placed: int = 100_000
    asked: int = 2_000
    closed: int = 100_000


FULL = Sizes()
QUICK = Sizes(
    rounds=4,
    batches=4,
    lives=3,
    lapsing=10_000,
    large=100_000,
    armed=10_000,
    due=500,
    within=5.0,
    settle=5.0,
    idle=15.0,
    starts=3,
    simulated=10_000,
    placed=10_000,
    asked=300,
    closed=10_000,
)
"""A look in a minute and a half; large stores are a tenth of those of the table."""


@dataclass(slots=True)
class Workshop:
    """Makes what the measurements stand on, each thing once. `say` is told what goes on."""

    folder: Path
    sizes: Sizes
    say: Callable[[str], None]
    _stack: contextlib.ExitStack
    _template: Path | None = None
    _large: dict[str, lapse.Large] = field(default_factory=dict)

    @property
    def template(self) -> Path:
        if self._template is None:
            self.say("making a store with the shipped programmes")
            self._template = ground.template(self.folder)
        return self._template

    def large(self, order: str) -> lapse.Large:
        """The store with `sizes.large` timers armed, none of them due before tomorrow; filled at the first use.

        `order`: `in_order`, where timers fall due in the order of the cases, or `shuffled`, where they lie all over the store."""
        found = self._large.get(order)
        if found is None:
            found = self._large[order] = self._filled(
                self._stack.enter_context(ground.ground(self.folder, self.template)), order, self.sizes.large
            )
        return found

    @contextlib.contextmanager
    def small(self, order: str) -> Iterator[lapse.Large]:
        """A fresh store with `sizes.small` timers armed."""
        with ground.ground(self.folder, self.template) as own:
            yield self._filled(own, order, self.sizes.small)

    def _filled(self, own: ground.Ground, order: str, armed: int) -> lapse.Large:
        made = loader.in_order if order == "in_order" else loader.shuffled
        opened = made(armed // 2, begin=times.wall() + DAY, gap=lapse.GAP)
        if armed < 50_000:
            return lapse.filled(own, opened)
        self.say(f"filling a store with {armed:,} armed timers, {order.replace('_', ' ')}")
        return lapse.filled(own, opened)


@contextlib.contextmanager
def opened(where: Path, sizes: Sizes, say: Callable[[str], None]) -> Iterator[Workshop]:
    """A workshop under `where`, which is made if need be. Raises NoRealDisk."""
    where.mkdir(parents=True, exist_ok=True)
    ground.require_disk(where)
    with tempfile.TemporaryDirectory(prefix="run-", dir=where) as folder, contextlib.ExitStack() as stack:
        yield Workshop(folder=Path(folder), sizes=sizes, say=say, _stack=stack)
