"""Answering with a signed code: is it one of ours, for whom and about what; then through the one door, as every request."""

from __future__ import annotations

from dataclasses import dataclass

import orjson

from engine import asking, codes, composition, draft, errors, history, requests, secrecy, views

LONGEST_REASON = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of an answer. `state`: None where he who answered may not know of the case any more. `again`: it had been given before. `reopened`: None where nobody asked for that; else whether the case was,
    with the sentence that says why not (English and Chinese)."""

    number: str
    state: str | None
    satisfied: bool
    again: bool
    reopened: bool | None
    why: tuple[str, str] | None = None


def give(engine: composition.Engine, code: str, *, satisfied: bool, reason: str | None = None) -> Outcome:
    """Answer for whoever the code was given to. Raises AnswerInvalid, AnswerLate, AnswerGiven, RequestInvalid."""
    if reason is not None and not 0 < len(reason.strip()) <= LONGEST_REASON:
        raise errors.RequestInvalid(f"give a reason of 1 to {LONGEST_REASON} characters", f"理由请写 1 到 {LONGEST_REASON} 个字")
    case, question = _whose(engine, code)
    request = requests.Answering(
        case=case.id, round=question.round, recipient=question.recipient, satisfied=satisfied, reason=reason.strip() if reason else None
    )
    done = engine.door.submit(request)
    with engine.store.reading() as tx:
        later = [row for row in history.rows(tx, case.id) if row[history.SEQ] > done.seq]
        shown = not case.compiled.veils or secrecy.sees(views.find(tx, engine.catalog, case.id), question.recipient)
    asked = case.compiled.workflow.satisfaction
    wanted = not satisfied and asked is not None and asked.reopens is not None
    follows = later[0] if later else None
    refused = follows is not None and follows[history.KIND] == "refused" and "answer" in orjson.loads(follows[history.DETAIL])
    detail = orjson.loads(follows[history.DETAIL]) if refused and follows is not None else {}
    return Outcome(
        number=done.number,
        state=done.state if shown else None,
        satisfied=satisfied,
        again=done.again,
        reopened=not refused if wanted else None,
        why=(detail["message"], detail["zh"]) if refused else None,
    )


def _whose(engine: composition.Engine, code: str) -> tuple[draft.Draft, codes.Question]:
    """The case and the question a code belongs to; whatever is wrong with it is said in the same words, so that guessing teaches nothing."""
    place, signing = codes.read(code), codes.key(engine)
    wrong = errors.AnswerInvalid(
        "this is no code of ours; give it as it stands in the mail, as 7-12-1-K3QZ-M7WD-2LXA-9RTB",
        "这不是本系统发出的答复码；请按邮件中的原样填写，如 7-12-1-K3QZ-M7WD-2LXA-9RTB",
    )
    if place is None:
        raise wrong
    with engine.store.reading() as tx:
        engine.catalog.refresh(tx)
        try:
            case = views.find(tx, engine.catalog, place.case)
        except errors.NotFound:
            raise wrong from None
        row = next((row for row in history.rows(tx, case.id) if row[history.SEQ] == place.seq), None)
    detail = orjson.loads(row[history.DETAIL]) if row is not None and row[history.KIND] == asking.ASK else {"asked": []}
    if not 0 < place.number <= len(detail["asked"]):
        raise wrong
    question = codes.Question(case.number, detail["round"], detail["asked"][place.number - 1], detail["until"])
    if not codes.fits(signing, place.mark, question):
        raise wrong
    return case, question
