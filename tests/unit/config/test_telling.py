from __future__ import annotations

import random
from pathlib import Path

import pytest

from config import moments, phrases, reading, schedules, sentences, telling, wordbook
from config.effects import Opens
from config.points import Account, Points
from config.problems import Saying
from config.sentences import Kind, Place
from config.words import Text
from config.workflow import Fact, Workflow
from notifications import checks as template_checks
from tests import builders
from tests.commandline import NINGXIANG, ROOT
from tests.unit.config import test_mutations

SHIPPED = sorted((ROOT / "config" / "programmes").glob("*/workflows/*.tests.yaml"))
STORY = """\
tests: report
stories:
  - story: 除夕
    given: a report by ma, at 2026-02-16 23:50
    when: {when}
    then: {then}
"""

MEETING = {
    "workflow": "joint-meeting",
    "title": {"zh": "联席会议", "en": "Joint meeting"},
    "initial": "called",
    "facts": {"about": {"type": "text", "title": {"zh": "事由", "en": "About"}}},
    "states": {
        "called": {"title": {"zh": "已召集", "en": "Called"}},
        "decided": {"title": {"zh": "已定责", "en": "Decided"}, "final": "done"},
    },
    "transitions": {"decide": {"from": "called", "to": "decided", "by": ["leader"]}},
    "clocks": {},
}


@pytest.fixture(scope="module")
def book() -> wordbook.Wordbook:
    """Ningxiang's words, with a schedule, a draw and joint meetings as the sentences' examples have them."""
    whole = reading.read_folder(NINGXIANG).programme
    assert whole is not None
    accounts = {"points": Account(title=Text(zh="积分", en="Points"), unit=Text(zh="分", en="points"))}
    whole = whole.model_copy(update={"points": Points(accounts=accounts)})
    rounds = schedules.Schedules.model_validate(
        {"schedules": {"round": {"title": {"zh": "巡检", "en": "Round"}, "opens": "report", "at": "09:00"}}}
    )
    whole = whole.model_copy(update={"schedules": rounds})
    meeting = Workflow.model_validate(MEETING)
    report = whole.workflows["report"]
    drawn = {"sampled": Fact.model_validate({"type": "yes_no", "drawn": "20%", "title": {"zh": "抽查", "en": "Drawn for a check"}})}
    opens = (Opens.model_validate({"on": "discard", "workflow": "joint-meeting", "link": "meeting"}),)
    report = report.model_copy(update={"facts": {**report.facts, **drawn}, "opens": opens})
    whole = whole.model_copy(update={"workflows": {**whole.workflows, "report": report, "joint-meeting": meeting}})
    return wordbook.of(whole, report, template_checks.names())


LINKING = (
    builders.WORKFLOW.replace(
        "  result:      {type: text,",
        "  twin:        {type: case, workflow: report, title: {zh: 主案, en: Main case}}\n  result:      {type: text,",
    )
    + """\
opens:
  - {on: discard, workflow: report, link: meeting, with: {description: reason}}
links:
  - {on: discard, fact: twin, as: duplicate}
"""
)


def told(tmp_path: Path, text: str) -> telling.Told:
    folder = builders.a_folder(tmp_path, points=builders.POINTS, workflow=LINKING)
    (folder / "workflows" / "report.tests.yaml").write_text(text, encoding="utf-8")
    parts, found = reading.read_tests(folder)
    whole = reading.read_folder(folder).programme
    assert whole is not None
    assert found == ()
    return telling.tell(parts["workflows/report.tests.yaml"], whole, template_checks.names())


def a_tale(tmp_path: Path, *, when: str = "nobody acts", then: str = "the case is reported") -> telling.Tale:
    found = told(tmp_path, STORY.format(when=when, then=then))
    assert found.problems == ()
    return found.tales[0]


def problem(tmp_path: Path, text: str) -> str:
    """The one problem, without the folder."""
    found = told(tmp_path, text)
    assert found.tales == ()
    assert len(found.problems) == 1
    return str(found.problems[0]).split("report.tests.yaml:")[1]


# --- sentences


