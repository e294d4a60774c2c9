"""WHAT a template may be made of: a small part of Jinja2, named here and nowhere else. Whatever is not listed is refused.

No calls, no macros, no assignment, no nested loops, no arithmetic but plus and minus: so a template can only say its variables,
in bounded time and space, whoever wrote it. The sandbox stands behind this as a second wall."""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from jinja2 import nodes

from notifications import errors, variables

LONGEST_SOURCE = 64_000
FILTERS = frozenset(
    {"moment", "time", "date", "duration", "words", "short", "default", "join", "length", "lower", "upper", "trim", "first", "last"}
)
TESTS = frozenset({"none", "defined", "undefined", "string", "number", "odd", "even", "in"})
LAYOUTS = ("layout", "ladder")
_LOOP = frozenset({"index", "first", "last", "length"})
_PLAIN = (
    nodes.Template,
    nodes.Output,
    nodes.TemplateData,
    nodes.If,
    nodes.Block,
    nodes.Const,
    nodes.Tuple,
    nodes.List,
    nodes.Compare,
    nodes.Operand,
    nodes.And,
    nodes.Or,
    nodes.Not,
    nodes.CondExpr,
    nodes.Concat,
    nodes.Add,
    nodes.Sub,
)
_LISTS = frozenset(name for name, variable in variables.VARIABLES.items() if variable.kind is variables.Kind.LIST)


def guard(tree: nodes.Template, file: str, also: frozenset[str] = frozenset()) -> None:
    """TemplateBroken at the first place that is not in the grammar. `also` are further variables, for our own templates."""
    for broken in walk(tree, file, also):
        raise broken


def walk(tree: nodes.Template, file: str, also: frozenset[str] = frozenset()) -> Iterator[errors.TemplateBroken]:
    """Every place that is not in the grammar."""
    try:
        yield from _all(tree, file, also)
    except RecursionError:
        yield errors.TemplateBroken(file, 1, "an expression nested too deep", "write shorter expressions")


def _all(tree: nodes.Template, file: str, also: frozenset[str]) -> Iterator[errors.TemplateBroken]:
    targets = frozenset(loop.target.name for loop in tree.find_all(nodes.For) if isinstance(loop.target, nodes.Name))
    known = frozenset(variables.VARIABLES) | targets | also | {"loop"}
    yield from _walk(tree, file, known, in_loop=False)


def _walk(node: nodes.Node, file: str, known: frozenset[str], *, in_loop: bool) -> Iterator[errors.TemplateBroken]:
    said = _refusal(node, file, known, in_loop=in_loop)
    if said is not None:
        yield errors.TemplateBroken(file, node.lineno, *said)
        return
    for child in node.iter_child_nodes():
        yield from _walk(child, file, known, in_loop=in_loop or isinstance(node, nodes.For))


def _refusal(node: nodes.Node, file: str, known: frozenset[str], *, in_loop: bool) -> tuple[str, str] | None:
    """What is wrong with this one node and what would be right; None if it may stand."""
    if isinstance(node, nodes.Name):
        return None if node.name in known else (f"no variable is called `{node.name}`", _meant(node.name, known))
    if isinstance(node, nodes.Getattr):
        return _attribute(node.attr)
    if isinstance(node, nodes.Getitem):
        fine = isinstance(node.arg, nodes.Const) and (isinstance(node.arg.value, int) or _attribute(str(node.arg.value)) is None)
        return None if fine else ("only a number or a field's name may stand in [ ]", "write as `tried[0].said`")
    if isinstance(node, nodes.Filter):
        return _filter(node)
    if isinstance(node, nodes.Test):
        return None if node.name in TESTS else (f"no test `{node.name}`", _meant(node.name, TESTS))
    if isinstance(node, nodes.For):
        return _loop(node, in_loop=in_loop)
    if isinstance(node, nodes.Extends):
        return _extends(node, file)
    if isinstance(node, nodes.Call):
        return "a template cannot call anything", "say the variable itself; filters are written as `due | moment`"
    if isinstance(node, _PLAIN):
        return None
    return f"`{type(node).__name__.lower()}` is not part of the template language", "use variables, filters, if, for, block and extends"


def _filter(node: nodes.Filter) -> tuple[str, str] | None:
    if node.name not in FILTERS:
        return f"no filter `{node.name}`", _meant(node.name, FILTERS)
    if len(node.args) > 1 or node.kwargs or node.dyn_args or node.dyn_kwargs:
        return f"the filter `{node.name}` takes one thing at most", "write as `short(40)` or `join(', ')`"
    return None


def _attribute(name: str) -> tuple[str, str] | None:
    allowed = variables.FIELDS | _LOOP
    if name in allowed:
        return None
    return f"nothing has a field `{name}`", _meant(name, allowed)


def _loop(node: nodes.For, *, in_loop: bool) -> tuple[str, str] | None:
    if in_loop:
        return "a loop within a loop", "walk one list at a time"
    if node.recursive or not isinstance(node.target, nodes.Name):
        return "only a plain loop may be written", "write as `{% for step in tried %}`"
    if not isinstance(node.iter, nodes.Name) or node.iter.name not in _LISTS:
        return "only lists can be walked", f"lists are: {', '.join(sorted(_LISTS))}"
    return None


def _extends(node: nodes.Extends, file: str) -> tuple[str, str] | None:
    stem, _, ending = file.partition(".")
    bases = {"layout": (), "ladder": ("layout",)}.get(stem, LAYOUTS)
    allowed = [f"{base}.{ending}" for base in bases] if ending.endswith("html") else []
    if isinstance(node.template, nodes.Const) and node.template.value in allowed:
        return None
    return "this cannot be extended", f"possible here: {', '.join(allowed) or 'nothing'}"


def _meant(name: str, known: frozenset[str]) -> str:
    close = difflib.get_close_matches(name, known, n=1)
    return f"did you mean `{close[0]}`?" if close else f"known: {', '.join(sorted(known - {'loop'}))}"
