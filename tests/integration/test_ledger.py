"""Points and money: awarded once, taken back by a counter-entry only, never spent twice, and every line proven by the history."""

from __future__ import annotations

import contextlib
import multiprocessing
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engine import balances, composition, corrections, errors, requests
from states import errors as refusals
from storage import database
from storage import errors as storage_errors
from tests import builders
from tests.integration import ledgers, towns

Engine = composition.Engine


@pytest.fixture
def engine(tmp_path: Path, url: str) -> Iterator[Engine]:
    with ledgers.a_town(tmp_path, url) as opened:
        yield opened


def told(engine: Engine, case: requests.Done, place: int = -1) -> list[dict[str, Any]]:
    """What an entry says that it did in the ledger."""
    found: list[dict[str, Any]] = towns.entries(engine, case)[place]["detail"].get("awarded", [])
    return found


# --- awards


@pytest.mark.parametrize(("grade", "points"), [(1, 5), (2, 2), (3, 1)])
def test_a_confirmed_lead_earns_by_its_grade(engine: Engine, grade: int, points: int) -> None:
    case = ledgers.confirmed(engine, grade=grade)
    assert ledgers.owns(engine) == points
    assert ledgers.lines(engine) == [
        (case.case, 2, "award", "ma", "points", points),
        (case.case, 2, "award", "(town)", "points", -points),
    ]
    assert towns.findings(engine) == []


def test_a_fact_of_type_person_may_earn_beside_the_reporter(engine: Engine) -> None:
    ledgers.confirmed(engine, courier="bai")
    assert (ledgers.owns(engine), ledgers.owns(engine, "bai", "yuan")) == (5, 8)


def test_nobody_earns_for_a_report_without_a_name(engine: Engine) -> None:
    case = ledgers.confirmed(engine, by=None)
    assert ledgers.lines(engine) == []
    assert "awarded" not in towns.entries(engine, case)[-1]["detail"]


def test_a_case_earns_once_however_often_it_comes_that_way(engine: Engine) -> None:
    case = ledgers.confirmed(engine)
    for _ in range(3):
        towns.moved(engine, case, "close", "qian")
        towns.moved(engine, case, "reopen", "mayor")
        towns.moved(engine, case, "confirm", "qian", grade=1)
    assert ledgers.owns(engine) == 5
    assert towns.findings(engine) == []


def test_a_request_that_is_repeated_earns_once(engine: Engine) -> None:
    case = ledgers.opened(engine, "lead")
    for _ in range(2):
        towns.moved(engine, case, "confirm", "qian", grade=1, key="the same")
    assert ledgers.owns(engine) == 5


def test_what_was_overturned_is_taken_back_once_and_may_be_earned_again(engine: Engine) -> None:
    case = ledgers.confirmed(engine)
    towns.moved(engine, case, "overturn", "qian")
    assert ledgers.owns(engine) == 0
    assert [each["kind"] for each in told(engine, case)] == ["reversal"]
    towns.moved(engine, case, "reopen", "mayor")
    towns.moved(engine, case, "confirm", "qian", grade=2)
    assert ledgers.owns(engine) == 2
    towns.moved(engine, case, "overturn", "qian")
    assert ledgers.owns(engine) == 0
    assert len(ledgers.lines(engine)) == 8
    assert towns.findings(engine) == []


def test_overturning_what_earned_nothing_takes_nothing_back(engine: Engine) -> None:
    case = ledgers.confirmed(engine, by=None)
    towns.moved(engine, case, "overturn", "qian")
    assert ledgers.lines(engine) == []


def test_what_is_above_the_month_s_cap_is_not_awarded_and_the_entry_says_so(engine: Engine) -> None:
    cases = [ledgers.confirmed(engine) for _ in range(5)]
    assert ledgers.owns(engine) == 20
    assert [told(engine, case)[0].get("capped") for case in cases] == [None, None, None, None, 5]
    assert told(engine, cases[4])[0].get("lines") is None
    bai = ledgers.confirmed(engine, by="bai")
    assert ledgers.owns(engine, "bai") == 5, "each has a cap of his own"
    assert "capped" not in told(engine, bai)[0]
    assert towns.findings(engine) == []


