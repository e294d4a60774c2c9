"""WHAT a template may say: every variable with its kind, what it means, a sample in each language, and what it is when it does not apply.

`complete` makes a mail's variables: all of them are always there, so that a strict template never meets a hole."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from config.words import Text
from notifications import errors

LONGEST_TEXT = 20_000
LONGEST_LIST = 500
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")


class Kind(StrEnum):
    """How a value is said: `time` (UTC microseconds) by `| moment`, `| time` or `| date`; `span` (microseconds) by `| duration`;
    `date` by `| date`; `target` (a duration as definitions write it) by `| words`; `list` is walked with `for`."""

    TEXT = "text"
    NUMBER = "number"
    FLAG = "flag"
    TIME = "time"
    SPAN = "span"
    DATE = "date"
    TARGET = "target"
    LIST = "list"


BLANK: Mapping[Kind, object] = {
    Kind.TEXT: "",
    Kind.NUMBER: 0,
    Kind.FLAG: False,
    Kind.TIME: None,
    Kind.SPAN: None,
    Kind.DATE: "",
    Kind.TARGET: "",
    Kind.LIST: (),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """`sample` by language. A list's `fields` are what each of its elements has; an element without fields is a text."""

    kind: Kind
    meaning: Text
    zh: object
    en: object
    fields: tuple[str, ...] = ()
    always: bool = False

    def sample(self, language: str) -> object:
        return self.zh if language == "zh" else self.en


_MINUTE = 60_000_000
_NOW = 1_795_134_727_000_000  # 2026-11-20 08:32:07 in Shanghai
_LINK = "https://fengxing.example/c/NX-20261120-0007"


def _text(zh: str, en: str, sample_zh: str, sample_en: str, *, always: bool = False) -> Variable:
    return Variable(kind=Kind.TEXT, meaning=Text(zh=zh, en=en), zh=sample_zh, en=sample_en, always=always)


def _same(kind: Kind, zh: str, en: str, sample: object, *, always: bool = False) -> Variable:
    return Variable(kind=kind, meaning=Text(zh=zh, en=en), zh=sample, en=sample, always=always)


def _list(zh: str, en: str, sample_zh: object, sample_en: object, *fields: str) -> Variable:
    return Variable(kind=Kind.LIST, meaning=Text(zh=zh, en=en), zh=sample_zh, en=sample_en, fields=fields)


_ITEM = {"number": "NX-20261120-0007", "due": _NOW - 12 * _MINUTE, "overdue": 12 * _MINUTE, "remaining": None, "link": _LINK}
_ITEM_FIELDS = ("number", "workflow", "category", "description", "place", "state", "clock", "due", "overdue", "remaining", "link")

