"""Group robots: whom they stand for and whom they call by name, held against people and units; who is never heard of is told."""

from __future__ import annotations

from collections.abc import Iterable

from config import landscape, problems, robots
from config.landscape import Page
from config.problems import Path, Said, Saying
from config.robots import Robot, Robots
from config.workflow import Workflow

NOBODY_STOOD_FOR = Saying("unknown-group", "no role or unit `{name}`", "{near}", "没有角色或单位 `{name}`", "{near}")
UNUSED = Saying(
    "unused-robot",
    "nothing goes to the robot `{name}`",
    "name it under `robots` of a notice or a rung, say for whom it stands (`for`), or delete it",
    "没有消息发给群机器人 `{name}`",
    "请在通知或升级的 `robots` 中引用，或用 `for` 写明它代表谁，或删除",
    "warning",
)
RIDER_CALLED = Saying(
    "rider-called",
    "`{name}` is a rider; no group calls a rider by @",
    "call those who sit at a desk; riders hear by `notices`",
    "`{name}` 是骑手，群消息不 @ 骑手",
    "请 @ 值守人员，骑手通过 `notices` 得知",
)
NO_PHONE = Saying(
    "no-phone",
    "`{name}` has no `phone`, by which the group would call him",
    "write his `phone` in people.yaml, or `id:…` as the product knows him",
    "`{name}` 没有 `phone`，群里无法 @",
    "请在 people.yaml 写 `phone`，或在此写产品中的 `id:…`",
)
BY_ID = Saying(
    "called-by-id",
    "Feishu calls nobody by telephone, so `{name}` would not be called",
    "write his Feishu id, as `id:ou_…`",
    "飞书不能按手机号 @ 人，`{name}` 不会被 @",
    "请写其飞书 ID，如 `id:ou_…`",
)
NO_SECRET = Saying(
    "secret-without-effect",
    "WeCom signs nothing, so a secret has no effect",
    "delete the line; whoever has the address may send, so keep that secret",
    "企业微信不加签，密钥不起作用",
    "请删除此行；知道地址者即可发送，请保管好地址",
)


def check(page: Page, file: Robots) -> None:
    for name, robot in file.robots.items():
        _stands_for(page, robot, ("robots", name, "for"))
        if robot.kind == "wecom" and robot.secret is not None:
            page.say(NO_SECRET, ("robots", name, "secret"), key=True)
        for word, path in landscape.each(robot.mention, "robots", name, "mention"):
            if word != robots.ALL and not word.startswith(robots.ID):
                _called(page, robot, word, path)


def _stands_for(page: Page, robot: Robot, path: Path) -> None:
    roles, units = page.land.roles, page.land.unit_names
    if roles is None or units is None:
        return
    for word, place in landscape.each(robot.for_, *path):
        if word not in roles | units:
            page.say(NOBODY_STOOD_FOR, place, name=word, near=problems.near(word, roles | units, Said("roles and units", "角色和单位")))


def _called(page: Page, robot: Robot, word: str, path: Path) -> None:
    page.names("person", [(word, path)], page.land.persons, (robots.ALL,))
    person = page.land.people.people.get(word) if page.land.people is not None else None
    if person is None or not page.land.people_whole:
        return
    if page.land.is_rider(word):
        page.say(RIDER_CALLED, path, name=word)
    elif robot.kind == "feishu":
        page.say(BY_ID, path, name=word)
    elif person.phone is None:
        page.say(NO_PHONE, path, name=word)


def unused(page: Page, file: Robots, workflows: Iterable[Workflow]) -> None:
    """Warn of robots to which nothing can ever go."""
    named = {robot for flow in workflows for notice in flow.notices for robot in notice.robots}
    named |= {robot for flow in workflows for ladder in flow.ladders.values() for rung in ladder for robot in rung.robots}
    for name, robot in file.robots.items():
        if name not in named and not robot.for_ and page.intact(("robots", name)):
            page.say(UNUSED, ("robots", name), key=True, name=name)