@pytest.mark.parametrize("pattern", sentences.TABLE, ids=lambda pattern: pattern.kind.value)
def test_every_pattern_is_understood_in_both_languages_and_means_the_same(pattern: sentences.Pattern, book: wordbook.Wordbook) -> None:
    english, chinese = (phrases.read(text, (pattern.place,), book) for text in (pattern.example, pattern.example_zh))
    assert isinstance(english, phrases.Phrase)
    assert isinstance(chinese, phrases.Phrase)
    assert english.kind is pattern.kind
    for one in ("kind", "names", "who", "when", "time", "facts", "without"):
        assert getattr(english, one) == getattr(chinese, one), one


def test_every_kind_of_sentence_has_one_pattern() -> None:
    assert sorted(pattern.kind for pattern in sentences.TABLE) == sorted(Kind)


@pytest.mark.parametrize(("text", "names", "facts"), [
    # by its name, by its title, as English conjugates it
    ("zhao-min dispatch, unit lamps", {"person": "zhao-min", "trigger": "dispatch"}, {"unit": "lamps"}),
    ("zhao-min dispatches, unit Street lamp crew", {"person": "zhao-min", "trigger": "dispatch"}, {"unit": "lamps"}),
    ("赵敏派单，承办单位 路灯维修班", {"person": "zhao-min", "trigger": "dispatch"}, {"unit": "lamps"}),
    ("赵敏 派单，承办单位：lamps。", {"person": "zhao-min", "trigger": "dispatch"}, {"unit": "lamps"}),
    ("zhao-min classifies, urgency 紧急, category dead street lamp", {"person": "zhao-min", "trigger": "classify"}, {"urgency": "1", "category": "lamp"}),
    # a comma in quotes is no separator
    ('shen-jun resolves, result "new lamp, new fuse", result_photos 2', {"person": "shen-jun", "trigger": "resolve"}, {"result": "new lamp, new fuse", "result_photos": 2}),
    ("沈军完成处置，处置结果 “灯换了，线也换了”，处置后照片 2 张", {"person": "shen-jun", "trigger": "resolve"}, {"result": "灯换了，线也换了", "result_photos": 2}),
])  # fmt: skip
def test_a_move_is_said_as_people_say_it(text: str, names: dict[str, str], facts: dict[str, object], book: wordbook.Wordbook) -> None:
    phrase = phrases.read(text, (Place.WHEN,), book)
    assert isinstance(phrase, phrases.Phrase)
    assert (phrase.kind, phrase.names, phrase.facts) == (Kind.MOVES, names, facts)


def test_a_title_that_two_things_share_calls_neither(tmp_path: Path) -> None:
    twins = builders.WORKFLOW.replace("resolved:   {title: {zh: 已处置, en: Resolved}}", "resolved:   {title: {zh: 已派单, en: Resolved}}")
    whole = reading.read_folder(builders.a_folder(tmp_path, workflow=twins)).programme
    assert whole is not None
    twinned = wordbook.of(whole, whole.workflows["report"], ())
    assert twinned.find("state", "已派单") is None
    assert twinned.find("state", "dispatched") == "dispatched"
    assert twinned.find("state", "resolved") == "resolved"


def test_a_name_is_its_own_whatever_is_called_by_it(tmp_path: Path) -> None:
    confusing = builders.WORKFLOW.replace(
        "resolved:   {title: {zh: 已处置, en: Resolved}}", "resolved:   {title: {zh: 已处置, en: dispatched}}"
    )
    whole = reading.read_folder(builders.a_folder(tmp_path, workflow=confusing)).programme
    assert whole is not None
    assert wordbook.of(whole, whole.workflows["report"], ()).find("state", "Dispatched") == "dispatched"


@pytest.mark.parametrize(("trigger", "says"), [
    ("classify", "classifies"), ("resolve", "resolves"), ("dispatch", "dispatches"), ("hand_over", "hands over"), ("take_back", "takes back"), ("pay", "pays"),
])  # fmt: skip
def test_third_persons(trigger: str, says: str) -> None:
    assert says in wordbook.third_person(trigger)


def test_a_misspelt_person_is_found_though_nothing_stands_between_him_and_what_he_does(book: wordbook.Wordbook) -> None:
    misfit = phrases.read("21:10 赵民派单", (Place.WHEN,), book)
    assert isinstance(misfit, phrases.Misfit)
    assert (misfit.kind, misfit.given) == ("person", "赵民")


