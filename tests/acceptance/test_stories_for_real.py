"""Every story that ships is lived once more for real: through the door, on a store, with the clock loop, the outbox and SMTP; nothing that
the rehearsal says may be otherwise there, and the store is what its histories say."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pytest

from config import reading, telling
from engine import rehearsal
from engine.stories import trials
from tests.acceptance import stage
from tests.integration.towns import SHIPPED


def _tales() -> Iterator[tuple[Path, telling.Tale]]:
    for folder in reading.read_programmes(SHIPPED):
        whole = reading.read_folder(folder).programme
        assert whole is not None
        for tale in trials.tales(folder, whole):
            yield folder, tale


TALES = list(_tales())


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> stage.Stores:
    return stage.Stores(tmp_path_factory.mktemp("stage"))


@pytest.mark.parametrize(
    ("folder", "tale"), TALES, ids=[f"{folder.name}-{tale.flow}-{number}" for number, (folder, tale) in enumerate(TALES)]
)
def test_a_shipped_story_is_true_of_the_store_and_the_mailbox(
    folder: Path, tale: telling.Tale, stores: stage.Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = reading.read_folder(folder).programme
    assert whole is not None
    base = rehearsal.of_programme(whole, now=0)
    stages: list[stage.Stage] = []
    with ExitStack() as closing:
        built = partial(stage.Stage, whole=whole, stores=stores, closing=closing)

        def made(*given: object, **named: object) -> stage.Stage:
            stages.append(built(*given, **named))  # type: ignore[arg-type]
            return stages[-1]

        monkeypatch.setattr(rehearsal, "Rehearsal", made)
        trial = trials.try_(tale, base)
        assert trial.ok, f"{tale.name}\n" + "\n".join(f"{line.mark} {line.said.en}" for line in trial.course)
        assert stages[0].verified() == []
