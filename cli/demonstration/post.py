"""The post: what the history says was told to somebody with an address, held against what lies in the mailbox, by Message-ID.

A digest stands for each of its messages. A ladder's mail may have been dropped: then its clock must have ended, by the history, before
that was decided."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from cli.demonstration import reckoner
from engine import catalog, draft, eras, history
from notifications import mail, mailbox, recipients
from storage import database, proving, statements

Finding = reckoner.Finding
DIGEST = "<digest."


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """What came of it: messages told, mails in the box, digests among them and what these stand for, messages rightly dropped,
    mails that a second address took; `delays` from a rung to the mailbox, in real microseconds."""

    told: int
    mails: int
    digests: int
    in_digests: int
    dropped: int
    second_address: int
    delays: tuple[int, ...]
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Message:
    """One message as the history tells it."""

    case: str
    seq: int
    at: int
    recipient: str
    addresses: tuple[str, ...]
    rung: bool
    expected: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sent:
    """What the outbox says became of a message."""

    seq: int
    state: str
    message_id: str
    done_at: int | None
    clock: str | None
    round: int | None


def check(
    store: database.Store, known: catalog.Catalog, letters: Sequence[mailbox.Letter], *, sender: str, real: Callable[[int], int]
) -> Posted:
    """Hold the mailbox against the history of every case. `real` turns a moment of the store's clock into one of the wall's."""
    told: list[_Message] = []
    findings: list[Finding] = []
    dropped = 0
    by_id = {letter.message_id: letter for letter in letters}
    counts = Counter(letter.message_id for letter in letters)
    stands_for: Counter[str] = Counter()
    delays: list[int] = []
    with store.reading() as tx:
        known.refresh(tx)
        last = -1
        while rows := tx.all(statements.CASES_AFTER, (last, 200)):
            last = rows[-1][0]
            for row in rows:
                case = draft.read(row, known, tx)
                entries = history.rows(tx, row[0])
                outbox = _outbox(tx, row[0])
                for message in _told(tx, known, row, entries, mail.domain_of(sender)):
                    told.append(message)
                    sent = outbox.get((message.seq, message.recipient))
                    if sent is not None and sent.state == "dropped" and _ended(case, entries, sent):
                        dropped += 1
                        continue
                    found = sent.message_id if sent is not None and sent.message_id.startswith(DIGEST) else message.expected
                    letter = by_id.get(found)
                    findings += _amiss(message, letter, sent)
                    if letter is not None:
                        stands_for[found] += 1
                        if message.rung:
                            delays.append(letter.received - real(message.at))
    findings += [Finding(code="mail-twice", case="", detail=f"{name} came {count} times") for name, count in counts.items() if count > 1]
    findings += [
        Finding(code="mail-unknown", case="", detail=f"{letter.message_id} ({letter.subject}) was told by no history")
        for name, letter in by_id.items()
        if not stands_for[name]
    ]
    digests = [count for name, count in stands_for.items() if name.startswith(DIGEST)]
    second = {a[1] for m in told if len(a := m.addresses) > 1}
    return Posted(
        told=len(told), mails=len(letters), digests=len(digests), in_digests=sum(digests), dropped=dropped,
        second_address=sum(letter.to[0] in second for letter in letters), delays=tuple(delays), findings=tuple(findings),
    )  # fmt: skip


def _told(
    tx: database.Transaction, known: catalog.Catalog, row: tuple[Any, ...], entries: Sequence[tuple[Any, ...]], domain: str
) -> Iterator[_Message]:
    """Every message of a case to somebody with an address."""
    town = known.of(row[2]).live
    contacts = {
        f"{recipients.FACT}{fact}": orjson.loads(value)
        for _, _, fact, _, value in tx.all(statements.PERSONAL_MANY, (tx.listed([row[0]]),))
        if value
    }
    for entry in entries:
        detail = orjson.loads(entry[history.DETAIL]) if entry[history.DETAIL] else {}
        for who, channel, _ in detail.get("told", ()):
            person = town.people.people.get(who)
            email = (contacts.get(who) or {}).get("email")
            addresses = person.email if person is not None else (str(email),) if email else ()
            if addresses:
                yield _Message(
                    case=row[1], seq=entry[history.SEQ], at=entry[history.AT], recipient=who, addresses=addresses, rung=entry[history.KIND] == "rung",
                    expected=mail.message_id(row[1], entry[history.SEQ], who, channel, domain),
                )  # fmt: skip


def _outbox(tx: database.Transaction, case: int) -> Mapping[tuple[int, str], _Sent]:
    rows = tx.all(proving.OUTBOX_OF, (case,))
    return {
        (seq, who): _Sent(seq=seq, state=state, message_id=name or "", done_at=done, clock=clock, round=round_)
        for seq, who, state, name, done, clock, round_ in rows
    }


def _ended(case: draft.Draft, entries: Sequence[tuple[Any, ...]], sent: _Sent) -> bool:
    """Whether the clock of a dropped message had ended, or begun another round, by the time it was dropped."""
    known = [row for row in entries if sent.done_at is not None and row[history.AT] <= sent.done_at]
    name = eras.called(case, known, sent.clock or "", after=sent.seq, until=len(entries))
    fold = eras.life(case, known).folds().get(name or "") if known else None
    return sent.clock is not None and (fold is None or fold.settled is not None or fold.round != sent.round)


def _amiss(message: _Message, letter: mailbox.Letter | None, sent: _Sent | None) -> Iterator[Finding]:
    what = f"entry {message.seq} to {message.recipient}"
    if letter is None:
        state = sent.state if sent is not None else "gone from the outbox"
        yield Finding(code="mail-missing", case=message.case, detail=f"{what}: no such mail in the mailbox (it is {state})")
        return
    if not set(letter.to) & {mail.address(a) for a in message.addresses}:
        yield Finding(code="mail-astray", case=message.case, detail=f"{what}: went to {', '.join(letter.to)}")
    if letter.message_id.startswith(DIGEST) and message.case not in letter.text:
        yield Finding(code="digest-incomplete", case=message.case, detail=f"{what}: the digest does not speak of it")
