"""The robots of chat groups: which can speak, which lacks its address, and a word to try one by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from cli import given, output, session

if TYPE_CHECKING:
    from engine import robots

robot = typer.Typer(
    no_args_is_help=True, help="The robots of chat groups: which can speak, and a word to try one by.", rich_markup_mode="rich"
)
Programme = Annotated[str | None, typer.Option("--programme", metavar="NAME", help="Only this programme's; else all.", show_default=False)]
KINDS = {"wecom": ("WeCom", "企业微信"), "dingtalk": ("DingTalk", "钉钉"), "feishu": ("Feishu", "飞书")}


def register(app: typer.Typer) -> None:
    app.add_typer(robot, name="robot")


@robot.command("list")
def list_robots(programme: Programme = None, as_json: given.Json = False) -> None:
    """Every robot: whom it stands for, whether its address is set, what it has said in the last minute, what waits for it.

    Addresses and secrets are never shown, only the names of the variables of the environment that hold them.

    [bold]Example[/bold]

    fengxing robot list
    """
    from engine import robots

    with session.opened(as_json=as_json, fresh=True) as engine:
        found = robots.listed(engine, programme=programme)
        zones = {view.programme: engine.catalog.of(view.programme).live.programme.time_zone for view in found}
    if as_json:
        output.json([view.body(zones[view.programme]) for view in found])
        return
    if not found:
        output.line(output.say("no robots; robots.yaml names them", "没有群机器人；请在 robots.yaml 中定义"))
        return
    _table(found, zones)


def _table(found: list[robots.RobotView], zones: dict[str, str]) -> None:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    heads = (
        ("programme", "项目"), ("robot", "机器人"), ("group", "群"), ("kind", "种类"), ("for", "代表"), ("state", "状态"), ("last minute", "近一分钟"), ("waiting", "待发"),
    )  # fmt: skip
    for en, zh in heads:
        table.add_column(output.say(en, zh), overflow="fold")
    for view in found:
        body = view.body(zones[view.programme])
        table.add_row(
            view.programme,
            view.name,
            output.say(view.robot.title.en, view.robot.title.zh),
            output.say(*KINDS[view.robot.kind]),
            output.say(", ", "、").join(view.robot.for_) or "–",
            Text(_state(view, body["silent_until"]), style="green" if view.ready and view.until is None else "bold red"),
            f"{view.sent}/{body['a_minute']}",
            str(view.waiting),
        )
    output.console().print(table)


def _state(view: robots.RobotView, silent_until: str | None) -> str:
    if view.missing:
        return output.say(f"not set: {', '.join(view.missing)}", f"未设置：{'、'.join(view.missing)}")
    if view.wrong is not None:
        return output.say(f"address: {view.wrong}", f"地址：{view.wrong}")
    if silent_until is not None:
        return output.say(f"silent until {silent_until}", f"限流至 {silent_until}")
    return output.say("ready", "就绪")


@robot.command()
def send(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The robot, as robots.yaml names it.", show_default=False)],
    text: Annotated[str, typer.Argument(metavar="TEXT", help="What is said; the first line is the title.", show_default=False)],
    programme: Programme = None,
    as_json: given.Json = False,
) -> None:
    """Say a word in a group now, to see that its robot works. It counts among the robot's 20 a minute, and calls nobody by @.

    [bold]Example[/bold]

    fengxing robot send desk-group "测试：收到请忽略"
    """
    from engine import robots

    with session.opened(as_json=as_json, fresh=True) as engine:
        found = robots.find(engine, name, programme=programme)
        answer = robots.try_out(engine, found, text)
    if as_json:
        output.json({"programme": found.programme, "name": found.name, "kind": found.robot.kind, "sent": True, "answer": answer})
        return
    output.line(output.say(f"{name}: sent ({answer})", f"{name}：已发送（{answer}）"))
