"""The tables, as SQLModel declares them: what migrations are compared with and what readers of the schema should open first.

The hot path does not use these classes: `statements` holds the same columns as compiled statements, held equal by a test.
Times are UTC microseconds, JSON is text, digests are 32 raw bytes."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, Text, text
from sqlmodel import Field, SQLModel

BIG = BigInteger().with_variant(Integer(), "sqlite")
"""SQLite keeps rows by a key of exactly this type, without a second index."""


def _key() -> Column[int]:
    return Column(BIG, primary_key=True, autoincrement=False)


class Meta(SQLModel, table=True):
    """Facts about the store itself: its identity, and the clock of a virtual or scaled one."""

    __tablename__ = "meta"
    __table_args__ = {"sqlite_with_rowid": False}
    key: str = Field(primary_key=True, sa_type=Text)
    value: str = Field(sa_type=Text)


class Counter(SQLModel, table=True):
    """Numbers given out: `case`, `message`, and one per programme and day."""

    __tablename__ = "counters"
    __table_args__ = {"sqlite_with_rowid": False}
    name: str = Field(primary_key=True, sa_type=Text)
    n: int = Field(sa_type=BigInteger)


class DefinitionRow(SQLModel, table=True):
    """A compiled version of a workflow, by content hash: what cases pin."""

    __tablename__ = "definitions"
    id: int | None = Field(default=None, primary_key=True)
    hash: str = Field(unique=True, sa_type=Text)
    programme: str = Field(sa_type=Text)
    workflow: str = Field(sa_type=Text)
    text: str = Field(sa_type=Text)
    at: int = Field(sa_type=BigInteger)


class Bundle(SQLModel, table=True):
    """A published folder: its files verbatim, its live part, and which definition each workflow has in it."""

    __tablename__ = "bundles"
    id: int | None = Field(default=None, primary_key=True)
    hash: str = Field(unique=True, sa_type=Text)
    programme: str = Field(sa_type=Text)
    prefix: str = Field(sa_type=Text)
    live: str = Field(sa_type=Text)
    files: str = Field(sa_type=Text)
    workflows: str = Field(sa_type=Text)
    author: str = Field(sa_type=Text)
    reason: str = Field(sa_type=Text)
    at: int = Field(sa_type=BigInteger)


class InForce(SQLModel, table=True):
    """Which bundle is in force for a programme; `calendar` is what was known of holidays when its timers were armed."""

    __tablename__ = "in_force"
    __table_args__ = {"sqlite_with_rowid": False}
    programme: str = Field(primary_key=True, sa_type=Text)
    prefix: str = Field(unique=True, sa_type=Text)
    bundle: int
    calendar: str = Field(sa_type=Text)
    at: int = Field(sa_type=BigInteger)


class CaseRow(SQLModel, table=True):
    """A case as it stands: state, facts, the running fold of its clocks, and the head of its chain."""

    __tablename__ = "cases"
    __table_args__ = (
        Index("cases_open", "programme", "state", sqlite_where=text("closed_at IS NULL"), postgresql_where=text("closed_at IS NULL")),
        Index("cases_unit", "unit", sqlite_where=text("closed_at IS NULL"), postgresql_where=text("closed_at IS NULL")),
    )
    id: int = Field(sa_column=_key())
    number: str = Field(unique=True, sa_type=Text)
    programme: str = Field(sa_type=Text)
    definition: int
    state: str = Field(sa_type=Text)
    version: int
    facts: str = Field(sa_type=Text)
    fold: str = Field(sa_type=Text)
    reporter: str | None = Field(sa_type=Text)
    unit: str | None = Field(sa_type=Text)
    urgent: int
    opened_at: int = Field(sa_type=BigInteger)
    changed_at: int = Field(sa_type=BigInteger)
    closed_at: int | None = Field(sa_type=BigInteger)
    head: bytes = Field(sa_type=LargeBinary)
    length: int


class HistoryRow(SQLModel, table=True):
    """What happened, only ever appended; `mark` is the key under which a rung fires once."""

    __tablename__ = "history"
    __table_args__ = (
        Index("history_case", "case_id", "seq", unique=True),
        Index(
            "history_mark", "case_id", "mark", unique=True, sqlite_where=text("mark IS NOT NULL"), postgresql_where=text("mark IS NOT NULL")
        ),
    )
    id: int | None = Field(default=None, sa_column=Column(BIG, primary_key=True))
    case_id: int = Field(sa_type=BigInteger)
    seq: int
    kind: str = Field(sa_type=Text)
    at: int = Field(sa_type=BigInteger)
    recorded_at: int = Field(sa_type=BigInteger)
    trigger: str = Field(sa_type=Text)
    from_state: str | None = Field(sa_type=Text)
    to_state: str = Field(sa_type=Text)
    actor: str | None = Field(sa_type=Text)
    facts: str = Field(sa_type=Text)
    detail: str | None = Field(sa_type=Text)
    mark: str | None = Field(sa_type=Text)
    digest: bytes = Field(sa_type=LargeBinary)


class LinkRow(SQLModel, table=True):
    """A case that another opened, or to which it was joined: `opener` is the other, `open` whether this one still goes on."""

    __tablename__ = "links"
    __table_args__ = (
        Index("links_case", "case_id"),
        Index("links_open", "opener", "name", "open"),
        {"sqlite_with_rowid": False},
    )
    opener: int = Field(sa_column=_key())
    name: str = Field(primary_key=True, sa_type=Text)
    case_id: int = Field(sa_column=_key())
    open: int


class TimerRow(SQLModel, table=True):
    """The next rung of a clock, armed: derived from the fold, at most one per case and clock."""

    __tablename__ = "timers"
    __table_args__ = (Index("timers_due", "due", "case_id"), {"sqlite_with_rowid": False})
    case_id: int = Field(sa_column=_key())
    clock: str = Field(primary_key=True, sa_type=Text)
    due: int = Field(sa_type=BigInteger)
    round: int
    rung: int
    repeat: int
    generation: int


class MessageRow(SQLModel, table=True):
    """The outbox: one row per (history entry, recipient, channel), composed in the transaction, rendered at the first attempt."""

    __tablename__ = "messages"
    __table_args__ = (
        Index("messages_once", "case_id", "seq", "recipient", "channel", unique=True),
        Index("messages_waiting", "next_at", sqlite_where=text("state = 'pending'"), postgresql_where=text("state = 'pending'")),
        Index("messages_sent", "recipient", "done_at", sqlite_where=text("state = 'sent'"), postgresql_where=text("state = 'sent'")),
    )
    id: int = Field(sa_column=_key())
    case_id: int = Field(sa_type=BigInteger)
    seq: int
    recipient: str = Field(sa_type=Text)
    channel: str = Field(sa_type=Text)
    template: str = Field(sa_type=Text)
    kind: str = Field(sa_type=Text)
    clock: str | None = Field(sa_type=Text)
    round: int | None
    urgent: int
    state: str = Field(sa_type=Text)
    created_at: int = Field(sa_type=BigInteger)
    next_at: int = Field(sa_type=BigInteger)
    attempts: int
    lease: str | None = Field(default=None, sa_type=Text)
    lease_until: int | None = Field(default=None, sa_type=BigInteger)
    message_id: str | None = Field(default=None, sa_type=Text)
    subject: str | None = Field(default=None, sa_type=Text)
    body: str | None = Field(default=None, sa_type=Text)
    tried: str | None = Field(default=None, sa_type=Text)
    done_at: int | None = Field(default=None, sa_type=BigInteger)


class KeyRow(SQLModel, table=True):
    """A client's key: the same key with the same request is the same result once."""

    __tablename__ = "keys"
    __table_args__ = {"sqlite_with_rowid": False}
    key: str = Field(primary_key=True, sa_type=Text)
    request: bytes = Field(sa_type=LargeBinary)
    case_id: int = Field(sa_type=BigInteger)
    seq: int
    at: int = Field(sa_type=BigInteger)


