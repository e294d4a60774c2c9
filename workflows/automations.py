"""The automations: what Prefect does by itself when a run fails or the engine's clock falls silent. Their names read as sentences.

Offline, with no notification block, what a server can do is run a deployment: `recover`, which looks, puts right what it can
and turns red with a sentence where it cannot."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

from prefect import get_client
from prefect.client.orchestration import PrefectClient
from prefect.events.actions import RunDeployment
from prefect.events.schemas.automations import AutomationCore, EventTrigger, Posture

SILENCE = timedelta(minutes=3)
"""The clock beats every half minute or so, and the beat is shown within a second."""


def planned(recover: UUID, flow_ids: Mapping[str, UUID], *, silence: timedelta = SILENCE) -> list[AutomationCore]:
    """The automations for a `recover` deployment and the flows' ids by name."""
    return [
        AutomationCore(
            name="A failed escalate run → recover looks into it",
            description="An escalate run failed or crashed. The engine itself has escalated; recover finds out what is broken.",
            trigger=EventTrigger(
                posture=Posture.Reactive,
                expect={"prefect.flow-run.Failed", "prefect.flow-run.Crashed"},
                match_related=[{"prefect.resource.role": "flow", "prefect.resource.id": f"prefect.flow.{flow_ids['escalate']}"}],
                threshold=1,
                within=timedelta(0),
            ),
            actions=[_run(recover, "an escalate run failed")],
        ),
        AutomationCore(
            name="The clock is silent: no heartbeat for three minutes → recover, red if it stays silent",
            description="Deadlines are kept by `fengxing up` or `fengxing clock`. If neither gives a sign of life, nothing is escalated.",
            trigger=EventTrigger(
                posture=Posture.Proactive,
                after={"fengxing.clock.heartbeat"},
                expect={"fengxing.clock.heartbeat"},
                for_each={"prefect.resource.id"},
                match={"prefect.resource.id": "fengxing.clock"},
                threshold=1,
                within=silence,
            ),
            actions=[_run(recover, "the clock is silent")],
        ),
    ]


async def put(*, silence: timedelta = SILENCE) -> list[str]:
    """Create them, or bring them up to date; their names. Needs the deployments to be there."""
    async with get_client() as client:
        deployment = await client.read_deployment_by_name("recover/hourly")
        flow_ids = {"escalate": (await client.read_flow_by_name("escalate")).id}
        core = planned(deployment.id, flow_ids, silence=silence)
        for automation in core:
            await _put(client, automation)
    return [automation.name for automation in core]


async def _put(client: PrefectClient, automation: AutomationCore) -> None:
    found = await client.read_automations_by_name(automation.name)
    for extra in found[1:]:
        await client.delete_automation(extra.id)
    if found:
        await client.update_automation(found[0].id, automation)
    else:
        await client.create_automation(automation)


def _run(deployment: UUID, because: str) -> RunDeployment:
    return RunDeployment(source="selected", deployment_id=deployment, parameters={"because": because})
