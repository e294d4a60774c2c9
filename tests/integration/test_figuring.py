"""Figures beside another period and beside what is known from elsewhere; workbooks and pictures of them; the mails to leaders."""

from __future__ import annotations

from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import openpyxl
import pytest

from engine import clock, composition, plots, requests, stats
from engine.figuring import asking, charts, circular, mails, morning, periods, workbook
from notifications import mailbox, mailer, servers
from tests.integration import towns

FIGURES = """\
outside:
  complaints: {title: {zh: 12345 投诉, en: Complaints}, file: complaints.csv, known: true}
morning: {to: [mayor, zhao], at: "07:30", days: mon-fri, rates: [found_rate, closure_rate]}
monthly: {to: [leader], at: "08:30", day: 3, rates: [on_time_closing_rate, closure_rate]}
"""
COUNTS = "date,count,unit\n2026-10-30,6,lights\n2026-11-20,2,lights\n2026-11-20,1,\n2026-12-01,50,lights\nyesterday,1,\n"
ZONE = "Asia/Shanghai"


@pytest.fixture
def town(tmp_path: Path, url: str) -> Iterator[composition.Engine]:
    """Two cases in October, both closed; four in November, one closed, one late and open."""
    folder = tmp_path / "programmes"
    given = {"FENGXING_PROGRAMMES": str(folder)}
    with towns.a_town(folder, url, start=towns.at("2026-11-22T12:00"), given=given, figures=FIGURES) as engine:
        (folder / "testtown" / "outside").mkdir()
        (folder / "testtown" / "outside" / "complaints.csv").write_text(COUNTS, encoding="utf-8")
        for day in ("2026-10-12", "2026-10-13"):
            whole_life(engine, day)
        whole_life(engine, "2026-11-20")
        for when in ("2026-11-20T09:00", "2026-11-20T09:01", "2026-11-22T11:00"):
            towns.opened(engine, when=when)
        yield engine


def whole_life(engine: composition.Engine, day: str) -> None:
    case = towns.dispatched(engine, when=f"{day}T09:00")
    towns.moved(engine, case, "resolve", "li", when=f"{day}T09:20", result="换了")
    towns.moved(engine, case, "verify", "qian", when=f"{day}T10:00")


def asked(town: composition.Engine, month: str = "2026-11", against: str | None = None, **wanted: object) -> asking.Answer:
    return asking.answer(
        town,
        stats.Wanted(programme="testtown", **wanted),  # type: ignore[arg-type]
        period=periods.month(month, ZONE),
        against=periods.month(against, ZONE) if against else None,
        now=town.time.now(),
    )


def row(answer: asking.Answer, name: str, group: str = "all") -> asking.Compared:
    return next(each for each in answer.rows if (each.row.group, each.row.name) == (group, name))


def test_a_period_beside_another_with_both_counts(town: composition.Engine) -> None:
    """Nobody is fooled by small numbers."""
    found = row(asked(town, against="2026-10"), "closure_rate")
    assert (found.row.numerator, found.row.denominator) == (1, 4)
    assert found.before is not None
    assert (found.before.numerator, found.before.denominator) == (2, 2)
    assert found.change == pytest.approx(-0.75)
    assert found.few
    assert row(asked(town, against="2026-10"), "reports").change == pytest.approx(1.0)
    assert mails.change(found, "zh") == "-75.00 个百分点，件数少"


def test_what_was_there_before_and_is_not_now_is_told_too(town: composition.Engine) -> None:
    answer = asked(town, month="2026-09", against="2026-10", by="unit")
    found = row(answer, "reports", "lights")
    assert (found.row.value, found.before.value if found.before else None) == (0.0, 2.0)


