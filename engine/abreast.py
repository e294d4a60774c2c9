"""The same work for several folders at once, each in a process of its own, where that is safe and worth it."""

from __future__ import annotations

import multiprocessing
import os
import sys
import threading
from collections.abc import Callable, Sequence
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


def of_each(work: Callable[[T], R], items: Sequence[T]) -> list[R]:
    """What comes of each item, in their order. `work` and what it returns must be able to travel between processes.

    One after another where there is one core or one item, where threads run (a fork would copy their locks), or where forking is no custom."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1
    if min(cores, len(items)) < 2 or threading.active_count() > 1 or not sys.platform.startswith("linux"):
        return [work(item) for item in items]
    with multiprocessing.get_context("fork").Pool(min(cores, len(items))) as pool:
        return pool.map(work, items, chunksize=1)
