"""What is suggested for a case, why, and how well that is known to work: `suggest CASE`, `suggest evaluate`, `suggest train`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from cli import given, output, session
from cli.looking import Viewer

if TYPE_CHECKING:
    from rich.table import Table

    from engine.suggesting import learner, suggestions, training

Programme = Annotated[str | None, typer.Option("--programme", metavar="P", help="Only this programme.", show_default=False)]
_BAR = 10


class CaseFirst(TyperGroup):
    """`suggest NX-20261120-0007` means `suggest case NX-20261120-0007`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if args and args[0] not in self.commands and not {"--help", "-h"} & set(args[:1]):
            args = ["case", *args]
        return list(super().parse_args(ctx, args))


suggesting = typer.Typer(
    cls=CaseFirst,
    no_args_is_help=True,
    help="What a case may be, who usually handles it, and whether it was reported before: suggestions with their reasons. "
    "Nothing acts by itself.\n\n[bold]Example[/bold]\n\nfengxing suggest NX-20261120-0007",
)


def register(app: typer.Typer) -> None:
    app.add_typer(suggesting, name="suggest")


@suggesting.command("case")
def case(case: given.CaseRef, as_: Viewer = None, as_json: given.Json = False) -> None:
    """Suggest category, unit and duplicates for a case, each with what speaks for it. Nothing is changed.

    [bold]Example[/bold]

    fengxing suggest NX-20261120-0007 --as zhao-min
    """
    from engine import views
    from engine.suggesting import suggestions

    reference = given.case(case)
    with session.opened(as_json=as_json) as engine, engine.store.reading() as tx:
        found = suggestions.suggest(tx, engine.catalog, views.find(tx, engine.catalog, reference, viewer=as_), viewer=as_)
    if as_json:
        output.json(found.body(output.language()))
        return
    _print(found)


@suggesting.command("evaluate")
def evaluate(programme: Programme = None, as_json: given.Json = False) -> None:
    """How well categories are suggested: by keywords and as learned, on the newest confirmed cases, which were not learned from.

    [bold]Example[/bold]

    fengxing suggest evaluate --programme ningxiang
    """
    from engine.suggesting import training

    with session.opened(as_json=as_json) as engine:
        session.know(engine, programme)
        now = engine.time.now()
        with engine.store.reading() as tx:
            names = training.programmes(tx, engine.catalog, programme)
            found = [training.evaluate(tx, engine.catalog, name, now=now) for name in names]
            titles = {name: _titles(training.categories_of(tx, engine.catalog, name)) for name in names}
    if as_json:
        output.json([each.body() for each in found])
        return
    for each in found:
        _evaluated(each, titles[each.programme])


@suggesting.command("train")
def train(programme: Programme = None, as_json: given.Json = False) -> None:
    """Learn categories from the confirmed cases, judge what was learned, and use it unless keywords do better.

    Runs by itself every night under `fengxing up`.

    [bold]Example[/bold]

    fengxing suggest train --programme ningxiang
    """
    from engine.suggesting import training

    with session.opened(as_json=as_json) as engine:
        session.know(engine, programme)
        found = training.train_all(engine.store, engine.catalog, programme, now=engine.time.now())
    if as_json:
        output.json([each.body() for each in found])
        return
    for each in found:
        output.line(f"{each.programme}: {each.said.say(output.language())}")
    _nothing(found)


def _titles(categories: Any) -> dict[str, str]:
    return {name: one.title.say(output.language()) for name, one in categories.categories.items()}


def _nothing(found: list[training.Trained]) -> None:
    if not found:
        output.line(output.say("no programme in force has categories", "没有已生效且有类别的项目"))


