"""Playing many events and timers together is the same as one at a time: each timer at its moment, before what came later."""

from __future__ import annotations

import csv
import random
from pathlib import Path
from typing import Any

import pytest

from engine import composition, replay, settings, staging, verify
from engine import now as times
from storage import database
from tests import builders, replaying

MAP = """\
workflow: report
verdict: handling
key: number
time_zone: {zone}
open: {{at: reported, as: ma, facts: {{description: what}}}}
steps:
  - {{do: dispatch, at: dispatched, as: wang, facts: {{category: kind, urgency: urgency, unit: unit}}}}
  - {{do: resolve, at: resolved, as: li, facts: {{result: what}}}}
  - {{do: verify, at: verified, as: qian}}
"""
MINUTE = 60_000_000
START = times.parse("2026-11-20T06:00:00+08:00")


def a_busy_day(file: Path, seed: int) -> Path:
    """Eighty reports within five hours on whole minutes, so that much falls together; some are left lying at each stage."""
    drawn = random.Random(seed)
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(("number", "what", "kind", "urgency", "unit", "reported", "dispatched", "resolved", "verified"))
        for number in range(80):
            at = drawn.randrange(300)
            moments = [at]
            for longest in (15, 120, 60):
                if drawn.random() < 0.2:
                    break
                moments.append(moments[-1] + drawn.randrange(longest))
            said = [f"{times.local(START + each * MINUTE, 'Asia/Shanghai'):%Y-%m-%d %H:%M:%S}" for each in moments]
            kind, urgency = drawn.choice(("lamp", "greening")), drawn.choice("123")
            writer.writerow((f"case {number}", "路灯不亮", kind, urgency, "lights", *said, *[""] * (4 - len(said))))
    return file


def played(
    folder: Path, log: Path, *, zone: str = "Asia/Shanghai", until: str | None = "2026-11-21T12:00:00+08:00"
) -> tuple[replay.Replayed, list[Any]]:
    """What came of it, and every entry of every history but the numbers of the table."""
    folder.mkdir()
    builders.a_folder(folder / "programmes")
    (folder / "map.yaml").write_text(MAP.format(zone=zone), encoding="utf-8")
    given = settings.Settings(
        {
            "FENGXING_DATABASE_URL": f"sqlite:///{replaying.a_store(folder)}",
            "FENGXING_DATA_DIR": str(folder),
            "FENGXING_PROGRAMMES": str(folder / "programmes"),
        }
    )
    with staging.staged(given, log, name="testtown", map_file=folder / "map.yaml") as ready:
        done = replay.replay(ready.engine, ready.log, programme="testtown", until=None if until is None else times.parse(until))
    with composition.opened(given) as engine:
        assert verify.verify(engine.store, engine.catalog, folder).findings == ()
        with engine.store.reading() as tx:
            entries = tx.all(
                database.both("SELECT case_id, seq, at, recorded_at, trigger, to_state, detail, digest FROM history ORDER BY case_id, seq")
            )
            waiting = tx.all(database.both("SELECT case_id, clock, due, round, rung, repeat FROM timers ORDER BY case_id, clock"))
    return done, [*entries, *waiting]


@pytest.mark.parametrize("seed", [1, 2])
def test_together_is_the_same_as_one_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    log = a_busy_day(tmp_path / "log.csv", seed)
    together, entries = played(tmp_path / "together", log)
    monkeypatch.setattr(replay, "TOGETHER", 1)
    apart, alone = played(tmp_path / "apart", log)
    assert together == apart
    assert entries == alone
    assert together.fired > 50
    assert together.notes == ()


def test_nothing_is_recorded_before_or_after_it_happened(tmp_path: Path) -> None:
    _, entries = played(tmp_path / "town", a_busy_day(tmp_path / "log.csv", 4))
    assert [entry for entry in entries if len(entry) == 8 and entry[2] != entry[3]] == []


def test_a_few_commits_carry_the_whole_day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = a_busy_day(tmp_path / "log.csv", 5)
    commits = 0
    writing = database.Store.writing

    def counted(store: database.Store) -> Any:
        nonlocal commits
        commits += 1
        return writing(store)

    replaying.template()
    monkeypatch.setattr(database.Store, "writing", counted)
    done, entries = played(tmp_path / "town", log)
    assert len(entries) > 400
    assert commits <= 6, f"{commits} commits for {done.fired} rungs"


def test_times_are_the_maps_zones(tmp_path: Path) -> None:
    log = tmp_path / "log.csv"
    log.write_text(
        "number,what,kind,urgency,unit,reported,dispatched,resolved,verified\na,路灯,lamp,3,lights,2026-11-20 08:00:00,2026-11-20 08:05:00,,\n",
        encoding="utf-8",
    )
    dues = [
        played(tmp_path / zone.replace("/", "-"), log, zone=zone, until=None)[0].verdicts[0].due for zone in ("Asia/Shanghai", "Asia/Tokyo")
    ]
    # nine in Tokyo is eight in Shanghai; the programme's own zone says when it is due
    assert dues == ["2026-11-20T09:05:00+08:00", "2026-11-20T08:05:00+08:00"]
