"""The monthly circular (通报): how the cases of the month before were handled, unit by unit in the order of the first rate, beside the
month before that, naming the units that have cases overdue now. Sums only; no case stands in it."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Sequence

from config.programme import Circular
from config.words import Text
from engine import board, catalog, composition, figures, plots, stats
from engine import now as times
from engine.figuring import asking, charts, mails, morning, periods
from notifications import mail, mailer

KIND, TEMPLATE = "circular", "circular"


def send(
    engine: composition.Engine, *, now: int, programme: str | None = None, post: mailer.Post | None = None, due: bool = False
) -> dict[str, int]:
    """Send the circular of last month to whoever has not had it, where figures.yaml asks for one; how many had a mail now, by
    programme. `due`: only where its day and time have come. Raises MailsUndelivered."""
    own = post or mails.post_of(engine)
    sent: dict[str, int] = {}
    try:
        for name, town in _towns(engine, programme).items():
            sent[name] = 0
            wanted, zone = town.live.figures.monthly, town.live.programme.time_zone
            if wanted is None or (due and not _is_due(wanted, now, zone)):
                continue
            month = periods.month_of(now, zone, back=1).words
            if not mails.all_told(engine, town, kind=KIND, period=month, to=wanted.to, now=now):
                sent[name] = mails.send(engine, own, town, written(engine, name, now=now), kind=KIND, period=month)
    finally:
        if post is None:
            own.close()
    return sent


def written(engine: composition.Engine, programme: str, *, now: int) -> list[mails.Letter]:
    """The letters of last month's circular; none where nobody is to have one, or where there was no case."""
    town = engine.catalog.of(programme)
    wanted, zone = town.live.figures.monthly, town.live.programme.time_zone
    if wanted is None:
        return []
    month, before = (periods.month_of(now, zone, back=back) for back in (1, 2))
    names = tuple(wanted.rates)
    asked = stats.Wanted(
        programme=programme,
        workflows=town.live.figures.workflows,
        exempt=wanted.exempt,
        names=(*names, figures.REPORTS.name, figures.CLOSED.name, figures.OUTSIDE.name),
    )
    whole = asking.answer(engine, asked, period=month, against=before, now=now)
    if not any(each.row.figure is figures.REPORTS and each.row.numerator for each in whole.rows):
        return []
    units = asking.answer(engine, dataclasses.replace(asked, by="unit", names=names), period=month, against=before, now=now)
    with engine.store.reading() as tx:
        one = next(each for each in board.boards(tx, engine.catalog, now=now) if each.programme == programme)
    late = Counter(line.unit for line in one.lines if line.left is not None and line.left < 0)

    def compose(language: str, _who: str) -> mails.Said:
        picture, alt = _picture(units, names[0], language)
        words: dict[str, object] = {
            "period": month.words,
            "description": _said(whole, late, town, language),
            "rates": [mails.rate(each, language) for each in _plain(whole.rows, names)],
            "rows": _rows(units, names, late, town, language),
            "charts": [{"name": picture.name, "said": alt}] if picture is not None else [],
            "remarks": _remarks(wanted, before.words, language),
        }
        return mails.Said(words=words, pictures=(picture,) if picture is not None else ())

    return mails.letters(engine, town, compose, kind=KIND, template=TEMPLATE, period=month.words, to=wanted.to, now=now)


def _towns(engine: composition.Engine, programme: str | None) -> dict[str, catalog.InForce]:
    with engine.store.reading() as tx:
        engine.catalog.refresh(tx)
    return {name: engine.catalog.of(name) for name in sorted(engine.catalog.programmes) if programme in (None, name)}


def _is_due(wanted: Circular, now: int, zone: str) -> bool:
    """From its day on, to the month's end: a server that slept over it makes up for it."""
    day = times.local(now, zone).day
    return day > wanted.day or (day == wanted.day and mails.reached(wanted.at, now, zone))


