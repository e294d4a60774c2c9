"""Every kind of finding that `fengxing check` knows, by its code: what waivers are held against and docs/findings is made of."""

from __future__ import annotations

import functools
import importlib
import pkgutil
from collections.abc import Iterator, Mapping

import config
from config.problems import Saying

_OF_THE_ENGINE = ("engine.loading", "engine.proofs", "engine.bounds")


@functools.cache
def sayings() -> Mapping[str, Saying]:
    """Code → saying, in the order of the codes."""
    names = [*(f"config.{module.name}" for module in pkgutil.iter_modules(config.__path__) if module.name != "schema"), *_OF_THE_ENGINE]
    found = {saying.code: saying for name in names for saying in _in(name)}
    return dict(sorted(found.items()))


def _in(module: str) -> Iterator[Saying]:
    for value in vars(importlib.import_module(module)).values():
        for each in value.values() if isinstance(value, dict) else (value,):
            if isinstance(each, Saying):
                yield each
