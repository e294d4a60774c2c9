from __future__ import annotations

import time
from html.parser import HTMLParser
from typing import Any

import pytest

from notifications import checks, errors, render, variables
from tests.unit.notifications import town

ALL = sorted(checks.names())
URGES = ("due-soon", "overdue", "supervise")


class _Page(HTMLParser):
    """What a person sees of a page, and what it would fetch."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []
        self.links: list[str] = []
        self.fetched: list[str] = []
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        given = dict(attrs)
        if tag == "a":
            self.links.append(given["href"] or "")
        self.fetched += [str(given[name]) for name in ("src", "background", "srcset") if name in given]

    def handle_data(self, data: str) -> None:
        self.seen.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.seen).split())


def page(html: str) -> _Page:
    parsed = _Page()
    parsed.feed(html)
    return parsed


def said(template: str, language: str, **but: Any) -> render.Rendered:
    return render.book(()).render(template, language, {**variables.samples(language), **but})


def custom(source: str, given: dict[str, Any] | None = None, file: str = "own.zh.txt") -> render.Rendered:
    return render.Book({file: source}).render("own", "zh", given or {"programme": "测试镇", "zone": "Asia/Shanghai", "now": 0})


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("template", ALL)
def test_every_shipped_template_can_be_said_with_everything_and_with_nothing(template: str, language: str) -> None:
    assert checks.check({}, [template]) == ()
    for words in (variables.samples(language), variables.blanks(language)):
        mail = render.book(()).say(template, language, words)
        assert mail.subject
        assert "\n" not in mail.subject
        assert "None" not in mail.subject + mail.text + page(mail.html).text
        assert "\n\n\n" not in mail.text


@pytest.mark.parametrize("template", URGES)
def test_an_urging_mail_says_who_must_act_on_what_by_when_and_what_was_tried(template: str) -> None:
    overdue = None if template == "due-soon" else variables.VARIABLES["overdue"].zh
    chinese, english = said(template, "zh", overdue=overdue), said(template, "en", overdue=overdue)
    for text in (chinese.text, page(chinese.html).text):
        for part in (
            "路灯管理所 王强", "NX-20261120-0007", "路灯不亮", "东关巷北口", "已派单", "处置时限 1 小时", "11月20日（周五）08:20",
            "催办：已通知王强、李站长", "预警（王强）", "李站长、赵镇长", "2 张", "紧急",
        ):  # fmt: skip
            assert part in text
        assert ("还剩 8 分钟" if template == "due-soon" else "已超时 12 分钟") in text
    for text in (english.text, page(english.html).text):
        for part in (
            "Wang Qiang",
            "NX-20261120-0007",
            "Dead street lamp",
            "Time to resolve, 1 hour",
            "due Fri 20 Nov, 08:20",
            "told Wang Qiang and Li Na",
        ):
            assert part in text
        assert ("8 minutes left" if template == "due-soon" else "12 minutes overdue") in text


@pytest.mark.parametrize("template", ALL)
def test_a_mail_has_one_link_and_fetches_nothing(template: str) -> None:
    link = "https://fengxing.example/c/1?a=1&b=2"
    mail = said(template, "zh", link=link, items=())
    assert page(mail.html).links == [link]
    assert link in mail.text
    assert [each for each in page(mail.html).fetched if not each.startswith("cid:")] == []  # what lies in the mail itself
    assert "url(" not in mail.html
    assert "<style" not in mail.html
    assert said(template, "zh", link="", items=()).text.count("http") == 0


def test_a_rider_reads_the_result_and_not_who_the_handler_is() -> None:
    mail = said("result", "zh")
    assert "已更换灯泡，路灯恢复照明" in mail.text
    assert "处置后照片 1 张" in mail.text
    assert "王强" not in mail.text + mail.html


def test_reasons_and_dates_are_said() -> None:
    assert "2026年11月27日 复查" in said("suspended", "zh").text
    assert "by 2 hours. It is now due Fri 20 Nov, 08:20" in said("extended", "en").text
    assert "延长 2 小时" in said("extended", "zh").text
    assert "理由：需要更换灯杆" in said("discarded", "zh").text
    assert "Why nobody was reached" in page(said("unreached", "en").html).text


def test_a_digest_names_each_case_with_its_own_link() -> None:
    items = [
        {"number": f"NX-20261120-000{n}", "workflow": "随手拍", "category": "路灯", "description": "暗", "place": "", "state": "已派单",
         "clock": "处置时限", "due": town.at("2026-11-20T08:20"), "overdue": n * 60_000_000, "remaining": None, "link": f"https://x.example/{n}"}
        for n in range(1, 4)
    ]  # fmt: skip
    mail = said("digest", "zh", items=items, count=3, link="https://x.example/board")
    assert mail.subject == "【汇总】3 件事项到了或过了时限"
    assert "2. NX-20261120-0002 路灯\n   已超时 2 分钟" in mail.text
    assert sorted(set(page(mail.html).links)) == [
        "https://x.example/1",
        "https://x.example/2",
        "https://x.example/3",
        "https://x.example/board",
    ]


def test_what_people_wrote_stays_text_in_html_and_plain_in_text() -> None:
    mail = said("received", "zh", description="<img src=x onerror=alert(1)> & {{ programme }} {% raw %}")
    assert "img" not in page(mail.html).tags
    assert "<img src=x onerror=alert(1)> & {{ programme }} {% raw %}" in page(mail.html).text
    assert "<img src=x onerror=alert(1)> & {{ programme }}" in mail.text


def test_nothing_in_a_subject_can_begin_a_header() -> None:
    mail = custom("Subject: {{ description }}\n\nx", {"description": "灯\r\nBcc: all@example.org\n\nbody\u2028\x00\x1b[31m", "now": 0})
    assert mail.subject == "灯 Bcc: all@example.org body[31m"
    assert mail.text == "x\n"


def test_a_long_subject_is_cut_where_it_shows() -> None:
    mail = custom("Subject: {{ description }}\n\nx", {"description": "灯" * 5000})
    assert mail.subject.endswith("灯…")
    assert len(mail.subject) == 250


def test_control_and_direction_changing_characters_are_stripped() -> None:
    mail = said("received", "en", description="a\x07b\u202etxt.exe\ufeff\x9b", place="\ud800")
    assert "abtxt.exe" in mail.text
    assert not set("\x07\u202e\ufeff\x9b\ud800") & set(mail.text + mail.html + mail.subject)


def test_the_programmes_own_words_come_first_and_bring_plain_html_along() -> None:
    own = {"overdue.zh.txt": "Subject: 快点 {{ number }}\n\n{{ description }}\n第二行 <b>"}
    mail = render.render(town.a_live(templates=own), "overdue", "zh", variables.samples("zh"))
    assert mail.subject == "快点 NX-20261120-0007"
    assert "第二行 <b>" in page(mail.html).text
    assert "b" not in page(mail.html).tags
    assert "催办" not in page(mail.html).text.replace("催办：已通知", "")
    assert page(mail.html).links == [variables.VARIABLES["link"].zh]
    assert "Overdue" in render.render(town.a_live(templates=own), "overdue", "en", variables.samples("en")).subject


def test_a_layout_of_ones_own_carries_our_templates() -> None:
    own = {
        "layout.zh.html": "<!DOCTYPE html><html><body><h1>{% block headline %}{% endblock %}</h1>{% block lead %}{% endblock %}镇徽</body></html>"
    }
    assert page(render.Book(own).render("received", "zh", variables.samples("zh")).html).text.startswith("已收到，谢谢您")
    assert "镇徽" in render.Book(own).render("overdue", "zh", variables.samples("zh")).html
    assert checks.check(own) == ()


def test_a_broken_template_of_the_programme_gives_way_to_ours(caplog: pytest.LogCaptureFixture) -> None:
    mail = render.Book({"overdue.zh.txt": "Subject: {{ nobody }}\n\n"}).render("overdue", "zh", variables.samples("zh"))
    assert "催办" in mail.subject
    assert "broken" in caplog.text
    with pytest.raises(errors.TemplateBroken, match=r"templates/own\.zh\.txt:1: no variable is called `nobody`"):
        custom("Subject: {{ nobody }}\n\n")


def test_a_variable_nobody_declared_is_an_error_of_ours() -> None:
    with pytest.raises(errors.UnknownVariable, match="notifications/variables"):
        custom("Subject: x\n\n", {"typo": 1})


def test_a_line_of_tags_leaves_no_line_and_a_line_that_ends_in_one_keeps_its_end() -> None:
    source = "Subject: x\n\na{% if urgent %}!{% endif %}\nb\n  {% if urgent %}\nc\n  {% else %}\nd\n  {% endif %}\n{# silent #}\n{% for who in others %}\n- {{ who }}\n{% endfor %}\ne\n"
    assert custom(source, {"others": ["甲", "乙"]}).text == "a\nb\nd\n- 甲\n- 乙\ne\n"
    assert custom(source, {"urgent": True}).text == "a!\nb\nc\ne\n"


def test_a_file_written_on_windows_reads_the_same() -> None:
    assert custom("\ufeffSubject: x\r\n\r\na\r\n{% if not urgent %}\r\nb\r\n{% endif %}\r\nc\r\n").text == "a\nb\nc\n"


def test_lists_and_texts_of_any_length_stay_bounded() -> None:
    begun = time.perf_counter()
    given = {"tried": [{"at": 0, "said": "字" * 30_000}] * 5000, "now": 0, "zone": "UTC"}
    with pytest.raises(errors.TemplateBroken, match="says more than"):
        custom("Subject: x\n\n{% for step in tried %}{{ step.said }}{% endfor %}", given)
    assert (
        custom("Subject: x\n\n{{ tried | length }} {% for step in tried %}{{ step.said | short(1) }}{% endfor %}", given).text
        == "500 " + "…" * 500 + "\n"
    )
    assert time.perf_counter() - begun < 120  # a guard against hanging