def test_the_next_month_begins_at_midnight_on_the_town_s_wall(engine: Engine) -> None:
    for _ in range(4):
        ledgers.confirmed(engine, when="2026-11-30T23:59")
    assert told(engine, ledgers.confirmed(engine, when="2026-11-30T23:59:59"))[0]["capped"] == 5
    assert "capped" not in told(engine, ledgers.confirmed(engine, when="2026-12-01T00:00"))[0]
    assert ledgers.owns(engine) == 25


def test_what_was_taken_back_makes_room_under_the_cap_of_its_month(engine: Engine) -> None:
    first, *_ = [ledgers.confirmed(engine) for _ in range(4)]
    towns.moved(engine, first, "overturn", "qian")
    assert "capped" not in told(engine, ledgers.confirmed(engine))[0]
    assert told(engine, ledgers.confirmed(engine))[0]["capped"] == 5


def test_what_was_capped_is_not_earned_again_by_reopening_next_month(engine: Engine) -> None:
    *_, capped = [ledgers.confirmed(engine) for _ in range(5)]
    towns.moved(engine, capped, "close", "qian", when="2026-12-02T09:00")
    towns.moved(engine, capped, "reopen", "mayor")
    towns.moved(engine, capped, "confirm", "qian", grade=1)
    assert ledgers.owns(engine) == 20


def test_an_award_is_cut_by_the_month_s_budget_for_all(tmp_path: Path, url: str) -> None:
    with ledgers.a_town(tmp_path, url, points=builders.POINTS.replace("monthly_cap: 20", "budget: 7")) as engine:
        ledgers.confirmed(engine)
        assert told(engine, ledgers.confirmed(engine, by="bai"))[0]["capped"] == 3
        assert (ledgers.owns(engine), ledgers.owns(engine, "bai")) == (5, 2)


def test_what_is_entered_late_earns_in_the_month_in_which_it_happened(engine: Engine) -> None:
    case = ledgers.opened(engine, "lead", when="2026-11-30T10:00")
    towns.moved(engine, case, "note", "ma", when="2026-12-01T08:00")
    towns.moved(engine, case, "confirm", "qian", grade=1, when="2026-11-30T11:00")
    assert told(engine, case)[0]["month"] == "2026-11"
    assert ledgers.owns(engine) == 5
    assert towns.findings(engine) == []


def test_who_has_left_keeps_his_lines(tmp_path: Path, engine: Engine) -> None:
    ledgers.confirmed(engine, by="bai")
    whole = ledgers.a_programme(tmp_path / "later")
    people = {name: person for name, person in whole.people.people.items() if name != "bai"}
    towns.publish(engine, whole.model_copy(update={"people": whole.people.model_copy(update={"people": people})}))
    assert ledgers.owns(engine, "bai") == 5
    with engine.store.reading() as tx:
        found = balances.statement(tx, engine.catalog, "testtown", "bai")
    assert (found.name, [entry.amount for entry in found.entries]) == ("bai", [5])


def test_a_newer_version_of_the_workflow_does_not_pay_again(tmp_path: Path, engine: Engine) -> None:
    """Neither by another order of the rules nor by another trigger in the same rule is it another rule."""
    from engine import migration

    case = ledgers.confirmed(engine)
    newer = ledgers.LEAD.replace("  - on: confirm\n", "  - on: [note, confirm]\n").replace("is: 5}", "is: 6}")
    towns.publish(engine, ledgers.a_programme(tmp_path / "newer", lead=newer))
    with engine.store.reading() as tx:
        version = migration.version(tx, engine.catalog, migration.IN_FORCE, "testtown")
    rows = list(migration.carry_out(engine, migration.Wanted(version=version, workflow="lead", actor="mayor", reason="新规定")))
    assert len(rows) == 1
    towns.moved(engine, case, "note", "ma")
    towns.moved(engine, case, "close", "qian")
    towns.moved(engine, case, "reopen", "mayor")
    towns.moved(engine, case, "confirm", "qian", grade=1)
    assert ledgers.owns(engine) == 5
    assert towns.findings(engine) == []


# --- exchanges


