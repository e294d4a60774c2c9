"""Who somebody was when he acted: people are live, so that the history alone does not say which version of them held then."""

from __future__ import annotations

from collections.abc import Iterator

from config import programme
from engine import actors, catalog, errors
from notifications import directory
from storage import database, process


class People:
    """Everybody whom any version of a programme knew. What was live in each is read when it is first needed, the one in force first."""

    def __init__(self, tx: database.Transaction, known: catalog.Catalog, name: str) -> None:
        self._tx, self._name = tx, name
        self._towns = [known.of(name)]
        self._all = False
        self._steady: bool | None = None

    def words(
        self,
        actor: str | None,
        wanted: frozenset[str],
        *,
        unit: str | None,
        reporter: str | None,
        tracker: str | None,
        own_unit: bool = False,
    ) -> frozenset[str] | None:
        """The words he answered to in a version that gave him one of the wanted; else in any; None for a stranger.

        `own_unit`: without a unit, his roles count in his own."""
        best: frozenset[str] | None = None
        for town in self._every():
            person = town.live.people.people.get(actor or "")
            within = person.unit if own_unit and unit is None and person is not None else unit
            try:
                found = actors.words(town, actor, unit=within, reporter=reporter, tracker=tracker)
            except errors.NotFound:
                continue
            if found & wanted:
                return found
            best = found if best is None else best
        return best

    def steady(self) -> bool:
        """Whether all versions have the same calendars."""
        if self._steady is None:
            first, *others = self._every()
            self._steady = all(town.live.calendars == first.live.calendars for town in others)
        return self._steady

    def _every(self) -> Iterator[catalog.InForce]:
        yield self._towns[0]
        if not self._all:
            self._all = True
            for (text,) in self._tx.all(process.LIVES_OF, (self._name,)):
                live = programme.Live.model_validate_json(text)
                self._towns.append(catalog.InForce(live=live, people=directory.Directory(live), bundle=0, hash="", newest={}, calendar=""))
        yield from self._towns[1:]
