"""semantics.md, "Facts and secrecy" and "Chain": each test carries its sentence."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from engine import attachments, retention
from tests import builders
from tests.acceptance.town import Town, a_town, edited

GRANNY = {"name": "王奶奶", "phone": "13800000000", "email": "granny@example.net"}
HIDDEN, ERASED = {"hidden": True}, {"erased": True}
KEPT = builders.PROGRAMME + "keep_personal: 30 days\n"


def seen(town: Town, number: str, viewer: str | None) -> object:
    """What somebody sees of the personal fact: in the case and in its history alike."""
    case = town.case(number, viewer=viewer)["facts"]["on_behalf_of"]
    history = town.history(number, viewer=viewer)[0]["facts"]["on_behalf_of"]
    assert case == history
    return case


@pytest.mark.parametrize(
    ("viewer", "expected"),
    [
        (None, GRANNY),  # the operator of the machine
        ("ma", GRANNY),  # who reported it
        ("wang", GRANNY),  # the desk
        ("li", GRANNY),  # a handler of the case's unit
        ("hu", HIDDEN),  # a handler of another unit
        ("feng", HIDDEN),  # another rider
        ("fact:on_behalf_of", GRANNY),  # the resident herself, as a recipient
    ],
)
def test_a_case_as_a_given_person_may_see_it(tmp_path: Path, viewer: str | None, expected: object) -> None:
    """One read function in the engine returns a case as a given person may see it; everything that shows or sends goes through it."""
    people = edited(builders.PEOPLE, ("  wang: ", "  feng:   {name: 冯骑手, roles: [rider], email: feng@example.org}\n  wang: "))
    with a_town(tmp_path, people=people) as town:
        number = town.dispatched("2026-11-20T08:00", on_behalf_of=GRANNY)
        if viewer == "fact:on_behalf_of":
            from engine import secrecy, views

            with town.engine.store.reading() as tx:
                found = views.find(tx, town.engine.catalog, number)
                assert secrecy.facts_for(tx, found, viewer)["on_behalf_of"] == expected
        else:
            assert seen(town, number, viewer) == expected


def test_nothing_personal_in_a_mail_to_somebody_else(town: Town) -> None:
    """everything that shows or sends goes through it"""
    number = town.dispatched("2026-11-20T08:00", urgency=2, on_behalf_of=GRANNY)
    town.until("2026-11-20T09:30")
    town.deliver()
    town.move(number, "resolve", by="li", result="换了灯泡")
    town.move(number, "verify", by="qian")
    letters = town.mails()
    assert len(letters) > 5
    for letter in letters:
        if letter.to != ("granny@example.net",):
            for words in GRANNY.values():
                assert words not in letter.text + letter.html + letter.subject


def test_personal_facts_live_in_an_erasable_table_history_carries_their_salted_digest(town: Town) -> None:
    """Personal facts (names, phones, faces) live in an erasable table; history carries their salted digest"""
    town.open("2026-11-20T08:00", on_behalf_of=GRANNY)
    ((facts,),) = town.rows("SELECT facts FROM history WHERE seq = 1")
    ((of_case,),) = town.rows("SELECT facts FROM cases")
    ((salt, value),) = town.rows("SELECT salt, value FROM personal")
    for text in (facts, of_case):
        assert not any(words in text for words in GRANNY.values())
        assert hashlib.sha256((salt + value).encode()).hexdigest() in text


def test_retention_can_erase_without_breaking_the_chain(tmp_path: Path) -> None:
    """so that retention can erase without breaking the chain"""
    with a_town(tmp_path, programme=KEPT) as town:
        number = town.open("2026-11-20T08:00", on_behalf_of=GRANNY)
        town.move(number, "discard", "2026-11-20T08:05", by="wang", reason="重复上报")
        other = town.open("2026-11-20T08:06", on_behalf_of=GRANNY)  # still open: it is kept
        town.asleep_until("2026-12-20T08:00")
        assert retention.erase(town.engine.store, town.engine.catalog, town.engine.settings.data_dir, now=town.now) == {"testtown": 0}
        town.asleep_until("2026-12-20T08:06")
        assert retention.erase(town.engine.store, town.engine.catalog, town.engine.settings.data_dir, now=town.now) == {"testtown": 1}
        assert (seen(town, number, None), seen(town, other, None)) == (ERASED, GRANNY)
        town.until("2026-12-20T08:06")
        assert town.verified() == []


# the chain


def a_photo(town: Town, folder: Path) -> str:
    """A photo on disk and in the store; its hash."""
    source = folder / "lamp.png"
    Image.new("RGB", (40, 30), "orange").save(source)
    kept, now = attachments.store_photo(town.engine.settings.data_dir, source), town.now
    with town.engine.store.writing() as tx:
        attachments.record(tx, [kept], now=now)
    return kept.hash


def changed_photo(town: Town) -> None:
    for path in (town.engine.settings.data_dir / "attachments").rglob("*.jpg"):
        path.write_bytes(path.read_bytes() + b"x")


DAMAGE: list[tuple[str, Callable[[Town], object], str]] = [
    ("a changed entry", lambda town: town.damage("UPDATE history SET actor = 'zhao' WHERE case_id = 1 AND seq = 2"), "entry-changed"),
    ("a changed moment", lambda town: town.damage("UPDATE history SET at = at - 1 WHERE case_id = 1 AND seq = 1"), "entry-changed"),
    ("a removed entry", lambda town: town.damage("DELETE FROM history WHERE case_id = 1 AND seq = 2"), "entry-removed"),
    (
        "an added entry",
        lambda town: town.damage(
            "INSERT INTO history (case_id, seq, kind, at, recorded_at, trigger, from_state, to_state, actor, facts, digest) "
            "SELECT case_id, seq + 1, kind, at, recorded_at, trigger, from_state, to_state, actor, facts, digest FROM history "
            "WHERE case_id = 1 ORDER BY seq DESC LIMIT 1"
        ),
        "entry-changed",
    ),
    ("a last-removed entry", lambda town: town.damage("DELETE FROM history WHERE id = (SELECT max(id) FROM history WHERE case_id = 1)"), "entry-removed"),
    ("a missing timer", lambda town: town.damage("DELETE FROM timers WHERE case_id = 1"), "timer-missing"),
    (
        "an extra timer",
        lambda town: town.damage("INSERT INTO timers (case_id, clock, due, round, rung, repeat, generation) VALUES (1, 'handling', ?, 1, 0, 0, 1)", town.now),
        "timer-extra",
    ),
    ("a removed message", lambda town: town.damage("DELETE FROM messages WHERE case_id = 1 AND kind = 'ladder'"), "message-removed"),
    ("a changed photo", changed_photo, "photo-changed"),
    ("a removed photo", lambda town: town.damage("DELETE FROM attachments"), "photo-removed"),
    (
        "a settled clock that differs from `reckon`",
        lambda town: town.damage("""UPDATE cases SET fold = replace(fold, '"dispatching":[1,', '"dispatching":[2,') WHERE id = 1"""),
        "clock-differs",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("damage", "code"), [(damage, code) for _, damage, code in DAMAGE], ids=[name for name, *_ in DAMAGE])
def test_verify_finds(tmp_path: Path, damage: Callable[[Town], object], code: str) -> None:
    """`verify` finds a changed, removed, added or last-removed entry, a missing or extra timer, a removed message, a changed photo, a settled clock that differs from `reckon`."""
    with a_town(tmp_path) as town:
        number = town.open("2026-11-20T08:00", photos=[a_photo(town, tmp_path)])
        town.until("2026-11-20T08:50")
        town.move(number, "dispatch", by="wang", category="lamp", urgency=3, unit="lights")
        town.move(number, "resolve", by="li", result="换了灯泡")
        assert town.verified() == []
        damage(town)
        assert code in town.verified()


def test_head_digest_and_length_on_the_case_row(town: Town) -> None:
    """Per case; head digest and length on the case row."""
    number = town.dispatched("2026-11-20T08:00")
    other = town.open("2026-11-20T08:00")
    for case in (number, other):
        entries = town.history(case)
        ((head, length),) = town.rows("SELECT head, length FROM cases WHERE number = ?", case)
        assert (bytes(head).hex(), length) == (entries[-1]["digest"], len(entries))