# --- moments


def times(tale: telling.Tale, which: tuple[telling.Sentence, ...]) -> list[str]:
    return [moments.written(each.at, "Asia/Shanghai")[5:] for each in which]


def test_what_is_done_is_counted_from_what_was_done_before(tmp_path: Path) -> None:
    tale = a_tale(
        tmp_path,
        when='["5 minutes later zhao dispatches, category lamp, urgency 1, unit lights", "10 minutes later li resolves", qian verifies]',
    )
    assert times(tale, tale.acts) == ["02-16 23:55", "02-17 00:05", "02-17 00:05"]


def test_what_must_come_of_it_is_counted_from_the_opening_or_from_the_last_thing_done(tmp_path: Path) -> None:
    dispatch = '"at 23:58 zhao dispatches, category lamp, urgency 1, unit lights"'
    tale = a_tale(
        tmp_path,
        when=dispatch,
        then='["at 23:50 reporter is mailed received", "the case is reported", "1 hour later the case is dispatched"]',
    )
    assert times(tale, tale.checks) == ["02-16 23:50", "02-16 23:50", "02-17 00:50"]
    tale = a_tale(tmp_path, when=dispatch, then='["the case is dispatched", "30 minutes later the case is dispatched"]')
    assert times(tale, tale.checks) == ["02-16 23:58", "02-17 00:28"]


def test_what_tells_of_a_stretch_of_time_does_not_move_the_story_on(tmp_path: Path) -> None:
    tale = a_tale(
        tmp_path, then='["until 00:20 leader is not mailed", "by 00:10 duty has been mailed overdue", "at 23:58 duty is mailed due-soon"]'
    )
    assert times(tale, tale.checks) == ["02-17 00:20", "02-17 00:10", "02-16 23:58"]
    assert moments.written(tale.until, "Asia/Shanghai") == "2026-02-17 00:20"


def test_a_story_ends_with_its_last_moment(tmp_path: Path) -> None:
    tale = a_tale(tmp_path, when="nobody acts until 2026-02-19 08:00", then="dispatching breaches at 24:00")
    assert moments.written(tale.until, "Asia/Shanghai") == "2026-02-19 08:00"
    assert tale.acts == ()


# --- what cannot be understood


