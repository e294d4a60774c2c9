"""The figures leaders ask for, as arithmetic: what each is called, how it is reckoned, and the value with its numerator and denominator.

Rates are shares of one, times are seconds. The law of every row: `value` is numerator ÷ denominator, but for medians and
percentiles, whose numerator and denominator are those of the mean."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from config.programme import Rate
from config.words import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One figure. `kind`: a count, a rate or a time."""

    name: str
    kind: str
    title: Text
    formula: Text
    without: Text | None = None
    """The formula where exempted breaches count too; None: exemptions change nothing in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A figure's value in one group. `of` is the clock or stage it is about; `value` is None where there is nothing to divide by.

    `without`: exempted breaches count in it; `apart`: it stands beside the one in which they do not."""

    figure: Figure
    group: str
    group_title: Text | None = None
    of: str | None = None
    of_title: Text | None = None
    numerator: float
    denominator: int
    value: float | None
    without: bool = False
    apart: bool = False

    @property
    def name(self) -> str:
        """`overdue_rate:handling`, or just `closing_rate`; `closing_rate@without` beside the one with exemptions."""
        named = self.figure.name if self.of is None else f"{self.figure.name}:{self.of}"
        return f"{named}@without" if self.apart else named

    @property
    def formula(self) -> Text:
        return self.figure.without if self.without and self.figure.without is not None else self.figure.formula

    def title(self, language: str) -> str:
        said = self.figure.title.say(language)
        if self.of is not None:
            about = self.of_title.say(language) if self.of_title is not None else self.of
            said = f"{said} · {about}" if language == "en" else f"{said}·{about}"
        if self.apart:
            said += ", exempted breaches counted" if language == "en" else "（未剔除免责）"
        return said


def _figure(name: str, kind: str, zh: str, en: str, formula_zh: str, formula_en: str, *, without: tuple[str, str] | None = None) -> Figure:
    held = Text(zh=without[0], en=without[1]) if without is not None else None
    return Figure(name=name, kind=kind, title=Text(zh=zh, en=en), formula=Text(zh=formula_zh, en=formula_en), without=held)


REPORTS = _figure("reports", "count", "上报数", "Reports", "期内案件数", "cases of the period")
RESOLVED = _figure(
    "resolved", "count", "已处置数", "Resolved", "已处置且未被退回、返工、重开的案件", "cases that were resolved and not sent back since"
)
CLOSED = _figure("closed", "count", "结案数", "Closed", "以办结状态结束的案件", "cases that ended as done")
REJECTED = _figure("rejected", "count", "作废数", "Rejected", "以作废状态结束的案件", "cases that ended as rejected")
EXEMPTED = _figure("exempted", "count", "免责数", "Exempted", "有超时经申诉予以剔除的案件", "cases with a breach that was exempted")
MESSAGES_SENT = _figure("messages_sent", "count", "已发送通知数", "Messages sent", "已送出的邮件", "mails that went out for these cases")
OUTSIDE = _figure("outside", "count", "外部数据", "From elsewhere", "期内各日之和", "sum over the days of the period")
CLOSURE_RATE = _figure(Rate.CLOSURE, "rate", "处置闭环率", "Closure rate", "已处置 ÷ 全部上报", "resolved ÷ all reported")
VALID_LEAD_RATE = _figure(Rate.VALID_LEADS, "rate", "有效线索率", "Valid lead rate", "有效线索 ÷ 全部上报", "valid leads ÷ all reported")
FOUND_RATE = _figure(
    Rate.FOUND,
    "rate",
    "问题发现率",
    "Rate of discovery",
    "骑手发现 ÷（全部上报 + 外部已知）",
    "found by riders ÷ (all reported + known from elsewhere)",
)
CLOSING_RATE = _figure(
    Rate.CLOSING,
    "rate",
    "结案率",
    "Closing rate",
    "结案 ÷ 应结案",
    "closed ÷ due to close",
    without=("结案 ÷ 应结案", "closed ÷ due to close"),
)
ON_TIME_RATE = _figure(
    Rate.ON_TIME,
    "rate",
    "按期结案率",
    "On-time closing rate",
    "按期结案 ÷（应结案 − 挂账 − 免责）",
    "closed on time ÷ (due to close − suspended − exempted)",
    without=("按期结案 ÷（应结案 − 挂账）", "closed on time ÷ (due to close − suspended)"),
)
RESPONSE_RATE = _figure(Rate.RESPONSE, "rate", "响应率", "Response rate", "已响应 ÷ 全部上报", "responded to ÷ all reported")
RESOLUTION_RATE = _figure(
    Rate.RESOLUTION, "rate", "解决率", "Resolution rate", "已处置 ÷（全部上报 − 作废）", "resolved ÷ (all reported − rejected)"
)
SATISFACTION_RATE = _figure(
    Rate.SATISFACTION, "rate", "满意率", "Satisfaction rate", "满意 ÷ 已答复（未答复不计）", "satisfied ÷ answers (no answer is no answer)"
)
REWORK_RATE = _figure(
    Rate.REWORK, "rate", "返工率", "Rework rate", "曾返工 ÷ 曾进入核查环节", "ever reworked ÷ ever where it could be sent to rework"
)
RETURN_RATE = _figure(
    Rate.RETURN, "rate", "退单率", "Return rate", "曾被退回 ÷ 曾派至可退回环节", "ever returned ÷ ever where it could be returned"
)
EXTENSION_RATE = _figure(
    Rate.EXTENSION, "rate", "延期率", "Extension rate", "曾延期 ÷ 曾处于可延期环节", "ever extended ÷ ever where it could be extended"
)
OVERDUE_RATE = _figure(
    Rate.OVERDUE,
    "rate",
    "超时率",
    "Overdue rate",
    "超时 ÷（超时 + 按时完成）",
    "overdue ÷ (overdue + ended in time)",
    without=("超时 ÷（超时 + 按时完成），含免责", "overdue ÷ (overdue + ended in time), exempted ones counted"),
)
STAGE = ("stage", "各环节时长", "Time in stage", "停留时长（已结束的停留）", "stays that ended")
CLOCK_TIME = (
    "clock_time",
    "时限用时",
    "Time on the clock",
    "按该时限计时的用时（已结束）",
    "what the clock counted, in its own hours, once it ended",
)
TO_RESOLVE = ("time_to_resolve", "处置用时", "Time to resolve", "开案至首次处置", "opening to the first resolution")
TO_CLOSE = ("time_to_close", "结案用时", "Time to close", "开案至办结", "opening to the end as done")
_TIMES = (
    ("mean", "平均", "mean", "平均数", "sum ÷ count"),
    ("median", "中位", "median", "中位数", "the middle one"),
    ("p90", "九成", "90 %", "第 90 百分位", "nine in ten are not longer"),
)
_HUNDREDTHS = 100