class ScheduleRow(SQLModel, table=True):
    """A schedule in force: what of it is due before `until` has been dealt with. `since`: when it was first taken up."""

    __tablename__ = "schedules"
    __table_args__ = {"sqlite_with_rowid": False}
    programme: str = Field(primary_key=True, sa_type=Text)
    schedule: str = Field(primary_key=True, sa_type=Text)
    since: int = Field(sa_type=BigInteger)
    until: int = Field(sa_type=BigInteger)


class OccurrenceRow(SQLModel, table=True):
    """What came of a schedule at one moment for one row of its register (`entry`; the empty text where it has none): a case, or why none."""

    __tablename__ = "occurrences"
    __table_args__ = (Index("occurrences_case", "case_id"), {"sqlite_with_rowid": False})
    programme: str = Field(primary_key=True, sa_type=Text)
    schedule: str = Field(primary_key=True, sa_type=Text)
    moment: int = Field(sa_column=_key())
    entry: str = Field(primary_key=True, sa_type=Text)
    case_id: int | None = Field(sa_type=BigInteger)
    reason: str | None = Field(sa_type=Text)
    at: int = Field(sa_type=BigInteger)


class PersonalRow(SQLModel, table=True):
    """Names, phones, faces: erasable. History carries sha256(salt + value), so erasing leaves the chain whole."""

    __tablename__ = "personal"
    __table_args__ = {"sqlite_with_rowid": False}
    case_id: int = Field(sa_column=_key())
    seq: int = Field(primary_key=True)
    fact: str = Field(primary_key=True, sa_type=Text)
    salt: str | None = Field(sa_type=Text)
    value: str | None = Field(sa_type=Text)
    erased_at: int | None = Field(default=None, sa_type=BigInteger)


