"""Where the shipped stories are lived for real: in place of `engine.rehearsal.Rehearsal`, with the same verbs, a store on disk, the one door
through which everybody's requests go, the clock loop, the outbox, and a mail server that hears SMTP.

Only what a store cannot be asked in memory differs: photos are real files, and points owned before a story began are corrections by hand."""

from __future__ import annotations

import dataclasses
import re
import shutil
import tempfile
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from config import programme as programmes
from config import schedules, workflow
from engine import (
    answering,
    balances,
    catalog,
    clock,
    composition,
    corrections,
    draft,
    errors,
    history,
    linking,
    making,
    outbox,
    publishing,
    rehearsal,
    requests,
    rungs,
    scheduling,
    verify,
)
from notifications import mailbox, mailer, servers
from storage import database, links, statements
from tests import builders
from tests.acceptance import town

_MESSAGES = database.both(
    "SELECT id, next_at, created_at, case_id, seq, recipient, channel, template, kind, clock, round, urgent, state, message_id FROM messages "
    "WHERE id > ? ORDER BY id"
)
_ENTRIES = database.both("SELECT id, case_id, seq FROM history WHERE id > ? ORDER BY id")
_NEXT_MAIL = database.both("SELECT min(next_at) FROM messages WHERE state = 'pending' AND channel = 'email'")
_CODES = database.both("SELECT body FROM messages WHERE case_id = ? AND recipient = ? AND template = ? ORDER BY id DESC")
_COLOURS = ("orange", "black", "white", "red", "green", "blue", "yellow", "brown", "pink")
_CROWD = 1000
"""Mails a minute above which they become a digest: a story says who is told what, mail by mail."""