def _said(whole: asking.Answer, late: Counter[str], town: catalog.InForce, language: str) -> str:
    """The month in a sentence, and who has cases overdue now."""
    counts = {each.row.name: each for each in whole.rows if each.row.figure.kind == "count"}
    reports, closed = (counts[name].row.numerator if name in counts else 0 for name in (figures.REPORTS.name, figures.CLOSED.name))
    before = counts[figures.REPORTS.name].before
    elsewhere = [f"{each.row.of_title.say(language) if each.row.of_title else each.row.of} {each.row.numerator:,.0f}" for each in whole.rows if each.row.figure is figures.OUTSIDE]  # fmt: skip
    ordered = sorted(late.items(), key=lambda each: (-each[1], each[0]))
    none = stats.TITLES[stats.NONE].say(language)
    if language == "zh":
        said = f"{whole.period.words} 上报 {reports:,.0f} 件，办结 {closed:,.0f} 件"
        said += f"（上月上报 {before.numerator:,.0f} 件）。" if before is not None else "。"
        said += f"同期外部数据：{'、'.join(elsewhere)}。" if elsewhere else ""
        named = "、".join(f"{_unit(town, unit, language) or none} {count} 件" for unit, count in ordered)
        return said + (f"现有超时未办结：{named}。" if named else "现无超时未办结案件。")
    said = f"In {whole.period.words} {reports:,.0f} were reported and {closed:,.0f} of them closed"
    said += f" (the month before: {before.numerator:,.0f} reported)." if before is not None else "."
    said += f" From elsewhere: {', '.join(elsewhere)}." if elsewhere else ""
    named = ", ".join(f"{_unit(town, unit, language) or none} {count}" for unit, count in ordered)
    return said + (f" Overdue now: {named}." if named else " Nothing is overdue now.")


def _unit(town: catalog.InForce, said: str, language: str) -> str:
    """A unit's title in a language; boards say it in the programme's own."""
    known = {unit.title.say(town.live.programme.language): unit.title.say(language) for unit in town.live.units.units.values()}
    return known.get(said, said)


def _rows(
    units: asking.Answer, names: tuple[str, ...], late: Counter[str], town: catalog.InForce, language: str
) -> list[dict[str, object]]:  # fmt: skip
    """A row a unit, the best first; those without a value stand at the end."""
    found = []
    for group, rows in units.groups.items():
        if group == stats.NONE:
            continue
        first = next((each for each in rows if each.row.name == names[0]), None)
        if first is None:
            continue
        others = [each for each in _plain(rows, names) if each is not first]
        own = first.row.group_title.say(town.live.programme.language) if first.row.group_title is not None else group
        more = " · ".join(f"{each.row.title(language)} {mails.value(each.row.value)}" for each in others)
        row = {**mails.rate(first, language), "title": charts.label(first.row, language), "late": late.get(own, 0), "more": more}
        down = 1 if names[0] in charts.LOWER_IS_BETTER else -1
        found.append((first.row.value is None, down * (first.row.value or 0.0), -first.row.denominator, row))
    return [{name: value for name, value in row.items() if name != "formula"} for *_, row in sorted(found, key=lambda each: each[:3])]


def _plain(rows: Sequence[asking.Compared], names: tuple[str, ...]) -> list[asking.Compared]:
    """The rates in the order asked for; one without exemptions only where that makes a difference."""
    by_name = {each.row.name: each for each in rows if each.row.figure.kind == "rate" and each.row.of is None}
    found = []
    for name in names:
        one, without = by_name.get(name), by_name.get(f"{name}@without")
        found += [one] if one is not None else []
        if without is not None and (
            one is None or (without.row.numerator, without.row.denominator) != (one.row.numerator, one.row.denominator)
        ):
            found.append(without)
    return found


def _remarks(wanted: Circular, before: str, language: str) -> list[str]:
    how = {
        "with": Text(zh="申诉成立的超时已剔除", en="exempted breaches do not count"),
        "without": Text(zh="申诉成立的超时未剔除", en="exempted breaches count"),
        "both": Text(zh="剔除与未剔除申诉成立的超时并列", en="with and without exempted breaches"),
    }[wanted.exempt]
    dated = Text(zh="按开案日期统计", en="By opening date").say(language)
    return [f"{dated}; {how.say(language)}; " + Text(zh=f"与 {before} 相比", en=f"compared with {before}").say(language)]


def _picture(units: asking.Answer, name: str, language: str) -> tuple[mail.Picture | None, str]:
    """The first rate of each unit beside the month before, and the same in words."""
    said = language if language != "zh" or plots.chinese() else "en"
    drawn = charts.charts(units, by="unit", rates=(name,), language=said)
    if not drawn:
        return None, ""
    rows = [each.row for each in units.rows if each.row.name == name and each.row.value is not None]
    alt = ", ".join(f"{charts.label(row, language)} {mails.value(row.value)}" for row in rows)
    title = rows[0].title(language)
    content = plots.drawn(*drawn, form="png", width=morning.WIDE, dpi=morning.DPI)
    return mail.Picture(name="figure-1", content=content), f"{title}: {alt}"
