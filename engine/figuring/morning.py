"""The morning digest: what is open and overdue now, what came and went yesterday, the month's rates so far, and pictures of it.

It goes to those whom figures.yaml names, else to those a programme falls back on. A town where nothing happened and nothing is open is
left in peace. Cases stand in it by number and state; what they are about does not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from config.programme import MorningMail
from config.week import DAYS
from engine import board, catalog, composition, figures, plots, stats
from engine import now as times
from engine.figuring import asking, charts, mails, periods
from notifications import mail, mailer
from storage import database, orchestration

KIND, TEMPLATE = "digest", "morning"
SHOWN = 10
DAYS_SHOWN = 14
WIDE, DPI = 3.6, 200
"""A picture for a phone: inches of drawing across its screen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Yesterday's and today's: cases reported and closed in the last whole local day, open, urgent and overdue now."""

    reported: int
    closed: int
    board: board.Board

    @property
    def quiet(self) -> bool:
        return not (self.reported or self.closed or self.board.open)

    def said(self, language: str) -> str:
        b = self.board
        if language == "zh":
            return (
                f"昨日上报 {self.reported} 件，办结 {self.closed} 件；现有在办 {b.open} 件，其中超时 {b.overdue} 件、紧急 {b.urgent} 件。"
            )
        return f"Yesterday {self.reported} were reported and {self.closed} closed; {b.open} are open now, {b.overdue} overdue, {b.urgent} urgent."


def send(
    engine: composition.Engine, *, now: int, programme: str | None = None, post: mailer.Post | None = None, due: bool = False
) -> dict[str, int]:
    """Send today's digest to whoever has not had it; how many had a mail now, by programme. `due`: only where its time has come.

    Raises MailsUndelivered."""
    own = post or mails.post_of(engine)
    sent: dict[str, int] = {}
    try:
        for town in _towns(engine, programme):
            name, wanted = town.live.programme.programme, _wanted(town)
            sent[name] = 0
            day = periods.day_of(now, town.live.programme.time_zone).words
            if due and not _is_due(wanted, town, now):
                continue
            if not mails.all_told(engine, town, kind=KIND, period=day, to=wanted.to, now=now):
                sent[name] = mails.send(engine, own, town, written(engine, name, now=now), kind=KIND, period=day)
    finally:
        if post is None:
            own.close()
    return sent


def written(engine: composition.Engine, programme: str, *, now: int) -> list[mails.Letter]:
    """Today's letters of a programme; none where there is nothing to tell."""
    town = engine.catalog.of(programme)
    with engine.store.reading() as tx:
        one = next(each for each in board.boards(tx, engine.catalog, now=now) if each.programme == programme)
        known = figures_of(tx, one, town.live.figures.workflows, now=now)
    if known.quiet:
        return []
    wanted = _wanted(town)
    month = periods.month_of(now, one.zone)
    asked = stats.Wanted(programme=programme, workflows=town.live.figures.workflows, names=tuple(wanted.rates))
    answer = asking.answer(engine, asked, period=month, against=periods.month_of(now, one.zone, back=1), now=now)
    if not any(each.row.denominator for each in answer.rows):  # the month has just begun
        month = periods.month_of(now, one.zone, back=1)
        answer = asking.answer(engine, asked, period=month, against=periods.month_of(now, one.zone, back=2), now=now)
    days = periods.Period(
        since=periods.day_of(now, one.zone, back=DAYS_SHOWN - 1).since, until=periods.day_of(now, one.zone).until, words=""
    )
    daily = asking.answer(
        engine,
        stats.Wanted(programme=programme, workflows=asked.workflows, by="day", names=(figures.REPORTS.name,)),
        period=days,
        now=now,
    )

    def compose(language: str, who: str) -> mails.Said:
        pictures = _pictures(town, known, daily, language, now)
        words: dict[str, object] = {
            "description": known.said(language),
            "count": known.board.overdue,
            "items": [_item(line, engine.settings.text("LINK").rstrip("/")) for line in _pressing(_seen(engine, one, who, now))],
            "period": month.words,
            "rates": [mails.rate(each, language) for each in answer.rows if each.row.of is None],
            "charts": [{"name": picture.name, "said": said} for picture, said in pictures],
        }
        return mails.Said(words=words, pictures=tuple(picture for picture, _ in pictures))

    day = periods.day_of(now, one.zone).words
    return mails.letters(engine, town, compose, kind=KIND, template=TEMPLATE, period=day, to=wanted.to, now=now, apart=one.veiled)


def _seen(engine: composition.Engine, one: board.Board, who: str, now: int) -> board.Board:
    """The board with the cases that one recipient may see; sums are the same to everybody."""
    if not one.veiled:
        return one
    with engine.store.reading() as tx:
        return next(each for each in board.boards(tx, engine.catalog, now=now, viewer=who) if each.programme == one.programme)


