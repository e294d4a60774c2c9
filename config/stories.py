"""`workflows/NAME.tests.yaml`: stories that a workflow must tell as they stand. Shape only; `telling` understands their sentences."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from config.words import Frozen, Line, Name, OneOrMany

Sentences = Annotated[tuple[Line, ...], Field(min_length=1, max_length=200), OneOrMany()]
"""One sentence or a list of them; see `sentences.TABLE`."""


class Story(Frozen):
    """What is given, what is done, and what must come of it. Without `when` nobody acts."""

    story: Line
    given: Sentences
    when: Sentences = ("nobody acts",)
    then: Sentences


class Stories(Frozen):
    """The stories of one workflow; `tests` is its name."""

    tests: Name
    stories: tuple[Story, ...] = Field(min_length=1, max_length=500)
