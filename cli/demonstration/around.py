"""The ordinary day around the stories: reports from the street, drawn with a fixed seed. Most go well, some are forgotten.

Nobody acts within a minute of a rung: who is early is early, who is late is late, whatever the machine's load."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from cli.demonstration import script

MINUTE = 60_000_000
SEED = 20260812
COUNT = 30
RIDERS = ("xu-peng", "he-dong", "lv-na", "han-chao", "yang-fan", "you-liang")
VERIFIERS = ("wang-jing", "feng-lei")
HANDLERS = {
    "dongguan": ("shen-jun", "han-chao", "yang-fan"),
    "beijie": ("qin-yong", "you-liang"),
    "housing": ("shi-bin",),
    "lamps": ("kong-jian",),
    "police": ("yan-feng",),
    "fire": ("jin-hai",),
    "market": ("tao-ying",),
    "gas": ("qi-ming",),
    "civil": ("zou-yan",),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A sort of report: what the rider writes, what the desk makes of it, how it ends; scenes before and after."""

    said: tuple[str, ...]
    category: str
    urgency: int
    units: tuple[str, ...]
    result: str
    before: str
    after: str = "road-clear"


KINDS = (
    Kind(said=("楼道里又堆了纸箱", "二楼拐角放着旧沙发", "单元门口堆满快递盒"), category="stairwell", urgency=3, units=("dongguan", "beijie"), result="已劝导清走", before="clutter", after="stairwell-clear"),
    Kind(said=("楼下垃圾桶满了，散了一地", "绿地边有一堆建筑垃圾"), category="litter", urgency=3, units=("dongguan", "beijie"), result="已清运", before="litter"),
    Kind(said=("车棚外有人飞线充电", "电动车推进了楼道充电"), category="ebike", urgency=2, units=("dongguan", "beijie"), result="已断电劝离，电瓶车移到充电桩", before="wire", after="stairwell-clear"),
    Kind(said=("学校东墙外路灯不亮", "桥头两盏路灯忽明忽暗"), category="lamp", urgency=2, units=("lamps",), result="更换灯泡，已亮", before="lamp-dark", after="lamp-lit"),
    Kind(said=("消防通道停了两辆车", "安全出口被货架挡住"), category="fire-exit", urgency=2, units=("fire",), result="已联系车主挪车，通道恢复", before="bikes"),
    Kind(said=("路边闻到煤气味", "一楼窗口有燃气异味"), category="gas-leak", urgency=1, units=("gas",), result="阀门接头漏气，已更换并检测", before="door", after="door"),
    Kind(said=("路口两车追尾，占了半条道",), category="accident", urgency=2, units=("police",), result="已拍照撤离，恢复通行", before="steel"),
    Kind(said=("井盖被压翻，露着口",), category="manhole", urgency=2, units=("housing",), result="复位加固", before="manhole-broken", after="manhole-whole"),
    Kind(said=("流动摊点没有证，油烟很大",), category="unlicensed", urgency=3, units=("market",), result="已登记引导入市", before="kitchen-dirty", after="kitchen-clean"),
    Kind(said=("桥洞下有人露宿，像是生病了",), category="hardship", urgency=2, units=("civil",), result="已送到救助点，联系上家人", before="door", after="door"),
    Kind(said=("两家店为占道吵起来了",), category="quarrel", urgency=2, units=("police",), result="现场调解，双方握手", before="door", after="door"),
)  # fmt: skip
"""Each kind's limit by Ningxiang's folder: half an hour if urgent, else an hour."""

FATES = {3: "desk", 11: "unit", 16: "desk", 20: "unit", 26: "desk-chief"}
"""Which of the reports (by number) are forgotten, and by whom."""


def day() -> list[script.Step]:
    """The steps of the ordinary day: the reports, and the storm."""
    lot = random.Random(SEED)
    begin, last = script.moment("16:36"), script.moment("21:22")
    moments = sorted(lot.randrange(begin, last) for _ in range(COUNT))
    steps = [
        step for number, at in enumerate(moments) for step in _life(lot, f"report-{number:02}", at, lot.choice(KINDS), FATES.get(number))
    ]
    return [*steps, *_storm(lot)]