def rich(engine: Engine, points: int = 10, person: str = "ma") -> None:
    """Somebody who has earned so many, counted on paper."""
    wanted = corrections.Correction(programme="testtown", person=person, account="points", amount=points, reason="纸质补录", actor="mayor")
    corrections.correct(engine.store, engine.catalog, wanted, now=engine.time.now())


def test_ten_points_are_two_hundred_yuan(engine: Engine) -> None:
    rich(engine, 12)
    case = ledgers.opened(engine, "redemption")
    assert (ledgers.owns(engine), ledgers.owns(engine, account="yuan")) == (2, 0), "held from the request on"
    towns.moved(engine, case, "pay", "mayor")
    assert (ledgers.owns(engine), ledgers.owns(engine, account="yuan")) == (2, 200)
    assert ledgers.lines(engine)[2:] == [
        (1, 1, "hold", "ma", "points", -10),
        (1, 1, "hold", "held:ma", "points", 10),
        (1, 2, "exchange", "held:ma", "points", -10),
        (1, 2, "exchange", "(town)", "points", 10),
        (1, 2, "exchange", "ma", "yuan", 200),
        (1, 2, "exchange", "(town)", "yuan", -200),
    ]
    assert towns.findings(engine) == []


def test_who_has_too_little_is_told_what_he_has_and_what_it_takes(engine: Engine) -> None:
    rich(engine, 9)
    with pytest.raises(refusals.BalanceShort) as refused:
        ledgers.opened(engine, "redemption")
    assert str(refused.value) == "ma has 9 points and open takes 10; 1 are lacking"
    assert refused.value.zh == "ma 现有 9 分，open 需要 10 分，还差 1"
    assert towns.rows(engine, "SELECT count(*) FROM cases") == [(0,)]
    rich(engine, 1)
    assert ledgers.opened(engine, "redemption").number == "TT-20261120-0001", "and no number was lost"


def test_what_is_held_is_not_paid_out_once_the_points_behind_it_were_taken_back(engine: Engine) -> None:
    leads = [ledgers.confirmed(engine), ledgers.confirmed(engine)]
    asked = ledgers.opened(engine, "redemption")
    towns.moved(engine, leads[0], "overturn", "qian")
    with pytest.raises(refusals.BalanceShort) as refused:
        towns.moved(engine, asked, "pay", "mayor")
    assert str(refused.value) == "ma has 5 points and pay takes 10; 5 are lacking"
    assert (ledgers.owns(engine), ledgers.owns(engine, account="yuan")) == (-5, 0)
    ledgers.confirmed(engine)
    towns.moved(engine, asked, "pay", "mayor")
    assert (ledgers.owns(engine), ledgers.owns(engine, account="yuan")) == (0, 200), "earned again, it is paid"
    assert towns.findings(engine) == []


def test_what_was_refused_is_released_and_what_was_undone_comes_back(engine: Engine) -> None:
    rich(engine)
    towns.moved(engine, ledgers.opened(engine, "redemption"), "refuse", "mayor")
    assert ledgers.owns(engine) == 10
    again = ledgers.opened(engine, "redemption")
    towns.moved(engine, again, "pay", "mayor")
    towns.moved(engine, again, "undo", "mayor")
    assert (ledgers.owns(engine), ledgers.owns(engine, account="yuan")) == (10, 0)
    assert towns.findings(engine) == []


def test_a_third_time_in_a_month_is_refused_until_the_next(engine: Engine) -> None:
    rich(engine, 50)
    towns.moved(engine, ledgers.opened(engine, "redemption"), "pay", "mayor")
    second = ledgers.opened(engine, "redemption")
    with pytest.raises(refusals.MonthlyLimit, match="ma has used reward 2 times in 2026-11"):
        ledgers.opened(engine, "redemption")
    towns.moved(engine, second, "refuse", "mayor")
    ledgers.opened(engine, "redemption")
    ledgers.opened(engine, "redemption", when="2026-12-01T00:00")