class Stores:
    """Virtual stores at the beginning of time, from which each story gets its own: an empty one, and one per programme without its schedules."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._made: dict[str, Path] = {}

    def of(self, whole: programmes.Programme | None) -> Path:
        name = whole.programme.programme if whole is not None else ""
        if name not in self._made:
            folder = self._folder / (name or "empty")
            given = town.settings_of(folder, folder)
            making.upgrade(given, virtual=0)
            if whole is not None:
                with composition.opened(given) as engine:
                    _publish(engine, whole, scheduled=False)
            self._made[name] = folder / "fengxing.db"
        return self._made[name]


def _publish(engine: composition.Engine, whole: programmes.Programme, *, scheduled: bool) -> None:
    file = whole.programme.model_copy(update={"digest_above": _CROWD})
    plan = whole.schedules if scheduled else schedules.Schedules()
    given = whole.model_copy(update={"programme": file, "schedules": plan})
    publishing.publish(engine.store, engine.catalog, given, {}, now=engine.time.now())


class Stage:
    """One town's cases, as `Rehearsal` has them. `closing` undoes what was opened for it."""

    def __init__(
        self,
        in_force: catalog.InForce,
        definitions: Mapping[str, catalog.Compiled],
        *,
        now: int,
        scheduled: bool = False,
        whole: programmes.Programme,
        stores: Stores,
        closing: ExitStack,
    ) -> None:
        self.town, self.definitions, self.occurred = in_force, definitions, list[scheduling.Occurred]()
        folder = Path(tempfile.mkdtemp(prefix="fengxing-story-"))
        closing.callback(shutil.rmtree, folder, ignore_errors=True)
        shutil.copy(stores.of(None if scheduled else whole), folder / "fengxing.db")
        self.engine = closing.enter_context(composition.opened(town.settings_of(folder, folder, SQLITE_SYNCHRONOUS="OFF")))
        self.box = closing.enter_context(mailbox.Mailbox())
        self._post = closing.enter_context(mailer.Post(servers.parse(self.box.url), timeout=5))
        self._name = whole.programme.programme
        self._scheduled = scheduled
        self._to(now)
        if scheduled:
            _publish(self.engine, whole, scheduled=True)
        self._drafts: dict[int, draft.Draft] = {}
        self._entry = self._message = 0
        self._fired: list[rungs.Fired] = []
        self._waiting: set[int] = set()
        self._luck: dict[str, dict[str, bool]] = {}
        draws = linking.drawn
        closing.callback(setattr, linking, "drawn", draws)
        linking.drawn = lambda compiled, number: draws(compiled, number) | self._luck.get(compiled.workflow.workflow, {})

    @property
    def now(self) -> int:
        return self.engine.time.now()

    @property
    def cases(self) -> Mapping[int, draft.Draft]:
        return self._drafts

    def balance(self, person: str, account: str) -> int:
        now = self.now  # a virtual clock is asked from the store: not within a transaction
        with self.engine.store.reading() as tx:
            found = balances.balances(tx, self.engine.catalog, programme=self._name, person=person, now=now)
        return next((each.balance for each in found if each.account == account), 0)

    def endow(self, person: str, account: str, amount: int) -> None:
        more = amount - self.balance(person, account)
        wanted = corrections.Correction(programme=self._name, person=person, account=account, amount=more, reason="以前挣的", actor=None)
        corrections.correct(self.engine.store, self.engine.catalog, wanted, now=self.now)

    def draw(self, flow: str, fact: str, *, falls: bool) -> None:
        """Else a draw falls as the case's number says, for the engine and for `verify` alike."""
        self._luck.setdefault(flow, {})[fact] = falls

    def linked(self, case: int, name: str) -> list[int]:
        with self.engine.store.reading() as tx:
            return [row[0] for row in tx.all(links.OF_NAME, (case, name))]

    def open(self, flow: str, *, actor: str | None, facts: Mapping[str, Any]) -> draft.Draft:
        given = self._files(self.definitions.get(flow), facts)
        return self._drafts[self._do(requests.Opening(programme=self._name, workflow=flow, actor=actor, facts=given)).case]

    def move(self, case: int, trigger: str, *, actor: str, facts: Mapping[str, Any]) -> requests.Done:
        given = self._files(self._drafts[case].compiled, facts)
        return self._do(requests.Move(case=case, trigger=trigger, actor=actor, facts=given))

    def acknowledge(self, case: int, clock: str, *, actor: str) -> requests.Done:
        return self._do(requests.Acknowledgement(case=case, clock=clock, actor=actor))

    def answer(self, case: int, recipient: str, *, satisfied: bool) -> answering.Outcome:
        """With the code that stands in the mail he got."""
        asks = self._drafts[case].compiled.workflow.satisfaction
        assert asks is not None
        with self.engine.store.reading() as tx:
            bodies = tx.all(_CODES, (case, recipient, asks.template))
        codes = [code for (body,) in bodies if body is not None for code in _codes_in(body)]
        if not codes:
            raise errors.NotFound("question", self._drafts[case].number, zh="询问")
        try:
            return answering.give(self.engine, codes[0], satisfied=satisfied)
        finally:
            self._refresh()

    def before(self, moment: int) -> None:
        while (following := self.next()) is not None and following < moment:
            self._let_come(following)
        self._to(moment)

    def until(self, moment: int) -> None:
        while (following := self.next()) is not None and following <= moment:
            self._let_come(following)
        self._to(moment)

    def next(self) -> int | None:
        with self.engine.store.reading() as tx:
            mail = (tx.one(_NEXT_MAIL) or (None,))[0]
        coming = self._coming() if self._scheduled else None
        return min((max(each, self.now) for each in (mail, clock.next_due(self.engine.store), coming) if each is not None), default=None)

    def happened(self) -> rehearsal.Happened:
        self._deliver()
        with self.engine.store.reading() as tx:
            fresh = tx.all(_ENTRIES, (self._entry,))
            rows = {number: history.rows(tx, number) for number in {row[1] for row in fresh}}
            mails = tx.all(_MESSAGES, (0,))
        self._entry = max((row[0] for row in fresh), default=self._entry)
        entries = tuple(rows[case][seq - 1][: history.DIGEST] for _, case, seq in fresh)
        fired, self._fired = tuple(self._fired), []
        return rehearsal.Happened(entries=entries, fired=fired, mails=tuple(self._went(mails)))

    def _went(self, rows: list[tuple[Any, ...]]) -> list[rehearsal.Mail]:
        """What has gone out since this was asked last: each mail lies in the mailbox under its Message-ID."""
        arrived = {str(letter.message["Message-ID"]) for letter in self.box.letters}
        found: list[rehearsal.Mail] = []
        for number, at, composed, case, seq, who, channel, words, kind, name, round_, urgent, state, message_id in rows:
            if number in self._waiting or (state == "pending" and channel == "email"):
                continue
            self._waiting.add(number)
            assert state in ("sent", "dropped") or channel != "email", f"the mail {words} to {who} is {state}"
            assert state != "sent" or message_id in arrived, f"the mail {words} to {who} has not arrived"
            found.append(rehearsal.Mail(at, composed, case, seq, who, channel, words, kind, name, round_, bool(urgent), state == "dropped"))
        return found

    def _do(self, request: requests.Request) -> requests.Done:
        try:
            return self.engine.door.submit(request)
        finally:
            self._refresh()

    def _let_come(self, moment: int) -> None:
        fired = clock.fire_until(self.engine.store, self.engine.catalog, self.engine.time, moment, opened=self.occurred.extend)
        self._fired += fired
        self._deliver()
        self._refresh()

    def _coming(self) -> int | None:
        return scheduling.Agenda(self.engine.catalog).look(self.engine.store)

    def _deliver(self) -> None:
        outbox.deliver_once(self.engine, self._post)

    def _to(self, moment: int) -> None:
        with self.engine.store.writing() as tx:
            self.engine.time.move_to(tx, moment)

    def _refresh(self) -> None:
        """The cases as they stand now, in the same objects."""
        with self.engine.store.reading() as tx:
            self.engine.catalog.refresh(tx)
            for row in tx.all(statements.CASES_AFTER, (-1, 10_000)):
                read = draft.read(row, self.engine.catalog, tx)
                known = self._drafts.setdefault(read.id, read)
                for each in dataclasses.fields(draft.Draft):
                    setattr(known, each.name, getattr(read, each.name))

    def _files(self, compiled: catalog.Compiled | None, facts: Mapping[str, Any]) -> dict[str, Any]:
        """Hashes that stand for photos and videos, replaced by those of real files."""
        known = compiled.workflow.facts if compiled is not None else {}
        made: dict[workflow.FactType, Callable[[int], str]] = {
            workflow.FactType.PHOTOS: lambda number: builders.a_photo(self.engine, _COLOURS[number % len(_COLOURS)]),
            workflow.FactType.VIDEOS: lambda _: builders.a_video(self.engine),
        }
        return {
            name: [made[known[name].type](number) for number, _ in enumerate(value)]
            if name in known and known[name].type in made and isinstance(value, list | tuple)
            else value
            for name, value in facts.items()
        }

    def verified(self) -> list[str]:
        """What `fengxing verify` finds."""
        report = verify.verify(self.engine.store, self.engine.catalog, self.engine.settings.data_dir)
        return [f"{finding.code} {finding.case}: {finding.detail}" for finding in report.findings]


def _codes_in(body: str) -> list[str]:
    return re.findall(r"\b\d+-\d+-\d+(?:-[A-Z2-9]{4}){4}\b", body)