MISUNDERSTOOD = [
    # a name that is not there, and the one most like it
    ("at 23:55 zhoa dispatches", "the case is reported", "5:11: stories.0.when: no person is called `zhoa`; did you mean `zhao`? persons: hu, li, ma, mayor, qian, sun, wang, zhao"),
    ("at 23:55 zhao dispatchs", "the case is reported", "5:11: stories.0.when: no trigger is called `dispatchs`; did you mean `dispatches`? triggers: discard, dispatch, dispatches, extend, reopen, resolve, resume, return, rework, suspend, verify"),
    ("nobody acts", "at 23:58 dutty is mailed overdue", "6:11: stories.0.then: no person, role or fact with an address is called `dutty`; did you mean `duty`? "),
    ("nobody acts", "at 23:58 duty is mailed overdu", "6:11: stories.0.then: no template is called `overdu`; did you mean `overdue`? "),
    ("nobody acts", "the case is dispached", "6:11: stories.0.then: no state is called `dispached`; did you mean `dispatched`? "),
    ("nobody acts", "handeling is due at 00:30", "6:11: stories.0.then: no clock is called `handeling`; did you mean `handling`? "),
    ("nobody acts", "dispatching is late", "6:11: stories.0.then: no standing of a clock is called `late`; "),
    ("'at 23:55 zhao dispatches, category lam, urgency 1, unit lights'", "the case is reported", "5:11: stories.0.when: `lam` is no category; did you mean `lamp`? "),
    ("'at 23:55 zhao dispatches, category lamp, urgency 4, unit lights'", "the case is reported", "5:11: stories.0.when: `4` is no choice; choices: 1, 2, 3"),
    ("'at 23:55 li resolves, photo 2'", "the case is reported", "5:11: stories.0.when: no fact is called `photo`; did you mean `photos`? "),
    ("'at 23:55 li resolves, photos many'", "the case is reported", "5:11: stories.0.when: `many` is no number of files; "),
    # times that are none, or that go back
    ("at 23:75 zhao dispatches", "the case is reported", "5:11: stories.0.when: `at 23:75` is not a moment that can be reckoned with; write as `at 23:50`"),
    ("at 2026-02-16 08:00 zhao dispatches", "the case is reported", "5:11: stories.0.when: `at 2026-02-16 08:00 zhao dispatches` is 2026-02-16 08:00, which is before 2026-02-16 23:50"),
    ("nobody acts", "at 2026-02-16 08:00 the case is reported", "6:11: stories.0.then: `at 2026-02-16 08:00 the case is reported` is 2026-02-16 08:00, which is before"),
    ("nobody acts", "90000 days later the case is reported", "6:11: stories.0.then: `90000 days later the case is reported` is not a moment"),
    # sentences that are none: the nearest is shown
    ("everybody sleeps", "the case is reported", "5:11: stories.0.when: `everybody sleeps` is no sentence that can stand under `when`; the nearest is `nobody acts[ until TIME]`, as in `nobody acts`"),
    ("nobody acts", "at 24:00 the leader gets a mail", "6:11: stories.0.then: `at 24:00 the leader gets a mail` is no sentence that can stand under `then`; the nearest is"),
    ("nobody acts", "24:00 给领导发邮件", "6:11: stories.0.then: `24:00 给领导发邮件` is no sentence that can stand under `then`; the nearest is `[WHEN ]无人收到邮件"),
    ("nobody acts", "in meeting 24:00 leader is mailed overdue", "6:11: stories.0.then: no person, role or fact with an address is called `in meeting 24:00 leader`; "),
    # cases that hang together with the story's own
    ("in meting, at 23:55 zhao dispatches", "the case is reported", "5:11: stories.0.when: no linked case is called `meting`; did you mean `meeting`? linked cases: duplicate, meeting, opener"),
    ("in meeting 2, at 23:55 zhao decides", "the case is reported", "5:11: stories.0.when: no trigger is called `decides`; triggers: "),
    ("in meeting, at 23:75 zhao discards", "the case is reported", "5:11: stories.0.when: `at 23:75` is not a moment that can be reckoned with"),
    ("nobody acts", "in meeting, everybody sleeps", "6:11: stories.0.then: `in meeting, everybody sleeps` is no sentence that can stand under `then`; the nearest is `"),
    ("nobody acts", "meeting is dispached", "6:11: stories.0.then: no state is called `dispached`; did you mean `dispatched`? "),
    ("nobody acts", "在 meeting 中：24:00 值班员收到 overdu", "6:11: stories.0.then: no template is called `overdu`; did you mean `overdue`? "),
    ("nobody acts", "no meting is opened", "6:11: stories.0.then: no link is called `meting`; did you mean `meeting`? links: duplicate, meeting"),
    ("nobody acts", "a wish is opened as meeting", "6:11: stories.0.then: no workflow is called `wish`; workflows: case, report"),
    ("'at 23:55 zhao discards, twin meting'", "the case is reported", "5:11: stories.0.when: `meting` is no linked case; did you mean `meeting`? "),
    ("'at 23:55 another wish, called other'", "the case is reported", "5:11: stories.0.when: no workflow is called `wish`; workflows: case, report"),
    ("'at 23:55 another report by mma, called other'", "the case is reported", "5:11: stories.0.when: no person is called `mma`; did you mean `ma`? "),
    ("'at 23:55 another report, called meeting'", "the case is reported", "5:11: stories.0.when: `meeting` already calls another case of this story; call the case by a name that no link"),
    ("unit is drawn", "the case is reported", "5:11: stories.0.when: no fact that is drawn is called `unit`; there are no facts that are drawn yet"),
    ("the case is reported", "the case is reported", "5:11: stories.0.when: `the case is reported` is no sentence that can stand under `when`"),
]  # fmt: skip
BEGINNINGS = [
    ("at 2026-02-16 23:50", "at 23:50", "4:12: stories.0.given: the day on which the story begins is not said; write the date too"),
    ("a report by ma, at 2026-02-16 23:50", "nobody acts", "4:12: stories.0.given: a story begins with a case being opened; let `given` begin as `a REPORT[ by PERSON]"),
    ("a report by ma", "a wish by ma", "4:12: stories.0.given: no workflow is called `wish`; workflows: case, report"),
    ("tests: report", "tests: reports", "1:8: tests: no workflow `reports`; did you mean `report`? workflows: report"),
]  # fmt: skip