def test_what_is_known_from_elsewhere_counts_in_the_rate_of_what_riders_find(town: composition.Engine) -> None:
    """问题发现率: found by riders ÷ all known."""
    answer = asked(town, against="2026-10")
    assert [each.row.numerator for each in answer.rows if each.row.name == "outside:complaints"] == [3]
    assert (row(answer, "found_rate").row.numerator, row(answer, "found_rate").row.denominator) == (4, 7)
    assert row(answer, "outside:complaints").change == pytest.approx(-0.5)
    by_unit = asked(town, by="unit")
    assert (row(by_unit, "found_rate", "lights").row.numerator, row(by_unit, "found_rate", "lights").row.denominator) == (1, 3)
    (problem,) = answer.problems
    assert problem.code == "outside-row"
    assert problem.line == 6
    assert "`yesterday` is no date" in problem.message


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (None, "outside-missing"),
        (b"", "outside-unreadable"),
        (b"day,count\n2026-11-20,1\n", "outside-unreadable"),
        (b"date,count\n\xff\xfe", "outside-unreadable"),
        (b"date,count,date\n", "outside-unreadable"),
        (b"date,count\n2026-11-20,-3\n", "outside-row"),
        (b"date,count\n2026-11-20\n", "outside-row"),
    ],
)
def test_a_file_that_cannot_be_meant_is_said_and_keeps_nobody_from_the_figures(
    town: composition.Engine, content: bytes | None, code: str
) -> None:  # fmt: skip
    file = town.settings.programmes / "testtown" / "outside" / "complaints.csv"
    file.unlink()
    if content is not None:
        file.write_bytes(content)
    answer = asked(town)
    assert [problem.code for problem in answer.problems] == [code]
    assert row(answer, "reports").row.value == 4


def test_months_are_those_of_the_towns_wall() -> None:
    november = periods.month("2026-11", ZONE)
    assert (november.since, november.until) == (towns.at("2026-11-01T00:00"), towns.at("2026-12-01T00:00"))
    assert periods.month_of(towns.at("2027-01-01T00:00"), ZONE, back=1).words == "2026-12"
    for words in ("2026-13", "11-2026", "2026", "9999-01"):
        with pytest.raises(periods.PeriodUnclear):
            periods.month(words, ZONE)


def test_a_workbook_has_the_rates_as_divisions(town: composition.Engine, tmp_path: Path) -> None:
    file = tmp_path / "november.xlsx"
    workbook.write(file, asked(town, by="unit", against="2026-10"), by="unit", language="zh", notes=["期间"])
    book = openpyxl.load_workbook(file)
    assert book.sheetnames == ["unit", "指标一览", "公式"]
    sheet = book["unit"]
    assert [cell.value for cell in sheet[3]][:5] == ["分组", "指标", "分子", "分母", "数值"]
    line = next(each for each in sheet.iter_rows(min_row=4) if (each[0].value, each[1].value) == ("路灯队", "处置闭环率"))
    assert (line[2].value, line[3].value, line[4].value) == (1, 1, f"=C{line[0].row}/D{line[0].row}")
    assert line[4].number_format == "0.00%"
    assert list(tmp_path.glob("*.part")) == []


@pytest.mark.parametrize("by", [None, "unit", "day"])
def test_pictures_say_what_the_table_says(town: composition.Engine, by: str | None) -> None:
    drawn = charts.charts(asked(town, by=by, against="2026-10" if by == "unit" else None), by=by, rates=("closure_rate",), language="zh")
    first = drawn[0]
    if isinstance(first, plots.Bars):
        values = dict(zip(first.labels, first.series[0].values, strict=True))
        assert values == ({"路灯队": 100.0, "（无）": 0.0} if by == "unit" else {"处置闭环率": 25.0})
    else:
        assert isinstance(first, plots.Lines)
        assert first.at == ("2026-11-20", "2026-11-22")
        assert first.series[0].values == (33.33, 0.0)
    assert plots.drawn(*drawn, form="png").startswith(b"\x89PNG")


@pytest.fixture
def box() -> Iterator[mailbox.Mailbox]:
    with mailbox.Mailbox() as open_box:
        yield open_box


@pytest.fixture
def post(box: mailbox.Mailbox) -> Iterator[mailer.Post]:
    with mailer.Post(servers.parse(box.url)) as open_post:
        yield open_post


def test_a_morning_mail_has_its_pictures_inside(town: composition.Engine, box: mailbox.Mailbox, post: mailer.Post) -> None:
    sunday, monday = towns.at("2026-11-22T09:00"), towns.at("2026-11-23T07:31")
    assert morning.send(town, now=sunday, due=True, post=post) == {"testtown": 0}  # on weekdays only
    assert morning.send(town, now=monday - 2 * towns.MINUTE, due=True, post=post) == {"testtown": 0}
    assert morning.send(town, now=monday, due=True, post=post) == {"testtown": 2}
    assert morning.send(town, now=monday + towns.HOUR, due=True, post=post) == {"testtown": 0}
    (letter,) = box.to("mayor@example.org")
    assert "问题发现率 57.14%（4 ÷ 7）" in letter.text
    message: EmailMessage = letter.message
    related = next(part for part in message.walk() if part.get_content_type() == "multipart/related")
    html, *pictures = related.iter_parts()
    assert isinstance(html, EmailMessage)
    assert [part.get_content_type() for part in pictures] == ["image/png", "image/png"]
    for part in pictures:
        assert f"cid:{part['Content-ID'].strip('<>')}" in html.get_content()
    assert 'alt="各单位在办与超时：' in html.get_content()