def test_what_the_budget_does_not_give_is_refused_and_stays_held(tmp_path: Path, url: str) -> None:
    with ledgers.a_town(tmp_path, url, points=builders.POINTS.replace("budget: 4000", "budget: 300")) as engine:
        rich(engine)
        rich(engine, person="bai")
        towns.moved(engine, ledgers.opened(engine, "redemption"), "pay", "mayor")
        waiting = ledgers.opened(engine, "redemption", by="bai")
        with pytest.raises(refusals.BudgetSpent, match="100 yuan are left of the budget of 2026-11 and pay gives 200"):
            towns.moved(engine, waiting, "pay", "mayor")
        towns.moved(engine, waiting, "pay", "mayor", when="2026-12-01T08:00")
        assert ledgers.owns(engine, "bai", "yuan") == 200
        assert towns.findings(engine) == []


def test_an_exchange_that_points_yaml_has_no_more_is_refused_by_name(tmp_path: Path, engine: Engine) -> None:
    rich(engine)
    case = ledgers.opened(engine, "redemption")
    whole = ledgers.a_programme(tmp_path / "later")
    towns.publish(engine, whole.model_copy(update={"points": whole.points.model_copy(update={"exchanges": {}})}))
    with pytest.raises(refusals.NothingToExchange, match=r"points\.yaml has no exchange reward"):
        towns.moved(engine, case, "pay", "mayor")
    towns.moved(engine, case, "refuse", "mayor")
    assert ledgers.owns(engine) == 10, "what is held comes back all the same"


def test_a_batch_does_not_spend_the_same_points_twice(engine: Engine) -> None:
    from engine import cases

    rich(engine, 15)
    asked = [requests.Opening(programme="testtown", workflow="redemption", actor="ma") for _ in range(3)]
    outcomes = cases.perform(engine.store, engine.catalog, asked, now=engine.time.now())
    assert [type(outcome).__name__ for outcome in outcomes] == ["Done", "BalanceShort", "BalanceShort"]
    assert towns.findings(engine) == []


def redeem(given: dict[str, str], barrier: Any, answers: Any, cases: list[int]) -> None:
    """Another process: at each stroke it asks for the same points as its rival, and takes its time before it writes."""
    from engine import draft, settings
    from engine.cases import perform

    flush = draft.Batch.flush

    def slowly(batch: draft.Batch) -> int | None:
        time.sleep(0.1)
        return flush(batch)

    setattr(draft.Batch, "flush", slowly)  # noqa: B010 - a process of its own, which ends with the test
    with composition.opened(settings.Settings(given)) as engine:
        with engine.store.reading() as tx:
            engine.catalog.refresh(tx)
        for number, rider in enumerate(ledgers.CROWD):
            asked = (
                towns.a_move(cases[number], "pay", "mayor")
                if cases
                else requests.Opening(programme="testtown", workflow="redemption", actor=rider)
            )
            barrier.wait(60)
            # not through the door: a virtual clock lets one in after the other
            (outcome,) = perform(engine.store, engine.catalog, [asked], now=towns.START)
            answers.put((rider, "done" if isinstance(outcome, requests.Done) else outcome.code))


@pytest.mark.parametrize("way", ["open", "pay"])
def test_two_processes_at_the_same_moment_do_not_redeem_the_same_points(tmp_path: Path, url: str, way: str) -> None:
    """By the hold of a request, and by an exchange without one: of two who ask at once one is refused, each time."""
    plain = ledgers.REDEMPTION.replace("  - {on: open, holds: reward, to: reporter}\n", "").replace(
        "  - {on: refuse, releases: reward}\n", ""
    )
    with ledgers.a_town(tmp_path, url, **({"redemption": plain} if way == "pay" else {})) as engine:
        for rider in ledgers.CROWD:
            rich(engine, person=rider)
        mine, theirs = ([ledgers.opened(engine, "redemption", by=rider).case for rider in ledgers.CROWD if way == "pay"] for _ in "ab")
        context = multiprocessing.get_context("spawn")
        barrier, answers = context.Barrier(2), context.Queue()
        given = dict(engine.settings.given)
        processes = [context.Process(target=redeem, args=(given, barrier, answers, cases)) for cases in (mine, theirs)]
        for process in processes:
            process.start()
        found = [answers.get(timeout=120) for _ in range(2 * len(ledgers.CROWD))]
        for process in processes:
            process.join(60)
        assert sorted(found) == sorted([(rider, "done") for rider in ledgers.CROWD] + [(rider, "balance") for rider in ledgers.CROWD])
        assert {ledgers.owns(engine, rider) for rider in ledgers.CROWD} == {0}
        assert towns.findings(engine) == []