@pytest.mark.parametrize(("when", "then", "expected"), MISUNDERSTOOD)
def test_what_is_wrong_is_said_at_its_place_with_what_would_be_right(tmp_path: Path, when: str, then: str, expected: str) -> None:
    assert problem(tmp_path, STORY.format(when=when, then=then)).startswith(expected)


@pytest.mark.parametrize(("old", "new", "expected"), BEGINNINGS)
def test_a_story_has_a_beginning(tmp_path: Path, old: str, new: str, expected: str) -> None:
    text = STORY.format(when="nobody acts", then="the case is reported")
    assert old in text
    assert problem(tmp_path, text.replace(old, new)).startswith(expected)


def test_every_problem_of_stories_has_a_row(tmp_path: Path) -> None:
    sound = STORY.format(when="nobody acts", then="the case is reported")
    texts = [STORY.format(when=when, then=then) for when, then, _ in MISUNDERSTOOD] + [
        sound.replace(old, new) for old, new, _ in BEGINNINGS
    ]
    codes = {told(tmp_path, text).problems[0].code for text in texts}
    assert codes == {saying.code for saying in vars(telling).values() if isinstance(saying, Saying)}


def test_it_is_said_in_chinese_too(tmp_path: Path) -> None:
    found = told(tmp_path, STORY.format(when="23:55 赵值版 dispatch", then="案件已上报"))
    assert ": stories.0.when: 没有叫 `赵值版` 的人员；是不是 `赵值班`？人员：" in found.problems[0].say("zh")


def test_a_sound_story_is_told_beside_one_that_is_not(tmp_path: Path) -> None:
    text = STORY.format(when="nobody acts", then="the case is reported")
    again = text.split("stories:\n")[1].replace("reported", "lost")
    found = told(tmp_path, text + again)
    assert [tale.line for tale in found.tales] == [3]
    assert len(found.problems) == 1


def test_one_item_that_is_no_sentence_silences_its_story_and_no_other(tmp_path: Path) -> None:
    """`it is refused: role` is a mapping in YAML; told once, with the remedy, and nothing said that follows from it."""
    folder = builders.a_folder(tmp_path)
    text = STORY.format(when="nobody acts", then="[the case is reported, {it is refused: role}]")
    (folder / "workflows" / "report.tests.yaml").write_text(
        text + text.split("stories:\n")[1].replace("{it is refused: role}", "nobody else is mailed"), encoding="utf-8"
    )
    parts, found = reading.read_tests(folder)
    assert [str(p).split("tests.yaml:")[1] for p in found] == [
        "6:34: stories.0.then.1: text is wanted here, not `{…}`; a colon and a space in it make a mapping: put the whole in quotes"
    ]
    whole = reading.read_folder(folder).programme
    assert whole is not None
    rest = telling.tell(parts["workflows/report.tests.yaml"], whole, template_checks.names())
    assert rest.problems == ()
    assert len(rest.tales) == 1


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.parts[-3])
def test_whatever_becomes_of_a_file_of_stories_there_is_no_exception(path: Path, tmp_path: Path) -> None:
    """Mutations of the shipped stories: each is understood, or told at a place in the file."""
    whole = reading.read_folder(path.parents[1]).programme
    assert whole is not None
    text, rng = path.read_text(encoding="utf-8"), random.Random(7)
    (tmp_path / "workflows").mkdir()
    refused = 0
    for _ in range(8):
        mutated = text
        for _ in range(rng.randint(1, 4)):
            mutated = rng.choice(test_mutations.WAYS)(mutated, rng)
        (tmp_path / "workflows" / path.name).write_text(mutated, encoding="utf-8", errors="replace")
        parts, found = reading.read_tests(tmp_path)
        problems = [*found, *(p for part in parts.values() for p in telling.tell(part, whole, template_checks.names()).problems)]
        refused += bool(problems)
        lines = len(mutated.splitlines()) + 1
        assert all(1 <= problem.line <= lines and "\n" not in str(problem) for problem in problems)
    assert refused > 1