def count(figure: Figure, group: str, number: int, title: Text | None = None) -> Row:
    return Row(figure=figure, group=group, group_title=title, numerator=number, denominator=1, value=float(number))


def about(row: Row, of: str, title: Text) -> Row:
    """The same row, of something by name."""
    return replace(row, of=of, of_title=title)


def rate(
    figure: Figure, group: str, numerator: int, denominator: int, title: Text | None = None, *, of: str | None = None, of_title: Text | None = None,
    without: bool = False, apart: bool = False,
) -> Row:  # fmt: skip
    """A share of one."""
    return Row(
        figure=figure, group=group, group_title=title, of=of, of_title=of_title, numerator=numerator, denominator=denominator,
        value=numerator / denominator if denominator else None, without=without, apart=apart,
    )  # fmt: skip


def times(
    what: tuple[str, str, str, str, str], group: str, spans: Sequence[int], title: Text | None = None, *, of: str | None = None, of_title: Text | None = None
) -> Iterator[Row]:  # fmt: skip
    """Mean, median and ninth decile (nearest rank) of spans in microseconds, as seconds."""
    name, zh, en, from_zh, from_en = what
    ordered = sorted(spans)
    total = sum(ordered) / 1e6
    values = (total / len(ordered), middle(ordered) / 1e6, percentile(ordered, 90) / 1e6) if ordered else (None, None, None)
    for (suffix, said_zh, said_en, how_zh, how_en), value in zip(_TIMES, values, strict=True):
        figure = _figure(
            f"{name}_{suffix}",
            "time",
            f"{zh}（{said_zh}）",
            f"{en}, {said_en}",
            f"{from_zh}：{how_zh}（秒）",
            f"{from_en}: {how_en}, in seconds",
        )
        yield Row(
            figure=figure, group=group, group_title=title, of=of, of_title=of_title, numerator=round(total, 3), denominator=len(ordered),
            value=None if value is None else round(value, 3),
        )  # fmt: skip


def percentile(ordered: Sequence[int], hundredths: int) -> int:
    """The smallest of ascending values that so many hundredths of them do not exceed."""
    return ordered[max(0, -(-len(ordered) * hundredths // _HUNDREDTHS) - 1)]


def middle(ordered: Sequence[int]) -> float:
    """The middle of ascending values; of an even number the mean of the two."""
    half = len(ordered) // 2
    return float(ordered[half]) if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2