# --- append only, and proven


@pytest.mark.parametrize("sql", ["UPDATE postings SET amount = 500", "DELETE FROM postings", "DELETE FROM postings WHERE seq = 1"])
def test_the_database_itself_refuses_to_change_the_ledger(engine: Engine, sql: str) -> None:
    rich(engine)
    with pytest.raises((storage_errors.StorageError, Exception), match="only ever appended"), engine.store.writing() as tx:
        tx.run(database.both(sql))
    assert ledgers.owns(engine) == 10


def force(engine: Engine, sql: str) -> None:
    """What an administrator of the database might do after taking the guards away."""
    if engine.store.dialect == "sqlite":
        guards: tuple[str, ...] = ("DROP TRIGGER IF EXISTS postings_no_update", "DROP TRIGGER IF EXISTS postings_no_delete")
    else:
        guards = (
            "SELECT 1",
            "ALTER TABLE postings DISABLE TRIGGER ALL",
        )
    with engine.store.writing() as tx:
        for guard in guards:
            tx.run(database.both(guard))
        assert tx.run(database.both(sql))


SAME = "programme, seq, trigger, kind, account, amount, exchange, month, at, recorded_at, reason, actor, digest"
DAMAGE = [
    ("an award is made larger", "UPDATE postings SET amount = 50 WHERE case_id = 1 AND nth = 0", "posting-changed TT-20261120-0001: entry 2: +5 points of ma"),
    ("an award goes to somebody else", "UPDATE postings SET holder = 'bai' WHERE case_id = 1 AND nth = 0", "posting-changed TT-20261120-0001"),
    ("why is changed", "UPDATE postings SET reason = NULL WHERE case_id = 1 AND nth = 0", "posting-changed TT-20261120-0001"),
    ("it counts in another month", "UPDATE postings SET month = '2026-10' WHERE case_id = 1 AND nth = 0", "posting-changed TT-20261120-0001"),
    ("a line is removed", "DELETE FROM postings WHERE case_id = 1 AND nth = 1", "posting-removed TT-20261120-0001: entry 2: -5 points of (town) is gone"),
    ("a line is added", f"INSERT INTO postings (case_id, nth, holder, {SAME}) SELECT 1, 9, 'ma', {SAME} FROM postings WHERE case_id = 1 AND nth = 0", "posting-added TT-20261120-0001: entry 2: +5 points of ma was never posted"),
    ("a line of a case that is not there", f"INSERT INTO postings (case_id, nth, holder, {SAME}) SELECT 77, 9, 'ma', {SAME} FROM postings WHERE case_id = 1 AND nth = 0", "stray-rows None: 1 rows in postings for case 77"),
    ("one side without the other", f"INSERT INTO postings (case_id, nth, holder, {SAME}) SELECT 77, 9, 'ma', {SAME} FROM postings WHERE case_id = 1 AND nth = 0", "ledger-unbalanced None: testtown: all lines of points come to 5"),
    ("a correction is made larger", "UPDATE postings SET amount = 50 WHERE case_id IS NULL AND seq = 1 AND nth = 0", "posting-changed None: testtown: correction 1 (+50 points of ma)"),
    ("a correction is removed", "DELETE FROM postings WHERE case_id IS NULL AND seq = 1", "posting-removed None: testtown: correction 1 is missing"),
    ("the last correction is removed", "DELETE FROM postings WHERE case_id IS NULL AND seq = 2", "posting-removed None: testtown: 2 corrections were made, 1 are there"),
    ("the corrections are forgotten", "DELETE FROM meta WHERE key LIKE 'corrections:%'", "posting-added None: testtown: 0 corrections were made, 2 are there"),
    ("the case forgets that it has earned", "UPDATE cases SET fold = replace(fold, '\"a\":', '\"b\":') WHERE id = 1", "case-differs TT-20261120-0001: in the ledger: stored nothing, by its history award of entry 2 to ma"),
]  # fmt: skip


