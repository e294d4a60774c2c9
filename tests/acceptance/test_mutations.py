"""Whatever is handed in: accepted, or refused with file, line and column, soon; never a traceback, never code run, never much memory.

Each block of mutants (tests/mutating.py) is looked at in a process of its own (tests/mutant_worker.py). `make prove` looks at 10,000
and prints the slowest; the times asserted are processor times, and generous, for a machine has other things to do."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson
import pytest

from tests import mutating, proving

BLOCKS = proving.times(4, 40)
MUTANTS = proving.times(320, 10_000)
SECONDS = 8.0
"""Of processor time, at most, for one folder; a second is meant."""
MEGABYTES = 200
ROOT = Path(__file__).parent.parent.parent


def looked_at(first: int, count: int) -> list[dict[str, Any]]:
    """What the worker says of the mutants from `first` on."""
    command = [sys.executable, "-m", "tests.mutant_worker", str(first), str(count)]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60 + 10 * count, check=False)
    assert ran.returncode == 0, ran.stderr[-3000:]
    assert not ran.stderr, ran.stderr[-3000:]
    return [orjson.loads(line) for line in ran.stdout.splitlines()]


@pytest.mark.slow
@pytest.mark.parametrize("block", range(BLOCKS))
def test_each_is_accepted_or_refused_in_its_place(block: int) -> None:
    each = MUTANTS // BLOCKS
    seen = looked_at(block * each, each)
    assert [row["number"] for row in seen] == list(range(block * each, (block + 1) * each))
    wrong = [f"mutant {row['number']} ({row['kind']}, {row['base']}): {said}" for row in seen for said in row["wrong"]]
    assert not wrong, "\n".join(wrong[:20])
    assert not [row for row in seen if row["seconds"] > SECONDS], told(seen)
    assert not [row for row in seen if row["megabytes"] > MEGABYTES], told(seen)
    refused = Counter(row["kind"] for row in seen if not row["accepted"])
    tried, harmless = Counter(row["kind"] for row in seen), set(mutating.KINDS) - set(refused)
    assert len(harmless) <= 2, f"ways of spoiling that do no harm: {harmless}"  # in a comment, say, of four tries
    assert not [kind for kind in harmless if tried[kind] >= 10], f"ways of spoiling that never do any harm: {harmless}"
    assert any(row["accepted"] for row in seen), "nothing is accepted: the folders are unsound to begin with"
    sys.stdout.write(told(seen))


def told(seen: Sequence[dict[str, Any]]) -> str:
    """The figures, and the slowest."""
    accepted, late = sum(row["accepted"] for row in seen), sum(row["seconds"] > 1 for row in seen)
    peak = max(row["megabytes"] for row in seen)
    lines = [f"{len(seen)} mutants, {accepted} accepted, {late} above a second; at most {peak:.0f} MB"]
    lines += [
        f"  {row['number']:6} {row['kind']:14} {row['base']:10} {row['seconds']:6.2f} s {row['megabytes']:5.0f} MB  {', '.join(row['codes'][:3])}"
        for row in sorted(seen, key=lambda row: -row["seconds"])[:10]
    ]
    return "\n".join([*lines, ""])
