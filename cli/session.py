"""A command's hold on the engine: settings, the store, and the folders that changed since they were last seen."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from cli import output
from config import problems
from engine import composition, errors, settings


@contextmanager
def opened(*, as_json: bool, fresh: bool = False) -> Iterator[composition.Engine]:
    """The engine, closed afterwards. `fresh`: take up folders that changed, as an implicit publish.

    What stands against a folder is said aloud at the end, after what the command was asked for; the one in force stays."""
    with composition.opened(settings.from_environment()) as engine:
        found = take_up(engine) if fresh else []
        if found and not as_json:
            aloud(found, as_json=False)
        yield engine
        if found and as_json:
            aloud(found, as_json=True)


def take_up(engine: composition.Engine) -> list[problems.Problem]:
    """Put in force what changed; returns what stands against the folders that were not."""
    from engine import loading

    return loading.take_up(engine)


def know(engine: composition.Engine, programme: str | None) -> None:
    """Where a programme is named that was not heard of yet, its folder may be new; in a new store all are."""
    known = engine.catalog.programmes
    if not known or (programme is not None and programme not in known):
        take_up(engine)


def know_person(engine: composition.Engine, person: str | None) -> None:
    """Somebody as whom things are looked at is a person of some programme. Raises NotFound."""
    if person is not None and not any(person in town.live.people.people for town in engine.catalog.programmes.values()):
        raise errors.NotFound("person", person, zh="人员")


def aloud(found: list[problems.Problem], *, as_json: bool) -> None:
    """Problems of folders, on stderr."""
    against = problems.errors(found)
    if as_json:
        output.json_error("not-taken-up", "; ".join(str(problem) for problem in found))
        return
    for problem in found:
        output.aside(problem.say(output.language()))
    if against:
        output.aside(
            output.say(
                f"{output.count(len(against), 'problem')}; what was in force before stays in force (see `fengxing check`).",
                f"共 {len(against)} 个问题；仍使用此前生效的版本（见 `fengxing check`）。",
            )
        )