@pytest.mark.parametrize(("sql", "finding"), [row[1:] for row in DAMAGE], ids=[row[0] for row in DAMAGE])
def test_every_change_of_the_ledger_is_found(engine: Engine, sql: str, finding: str) -> None:
    ledgers.confirmed(engine)
    rich(engine, 5)
    rich(engine, 7, person="bai")
    assert towns.findings(engine) == []
    force(engine, sql)
    assert any(found.startswith(finding) for found in towns.findings(engine)), towns.findings(engine)


# --- statements and corrections


def test_a_statement_tells_every_line_with_the_balance_after_it(engine: Engine) -> None:
    ledgers.confirmed(engine, when="2026-10-30T10:00")
    ledgers.confirmed(engine, grade=2)
    rich(engine, 10)
    towns.moved(engine, ledgers.opened(engine, "redemption"), "pay", "mayor")
    with engine.store.reading() as tx:
        whole = balances.statement(tx, engine.catalog, "testtown", "ma")
        month = balances.statement(tx, engine.catalog, "testtown", "ma", month="2026-11")
    assert [(entry.case, entry.reason.zh, entry.amount, entry.balance) for entry in whole.entries] == [
        ("TT-20261030-0001", "食品安全隐患", 5, 5),
        ("TT-20261120-0001", "食品安全隐患", 2, 7),
        (None, "更正：纸质补录", 10, 17),
        ("TT-20261120-0002", "冻结：积分兑奖", -10, 7),
        ("TT-20261120-0002", "兑换：积分兑奖", 200, 200),
    ]
    assert (month.before, len(month.entries), month.balances) == ({"points": 5}, 4, {"points": 7, "yuan": 200})


def test_the_balances_of_an_earlier_month_are_those_of_its_end(engine: Engine) -> None:
    ledgers.confirmed(engine, when="2026-11-20T09:00")
    ledgers.confirmed(engine, when="2026-12-05T09:00")
    with engine.store.reading() as tx:
        of = {month: balances.balances(tx, engine.catalog, month=month, now=0) for month in ("2026-10", "2026-11", "2026-12")}
    assert {month: [(each.person, each.balance, each.month) for each in found] for month, found in of.items()} == {
        "2026-10": [],
        "2026-11": [("ma", 5, 5)],
        "2026-12": [("ma", 10, 5)],
    }


WRONG: list[tuple[dict[str, Any], type[Exception], str]] = [
    ({"actor": "ma", "person": "bai"}, corrections.MayNotCorrect, "ma only reports"),
    ({"person": "mayor"}, corrections.MayNotCorrect, "somebody else has to"),
    ({"actor": "nobody"}, errors.NotFound, "no person nobody"),
    ({"person": "maa"}, errors.NotFound, "no person maa; did you mean ma"),
    ({"account": "point"}, errors.NotFound, "did you mean points"),
    ({"programme": "elsewhere"}, errors.NotFound, "no programme elsewhere"),
    ({"amount": 0}, errors.RequestInvalid, "other than 0"),
    ({"amount": 10**15}, errors.RequestInvalid, "whole number"),
    ({"reason": "  "}, errors.RequestInvalid, "--reason"),
]


@pytest.mark.parametrize(("given", "error", "words"), WRONG, ids=[row[2] for row in WRONG])
def test_a_correction_that_cannot_be_made_changes_nothing(
    engine: Engine, given: dict[str, Any], error: type[Exception], words: str
) -> None:
    right: dict[str, Any] = {
        "programme": "testtown",
        "person": "ma",
        "account": "points",
        "amount": 3,
        "reason": "补录",
        "actor": "mayor",
    }
    wanted = corrections.Correction(**{**right, **given})
    with pytest.raises(error, match=words):
        corrections.correct(engine.store, engine.catalog, wanted, now=engine.time.now())
    assert ledgers.lines(engine) == []


def test_a_balance_may_go_below_nothing_when_spent_points_are_taken_back(engine: Engine) -> None:
    first, _ = ledgers.confirmed(engine), ledgers.confirmed(engine)
    towns.moved(engine, ledgers.opened(engine, "redemption"), "pay", "mayor")
    towns.moved(engine, first, "overturn", "qian")
    assert ledgers.owns(engine) == -5
    with contextlib.suppress(refusals.BalanceShort):
        ledgers.opened(engine, "redemption")
    assert ledgers.owns(engine) == -5
    assert towns.findings(engine) == []