def test_another_process_does_not_tell_again(town: composition.Engine, box: mailbox.Mailbox, post: mailer.Post) -> None:
    """Not twice for the same day, and it survives a restart."""
    monday = towns.at("2026-11-23T07:31")
    box.refuse("zhao@example.org", code=451, words="come again")
    with pytest.raises(mails.MailsUndelivered, match="come again"):
        morning.send(town, now=monday, post=post)
    box.accept("zhao@example.org")
    with towns.another(town) as second:
        assert morning.send(second, now=monday + towns.HOUR, post=post) == {"testtown": 1}
        assert morning.send(second, now=monday + 25 * towns.HOUR, post=post) == {"testtown": 2}
    assert (len(box.to("mayor@example.org")), len(box.to("zhao@example.org"))) == (2, 2)


def test_the_circular_goes_once_a_month(town: composition.Engine, box: mailbox.Mailbox, post: mailer.Post) -> None:
    """Rates by unit, beside the month before; the units that have overdue cases by name."""
    early, due = towns.at("2026-12-03T08:00"), towns.at("2026-12-05T10:00")
    clock.fire_until(town.store, town.catalog, town.time, due)
    assert circular.send(town, now=early, due=True, post=post) == {"testtown": 0}
    assert circular.send(town, now=due, due=True, post=post) == {"testtown": 1}  # a server that slept over the day makes up for it
    assert circular.send(town, now=due + 24 * towns.HOUR, due=True, post=post) == {"testtown": 0}
    (letter,) = box.to("mayor@example.org")
    assert letter.subject == "【通报】2026-11 案件办理情况"
    assert "2026-11 上报 4 件，办结 1 件（上月上报 2 件）。同期外部数据：12345 投诉 3。现有超时未办结：（无） 3 件。" in letter.text
    assert "1. 路灯队 100.00%（1 ÷ 1）+0.00 个百分点，件数少" in letter.text
    assert "TT-2026" not in letter.text  # sums only


def test_a_town_without_circular_has_none(tmp_path: Path, lite: str, box: mailbox.Mailbox, post: mailer.Post) -> None:
    with towns.a_town(tmp_path, lite) as town:
        assert circular.send(town, now=towns.at("2026-12-05T10:00"), due=True, post=post) == {"testtown": 0}
        assert morning.send(town, now=towns.at("2026-12-05T10:00"), due=True, post=post) == {"testtown": 0}  # nothing happened
    assert list(box.letters) == []


def test_the_mails_count_the_workflows_that_are_named(tmp_path: Path, url: str) -> None:
    """Meetings and vouchers are cases too, and yet no report of anything on the street."""
    second = towns.WORKFLOW.replace("workflow: report\n", "workflow: talk\n", 1)
    with towns.a_town(
        tmp_path, url, start=towns.START, figures=f"workflows: [report]\n{FIGURES}", beside={"workflows/talk.yaml": second}
    ) as town:
        towns.dispatched(town, when="2026-11-20T09:00")
        for _ in range(2):
            town.door.submit(requests.Opening(programme="testtown", workflow="talk", facts={"description": "谈"}, at=towns.at("09:30")))
        (letter, *_) = morning.written(town, "testtown", now=towns.at("2026-11-21T08:00"))
        assert "昨日上报 1 件" in letter.rendered.text
        assert "（0 ÷ 1）" in letter.rendered.text
        every = asking.answer(town, stats.Wanted(programme="testtown"), period=periods.month("2026-11", ZONE), now=town.time.now())
        assert row(every, "reports").row.numerator == 3
        two = stats.Wanted(programme="testtown", workflows=("talk", "report"))
        assert row(asking.answer(town, two, period=periods.month("2026-11", ZONE), now=town.time.now()), "reports").row.numerator == 3
