"""WHAT a template says whether or not there is anything to say: the variables outside every `if`, `or` and `default`."""

from __future__ import annotations

import functools
from collections.abc import Iterator

from jinja2 import nodes

from notifications import errors, render, variables


def unguarded(book: render.Book, template: str) -> frozenset[str]:
    """The variables that leave a hole in the subject or the text of a template, in either language, where they are blank."""
    return _shipped(template) if book.ours(template) else frozenset(_all(book, template))


@functools.lru_cache(maxsize=100)
def _shipped(template: str) -> frozenset[str]:
    return frozenset(_all(render.book(()), template))


def _all(book: render.Book, template: str) -> set[str]:
    found: set[str] = set()
    for language in ("zh", "en"):
        for part in ("subject", "txt"):
            try:
                tree = book.tree(f"{template}.{language}.{part}")
                if tree is not None:
                    found.update(_said(tree, frozenset()))
            except (errors.TemplateBroken, RecursionError):
                continue  # broken, or nested too deep: said by `notifications.checks`
    return found


def _said(node: nodes.Node, asked: frozenset[str]) -> Iterator[str]:
    if isinstance(node, nodes.Name):
        if node.name in variables.VARIABLES and node.name not in asked:
            yield node.name
    elif isinstance(node, nodes.If | nodes.CondExpr):
        inside = asked | {name.name for name in node.test.find_all(nodes.Name)} | _itself(node.test)
        for child in node.iter_child_nodes(exclude=["test"]):
            yield from _said(child, inside)
    elif isinstance(node, nodes.For):
        for child in node.body:
            yield from _said(child, asked)
    elif not isinstance(node, nodes.Or | nodes.And) and not (isinstance(node, nodes.Filter) and node.name == "default"):
        for child in node.iter_child_nodes():
            yield from _said(child, asked)


def _itself(node: nodes.Node) -> set[str]:
    """`find_all` looks at what is inside a node only."""
    return {node.name} if isinstance(node, nodes.Name) else set()