def _print(found: suggestions.Suggestions) -> None:
    from rich.text import Text

    console, language = output.console(), output.language()
    console.print(Text.assemble((found.number, "bold"), f"  {found.why.say(language)}"))
    if found.urgent:
        console.print(Text(output.say("urgent: ask a person", "紧急：请由人决定"), style="bold red"))
    if found.given is not None:
        console.print(output.say(f"it has a category already: {found.given}", f"已有类别：{found.given}"))
    if found.categories:
        console.print(_categories(found))
    else:
        console.print(output.say("no category: none of its words says one", "没有类别建议：文字中没有相关的词"))
    if found.unit is not None:
        unit = f"{found.unit.title.say(language)} ({found.unit.unit})"
        console.print(
            output.say(f"unit: {unit}, which {found.unit.said.say(language)}", f"承办单位：{unit}，{found.unit.said.say(language)}")
        )
    bounds = output.say(
        f"within {found.within.metres} m, open or closed less than {found.within.hours} h before",
        f"{found.within.metres} 米内，在办或结案不足 {found.within.hours} 小时",
    )
    if not found.placed:
        console.print(output.say("duplicates: none can be looked for, it says no place", "疑似重复：未填地点，无法查找"))
    elif not found.duplicates:
        console.print(output.say(f"duplicates: none ({bounds})", f"疑似重复：无（{bounds}）"))
    else:
        console.print(output.say(f"duplicates ({bounds}); nothing is merged by itself:", f"疑似重复（{bounds}）；不会自动合并："))
        console.print(_duplicates(found))


def _categories(found: suggestions.Suggestions) -> Table:
    from cli import tables

    language = output.language()
    table = tables.plain(
        output.say("category", "类别"),
        output.say("sure", "把握") if found.how == "learned" else output.say("weight", "分量"),
        "",
        output.say("because of", "依据"),
        right=(1,),
    )
    best = max((each.score or 0 for each in found.categories), default=0) or 1
    for each in found.categories:
        share = each.probability if each.probability is not None else (each.score or 0) / best
        sure = f"{each.probability:.0%}" if each.probability is not None else f"{each.score:g}"
        words = [*each.words, *(f"…{piece.strip()}…" for piece in each.because if piece.strip() not in each.words)]
        said = output.say(", ", "、").join(words)
        if each.missing:
            said += output.say(f" (said to be missing: {', '.join(each.missing)})", f"（文中说没有：{'、'.join(each.missing)}）")
        urgent = output.say("  urgent: ask a person", "  紧急：请由人决定") if each.urgent else ""
        table.add_row(f"{each.title.say(language)} ({each.category})", sure, tables.bar(share, _BAR), said + urgent)
    return table


def _duplicates(found: suggestions.Suggestions) -> Table:
    from cli import tables

    language = output.language()
    table = tables.plain(
        output.say("case", "案件"),
        output.say("state", "状态"),
        output.say("score", "分值"),
        "",
        output.say("because of", "依据"),
        whole=(0,),
        right=(2,),
    )
    for each in found.duplicates:
        said = output.say("; ", "；").join(part.said.say(language) for part in each.parts)
        table.add_row(each.number, each.state_title.say(language), f"{each.score:.2f}", tables.bar(each.score, _BAR), said)
    return table


def _evaluated(found: training.Trained, titles: dict[str, str]) -> None:
    from rich.text import Text

    from cli import tables

    console, it = output.console(), found.evaluation
    console.print(Text.assemble((found.programme, "bold"), f"  {found.said.say(output.language())}"))
    summary = tables.plain(
        "", output.say("cases", "案件"), output.say("first right", "首选正确"), output.say("among three", "前三含正确"), right=(1, 2, 3)
    )
    for name, score in ((output.say("keywords", "关键词"), it.by_keywords), (output.say("learned", "学习"), it.learned)):
        if score is not None:
            summary.add_row(name, str(score.cases), _share(score.accuracy), _share(score.top3))
    console.print(summary)
    if it.categories:
        table = tables.plain(
            output.say("category", "类别"),
            output.say("cases", "案件"),
            output.say("keywords find", "关键词查全"),
            output.say("keywords right", "关键词查准"),
            output.say("learned finds", "学习查全"),
            output.say("learned right", "学习查准"),
            right=(1, 2, 3, 4, 5),
        )
        for each in it.categories:
            table.add_row(f"{titles.get(each.category, each.category)} ({each.category})", str(each.cases), *_row(each))
        console.print(table)


def _row(each: learner.ByCategory) -> list[str]:
    body = each.body()
    learned = body["learned"] or {"recall": None, "precision": None}
    return [_share(value) for value in (body["keywords"]["recall"], body["keywords"]["precision"], learned["recall"], learned["precision"])]


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.1%}"
