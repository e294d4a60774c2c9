"""Logs played through the engine: what each kind of row becomes, what is refused, and what the command says."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import orjson
import pytest

from cli import main
from engine import composition, errors, logfiles, replay, settings, staging, verify
from engine import now as times
from storage import database, statements
from tests.replaying import BOSTON, a_postgresql, a_store, counts, play, where

HEADER = "case_enquiry_id,open_dt,target_dt,closed_dt,closure_reason,reason,type,department,neighborhood,source\n"


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return a_store(tmp_path)


@pytest.fixture
def a_log(tmp_path: Path) -> Callable[..., Path]:
    def write(*rows: str, header: str = HEADER) -> Path:
        file = tmp_path / "log.csv"
        file.write_text(header + "".join(row + "\n" for row in rows), encoding="utf-8")
        return file

    return write


def a_row(key: str, opened: str, target: str = "", closed: str = "", kind: str = "Pothole") -> str:
    return f"{key},{opened},{target},{closed},done,Streets,{kind},PWDx,Dorchester,Self Service"


def verdicts(done: replay.Replayed) -> dict[str, str]:
    return {each.key: each.verdict for each in done.verdicts}


def notes(done: replay.Replayed) -> list[tuple[int, str]]:
    return [(note.line, note.kind.value) for note in done.notes]


def test_a_verdict_for_each_kind_of_case(store: Path, a_log: Callable[..., Path]) -> None:
    done = play(
        store,
        a_log(
            a_row("in-time", "2011-07-01 09:00:00", "2011-07-02 09:00:00", "2011-07-01 10:00:00"),
            a_row("late", "2011-07-01 09:00:00", "2011-07-02 09:00:00", "2011-07-02 09:00:01"),
            a_row("on-the-second", "2011-07-01 09:00:00", "2011-07-02 09:00:00", "2011-07-02 09:00:00"),
            a_row("open-and-over", "2011-07-01 09:00:00", "2011-07-02 09:00:00"),
            a_row("open-and-not-due", "2011-07-01 09:00:00", "2011-12-02 09:00:00"),
            a_row("no-promise", "2011-07-01 09:00:00", "", "2011-07-08 10:00:00"),
            a_row("promised-in-the-past", "2011-07-01 09:00:00", "2011-06-30 09:00:00", "2011-07-01 10:00:00"),
        ),
    )
    assert verdicts(done) == {
        "in-time": "met",
        "late": "breached",
        "on-the-second": "met",
        "open-and-over": "breached",
        "open-and-not-due": "none",
        "no-promise": "none",
        "promised-in-the-past": "breached",
    }
    assert {each.key: each.due for each in done.verdicts}["late"] == "2011-07-02T09:00:00-04:00"
    assert times.written(done.until, "America/New_York") == "2011-07-08T10:00:00-04:00"


@pytest.mark.postgres
def test_the_same_on_postgresql(tmp_path: Path, a_log: Callable[..., Path]) -> None:
    log = a_log(
        a_row("in-time", "2011-07-01 09:00:00", "2011-07-02 09:00:00", "2011-07-01 10:00:00"),
        a_row("late", "2011-07-01 09:00:00", "2011-07-02 09:00:00", "2011-07-02 09:00:01"),
        a_row("open-and-over", "2011-07-01 09:00:00", "2011-07-02 09:00:00"),
    )
    with a_postgresql(tmp_path / "pg") as url:
        given = settings.Settings({**where(tmp_path / "none").given, "FENGXING_DATABASE_URL": url})
        for again in (0, 3):  # an empty database is made a virtual store; the second time nothing is new
            with staging.staged(given, log, name="boston", map_file=BOSTON / "map.yaml") as ready:
                done = replay.replay(ready.engine, ready.log, programme="boston")
                assert ready.made == (again == 0)
                assert done.again == again
                assert verdicts(done) == {"in-time": "met", "late": "breached", "open-and-over": "breached"}
                assert verify.verify(ready.engine.store, ready.engine.catalog, tmp_path).findings == ()


def test_until_decides_how_far_the_clock_goes_and_the_rest_can_follow(store: Path, a_log: Callable[..., Path]) -> None:
    log = a_log(
        a_row("a", "2011-07-01 09:00:00", "2011-07-05 09:00:00", "2011-07-04 09:00:00"),
        a_row("b", "2011-07-02 09:00:00", "2011-07-09 09:00:00"),
        a_row("c", "2011-07-06 09:00:00", "", "2011-07-07 09:00:00"),
    )
    first = play(store, log, until="2011-07-03T00:00:00-04:00")
    assert (verdicts(first), first.later) == ({"a": "none", "b": "none"}, 3)
    whole = play(store, log, until="2011-08-01T00:00:00-04:00")
    assert (verdicts(whole), whole.again, whole.later) == ({"a": "met", "b": "breached", "c": "none"}, 2, 0)
    with pytest.raises(errors.TooEarly, match=r"lies before the store's clock"):
        play(store, log, until="2011-07-03T00:00:00-04:00")


def test_rows_that_cannot_be_taken_are_listed_with_their_line(store: Path, a_log: Callable[..., Path]) -> None:
    good = a_row("a", "2011-07-01 09:00:00", "2011-07-05 09:00:00", "2011-07-04 09:00:00")
    done = play(
        store,
        a_log(
            good,
            a_row("", "2011-07-01 09:00:00"),  # 3: no name
            a_row("b", ""),  # 4: never opened
            a_row("c", "07/01/2011 9 o'clock"),  # 5: no time
            a_row("d", "2011-07-01 09:00:00", "soon"),  # 6: no time either
            good,  # 7: twice
            a_row("e", "2011-07-02 09:00:00", "", "2011-07-01 09:00:00"),  # 8: closed before it was opened
            "",
            a_row("f", "2011-07-01 09:00:00", kind="x" * 301),  # 10: refused by the definition
            a_row("g", "2011-07-03 09:00:00+00", "", "2011-07-03T09:00:00Z"),  # 11: times with an offset
        ),
    )
    assert verdicts(done) == {"a": "met", "e": "none", "g": "none"}
    assert notes(done) == [(3, "skipped"), (4, "skipped"), (5, "skipped"), (6, "skipped"), (7, "skipped"), (8, "adjusted"), (10, "skipped")]
    assert "a stood in line 2 already, the same row" in done.notes[4].reason
    assert "301 characters; at most 300" in done.notes[6].reason


def test_hours_that_come_twice_and_hours_that_never_were(store: Path, a_log: Callable[..., Path]) -> None:
    done = play(
        store,
        a_log(
            a_row("twice", "2011-11-06 00:30:00", "2011-11-06 01:30:00", "2011-11-06 01:30:00"),
            a_row("second-pass", "2011-11-06 01:50:00", "", "2011-11-06 01:10:00"),
            a_row("never", "2012-03-11 02:30:00", "2012-03-11 03:30:00", "2012-03-11 04:00:00"),
        ),
    )
    assert verdicts(done) == {"twice": "met", "second-pass": "none", "never": "breached"}
    assert {kind for _, kind in notes(done)} == {"adjusted"}
    with database.Store(f"sqlite:///{store}").reading() as tx:
        spans = tx.all(database.both("SELECT number, closed_at - opened_at FROM cases ORDER BY id"))
    # 01:50 is the first pass, 01:10 after it the second: twenty minutes; 02:30 in spring is 03:30 of summer time
    assert [span // 60_000_000 for _, span in spans] == [60, 20, 30]


def test_a_later_months_columns_and_types_nobody_knew(store: Path, a_log: Callable[..., Path]) -> None:
    done = play(
        store,
        a_log(
            "101,2013-02-01T09:00:00,2013-02-02T09:00:00,2013-02-03T09:00:00,ONTIME,Drones,Lost drone",
            header="case_enquiry_id,open_dt,sla_target_dt,closed_dt,on_time,reason,type\n",
        ),
    )
    assert verdicts(done) == {"101": "breached"}


@pytest.mark.parametrize(
    ("content", "line", "words"),
    [
        (b"", 1, "the file is empty"),
        (b"a,b,a\n1,2,3\n", 1, "two columns are called `a`"),
        (b"case_enquiry_id,open_date_time\n1,2\n", 1, "no column `open_dt or open_date`; did you mean `open_date_time`?"),
        (HEADER.encode() + b"1,2,3\n", 2, "3 cells, the header has 10"),
        (HEADER.encode() + b'1,"2\n' * 3, 2, "double quotes"),
        (HEADER.encode() + b"1,\xff\n", 2, "not UTF-8"),
        (gzip.compress(HEADER.encode(), mtime=0)[:-9], 1, "damaged or cut off"),
    ],
)
def test_a_file_that_is_no_log_is_refused_by_its_line(tmp_path: Path, store: Path, content: bytes, line: int, words: str) -> None:
    log = tmp_path / "log.csv"
    log.write_bytes(content)
    with pytest.raises(logfiles.LogInvalid) as refused:
        play(store, log)
    assert (refused.value.line, words in str(refused.value)) == (line, True), refused.value
    assert counts(store)[0] == (0,)


def test_a_log_changed_since_is_a_conflict_before_anything_happens(store: Path, a_log: Callable[..., Path]) -> None:
    play(store, a_log(a_row("a", "2011-07-01 09:00:00")))
    with pytest.raises(replay.PlayedOtherwise, match=r"line 2: a was played into this store before with other input") as refused:
        play(store, a_log(a_row("a", "2011-07-01 09:00:00", kind="Graffiti"), a_row("b", "2011-07-09 09:00:00")))
    assert refused.value.exit == errors.CONFLICT
    assert counts(store)[0] == (1,)


def test_a_case_closed_since_the_last_time_is_closed_now(store: Path, a_log: Callable[..., Path]) -> None:
    play(store, a_log(a_row("a", "2011-07-01 09:00:00", "2011-07-05 09:00:00")))
    done = play(store, a_log(a_row("a", "2011-07-01 09:00:00", "2011-07-05 09:00:00", "2011-07-04 09:00:00")))
    assert (verdicts(done), done.again) == ({"a": "met"}, 1)


def test_the_past_of_a_store_cannot_be_played(store: Path, a_log: Callable[..., Path]) -> None:
    play(store, a_log(a_row("a", "2011-07-01 09:00:00")), until="2012-01-01T00:00:00-05:00")
    with pytest.raises(errors.TooEarly, match=r"2012-01-01T00:00:00-05:00, after what line 3 says of 2011-08-01T09:00:00-04:00.*new store"):
        play(store, a_log(a_row("a", "2011-07-01 09:00:00"), a_row("b", "2011-08-01 09:00:00")))


def test_a_store_that_keeps_real_time_is_refused(tmp_path: Path, a_log: Callable[..., Path]) -> None:
    real = a_store(tmp_path)
    with database.Store(f"sqlite:///{real}").writing() as tx:
        tx.run(statements.META_PUT, ("clock", '{"mode":"real"}'))
    with pytest.raises(replay.NotVirtual, match="FENGXING_DATABASE_URL"):
        play(real, a_log(a_row("a", "2011-07-01 09:00:00")))


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("verdict: promised", "verdict: promise", "verdict: `promise` is not known in this programme; did you mean `promised`?"),
        ("do: close", "do: shut", "steps.0.do: `shut` is not known in this programme"),
        ("as: desk", "as: bureau", "open.as: `bureau` is not known in this programme"),
        ("    type:", "    typ:", "open.facts.typ: `typ` is not known in this programme; did you mean `type`?"),
        ("workflow: report", "workflow: reprot", "workflow: `reprot` is not known"),
        ("America/New_York", "America/Boston", "time_zone: `America/Boston` is no time zone"),
        ("%Y-%m-%d %H:%M:%S.%f", "%H:%M", "time_format: `%H:%M` does not say when"),
        ("key: [", "keys: [", "keys: unknown key; did you mean `key`?"),
    ],
)
def test_a_map_is_read_as_strictly_as_a_definition(
    store: Path, tmp_path: Path, a_log: Callable[..., Path], old: str, new: str, words: str
) -> None:
    text = (BOSTON / "map.yaml").read_text(encoding="utf-8")
    assert old in text
    map_file = tmp_path / "map.yaml"
    map_file.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(staging.MapInvalid) as refused:
        play(store, a_log(a_row("a", "2011-07-01 09:00:00")), map_file=map_file)
    lines = [line for line in str(refused.value).splitlines() if words in line]
    assert len(lines) == 1, refused.value
    assert lines[0].startswith(f"{map_file}:")


def test_an_interrupted_replay_goes_on_where_it_stopped(store: Path, a_log: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    log = a_log(*(a_row(str(n), f"2011-07-{1 + n:02} 09:00:00", f"2011-07-{2 + n:02} 09:00:00") for n in range(9)))
    monkeypatch.setattr(replay, "TOGETHER", 4)

    def stop(played: int, of: int) -> None:
        if played >= 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), staging.staged(where(store), log, name="boston", map_file=BOSTON / "map.yaml") as ready:
        replay.replay(ready.engine, ready.log, programme="boston", heard=stop)
    done = play(store, log, until="2011-08-01T00:00:00-04:00")
    assert 0 < done.again < 9
    assert set(verdicts(done).values()) == {"breached"}
    with composition.opened(where(store)) as engine:
        assert verify.verify(engine.store, engine.catalog, store.parent).findings == ()
        with engine.store.reading() as tx:
            assert tx.one(database.both("SELECT count(*) FROM history WHERE mark IS NOT NULL")) == (9,)


# The command


@pytest.fixture
def settled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The environment of a command, with no store yet."""
    for name, value in where(tmp_path / "new" / "fengxing.db").given.items():
        monkeypatch.setenv(name, value)
    return tmp_path / "new" / "fengxing.db"


