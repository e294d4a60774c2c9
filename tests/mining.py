"""A process miner's view of exported files, by pm4py in a process of its own: `python -m tests.mining FILE…` prints it as JSON.

pm4py shares no code with the export. It warns and prints on its own account, so nothing of it comes into the process of the tests."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]


def mined(*paths: Path) -> list[dict[str, Any]]:
    """Of each file: cases, events, activities (name → count), follows (`a > b` → count); of an object-centric log also objects and relations.

    All in one process, for pm4py takes longer to start than to read."""
    command = [sys.executable, "-W", "ignore", "-m", "tests.mining", *(str(path) for path in paths)]
    environment = {**os.environ, "PYTHONUTF8": "1", "MPLBACKEND": "Agg"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    found: list[dict[str, Any]] = json.loads(done.stdout.splitlines()[-1])
    return found


def follows(traces: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """The directly-follows graph of traces, counted without any library."""
    return dict(Counter(f"{a} > {b}" for trace in traces.values() for a, b in itertools.pairwise(trace)))


def _flat(path: str) -> dict[str, Any]:
    import pandas as pd
    import pm4py

    if ".csv" in path:
        table = pd.read_csv(path, encoding="utf-8-sig")
        table["at"] = pd.to_datetime(table["at"], utc=True, format="ISO8601")
        table = pm4py.format_dataframe(table, case_id="case", activity_key="activity", timestamp_key="at")
    else:
        table = pm4py.read_xes(path)
    graph, starts, ends = pm4py.discover_dfg(table)
    return {
        "cases": int(table["case:concept:name"].nunique()),
        "events": len(table),
        "activities": {name: int(n) for name, n in table["concept:name"].value_counts().items()},
        "follows": {f"{a} > {b}": int(n) for (a, b), n in graph.items()},
        "starts": {name: int(n) for name, n in starts.items()},
        "ends": {name: int(n) for name, n in ends.items()},
        "columns": sorted(table.columns),
        "moments": [str(moment) for moment in table["time:timestamp"][:3]],
    }


def _centred(path: str) -> dict[str, Any]:
    import pm4py

    log = pm4py.read_ocel2_json(path)
    flat = pm4py.ocel_flattening(log, "case")
    graph, _, _ = pm4py.discover_dfg(flat)
    return {
        "cases": int((log.objects["ocel:type"] == "case").sum()),
        "events": len(log.events),
        "activities": {name: int(n) for name, n in log.events["ocel:activity"].value_counts().items()},
        "follows": {f"{a} > {b}": int(n) for (a, b), n in graph.items()},
        "objects": {name: int(n) for name, n in log.objects["ocel:type"].value_counts().items()},
        "relations": len(log.relations),
        "o2o": len(log.o2o),
        "changes": len(log.object_changes),
    }


if __name__ == "__main__":
    seen = [_centred(name) if name.endswith(".json") else _flat(name) for name in sys.argv[1:]]
    sys.stdout.write("\n" + json.dumps(seen) + "\n")
