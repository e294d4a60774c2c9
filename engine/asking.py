"""The way back, in the transaction: after a case has ended people are asked whether all is well now, and what they say is recorded.

Asking is an entry of its own (`ask`), and so is each answer (`answer`), with the fact that holds it."""

from __future__ import annotations

from typing import Any

import orjson

from config import workflow
from config.workflow import Satisfaction
from engine import answers, draft, errors, facts, requests, secrecy
from engine import now as times
from notifications import compose, recipients
from sla import clocks
from states import errors as states_errors

ASK, ANSWER = "ask", "answer"
"""The kinds, and the triggers, of the two entries."""
NOT_REOPENED = "not-reopened"
"""The template for whoever asked for a case to be reopened in vain."""
NO_REASON = {"zh": "不满意（未说明理由）", "en": "not satisfied (no reason given)"}


def ask(batch: draft.Batch, case: draft.Draft, asking: Satisfaction) -> None:
    """Ask everybody who is to be asked and has an address; nobody is reached, nothing is asked."""
    at = max(batch.now, case.latest)
    sieve = secrecy.sieve(case) if case.compiled.veils else None
    messages = compose.told(case.town.people, asking.asks, case.about(at), asking.template, urgent=case.urgent, sieve=sieve)
    if not messages:
        return
    round_ = sum(case.counts.get(trigger, 0) for trigger in asking.on)
    if case.earlier:  # another version may have asked after other triggers
        round_ = max([round_, *(row[0] + 1 for row in batch.questions(case.id))])
    until, seq = at + asking.within.micros, case.length + 1
    who = [message.recipient for message in messages]
    detail = {"round": round_, "until": until, "asked": who, "told": batch.tell(case, messages)}
    if sieve is not None and sieve.withheld:
        detail["withheld"] = list(sieve.withheld)
    batch.append(case, _entry(case, ASK, at, detail))
    batch.asked += [(case.id, round_, recipient, seq, at, until) for recipient in who]


def standing(batch: draft.Batch, case: draft.Draft, request: requests.Answering) -> list[answers.Answer]:
    """Everybody who was asked in the answer's round, himself first. Raises why he can no longer answer."""
    rows = [answers.Answer(*row) for row in batch.questions(case.id)]
    rows = [row._replace(answer=batch.answered.get((case.id, row.round, row.recipient), (row.answer,))[0]) for row in rows]
    own = next((row for row in rows if (row.round, row.recipient) == (request.round, request.recipient)), None)
    if own is None:
        raise errors.NotFound("question", f"{request.round} of {case.number}", zh="询问")
    if own.answer is not None:
        return [own]
    if any(row.round > own.round for row in rows):
        raise errors.AnswerLate(
            f"{case.number} was handled again since, and you were asked anew; answer with the newer code",
            f"{case.number} 此后又重新办理，并已再次征求意见；请用新的答复码",
        )
    if batch.now >= own.until:
        until = times.written(own.until, case.compiled.zone)
        raise errors.AnswerLate(
            f"this code was good until {until}; tell the desk instead, which may reopen {case.number}",
            f"此答复码有效期至 {until}；如仍有问题请告知值班台，由其重新办理 {case.number}",
        )
    return [own, *(row for row in rows if row is not own and row.round == own.round)]


def record(
    batch: draft.Batch, case: draft.Draft, asking: Satisfaction, asked: list[answers.Answer], request: requests.Answering
) -> int:  # fmt: skip
    """The entry of one answer; the fact is no as soon as one of the round is not satisfied. Returns its number in the history."""
    answer = answers.Said.SATISFIED if request.satisfied else answers.Said.DISSATISFIED
    at, seq = max(batch.now, case.latest), case.length + 1
    value = request.satisfied and all(each.answer != answers.Said.DISSATISFIED for each in asked[1:])
    said = {asking.fact: value} if asking.fact in case.compiled.workflow.facts else {}
    effect = clocks.Effect(at=at, seq=seq, trigger=ANSWER, kind=None, from_state=case.state, to_state=case.state, facts=said)
    before = case.folds
    case.facts, case.facts_text = {**case.facts, **said}, None
    case.urgent = compose.is_urgent(case.town.people, case.facts)
    case.folds = clocks.apply(case.compiled.plans, before, effect, case.facts, case.compiled.timelines)
    batch.rearm(case, before)
    detail: dict[str, Any] = {"round": request.round, "recipient": request.recipient, "answer": str(answer)}
    if request.reason:
        detail["reason"] = request.reason
    batch.append(case, _entry(case, ANSWER, at, detail, facts=said, actor=actor_of(case, request.recipient)))
    batch.answered[case.id, request.round, request.recipient] = (str(answer), at, seq)
    return seq


def actor_of(case: draft.Draft, recipient: str) -> str:
    """Under whose name an answer stands: the person's own; for somebody who is none of the programme, the program's."""
    return recipient if recipient in case.town.live.people.people else requests.SYSTEM


def reasons(case: draft.Draft, trigger: str, reason: str | None) -> dict[str, str]:
    """What the trigger that reopens is given: the reason, in the text that it needs or takes."""
    flow = case.compiled.workflow
    rule = flow.transitions[trigger]
    texts = [name for name in (*rule.needs, *rule.takes) if flow.facts[name].type is workflow.FactType.TEXT]
    if not texts or not (reason or texts[0] in rule.needs):
        return {}
    said = reason or NO_REASON[case.town.live.programme.language]
    return {texts[0]: said[: flow.facts[texts[0]].longest or facts.LONGEST_TEXT]}


def refused(
    batch: draft.Batch, case: draft.Draft, trigger: str, refusal: errors.EngineError | states_errors.StatesError, recipient: str
) -> None:  # fmt: skip
    """A case that was not reopened though somebody asked for it: recorded, and he is told why."""
    at = max(batch.now, case.latest)
    word = recipient.removeprefix(recipients.FACT)
    sieve = secrecy.sieve(case) if case.compiled.veils else None
    messages = compose.told(case.town.people, (word,), case.about(at), NOT_REOPENED, urgent=case.urgent, sieve=sieve)
    detail: dict[str, Any] = {"trigger": trigger, "code": refusal.code, "message": str(refusal), "zh": refusal.zh, "answer": recipient}
    detail["told"] = batch.tell(case, messages)
    if sieve is not None and sieve.withheld:
        detail["withheld"] = list(sieve.withheld)
    batch.append(case, _entry(case, "refused", at, detail, trigger=trigger, actor=actor_of(case, recipient)))


def _entry(
    case: draft.Draft,
    kind: str,
    at: int,
    detail: dict[str, Any],
    *,
    facts: dict[str, Any] | None = None,
    trigger: str | None = None,
    actor: str = requests.SYSTEM,
) -> draft.Entry:
    return draft.Entry(
        kind=kind,
        at=at,
        trigger=trigger or kind,
        from_state=case.state,
        to_state=case.state,
        actor=actor,
        facts=orjson.dumps(facts).decode() if facts else "{}",
        detail=orjson.dumps(detail).decode(),
    )