class OutcomeRow(SQLModel, table=True):
    """What became of a case that is over: the figures' memory, which can be made anew from the case at any time.

    It holds for a case whose history is `length` entries long, reckoned under `basis`; of any other it says nothing. Length 0: the
    case is over, but a clock of it goes on, so it is read anew each time."""

    __tablename__ = "outcomes"
    __table_args__ = (
        Index("outcomes_opened", "opened_at"),
        Index("outcomes_due", "due_at"),
        Index("outcomes_basis", "definition", "basis"),
        Index("outcomes_going_on", "case_id", sqlite_where=text("length = 0"), postgresql_where=text("length = 0")),
    )
    case_id: int = Field(sa_column=_key())
    length: int
    basis: str = Field(sa_type=Text)
    programme: str = Field(sa_type=Text)
    definition: int
    state: str = Field(sa_type=Text)
    opened_at: int = Field(sa_type=BigInteger)
    due_at: int | None = Field(sa_type=BigInteger)
    unit: str | None = Field(sa_type=Text)
    category: str | None = Field(sa_type=Text)
    area: str | None = Field(sa_type=Text)
    reporter: str | None = Field(sa_type=Text)
    marks: int = Field(sa_type=BigInteger)
    course: str = Field(sa_type=Text)


class AttachmentRow(SQLModel, table=True):
    """A photo or video by the hash of what is stored under the data folder."""

    __tablename__ = "attachments"
    __table_args__ = {"sqlite_with_rowid": False}
    hash: str = Field(primary_key=True, sa_type=Text)
    media: str = Field(sa_type=Text)
    size: int = Field(sa_type=BigInteger)
    width: int | None
    height: int | None
    taken_at: str | None = Field(sa_type=Text)
    original: str = Field(sa_type=Text)
    at: int = Field(sa_type=BigInteger)


class PostingRow(SQLModel, table=True):
    """The ledger: one line of a posting a row, only ever appended (triggers of the database refuse all else). What a case's entry caused
    stands in its `detail` too; what was corrected by hand has no case, counts per programme, and is chained by `digest`."""

    __tablename__ = "postings"
    __table_args__ = (
        Index("postings_holder", "programme", "holder", "account", "month"),
        Index(
            "postings_of_case", "case_id", "seq", "nth", unique=True,
            sqlite_where=text("case_id IS NOT NULL"), postgresql_where=text("case_id IS NOT NULL"),
        ),
        Index(
            "postings_by_hand", "programme", "seq", "nth", unique=True,
            sqlite_where=text("case_id IS NULL"), postgresql_where=text("case_id IS NULL"),
        ),
    )  # fmt: skip
    id: int | None = Field(default=None, sa_column=Column(BIG, primary_key=True))
    programme: str = Field(sa_type=Text)
    case_id: int | None = Field(sa_type=BigInteger)
    seq: int
    nth: int
    trigger: str | None = Field(sa_type=Text)
    kind: str = Field(sa_type=Text)
    holder: str = Field(sa_type=Text)
    account: str = Field(sa_type=Text)
    amount: int = Field(sa_type=BigInteger)
    exchange: str | None = Field(sa_type=Text)
    month: str = Field(sa_type=Text)
    at: int = Field(sa_type=BigInteger)
    recorded_at: int = Field(sa_type=BigInteger)
    reason: str | None = Field(sa_type=Text)
    actor: str | None = Field(sa_type=Text)
    digest: bytes | None = Field(sa_type=LargeBinary)


class AnswerRow(SQLModel, table=True):
    """Who was asked after the end of a case whether all is well now, in which round, until when, and what he said."""

    __tablename__ = "answers"
    __table_args__ = {"sqlite_with_rowid": False}
    case_id: int = Field(sa_column=_key())
    round: int = Field(primary_key=True)
    recipient: str = Field(primary_key=True, sa_type=Text)
    seq: int
    asked_at: int = Field(sa_type=BigInteger)
    until: int = Field(sa_type=BigInteger)
    answer: str | None = Field(default=None, sa_type=Text)
    answered_at: int | None = Field(default=None, sa_type=BigInteger)
    answer_seq: int | None = None


class PlaceRow(SQLModel, table=True):
    """Where a case is, for the search for what was reported twice: derived from the case's facts, written with them. `verify` compares the two.

    WGS-84 in millionths of a degree, and its `cell` in a grid; `until` is when the case was closed, far in the future while it is open."""

    __tablename__ = "places_of"
    __table_args__ = (Index("places_near", "programme", "workflow", "cell", "until", "case_id"), {"sqlite_with_rowid": False})
    case_id: int = Field(sa_column=_key())
    programme: str = Field(sa_type=Text)
    workflow: str = Field(sa_type=Text)
    cell: int = Field(sa_type=BigInteger)
    lon: int
    lat: int
    category: str | None = Field(sa_type=Text)
    opened_at: int = Field(sa_type=BigInteger)
    until: int = Field(sa_type=BigInteger)


class LearnedRow(SQLModel, table=True):
    """What was learned of a programme's confirmed cases, and when: `body` is a model as JSON (empty where there was too little to learn from)."""

    __tablename__ = "learned"
    __table_args__ = (Index("learned_newest", "programme", "id"),)
    id: int | None = Field(default=None, primary_key=True)
    programme: str = Field(sa_type=Text)
    at: int = Field(sa_type=BigInteger)
    hash: str = Field(sa_type=Text)
    about: str = Field(sa_type=Text)
    body: str = Field(sa_type=Text)


METADATA = SQLModel.metadata