VARIABLES: Mapping[str, Variable] = MappingProxyType(
    {
        # whose mail it is
        "language": _text("邮件语言：zh 或 en", "the mail's language: zh or en", "zh", "en", always=True),
        "zone": _text("项目的时区", "the programme's time zone", "Asia/Shanghai", "Asia/Shanghai", always=True),
        "now": _same(Kind.TIME, "成文时间", "when the mail is written", _NOW, always=True),
        "programme": _text("项目名称", "the programme's title", "宁乡镇蜂行者联盟", "Ningxiang Riders' Alliance", always=True),
        "recipient": _text("收件人姓名（可为空）", "the recipient's name (may be empty)", "陈洁", "Chen Jie"),
        "link": _text("唯一的链接", "the one link", _LINK, _LINK),
        # the case
        "number": _text("案件编号", "the case's number", "NX-20261120-0007", "NX-20261120-0007"),
        "workflow": _text("流程名称", "the workflow's title", "随手拍", "Snap and report"),
        "category": _text("类别", "the category's title", "路灯不亮", "Dead street lamp"),
        "description": _text(
            "上报说明",
            "what was reported",
            "东关巷口路灯不亮，夜里很暗",
            "The lamp at the end of Dongguan lane is dead; very dark at night",
        ),
        "place": _text("位置", "the place in words", "东关巷北口", "Dongguan lane, north end"),
        "photos": _same(Kind.NUMBER, "照片张数", "how many photos there are", 2),
        "urgency": _text("紧急程度", "the urgency's title", "紧急", "Urgent"),
        "urgent": _same(Kind.FLAG, "是否紧急", "whether it is urgent", sample=True),
        "state": _text("当前状态", "the state it is in", "已派单", "Dispatched"),
        "unit": _text("承办单位", "the unit's title", "路灯管理所", "Street lighting office"),
        "responsible": _text("该谁处理", "who must act", "路灯管理所 王强", "Wang Qiang, street lighting office"),
        "opened": _same(Kind.TIME, "上报时间", "when it was reported", _NOW - 72 * _MINUTE),
        # the move that a notice tells of
        "at": _same(Kind.TIME, "此步发生时间", "when the move happened", _NOW - 2 * _MINUTE),
        "actor": _text("此步由谁办理（可公开者）", "who made the move, if it may be said", "路灯管理所", "Street lighting office"),
        "reason": _text("理由", "the reason given", "需要更换灯杆，等待配件", "The pole must be replaced; parts are on order"),
        "result": _text("处置结果", "the result", "已更换灯泡，路灯恢复照明", "The bulb was replaced and the lamp is lit again"),
        "result_photos": _same(Kind.NUMBER, "处置后照片张数", "how many photos show the result", 1),
        "review_on": _same(Kind.DATE, "复查日期", "the date of review", "2026-11-27"),
        "extended_by": _same(Kind.TARGET, "延期多久", "by how much it was extended", "2 hours"),
        # the emergency plan of the case
        "plan": _text("应急预案名称", "the emergency plan's title", "燃气泄漏", "Gas leak"),
        "steps_open": _list(
            "预案中尚未完成的步骤", "the steps of the plan that are open", ("关阀", "疏散居民"), ("Shut the valve", "Clear the building")
        ),
        "steps_done": _list(
            "预案中已完成的步骤：at 时间，said 步骤",
            "the steps of the plan that are done: at when, said which",
            ({"at": _NOW - 3 * _MINUTE, "said": "拉警戒线"},),
            ({"at": _NOW - 3 * _MINUTE, "said": "Cordon it off"},),
            "at",
            "said",
        ),
        # the pictures within the mail, and the question after the end
        "pictures": _list(
            "上报的照片：src 填入 img，said 说明",
            "the photos of the report: src for an img, said what it shows",
            ({"src": "cid:0000", "said": "照片"},),
            ({"src": "cid:0000", "said": "Photo"},),
            "src",
            "said",
        ),
        "result_pictures": _list(
            "处置后的照片：src 填入 img，said 说明",
            "the photos of the result: src for an img, said what it shows",
            ({"src": "cid:0001", "said": "处置后照片"},),
            ({"src": "cid:0001", "said": "Photo of the result"},),
            "src",
            "said",
        ),
        "answer_code": _text("答复码", "the code to answer with", "7-12-1-K3QZ-M7WD-2LXA-9RTB", "7-12-1-K3QZ-M7WD-2LXA-9RTB"),
        "refusal": _text(
            "为何没有重新办理",
            "why the case was not reopened",
            "本案的 reopen 已用满 2 次，不能再用",
            "reopen was used 2 times on this case, which is all the definition allows",
        ),
        "answer_until": _same(Kind.TIME, "答复截止时间", "until when an answer counts", _NOW + 7 * 24 * 60 * _MINUTE),
        # the clock that a rung tells of
        "clock": _text("时限名称", "the clock's title", "处置时限", "Time to resolve"),
        "target": _same(Kind.TARGET, "时限", "how long it may take", "1 hour"),
        "due": _same(Kind.TIME, "到期时间", "when it is due", _NOW - 12 * _MINUTE),
        "overdue": _same(Kind.SPAN, "超时多久", "how long it is overdue", 12 * _MINUTE),
        "remaining": _same(Kind.SPAN, "还剩多久", "how long is left", 8 * _MINUTE),
        "rung": _same(Kind.NUMBER, "第几级提醒（从1起）", "the rung, counted from 1", 2),
        "tried": _list(
            "已做过的提醒与处理：at 时间，said 一句话",
            "what was tried: at the time, said the sentence",
            ({"at": _NOW - 24 * _MINUTE, "said": "预警：已通知王强"}, {"at": _NOW - 12 * _MINUTE, "said": "催办：已通知王强、李站长"}),
            (
                {"at": _NOW - 24 * _MINUTE, "said": "due soon: told Wang Qiang"},
                {"at": _NOW - 12 * _MINUTE, "said": "overdue: told Wang Qiang and Li Na"},
            ),
            "at",
            "said",
        ),
        "skipped": _list(
            "本次一并补上的各级：at 应发时间，said 一句话",
            "the rungs this one stands for: at when they were due, said the sentence",
            ({"at": _NOW - 20 * _MINUTE, "said": "预警（王强）"},),
            ({"at": _NOW - 20 * _MINUTE, "said": "due soon (Wang Qiang)"},),
            "at",
            "said",
        ),
        "others": _list("同时通知了谁", "who else was told", ("李站长", "赵镇长"), ("Li Na", "Zhao Wei")),
        "missed": _list(
            "为何没有通知到人", "why nobody was reached", ("duty：此刻值班表上无人",), ("duty: nobody is on the rota at that minute",)
        ),
        # the digest
        "items": _list(
            "汇总中的各件",
            "the cases of a digest",
            (
                {
                    **_ITEM,
                    "workflow": "随手拍",
                    "category": "路灯不亮",
                    "description": "路灯不亮",
                    "place": "东关巷",
                    "state": "已派单",
                    "clock": "处置时限",
                },
            ),
            (
                {
                    **_ITEM,
                    "workflow": "Snap and report",
                    "category": "Dead lamp",
                    "description": "The lamp is dead",
                    "place": "Dongguan lane",
                    "state": "Dispatched",
                    "clock": "Time to resolve",
                },
            ),
            *_ITEM_FIELDS,
        ),
        "count": _same(Kind.NUMBER, "汇总件数", "how many cases the digest has", 6),
        # the leaders' mails
        "period": _text("统计期间", "the period of the figures", "2026-11", "2026-11"),
        "rates": _list(
            "各项指标：title 名称，value 数值，of 分子÷分母，change 与对比期相比，formula 公式",
            "the rates: title, value, of (numerator ÷ denominator), change against the period before, formula",
            (
                {
                    "title": "按期结案率",
                    "value": "95.00%",
                    "of": "19 ÷ 20",
                    "change": "+2.10 个百分点",
                    "formula": "按期结案 ÷（应结案 − 挂账 − 免责）",
                },
            ),
            (
                {
                    "title": "On-time closing rate",
                    "value": "95.00%",
                    "of": "19 ÷ 20",
                    "change": "+2.10 points",
                    "formula": "closed on time ÷ (due − suspended − exempted)",
                },
            ),
            "title",
            "value",
            "of",
            "change",
            "formula",
        ),
        "rows": _list(
            "按单位：title 名称，value 首项指标，of 分子÷分母，change 变化，late 现有超时件数，more 其余指标",
            "unit by unit: title, value of the first rate, of, change, late (cases overdue now), more (the other rates)",
            ({"title": "路灯管理所", "value": "95.00%", "of": "19 ÷ 20", "change": "+2.10 个百分点", "late": 2, "more": "结案率 100.00%"},),
            (
                {
                    "title": "Street lighting office",
                    "value": "95.00%",
                    "of": "19 ÷ 20",
                    "change": "+2.10 points",
                    "late": 2,
                    "more": "Closing rate 100.00%",
                },
            ),
            "title",
            "value",
            "of",
            "change",
            "late",
            "more",
        ),
        "charts": _list(
            "邮件内的图：name 编号，said 文字说明",
            "the pictures inside the mail: name, and what they show in words (said)",
            ({"name": "figure-1", "said": "各单位在办与超时件数"},),
            ({"name": "figure-1", "said": "Open and overdue cases by unit"},),
            "name",
            "said",
        ),
        "remarks": _list("口径说明", "how the figures are to be read", ("按开案日期统计",), ("By opening date",)),
    }
)
FIELDS = frozenset(field for variable in VARIABLES.values() for field in variable.fields)


def clean(text: str) -> str:
    """Without control and direction-changing characters, which have no business in a mail; lines end in a line feed."""
    return _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def complete(given: Mapping[str, object]) -> dict[str, object]:
    """All variables: those given, cleaned and cut to a bounded size, and blanks for the rest. UnknownVariable for a name nobody declared."""
    for name in given:
        if name not in VARIABLES:
            raise errors.UnknownVariable(name)
    return {name: _bounded(given[name]) if name in given else BLANK[variable.kind] for name, variable in VARIABLES.items()}


def samples(language: str) -> dict[str, object]:
    """A mail in which everything applies."""
    return complete({name: variable.sample(language) for name, variable in VARIABLES.items()})


def blanks(language: str) -> dict[str, object]:
    """A mail in which only what is always there is given."""
    return complete({name: variable.sample(language) for name, variable in VARIABLES.items() if variable.always})


def _bounded(value: object) -> object:
    if isinstance(value, str):
        return clean(value)[:LONGEST_TEXT]
    if isinstance(value, Mapping):
        return {name: _bounded(each) for name, each in value.items()}
    if isinstance(value, Sequence):
        return tuple(_bounded(each) for each in value[:LONGEST_LIST])
    return value
