"""The deployments: when each flow runs by itself, said once for `serve` and for prefect.yaml (work pools).

`python -m workflows.deployments > prefect.yaml` writes the file; a test holds the two equal."""

from __future__ import annotations

import io
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from prefect import Flow, get_client
from prefect.client.schemas import filters
from prefect.client.schemas.objects import ConcurrencyLimitConfig, ConcurrencyLimitStrategy, StateType
from prefect.client.schemas.sorting import FlowRunSort
from prefect.deployments.runner import RunnerDeployment
from prefect.schedules import Cron
from prefect.types.entrypoint import EntrypointType
from ruamel.yaml import YAML

from workflows import flows, wording

POOL = "fengxing"
GRACE = timedelta(minutes=1)
"""A run so late may still be in another machine's hands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """One deployment. `cron` by the wall clock of wording.ZONE; minutes are staggered, so that two do not begin together on a small machine."""

    flow: Flow[Any, Any]
    name: str
    cron: str
    description: str
    tags: tuple[str, ...] = ("fengxing",)
    parameters: Mapping[str, Any] = field(default_factory=dict)


PLANNED = (
    Planned(
        flow=flows.escalate,
        name="safety-net",
        cron="3-59/15 * * * *",
        description="Shows lapses that the watch beside the engine has not shown. Run it by hand with a programme or a clock to see only those.",
    ),
    Planned(
        flow=flows.deliver,
        name="safety-net",
        cron="7-59/15 * * * *",
        description="Sends waiting mails if the engine's own delivery is down; shares the work with it by leases.",
    ),
    Planned(
        flow=flows.board, name="every-ten-minutes", cron="*/10 * * * *", description="The boards of all programmes, for the Artifacts page."
    ),
    Planned(
        flow=flows.digest,
        name="morning",
        cron="1-59/30 * * * *",
        description="Looks twice an hour whose morning it is: each programme's own time and zone decide, and each leader has one mail a day.",
        parameters={"due": True},
    ),
    Planned(
        flow=flows.circular,
        name="monthly",
        cron="34 * * * *",
        description="Looks hourly whose day of the circular it is: each programme's own day, time and zone decide, one mail a month.",
        parameters={"due": True},
    ),
    Planned(flow=flows.figures, name="nightly", cron="20 2 * * *", description="What is over is remembered before the morning's figures."),
    Planned(
        flow=flows.recover,
        name="hourly",
        cron="24 * * * *",
        description="Leases, timers, a proof of a sample, and whether the clock is alive. Automations run it too.",
        parameters={"because": "on schedule", "sample": 250},
    ),
    Planned(flow=flows.retention, name="nightly", cron="40 3 * * *", description="Personal facts whose time is over are erased at night."),
    Planned(
        flow=flows.learn,
        name="nightly",
        cron="52 3 * * *",
        description="What the town's confirmed cases teach about categories, judged on the newest of them.",
    ),
)


async def served() -> list[RunnerDeployment]:
    """As `serve` runs them: in processes of the runner, one run of each at a time, the next one waits."""
    one = ConcurrencyLimitConfig(limit=1, collision_strategy=ConcurrencyLimitStrategy.ENQUEUE)
    return [
        await plan.flow.ato_deployment(
            name=plan.name,
            schedules=[Cron(plan.cron, timezone=wording.ZONE)],
            paused=False,
            concurrency_limit=one,
            parameters=dict(plan.parameters),
            description=plan.description,
            tags=list(plan.tags),
            entrypoint_type=EntrypointType.MODULE_PATH,
        )
        for plan in PLANNED
    ]


async def forget_missed() -> int:
    """Of the runs whose time passed while nobody served, each deployment makes up for the last; how many were forgotten.

    A board of an hour ago is of no use to anybody, and each run is four seconds of CPU; a digest is late, not lost."""
    async with get_client() as client:
        missed = await client.read_flow_runs(
            flow_run_filter=filters.FlowRunFilter(
                state=filters.FlowRunFilterState(type=filters.FlowRunFilterStateType(any_=[StateType.SCHEDULED])),
                tags=filters.FlowRunFilterTags(all_=["auto-scheduled", "fengxing"]),
                expected_start_time=filters.FlowRunFilterExpectedStartTime.model_validate({"before_": datetime.now(UTC) - GRACE}),
            ),
            sort=FlowRunSort.EXPECTED_START_TIME_DESC,
            limit=200,
        )
        latest: set[UUID | None] = set()
        for run in missed:
            if run.deployment_id in latest:
                await client.delete_flow_run(run.id)
            latest.add(run.deployment_id)
    return len(missed) - len(latest)


def document() -> dict[str, Any]:
    """prefect.yaml: the same for process work pools, `prefect deploy --all`."""
    return {
        "name": "fengxing",
        "prefect-version": "3",
        "build": None,
        "push": None,
        "pull": None,
        "deployments": [
            {
                "name": plan.name,
                "description": plan.description,
                "tags": list(plan.tags),
                "entrypoint": f"workflows/flows.py:{plan.flow.fn.__name__}",
                "parameters": dict(plan.parameters),
                "concurrency_limit": {"limit": 1, "collision_strategy": "ENQUEUE"},
                "schedules": [{"cron": plan.cron, "timezone": wording.ZONE, "active": True}],
                "work_pool": {"name": POOL},
            }
            for plan in PLANNED
        ],
    }


HEAD = """# Made by `python -m workflows.deployments`; a test holds it equal to workflows/deployments.py. Edit there.
# For work pools instead of `fengxing up`: `prefect work-pool create --type process fengxing`, then `prefect deploy --all`
# and `prefect worker start --pool fengxing` on each machine, in this folder, with the FENGXING_ settings of the engine.
"""


def main() -> None:
    yaml = YAML()
    yaml.width = 140
    yaml.indent(mapping=2, sequence=4, offset=2)
    text = io.StringIO()
    yaml.dump(document(), text)
    sys.stdout.write(HEAD + text.getvalue())


if __name__ == "__main__":
    main()
