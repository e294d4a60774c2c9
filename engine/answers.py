"""What people said when they were asked whether all is well now, read: per person and round, and as one word per case for the figures.

Satisfaction (满意率) is satisfied ÷ answers, by `verdicts`: `yes` ÷ (`yes` + `no`); `none` is no answer, and never a yes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Any, Literal, NamedTuple

from engine import now as times
from storage import answers, database

Verdict = Literal["yes", "no", "none"]


class Said(StrEnum):
    SATISFIED = "satisfied"
    DISSATISFIED = "dissatisfied"


class Answer(NamedTuple):
    """One person's, in the order of storage.answers.ANSWER. `recipient` is a person's id or `fact:NAME`; times in UTC microseconds.

    `seq` and `answer_seq` are the entries of the history that asked and that holds the answer."""

    case: int
    round: int
    recipient: str
    seq: int
    asked_at: int
    until: int
    answer: str | None
    answered_at: int | None
    answer_seq: int | None

    def body(self, zone: str) -> dict[str, Any]:
        return {
            "round": self.round,
            "recipient": self.recipient,
            "asked_at": times.written(self.asked_at, zone),
            "until": times.written(self.until, zone),
            "answer": self.answer,
            "answered_at": times.written(self.answered_at, zone),
        }


def of(tx: database.Transaction, case: int) -> list[Answer]:
    """Everybody who was asked in a case, by round."""
    return [Answer(*row) for row in tx.all(answers.ANSWERS_OF, (case,))]


def many(tx: database.Transaction, ids: Iterable[int]) -> dict[int, list[Answer]]:
    """The same for several cases; those in which nobody was asked are left out."""
    found: dict[int, list[Answer]] = {}
    for row in tx.all(answers.ANSWERS_MANY, (tx.listed(sorted(ids)),)):
        found.setdefault(row[0], []).append(Answer(*row))
    return found


def verdict(given: Sequence[Answer]) -> Verdict:
    """One word for a case, by the last round in which anybody answered, as its fact says it: `no` if anybody said so, else `yes`; `none` if
    nobody ever answered."""
    last = max((each.round for each in given if each.answer is not None), default=0)
    said = {each.answer for each in given if each.round == last}
    return "no" if Said.DISSATISFIED in said else "yes" if Said.SATISFIED in said else "none"


def verdicts(tx: database.Transaction, ids: Iterable[int]) -> dict[int, Verdict]:
    """The word of each case that was asked about; the others are left out."""
    return {case: verdict(given) for case, given in many(tx, ids).items()}