def _life(lot: random.Random, case: str, at: int, kind: Kind, fate: str | None) -> Iterator[script.Step]:
    """One report from the street to its closure."""
    unit = lot.choice(kind.units)
    urgent = kind.urgency == 1 and fate is None
    rider = lot.choice(RIDERS)
    yield _step(case, at, rider, script.OPEN, {"description": lot.choice(kind.said), "location": _place(lot)}, photos=kind.before)
    at += _desk(lot, fate)
    facts: dict[str, Any] = {"category": kind.category, "urgency": kind.urgency if urgent else max(2, kind.urgency)}
    clerk = "wu-xia" if fate == "desk-chief" else "qian-wei"
    if urgent:
        yield _step(case, at, clerk, "alert", {**facts, "unit": unit})
    else:
        yield _step(case, at, clerk, "classify", facts)
        at += lot.randrange(40, 90) * 1_000_000
        yield _step(case, at, clerk, "dispatch", {"unit": unit})
    handler = lot.choice([who for who in HANDLERS[unit] if who != rider])
    done = at + (lot.randrange(65, 80) if fate == "unit" else lot.randrange(14, 21) if urgent else lot.randrange(16, 44)) * MINUTE
    if fate != "unit" and lot.random() < 0.7:
        yield _step(case, at + (done - at) // 2, handler, "arrive")
    yield _step(case, done, handler, "resolve", {"result": kind.result}, result_photos=kind.after)
    yield _step(case, done + lot.randrange(8, 30) * MINUTE, lot.choice([v for v in VERIFIERS if v != handler]), "verify")


def _desk(lot: random.Random, fate: str | None) -> int:
    """How long the desk takes to classify; its ladder stands at 8, 10 and 20 minutes."""
    low, high = {"desk": (12, 16), "desk-chief": (22, 24)}.get(fate or "", (1, 5))
    return lot.randrange(low * 60, high * 60) * 1_000_000


STORMY = "storm-"
"""The names of its cases begin so."""
STORM = (
    ("大风刮断树枝，横在路上", "greening", "housing", "branch"),
    ("路边广告牌被吹歪，快掉了", "advertising", "housing", "branch"),
    ("雨棚掀了，铁皮在响", "other", "dongguan", "clutter"),
    ("下水道口堵了，积水过脚面", "road", "housing", "pothole"),
    ("路灯被树枝砸灭", "lamp", "lamps", "lamp-dark"),
    ("北街巷口积水", "road", "beijie", "pothole"),
    ("垃圾桶被吹翻滚到路中间", "litter", "beijie", "litter"),
    ("楼道窗户被刮开，进水", "stairwell", "dongguan", "clutter"),
)


def _storm(lot: random.Random) -> Iterator[script.Step]:
    """A thunderstorm after eight: eight reports at once, and one officer at the desk.

    Their ten minutes lapse together, so that each who must hear gets one digest; then the head of the desk steps in.
    What is slow by its kind (trees, signs) counts office hours and waits for tomorrow."""
    begin = script.moment("20:22")
    for number, (said, category, unit, scene) in enumerate(STORM):
        case, at = f"{STORMY}{number}", begin + number * 100_000
        yield _step(case, at, lot.choice(RIDERS[:3]), script.OPEN, {"description": said, "location": _place(lot)}, photos=scene)
        at = begin + 21 * MINUTE + 30_000_000 + number * 40_000_000
        clerk = ("wu-xia", "qian-wei")[number % 2]
        yield _step(case, at, clerk, "classify", {"category": category, "urgency": 3})
        at += 30_000_000
        yield _step(case, at, clerk, "dispatch", {"unit": unit})
        if category in ("greening", "advertising"):
            continue
        at += lot.randrange(14, 34) * MINUTE
        yield _step(case, at, HANDLERS[unit][0], "resolve", {"result": "已清理、恢复"}, result_photos="road-clear")
        yield _step(case, at + lot.randrange(10, 20) * MINUTE, VERIFIERS[number % 2], "verify")


def _step(case: str, at: int, by: str, do: str, facts: dict[str, Any] | None = None, **photos: str) -> script.Step:
    return script.Step(case=case, programme="ningxiang", at=at, by=by, do=do, facts=facts or {}, photos=photos)


def _place(lot: random.Random) -> str:
    return f"{lot.uniform(111.185, 111.200):.5f},{lot.uniform(37.334, 37.347):.5f},gcj02"
