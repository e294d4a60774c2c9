"""Why a use case did not go through. `code` is stable for scripts, `exit` is the command's exit code, `zh` the same sentence in Chinese."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Sequence

REFUSED, NOT_FOUND, CONFLICT, UNAVAILABLE = 3, 4, 5, 6


class EngineError(Exception):
    """Base of this package; nothing was changed."""

    code = "error"
    exit = REFUSED

    def __init__(self, message: str, zh: str = "", *, possible: Sequence[str] = ()) -> None:
        self.possible = tuple(possible)
        self.zh = zh or message
        super().__init__(message)


class NotFound(EngineError):
    code = "not-found"
    exit = NOT_FOUND

    def __init__(self, what: str, name: object, *, zh: str, near: Sequence[str] = (), known: Sequence[str] = ()) -> None:
        hint = f"; did you mean {near[0]}?" if near else f"; there is: {', '.join(known)}" if known else ""
        hint_zh = f"；是否指 {near[0]}？" if near else f"；已有：{'、'.join(known)}" if known else ""
        super().__init__(f"no {what} {name}{hint}", f"没有{zh} {name}{hint_zh}", possible=near or known)


def unknown(what: str, name: str, known: Collection[str], *, zh: str) -> NotFound:
    """A name that is none of those known: the one that is most like it is offered, else all of them."""
    listed = list(dict.fromkeys(known))
    return NotFound(what, name, zh=zh, near=difflib.get_close_matches(name, listed, n=1), known=listed)


class RequestInvalid(EngineError):
    """The request itself cannot be taken, whatever it asks for."""

    code = "request-invalid"


class FactInvalid(EngineError):
    """A fact's value is not what the definition says it is."""

    code = "fact-invalid"

    def __init__(self, fact: str, message: str, zh: str, *, possible: Sequence[str] = ()) -> None:
        self.fact = fact
        super().__init__(f"{fact}: {message}", f"{fact}：{zh}", possible=possible)


class AttachmentInvalid(EngineError):
    """What came as a photo or video is none, or is too large."""

    code = "attachment-invalid"


class StaleVersion(EngineError):
    code = "stale-version"
    exit = CONFLICT

    def __init__(self, number: str, *, given: int, found: int) -> None:
        self.given, self.found = given, found
        super().__init__(
            f"{number} has moved on: you saw version {given}, it is now {found}; look at it again and repeat",
            f"{number} 已被他人更新：您看到的是版本 {given}，现在是 {found}；请刷新后重试",
        )


class KeyReused(EngineError):
    code = "key-reused"
    exit = CONFLICT

    def __init__(self, key: str) -> None:
        super().__init__(
            f"key {key!r} was used before with other input; use a new key for a new request",
            f"幂等键 {key!r} 已用于另一请求；新的请求请用新的键",
        )


class Busy(EngineError):
    """Somebody else changed the same thing at the same moment, several times over."""

    code = "busy"
    exit = CONFLICT


class TooEarly(EngineError):
    """Something is said to have happened before what is already recorded allows, or in the future."""

    code = "time-order"


class NotRunning(EngineError):
    """A clock that is not under way on this case."""

    code = "clock-not-running"


class GoesRound(EngineError):
    """A rung's trigger begins its own clock anew, which is due at once, and so on for ever."""

    code = "goes-round"

    def __init__(self, number: str, clock: str) -> None:
        super().__init__(
            f"{clock} of {number} fires again and again at one moment: a trigger of its ladder begins it anew, due at once. "
            "Mend the definition (`fengxing check` names the rung) and move the case to it with `fengxing migrate`",
            f"{number} 的“{clock}”在同一时刻反复触发：其阶梯中的操作使它立即重新到期。请修改定义（`fengxing check` 会指出是哪一级），再用 `fengxing migrate` 迁移该案件",
        )


class MayNotAcknowledge(EngineError):
    code = "role"


class Invalid(EngineError):
    """A definition that cannot be put in force."""

    code = "definition-invalid"


class AttachmentUnstored(EngineError):
    """The data folder cannot take the file: full, read-only or away."""

    code = "attachment-unstored"
    exit = UNAVAILABLE


class TellsInCircles(EngineError):
    """Cases that tell each other without an end."""

    code = "tells-in-circles"

    def __init__(self, number: str, trigger: str) -> None:
        super().__init__(
            f"{trigger} on {number} was told by a chain of cases that goes on and on; look at `tells` and `opens` of their workflows",
            f"{number} 的 {trigger} 由一连串没有尽头的关联案件触发；请检查相关流程的 `tells` 和 `opens`",
        )


class AnswerInvalid(EngineError):
    """A code that was not given by this store, or not for this question."""

    code = "answer-code"


class AnswerLate(EngineError):
    """The time to answer is over, or the question was put anew."""

    code = "answer-late"


class AnswerGiven(EngineError):
    """Another answer was given before; it stands."""

    code = "answer-given"
    exit = CONFLICT

    def __init__(self, number: str, answer: str, at: str) -> None:
        super().__init__(
            f"you answered {answer} about {number} at {at}; that stands",
            f"您已于 {at} 就 {number} 答复“{'满意' if answer == 'satisfied' else '不满意'}”，以该答复为准",
        )