def figures_of(tx: database.Transaction, one: board.Board, workflows: Sequence[str] = (), *, now: int) -> Figures:
    """The figures of a programme, with yesterday by its own calendar day. `workflows`: whose cases count as reported and closed (all)."""
    day = periods.day_of(now, one.zone, back=1)
    rows = tx.all(orchestration.DAY_FIGURES, (day.since, day.until, day.since, day.until, one.programme))
    counted = [(int(reported), int(closed)) for workflow, reported, closed in rows if not workflows or workflow in workflows]
    return Figures(reported=sum(each[0] for each in counted), closed=sum(each[1] for each in counted), board=one)


def _towns(engine: composition.Engine, programme: str | None) -> list[catalog.InForce]:
    with engine.store.reading() as tx:
        engine.catalog.refresh(tx)
    return [engine.catalog.of(name) for name in sorted(engine.catalog.programmes) if programme in (None, name)]


def _wanted(town: catalog.InForce) -> MorningMail:
    return town.live.figures.morning or MorningMail(to=town.live.programme.fallback)


def _is_due(wanted: MorningMail, town: catalog.InForce, now: int) -> bool:
    zone = town.live.programme.time_zone
    return DAYS[times.local(now, zone).weekday()] in wanted.days and mails.reached(wanted.at, now, zone)


def _pressing(one: board.Board) -> list[board.Line]:
    return [line for line in one.lines if line.left is not None and not line.paused][:SHOWN]


def _item(line: board.Line, link: str) -> dict[str, object]:
    left = line.left if line.left is not None else 0
    return {
        "number": line.number,
        "workflow": line.workflow,
        "category": "",
        "description": line.unit,
        "place": "",
        "state": line.state,
        "clock": line.clock,
        "due": line.due,
        "overdue": -left if left < 0 else None,
        "remaining": left if left >= 0 else None,
        "link": f"{link}/cases/{line.number}",
    }


def _pictures(
    town: catalog.InForce, known: Figures, daily: asking.Answer, language: str, now: int
) -> list[tuple[mail.Picture, str]]:  # fmt: skip
    """Each picture with what it shows in words, for those who cannot see it."""
    said = language if language != "zh" or plots.chinese() else "en"
    found: list[tuple[plots.Chart, str]] = []
    units = Counter(line.unit for line in known.board.lines)
    if units:
        late = Counter(line.unit for line in known.board.lines if line.left is not None and line.left < 0)
        none = stats.TITLES[stats.NONE]
        order = [unit for unit, _ in units.most_common(charts.MOST)]
        titles = ("各单位在办与超时", "在办", "超时") if said == "zh" else ("Open and overdue by unit", "open", "overdue")
        series = (
            plots.Series(name=titles[1], values=tuple(float(units[unit]) for unit in order)),
            plots.Series(name=titles[2], values=tuple(float(late[unit]) for unit in order)),
        )
        chart = plots.Bars(title=titles[0], labels=tuple(unit or none.say(said) for unit in order), series=series)
        colon, comma, of = ("：", "；", "在办 {} 件，超时 {} 件") if language == "zh" else (": ", "; ", "{} open, {} overdue")
        head = "各单位在办与超时" if language == "zh" else "Open and overdue by unit"
        alt = comma.join(f"{unit or none.say(language)} {of.format(units[unit], late[unit])}" for unit in order)
        found.append((chart, f"{head}{colon}{alt}"))
    found.append(_days(town, daily, said, language, now))
    return [
        (mail.Picture(name=f"figure-{number}", content=plots.drawn(chart, form="png", width=WIDE, dpi=DPI)), alt)
        for number, (chart, alt) in enumerate(found, 1)
    ]


def _days(town: catalog.InForce, daily: asking.Answer, said: str, language: str, now: int) -> tuple[plots.Chart, str]:
    """How many cases came on each of the last days."""
    counts: Mapping[str, float] = {each.row.group: each.row.numerator for each in daily.rows}
    zone = town.live.programme.time_zone
    days: Sequence[str] = [periods.day_of(now, zone, back=back).words for back in range(DAYS_SHOWN - 1, -1, -1)]
    title = f"近 {DAYS_SHOWN} 天上报数" if said == "zh" else f"Reports of the last {DAYS_SHOWN} days"
    values = tuple(float(counts.get(day, 0)) for day in days)
    chart = plots.Lines(title=title, at=tuple(day[5:] for day in days), series=(plots.Series(name=title, values=values),))
    head = f"近 {DAYS_SHOWN} 天上报数：" if language == "zh" else f"Reports of the last {DAYS_SHOWN} days: "
    return chart, head + ", ".join(f"{day[5:]} {count:.0f}" for day, count in zip(days, values, strict=True))