def test_the_command_makes_a_virtual_store_that_begins_with_the_first_case(
    settled: Path, tmp_path: Path, a_log: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    log = a_log(a_row("a", "2011-07-01 09:00:00", "2011-07-05 09:00:00", "2011-07-06 09:00:00"), a_row("", ""))
    out = tmp_path / "verdicts.csv"
    asked = ["replay", str(log), "--programme", "boston", "--map", str(BOSTON / "map.yaml")]
    assert main.run([*asked, "--cases", str(out), "--json"]) == 0
    told = orjson.loads(capsys.readouterr().out)
    assert {k: told[k] for k in ("cases", "breached", "met", "none", "skipped")} == {
        "cases": 1,
        "breached": 1,
        "met": 0,
        "none": 0,
        "skipped": 1,
    }
    assert told["seconds"] > 0
    assert told["notes"] == [{"line": 3, "kind": "skipped", "reason": "no case_enquiry_id, so the case has no name"}]
    assert out.read_text(encoding="utf-8") == "key,due,verdict\na,2011-07-05T09:00:00-04:00,breached\n"
    assert times.of(database.Store(f"sqlite:///{settled}")).mode == "virtual"
    assert main.run(asked) == 0
    shown = capsys.readouterr()
    assert "in the store before" in shown.out
    assert "line 3: left out" in shown.err


def test_the_command_refuses_before_a_store_is_made(settled: Path, a_log: Callable[..., Path], capsys: pytest.CaptureFixture[str]) -> None:
    log = a_log(a_row("a", "2011-07-01 09:00:00"))
    asked = ["replay", str(log), "--map", str(BOSTON / "map.yaml"), "--json"]
    assert main.run([*asked, "--programme", "bosten"]) == errors.NOT_FOUND
    assert orjson.loads(capsys.readouterr().err)["code"] == "not-found"
    assert main.run(["replay", "away.csv", *asked[2:], "--programme", "boston"]) == errors.NOT_FOUND
    assert main.run([*asked, "--programme", "boston", "--until", "2012-01-01T00:00:00"]) == 2
    assert not settled.exists()
