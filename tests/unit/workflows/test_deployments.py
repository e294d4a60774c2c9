"""The deployments said once: prefect.yaml equals what `serve` serves, and every flow is fit to be shown."""

from __future__ import annotations

import asyncio
import inspect
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from ruamel.yaml import YAML

from workflows import automations, deployments, flows

ROOT = Path(__file__).resolve().parents[3]


def test_prefect_yaml_says_the_same() -> None:
    assert YAML(typ="safe").load((ROOT / "prefect.yaml").read_text(encoding="utf-8")) == deployments.document()
    assert (ROOT / "prefect.yaml").read_text(encoding="utf-8").startswith(deployments.HEAD)


def test_serve_and_prefect_yaml_agree() -> None:
    written = {(entry["entrypoint"].rpartition(":")[2], entry["name"]): entry for entry in deployments.document()["deployments"]}
    for served in asyncio.run(deployments.served()):
        entry = written.pop((served.flow_name, served.name))
        assert served.description == entry["description"]
        assert served.tags == entry["tags"]
        assert served.parameters == entry["parameters"]
        schedules = [s.schedule.model_dump() for s in served.schedules or [] if s.schedule is not None]
        assert [(s["cron"], s["timezone"]) for s in schedules] == [(s["cron"], s["timezone"]) for s in entry["schedules"]]
        assert served.concurrency_options is not None
        assert served.concurrency_options.model_dump(mode="json")["collision_strategy"] == "ENQUEUE"
        assert served.concurrency_limit == 1
    assert not written


def test_each_flow_is_deployed_and_described_in_both_languages() -> None:
    assert [plan.flow.name for plan in deployments.PLANNED] == [flow.name for flow in flows.FLOWS]
    for flow in flows.FLOWS:
        assert flow.description
        assert any(ord(c) > 0x4E00 for c in flow.description)
        assert inspect.iscoroutinefunction(flow.fn)  # a sync flow waits a second for its heartbeat thread
        assert flow.retries > 0


def test_no_two_deployments_begin_in_the_same_minute_of_an_ordinary_hour() -> None:
    minutes = [minute for plan in deployments.PLANNED for minute in _minutes(plan.cron)]
    assert len(minutes) == len(set(minutes))


@pytest.mark.parametrize("flow", flows.FLOWS, ids=lambda flow: flow.name)
def test_every_parameter_has_a_form(flow: Any) -> None:
    for name, field in flow.parameters.properties.items():
        assert field.get("description"), f"{flow.name}.{name}"


def test_automations_read_as_sentences_and_run_recover() -> None:
    recover = uuid4()
    planned = automations.planned(recover, {"escalate": uuid4()})
    assert [a.name for a in planned] == [
        "A failed escalate run → recover looks into it",
        "The clock is silent: no heartbeat for three minutes → recover, red if it stays silent",
    ]
    for automation in planned:
        assert [action.deployment_id for action in automation.actions if action.type == "run-deployment"] == [recover]


def _minutes(cron: str) -> list[int]:
    minute, hour = cron.split()[:2]
    if hour not in ("*", "7"):
        return []
    start, _, step = minute.partition("/")
    if not step:
        return [int(minute)]
    return list(range(int(start.split("-")[0]) if start != "*" else 0, 60, int(step)))
