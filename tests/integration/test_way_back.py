"""The way back: after the end people are asked whether all is well now; a no reopens the case within its limits, silence is no answer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engine import answering, answers, composition, errors, messages, migration, outbox, requests, stats, verify
from engine.mining import conformance, processlog
from notifications import mailbox, mailer, servers
from storage import database
from tests import builders
from tests.integration import towns

WORKFLOW = (
    builders.WORKFLOW.replace(
        "  result:      {type: text,", "  satisfied:   {type: yes_no, title: {zh: 是否满意, en: Satisfied}}\n  result:      {type: text,"
    )
    .replace("by: [leader], needs: [reason]}\nclocks", "by: [leader, reporter], needs: [reason], most: 1}\nclocks")
    .replace(
        "notices:\n",
        "satisfaction: {asks: [reporter, on_behalf_of], on: verify, fact: satisfied, template: how-was-it, within: 7 days, reopens: reopen}\nnotices:\n",
    )
)
GRANNY = "王奶奶, granny@example.net"
CODE = re.compile(r"答复码：([0-9]+-[0-9]+-[0-9]+-[A-Z2-7-]{19})")


@pytest.fixture
def engine(tmp_path: Path, url: str) -> Iterator[composition.Engine]:
    with towns.a_town(tmp_path, url, workflow=WORKFLOW) as opened:
        yield opened


def closed(engine: composition.Engine, **facts: Any) -> requests.Done:
    case = towns.opened(engine, **facts)
    towns.moved(engine, case, "dispatch", "wang", category="lamp", urgency="2", unit="lights")
    return closed_again(engine, case)


def closed_again(engine: composition.Engine, case: requests.Done) -> requests.Done:
    towns.moved(engine, case, "resolve", "li", result="换了灯泡")
    return towns.moved(engine, case, "verify", "qian")


def codes(engine: composition.Engine, case: requests.Done) -> dict[str, str]:
    """The newest code of each who was asked, as it stands in his mail."""
    with engine.store.reading() as tx:
        asked = [m for m in messages.listed(tx, case=case.case) if m.template == "how-was-it"][::-1]
    found = {m.recipient: CODE.search(messages.letter(engine, m.id).text) for m in asked}
    return {who: match[1] for who, match in found.items() if match is not None}


def shown(engine: composition.Engine, case: requests.Done) -> tuple[str, str | None, object]:
    body = towns.shown(engine, case)
    return body["state"], body.get("satisfied"), body["facts"].get("satisfied")


def sound(engine: composition.Engine) -> None:
    assert towns.findings(engine) == []
    report = conformance.conform(engine.store, engine.catalog, processlog.Wanted())
    assert (report.findings, report.notes) == ((), ())


def test_whoever_reported_and_the_resident_are_asked_and_their_answers_are_kept(engine: composition.Engine) -> None:
    case = closed(engine, on_behalf_of=GRANNY)
    assert shown(engine, case) == ("verified", "none", None)
    given = codes(engine, case)
    assert given.keys() == {"ma", "fact:on_behalf_of"}
    first = answering.give(engine, given["ma"], satisfied=True)
    assert (first.state, first.again, first.reopened) == ("verified", False, None)
    assert shown(engine, case) == ("verified", "yes", True)
    second = answering.give(engine, given["fact:on_behalf_of"].lower(), satisfied=True)
    assert not second.again
    kinds = [(e["kind"], e["actor"]) for e in towns.entries(engine, case)][-3:]
    assert kinds == [("ask", "system"), ("answer", "ma"), ("answer", "system")]
    sound(engine)


def test_the_same_answer_twice_is_one_and_another_is_refused(engine: composition.Engine) -> None:
    code = codes(engine, case := closed(engine))["ma"]
    answering.give(engine, code, satisfied=True)
    length = len(towns.entries(engine, case))
    assert answering.give(engine, code, satisfied=True).again
    with pytest.raises(errors.AnswerGiven, match="you answered satisfied about TT-20261120-0001"):
        answering.give(engine, code, satisfied=False, reason="又灭了")
    assert len(towns.entries(engine, case)) == length


def test_who_is_not_satisfied_has_the_case_reopened_with_his_reason(engine: composition.Engine) -> None:
    case = closed(engine, on_behalf_of=GRANNY)
    outcome = answering.give(engine, codes(engine, case)["fact:on_behalf_of"], satisfied=False, reason="晚上又灭了")
    assert (outcome.state, outcome.reopened, outcome.why) == ("dispatched", True, None)
    body = towns.shown(engine, case)
    assert (body["facts"]["reason"], body["facts"]["satisfied"], body["satisfied"]) == ("晚上又灭了", False, "no")
    sound(engine)
    # the reporter's code of the first time: an answer still counts, and one who is not satisfied is enough
    answering.give(engine, codes(engine, case)["ma"], satisfied=True)
    assert shown(engine, case)[1:] == ("no", False)


def test_no_reason_is_no_reason_to_lose_the_answer(engine: composition.Engine) -> None:
    case = closed(engine)
    assert answering.give(engine, codes(engine, case)["ma"], satisfied=False).reopened
    assert towns.shown(engine, case)["facts"]["reason"] == "不满意（未说明理由）"


def test_reopening_keeps_within_its_limits_and_he_is_told_why_not(engine: composition.Engine) -> None:
    case = closed(engine)
    answering.give(engine, codes(engine, case)["ma"], satisfied=False, reason="又灭了")
    closed_again(engine, case)
    assert shown(engine, case) == ("verified", "no", False)  # asked anew: until somebody answers, what was said last stands
    outcome = answering.give(engine, codes(engine, case)["ma"], satisfied=False, reason="还是不亮")
    assert (outcome.state, outcome.reopened) == ("verified", False)
    assert outcome.why == (
        "reopen was used 1 times on this case, which is all the definition allows",
        "本案的 reopen 已用满 1 次，不能再用",
    )
    entry = towns.entries(engine, case)[-1]
    assert (entry["kind"], entry["trigger"], entry["actor"]) == ("refused", "reopen", "ma")
    with engine.store.reading() as tx:
        told = next(m for m in messages.listed(tx, case=case.case) if m.template == "not-reopened")
    assert "本案的 reopen 已用满 1 次" in messages.letter(engine, told.id).text
    assert shown(engine, case)[1] == "no"
    sound(engine)


def test_silence_is_no_answer_and_never_a_yes(engine: composition.Engine) -> None:
    case = closed(engine)
    code = codes(engine, case)["ma"]
    with engine.store.writing() as tx:
        engine.time.move_to(tx, towns.at("2026-11-27T08:00"))
    with pytest.raises(errors.AnswerLate, match="was good until 2026-11-27T08:00:00"):
        answering.give(engine, code, satisfied=True)
    assert shown(engine, case) == ("verified", "none", None)


def test_an_old_code_gives_way_to_a_new_one(engine: composition.Engine) -> None:
    case = closed(engine, on_behalf_of=GRANNY)
    old = codes(engine, case)
    answering.give(engine, old["ma"], satisfied=False, reason="又灭了")
    closed_again(engine, case)
    with pytest.raises(errors.AnswerLate, match="answer with the newer code"):
        answering.give(engine, old["fact:on_behalf_of"], satisfied=True)


@pytest.mark.parametrize(
    "wrong",
    ["", "nonsense", "1-8-1-AAAA-AAAA-AAAA-AAAA", "99-1-1-AAAA-AAAA-AAAA-AAAA", "1-1-1-AAAA-AAAA-AAAA-AAAA", "1-8-9-AAAA-AAAA-AAAA-AAAA"],
)
def test_a_code_that_was_never_given_says_so_and_no_more(engine: composition.Engine, wrong: str) -> None:
    closed(engine)
    with pytest.raises(errors.AnswerInvalid, match="this is no code of ours"):
        answering.give(engine, wrong, satisfied=True)


def test_a_code_is_good_for_its_own_case_and_person_only(engine: composition.Engine) -> None:
    first, second = codes(engine, closed(engine, on_behalf_of=GRANNY)), codes(engine, closed(engine))
    head, tail = first["ma"].split("-", 3)[:3], second["ma"].split("-", 3)[3]
    swapped = first["ma"].split("-")
    swapped[2] = "2"
    for foreign in ("-".join([*head, tail]), "-".join(swapped)):
        with pytest.raises(errors.AnswerInvalid):
            answering.give(engine, foreign, satisfied=True)


def test_a_key_of_ones_own_signs_and_another_key_reads_nothing(tmp_path: Path, url: str) -> None:
    with towns.a_town(tmp_path, url, workflow=WORKFLOW, given={"FENGXING_SIGNING_KEY": "a long random text of ours"}) as engine:
        code = codes(engine, closed(engine))["ma"]
        other = towns.the_settings(tmp_path, url, {"FENGXING_SIGNING_KEY": "another long random text"})
        with composition.opened(other) as stranger, pytest.raises(errors.AnswerInvalid):
            answering.give(stranger, code, satisfied=True)
        assert answering.give(engine, code, satisfied=True).satisfied


def test_a_nameless_report_asks_nobody(engine: composition.Engine) -> None:
    case = closed(engine, by=None)
    assert "satisfied" not in towns.shown(engine, case)
    assert [e["kind"] for e in towns.entries(engine, case)][-1] == "move"
    sound(engine)


def test_one_word_a_case_for_the_figures(engine: composition.Engine) -> None:
    cases = [closed(engine, on_behalf_of=GRANNY) for _ in range(3)]
    answering.give(engine, codes(engine, cases[0])["ma"], satisfied=True)
    answering.give(engine, codes(engine, cases[1])["ma"], satisfied=True)
    answering.give(engine, codes(engine, cases[1])["fact:on_behalf_of"], satisfied=False)
    nobody = closed(engine, by=None)
    with engine.store.reading() as tx:
        found = answers.verdicts(tx, [case.case for case in (*cases, nobody)])
    assert list(found.values()) == ["yes", "no", "none"]


def test_the_rate_counts_answers_that_come_after_the_figures_were_asked(engine: composition.Engine) -> None:
    cases = [closed(engine, by="ma") for _ in range(3)]

    def rate() -> tuple[int, int]:
        now = engine.time.now()
        with engine.store.reading() as tx:
            rows = stats.stats(tx, engine.catalog, stats.Wanted(), now=now)
        return next((int(row.numerator), int(row.denominator)) for row in rows if row.name == "satisfaction_rate")

    assert rate() == (0, 0)
    answering.give(engine, codes(engine, cases[0])["ma"], satisfied=True)
    assert rate() == (1, 1)
    answering.give(engine, codes(engine, cases[1])["ma"], satisfied=False, reason="又灭了")
    assert rate() == (1, 2)  # the third has not answered: part of neither


@pytest.mark.parametrize(("damage", "code"), [
    ("DELETE FROM answers WHERE recipient = 'ma'", "answer-removed"),
    ("UPDATE answers SET answer = 'dissatisfied' WHERE recipient = 'ma'", "answer-changed"),
    ("UPDATE answers SET recipient = 'li' WHERE recipient = 'fact:on_behalf_of'", "answer-added"),
])  # fmt: skip
def test_verify_holds_the_answers_against_the_history(engine: composition.Engine, damage: str, code: str) -> None:
    case = closed(engine, on_behalf_of=GRANNY)
    answering.give(engine, codes(engine, case)["ma"], satisfied=True)
    with engine.store.writing() as tx:
        tx.run(database.both(damage))
    found = {each.code for each in verify.verify(engine.store, engine.catalog, engine.settings.data_dir).findings}
    assert code in found
    assert found <= {"answer-removed", "answer-changed", "answer-added"}


def test_the_result_comes_with_its_photos_inside_the_mail(engine: composition.Engine) -> None:
    with mailbox.Mailbox() as box, mailer.Post(servers.parse(box.url)) as post:
        case = towns.dispatched(engine)
        after = [builders.a_photo(engine, colour) for colour in ("green", "blue")]
        towns.publish(engine, towns.a_programme(engine.settings.data_dir / "later", workflow=RESULT))
        case = towns.dispatched(engine)
        towns.moved(engine, case, "resolve", "li", result="换了灯泡", result_photos=after)
        outbox.deliver_once(engine, post)
        (letter,) = [each for each in box.to("ma@example.org") if "已处置" in each.subject]
    pictures = [part for part in letter.message.walk() if part.get_content_type() == "image/jpeg"]
    assert [part["Content-ID"] for part in pictures] == [f"<{digest}>" for digest in after]
    assert all(f'src="cid:{digest}"' in letter.html for digest in after)
    assert all(part.get_payload(decode=True)[:2] == b"\xff\xd8" for part in pictures)  # type: ignore[index]


RESULT = (
    WORKFLOW.replace(
        "  result:      {type: text,", "  result_photos: {type: photos, title: {zh: 处置后, en: After}}\n  result:      {type: text,"
    )
    .replace("takes: [photos]}", "takes: [photos, result_photos]}")
    .replace("notices:\n", "notices:\n  - {on: resolve, to: [reporter], template: result}\n")
)


def test_nobody_is_asked_about_a_case_that_he_may_not_know_of(tmp_path: Path, url: str) -> None:
    hidden = WORKFLOW + "visibility:\n  - {in: [verified], facts: all, only: [leader, verifier, reporter]}\n"
    with towns.a_town(tmp_path, url, workflow=hidden) as engine:
        case = closed(engine, on_behalf_of=GRANNY)
        asked = towns.entries(engine, case)[-1]["detail"]
        assert (asked["asked"], asked["withheld"]) == (["ma"], ["fact:on_behalf_of"])
        assert [who for who, template in towns.told(engine, case) if template == "how-was-it"] == ["ma"]
        sound(engine)


def test_a_case_that_was_migrated_to_a_version_that_asks_elsewhere_is_asked_anew(tmp_path: Path, url: str) -> None:
    with towns.a_town(tmp_path, url, workflow=WORKFLOW) as engine:
        case = closed(engine)
        towns.moved(engine, case, "reopen", "mayor", reason="又灭了")
        later = WORKFLOW.replace("on: verify, fact", "on: approve, fact").replace("  verify:   {", "  approve:  {")
        assert later != WORKFLOW.replace("on: verify, fact", "on: approve, fact")
        towns.publish(engine, towns.a_programme(tmp_path / "later", workflow=later.replace("{on: verify,", "{on: approve,")))
        with engine.store.reading() as tx:
            version = migration.version(tx, engine.catalog, "in-force", "testtown")
        (row,) = migration.carry_out(engine, migration.Wanted(version=version))
        assert row.refusal is None
        towns.moved(engine, case, "resolve", "li", result="换了线")
        towns.moved(engine, case, "approve", "qian")
        assert [e["detail"]["round"] for e in towns.entries(engine, case) if e["kind"] == "ask"] == [1, 2]
        answering.give(engine, codes(engine, case)["ma"], satisfied=True)
        assert shown(engine, case) == ("verified", "yes", True)
        assert towns.findings(engine) == []


def test_who_may_not_know_of_the_case_any_more_is_not_told_its_state(tmp_path: Path, url: str) -> None:
    hidden = WORKFLOW + "visibility:\n  - {in: [dispatched], facts: all, only: [leader, duty, handler]}\n"
    with towns.a_town(tmp_path, url, workflow=hidden) as engine:
        outcome = answering.give(engine, codes(engine, closed(engine))["ma"], satisfied=False, reason="又灭了")
        assert (outcome.state, outcome.reopened) == (None, True)
