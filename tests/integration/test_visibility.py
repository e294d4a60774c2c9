"""A town with something to hide: a case that only its leader and its reporter may know of while it is suspended, and a reason that only
the desk's head and the leader read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from engine import (
    board,
    composition,
    decisions,
    errors,
    explaining,
    feed,
    lapses,
    listing,
    messages,
    outbox,
    requests,
    secrecy,
    stats,
    views,
)
from engine.figuring import morning
from notifications import mailer
from tests import builders
from tests.integration import towns

RULES = """\
visibility:
  - {facts: [reason], only: [leader, desk-chief]}
  - {in: [suspended], facts: all, only: [leader, reporter]}
"""
HIDDEN = {"hidden": True}


def with_rules(rules: str = RULES, *changes: tuple[str, str]) -> str:
    flow = towns.WORKFLOW.replace("notices:\n", f"{rules}notices:\n")
    for old, new in changes:
        assert old in flow
        flow = flow.replace(old, new)
    return flow


@pytest.fixture
def engine(tmp_path: Path, url: str) -> Iterator[composition.Engine]:
    with towns.a_town(tmp_path, url, workflow=with_rules()) as opened:
        yield opened


@pytest.fixture
def suspended(engine: composition.Engine) -> requests.Done:
    """Reported by Ma, in the hands of the lamp crew, then suspended by the mayor."""
    case = towns.dispatched(engine)
    return towns.moved(engine, case, "suspend", "mayor", reason="涉及举报人", review_on="2026-12-01")


Look = Callable[[Any, composition.Engine, str, str], Any]
LOOKS: dict[str, Look] = {
    "show": lambda tx, e, case, who: views.case(tx, e.catalog, views.find(tx, e.catalog, case, viewer=who), viewer=who, now=towns.START),
    "history": lambda tx, e, case, who: views.entries(tx, e.catalog, views.find(tx, e.catalog, case, viewer=who), viewer=who),
    "explain": lambda tx, e, case, who: explaining.explain(tx, views.find(tx, e.catalog, case, viewer=who), viewer=who, now=towns.START),
}


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize(
    ("who", "knows"), [("mayor", True), ("ma", True), ("li", False), ("wang", False), ("zhao", False), ("qian", False)]
)
def test_a_case_that_is_hidden_is_not_there(engine: composition.Engine, suspended: requests.Done, look: str, who: str, knows: bool) -> None:
    """To whoever may not know of it the answer is the same as for a case that does not exist."""
    with engine.store.reading() as tx:
        if knows:
            assert LOOKS[look](tx, engine, suspended.number, who)
            return
        with pytest.raises(errors.NotFound) as absent:
            LOOKS[look](tx, engine, "TT-20261120-0099", who)
        for reference in (suspended.number, str(suspended.case)):
            with pytest.raises(errors.NotFound) as hidden:
                LOOKS[look](tx, engine, reference, who)
            same = str(absent.value).replace("TT-20261120-0099", reference)
            assert (str(hidden.value), hidden.value.possible) == (same, absent.value.possible)


def listed(engine: composition.Engine, who: str | None, **wanted: Any) -> list[str]:
    with engine.store.reading() as tx:
        asked = listing.Wanted(**wanted)
        return [view.number for view in listing.listed(tx, engine.catalog, asked, viewer=who, now=towns.START, limit=wanted.get("limit"))]


def test_lists_leave_it_out_and_are_as_long_as_asked_all_the_same(engine: composition.Engine, suspended: requests.Done) -> None:
    others = [towns.opened(engine).number for _ in range(3)]
    assert suspended.number in listed(engine, None)
    assert suspended.number in listed(engine, "mayor")
    assert sorted(listed(engine, "li")) == others
    with engine.store.reading() as tx:
        short = [v.number for v in listing.listed(tx, engine.catalog, listing.Wanted(), viewer="li", now=towns.START, limit=3)]
    assert sorted(short) == others


def test_nobody_moves_what_he_may_not_know_of(engine: composition.Engine, suspended: requests.Done) -> None:
    with pytest.raises(errors.NotFound, match=f"^no case {suspended.case}$"):
        towns.moved(engine, suspended.case, "resume", "zhao")
    with pytest.raises(errors.NotFound, match=f"^no case {suspended.case}$"):
        towns.moved(engine, suspended.case, "nonsense", "zhao", if_version=99)
    with pytest.raises(errors.NotFound, match=f"^no case {suspended.case}$"):
        towns.acknowledged(engine, suspended, "whole", "zhao")
    assert towns.moved(engine, suspended, "resume", "mayor").state == "dispatched"


def test_what_is_seen_goes_by_where_the_case_is_now(engine: composition.Engine, suspended: requests.Done) -> None:
    """Once it is resumed, everybody sees it again, and also that it was suspended; the reason stays hidden in the entry of that time."""
    towns.moved(engine, suspended, "resume", "mayor")
    for who, seen in (("li", HIDDEN), ("mayor", "涉及举报人"), ("zhao", "涉及举报人"), ("ma", HIDDEN)):
        with engine.store.reading() as tx:
            found = views.find(tx, engine.catalog, suspended.case)
            told = [entry for entry in views.entries(tx, engine.catalog, found, viewer=who) if entry.trigger == "suspend"]
        assert [entry.facts["reason"] for entry in told] == [seen], who
        assert towns.shown(engine, suspended, who)["facts"]["reason"] == seen, who


def test_who_is_named_only_in_another_unit_is_not_named(tmp_path: Path, lite: str) -> None:
    rules = "visibility:\n  - {facts: [result], only: [handler]}\n"
    with towns.a_town(tmp_path, lite, workflow=with_rules(rules)) as engine:
        case = towns.moved(engine, towns.dispatched(engine), "resolve", "li", result="换了灯泡")
        seen = {who: towns.shown(engine, case, who)["facts"]["result"] for who in ("li", "hu", "sun")}
    assert seen == {"li": "换了灯泡", "hu": HIDDEN, "sun": HIDDEN}


def test_a_fact_may_name_who_sees(tmp_path: Path, lite: str) -> None:
    rules = "visibility:\n  - {facts: [result], only: [friend]}\n"
    friend = ("  reason:      {type: text,", "  friend:      {type: person, title: {zh: 同伴, en: Friend}}\n  reason:      {type: text,")
    takes = ("needs: [category, urgency, unit]}", "needs: [category, urgency, unit], takes: [friend]}")
    with towns.a_town(tmp_path, lite, workflow=with_rules(rules, friend, takes)) as engine:
        case = towns.moved(engine, towns.dispatched(engine, friend="qian"), "resolve", "li", result="换了灯泡")
        assert towns.shown(engine, case, "qian")["facts"]["result"] == "换了灯泡"
        assert towns.shown(engine, case, "sun")["facts"]["result"] == HIDDEN


def test_a_hidden_unit_and_a_hidden_urgency_are_not_told_by_what_follows_from_them(tmp_path: Path, lite: str) -> None:
    rules = "visibility:\n  - {facts: [unit, urgency, review_on], only: [leader]}\n"
    with towns.a_town(tmp_path, lite, workflow=with_rules(rules), programme=builders.PROGRAMME + "urgent: {urgency: [1]}\n") as engine:
        case = towns.dispatched(engine, urgency="1")
        his, all_of_it = towns.shown(engine, case, "ma"), towns.shown(engine, case, "mayor")
        assert (his["unit"], his["urgent"], his["clocks"]["handling"]["rule"]) == (None, False, "not shown")
        assert (all_of_it["unit"], all_of_it["urgent"]) == ("lights", True)
        assert "urgency" in all_of_it["clocks"]["handling"]["rule"]
        assert (listed(engine, "ma", unit="lights"), listed(engine, "mayor", unit="lights")) == ([], [case.number])
        towns.moved(engine, case, "suspend", "mayor", reason="等配件", review_on="2026-12-01")
        assert towns.shown(engine, case, "ma")["clocks"]["review"]["due"] is None
        assert towns.shown(engine, case, "mayor")["clocks"]["review"]["due"] == "2026-12-02T00:00:00+08:00"
        towns.until(engine, "2026-12-02T00:00:01")
        payloads = [event.payload for event in feed.Feed(engine.store).read(100)]
        assert [sorted(payload) for payload in payloads if "urgent" in payload] == []
        assert [payload["due"] for payload in payloads if payload.get("clock") == "review" and "due" in payload] == []
        with engine.store.reading() as tx:
            found = views.find(tx, engine.catalog, case.case)
            told = {who: str([entry.detail for entry in views.entries(tx, engine.catalog, found, viewer=who)]) for who in ("ma", "mayor")}
        assert ("2026-12-02T00:00:00" in told["ma"], "2026-12-02T00:00:00" in told["mayor"]) == (False, True)


def test_a_message_to_who_may_not_know_of_the_case_is_not_sent_and_the_history_says_so(tmp_path: Path, url: str) -> None:
    """`check` refuses such a definition; what got past it is withheld."""
    tells = ("notices:\n", "notices:\n  - {on: suspend, to: [handler, leader], template: assigned}\n")
    with towns.a_town(tmp_path, url, workflow=with_rules(RULES, tells)) as engine:
        case = towns.moved(engine, towns.dispatched(engine), "suspend", "mayor", reason="涉及举报人", review_on="2026-12-01")
        last = towns.entries(engine, case)[-1]
        assert last["detail"] == {"told": [["mayor", "email", "assigned"]], "withheld": ["li"]}
        with engine.store.reading() as tx:
            assert [m.recipient for m in messages.listed(tx) if m.seq == 3] == ["mayor"]
        assert towns.findings(engine) == []


def test_explain_says_who_is_not_told_because_he_may_not_know_of_it(tmp_path: Path, lite: str) -> None:
    rules = "visibility:\n  - {in: [resolved], facts: all, only: [verifier, leader]}\n"
    with towns.a_town(tmp_path, lite, workflow=with_rules(rules)) as engine:
        case = towns.moved(engine, towns.dispatched(engine), "resolve", "li", result="换了灯泡")
        with engine.store.reading() as tx:
            found = views.find(tx, engine.catalog, case.case)
            (told,) = explaining.explain(tx, found, clock="verifying", rung=0, now=towns.START).clocks
        assert told.rung is not None
        assert told.rung.reached.people == ("qian",)
        assert "zhao (desk-chief) may not see the case: not told" in told.rung.reached.how
        towns.until(engine, "2026-11-21T09:00")
        (rung,) = (
            entry["detail"] for entry in towns.entries(engine, case) if entry["kind"] == "rung" and entry["detail"]["clock"] == "verifying"
        )
        assert ([who for who, *_ in rung["told"]], rung["withheld"]) == (["qian"], ["zhao"])


def test_why_somebody_may_not_says_no_value_that_is_hidden_from_him(tmp_path: Path, lite: str) -> None:
    rules = "visibility:\n  - {facts: [urgency], only: [leader]}\n"
    close = ("  discard:  {", "  close:    {from: dispatched, to: verified, by: [leader], when: {urgency: 1}}\n  discard:  {")
    with towns.a_town(tmp_path, lite, workflow=with_rules(rules, close)) as engine:
        case = towns.dispatched(engine, urgency="3")
        with engine.store.reading() as tx:
            found = views.find(tx, engine.catalog, case.case)
            said = {
                who: next(c.said.en for c in decisions.decide(tx, engine.catalog, found, asked, now=towns.START).conditions if c.about)
                for who in ("ma", "mayor")
                for asked in (decisions.Asked(trigger="close", actor=who),)
            }
    assert said == {"ma": "urgency is not shown; it must be 1", "mayor": "urgency is 3; it must be 1"}


class Taken:
    """A mail server that takes everything, or nothing."""

    def __init__(self, fate: mailer.Fate = mailer.Fate.SENT) -> None:
        self.said: dict[str, list[str]] = {}
        self.fate = fate

    def send(self, message: Any, _address: object) -> mailer.Outcome:
        text = "\n".join(part.get_content() for part in message.walk() if part.get_content_maintype() == "text")
        self.said.setdefault(str(message["To"]), []).append(f"{message['Subject']}\n{text}")
        return mailer.Outcome(kind=self.fate, detail="")

    def to(self, address: str) -> list[str]:
        return [said for to, letters in self.said.items() if address in to for said in letters]


def test_a_message_that_waits_while_the_case_is_hidden_is_dropped(engine: composition.Engine) -> None:
    case, post = towns.dispatched(engine), Taken()
    towns.moved(engine, case, "suspend", "mayor", reason="涉及举报人", review_on="2026-12-01")
    outbox.deliver_once(engine, cast("mailer.Post", post))
    assert post.to("li@") == []
    with engine.store.reading() as tx:
        (dropped,) = (m for m in messages.listed(tx, state="dropped"))
    assert (dropped.recipient, dropped.tried) == ("li", (("", "dropped", "the case is hidden from its recipient"),))


def test_a_mail_that_is_tried_again_is_said_anew(tmp_path: Path, lite: str) -> None:
    """The words of the first attempt may say what has been hidden since."""
    rules = "visibility:\n  - {in: [resolved], facts: [description], only: [verifier]}\n"
    away, post = Taken(fate=mailer.Fate.UNAVAILABLE), Taken()
    with towns.a_town(tmp_path, lite, workflow=with_rules(rules)) as engine:
        case = towns.dispatched(engine)
        outbox.deliver_once(engine, cast("mailer.Post", away))
        assert "东关巷" in str(away.said)
        towns.moved(engine, case, "resolve", "li", result="换了灯泡")
        towns.until(engine, "08:10")
        outbox.deliver_once(engine, cast("mailer.Post", post))
    assert post.to("li@")
    assert "东关巷" not in str(post.said)


def test_a_mail_says_what_its_reader_may_see(tmp_path: Path, lite: str) -> None:
    rules = "visibility:\n  - {facts: [description], only: [unit-chief]}\n"
    tells = ("- {on: dispatch, to: [handler], template: assigned}", "- {on: dispatch, to: [handler, unit-chief], template: assigned}")
    post = Taken()
    with towns.a_town(tmp_path, lite, workflow=with_rules(rules, tells)) as engine:
        towns.dispatched(engine)
        outbox.deliver_once(engine, cast("mailer.Post", post))
    assert ["东关巷" in said for said in post.to("sun@")] == [True]
    assert ["东关巷" in said for said in post.to("li@")] == [False]


def test_who_reads_his_own_messages_reads_no_more_than_he_may_now(engine: composition.Engine, suspended: requests.Done) -> None:
    with engine.store.reading() as tx:
        his = {who: list(messages.listed(tx, reader=messages.Reader(known=engine.catalog, person=who))) for who in ("ma", "li")}
    assert [m.template for m in his["ma"]] == ["received"]
    assert his["li"] == []
    with engine.store.reading() as tx:
        (assigned,) = (m.id for m in messages.listed(tx) if m.recipient == "li")
    for who in ("li", "ma"):
        with pytest.raises(errors.NotFound):
            messages.letter(engine, assigned, viewer=who)
    assert messages.letter(engine, assigned).message.recipient == "li"


def test_who_was_told_before_a_fact_was_hidden_is_not_told_again(tmp_path: Path, lite: str) -> None:
    rules = "visibility:\n  - {in: [resolved], facts: [description], only: [verifier]}\n"
    with towns.a_town(tmp_path, lite, workflow=with_rules(rules)) as engine:
        case = towns.dispatched(engine)
        outbox.deliver_once(engine, cast("mailer.Post", Taken()))
        with engine.store.reading() as tx:
            (assigned,) = (m.id for m in messages.listed(tx) if m.recipient == "li")
        assert "东关巷" in messages.letter(engine, assigned, viewer="li").text
        towns.moved(engine, case, "resolve", "li", result="换了灯泡")
        letter = messages.letter(engine, assigned, viewer="li")
        assert "东关巷" not in letter.subject + letter.text + letter.html
        assert "东关巷" in messages.letter(engine, assigned).text


def test_boards_count_it_and_show_it_to_whom_it_concerns(engine: composition.Engine, suspended: requests.Done) -> None:
    def shown(viewer: str = secrecy.NOBODY) -> tuple[int, list[str]]:
        with engine.store.reading() as tx:
            (one,) = board.boards(tx, engine.catalog, now=towns.START, viewer=viewer)
        assert one.complete
        return one.open, [line.number for line in one.lines]

    assert shown() == (1, [])
    assert shown("li") == (1, [])
    assert shown("mayor") == (1, [suspended.number])


def test_each_leader_has_a_morning_digest_of_his_own(tmp_path: Path, lite: str) -> None:
    programme = builders.PROGRAMME.replace("[mayor]", "[mayor, qian]")
    rules = "visibility:\n  - {in: [reported], facts: all, only: [leader, duty]}\n"
    post = Taken()
    with towns.a_town(tmp_path, lite, workflow=with_rules(rules), programme=programme) as engine:
        hidden, open_ = towns.opened(engine), towns.dispatched(engine)
        towns.until(engine, "2026-11-21T06:00")
        morning.send(engine, now=engine.time.now(), post=cast("mailer.Post", post))
    (his,), (hers,) = post.to("mayor@"), post.to("qian@")
    assert hidden.number in his
    assert hidden.number not in hers
    assert open_.number in his
    assert open_.number in hers
    assert "2 件" in hers, "what is hidden is counted"


def test_prefect_hears_of_a_hidden_case_nothing_but_its_number(tmp_path: Path, url: str) -> None:
    rules = "visibility:\n  - {in: [suspended], facts: all, only: [leader]}\n"
    with towns.a_town(tmp_path, url, workflow=with_rules(rules)) as engine:
        case = towns.dispatched(engine)
        towns.until(engine, "08:20")
        before = feed.Feed(engine.store).read(100)
        towns.moved(engine, case, "suspend", "mayor", reason="涉及举报人", review_on="2026-12-01")
        after = feed.Feed(engine.store).read(100)
        with engine.store.reading() as tx:
            told, _ = lapses.between(tx, engine.catalog, after=0, until=feed.head(tx), now=towns.at("08:20"))
        assert {event.name for event in before} >= {"case.reported", "case.dispatched"}
        assert {(e.name, str(e.payload), e.related) for e in after} == {("case.changed", str({"number": case.number}), ())}
        assert [event.id for event in after][: len(before)] == [event.id for event in before]
        assert told == []


@pytest.mark.parametrize(("states", "by_rider"), [("", "others"), ("in: [suspended], ", "ma")])
def test_figures_count_a_confidential_kind_and_name_nobody_who_reported_it(tmp_path: Path, lite: str, states: str, by_rider: str) -> None:
    rules = f"visibility:\n  - {{{states}facts: all, only: [leader, duty, handler, reporter]}}\n"
    with towns.a_town(tmp_path, lite, workflow=with_rules(rules)) as engine:
        towns.dispatched(engine)
        with engine.store.reading() as tx:
            found = stats.stats(tx, engine.catalog, stats.Wanted(by="rider"), now=towns.START)
            all_of_it = stats.stats(tx, engine.catalog, stats.Wanted(), now=towns.START)
    assert {row.group for row in found} == {by_rider}
    assert next(row.numerator for row in all_of_it if row.name == "reports") == 1


def test_a_town_without_rules_asks_nobody(tmp_path: Path, lite: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Opening, moving, acknowledging and firing do not so much as call the judge."""

    def asked(*_: object, **__: object) -> None:
        raise AssertionError("a workflow without visibility pays nothing")

    with towns.a_town(tmp_path, lite) as engine:
        for name in ("sees", "require", "hidden", "sieve"):
            monkeypatch.setattr(secrecy, name, asked)
        case = towns.dispatched(engine)
        towns.until(engine, "2026-11-20T12:00")
        towns.acknowledged(engine, case, "handling", "li")
        towns.moved(engine, case, "resolve", "li", result="换了灯泡")


def test_the_clock_itself_is_never_blind(engine: composition.Engine, suspended: requests.Done) -> None:
    towns.until(engine, "2026-12-02T00:00:01")
    assert towns.shown(engine, suspended)["state"] == "dispatched"
