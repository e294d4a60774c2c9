"""What a change of a programme means, in the words of the language."""

from __future__ import annotations

from pathlib import Path
from string import Formatter

import pytest

from config import changewords, differences, reading
from config.programme import Programme
from tests import builders
from tests.acceptance import test_every_key as keys
from tests.acceptance.town import edited


def read(at: Path, **files: str) -> Programme:
    found = reading.read_folder(builders.a_folder(at, **files))
    assert found.programme is not None, [str(problem) for problem in found.problems]
    return found.programme


def changes(tmp_path: Path, *edits: tuple[str, str, str]) -> list[differences.Change]:
    """What differs once the builder's files are edited (file, old words, new words)."""
    files = {"workflow": builders.WORKFLOW, "people": builders.PEOPLE, "programme": builders.PROGRAMME, "units": builders.UNITS}
    files |= {"calendars": builders.CALENDARS, "categories": builders.CATEGORIES, "points": builders.POINTS}
    files["workflow"] += "awards:\n  - {on: verify, to: reporter, account: points, amount: 5}\n"
    files["workflow"] += "opens:\n  - {on: verify, workflow: report, link: again, with: {description: description}, when: {urgency: 1}}\n"
    before = read(tmp_path / "before", **files)
    for file, old, new in edits:
        files[file] = edited(files[file], (old, new))
    return differences.differences(before, read(tmp_path / "after", **files))


SENTENCES = [
    ("workflow", "  invalid:    {", "  parked:     {title: {zh: 暂存, en: Parked}}\n  invalid:    {", "state `parked` added", "新增状态 `parked`", "pinned"),
    ("workflow", "is: 30 minutes", "is: 20 minutes", "the limit of `handling` for urgency 1 is shortened from 30 minutes to 20 minutes", "时限 `handling`（urgency 为 1） 由 30 分钟 缩短为 20 分钟", "pinned"),
    ("workflow", "- {is: 1 hour}", "- {is: 90 minutes}", "the limit of `handling` in all other cases is lengthened from 1 hour to 90 minutes", "时限 `handling`（其余情况） 由 1 小时 延长为 90 分钟", "pinned"),
    ("workflow", "    within: 24 hours\n", "    within: 24 working hours\n", "the limit of `verifying` is 24 working hours instead of 24 hours", "时限 `verifying` 由 24 小时 改为 24 个工作小时", "pinned"),
    ("workflow", "    - {after: 30 minutes, notify: [leader], template: overdue, always: true}", "    - {after: 20 minutes, notify: [unit-chief], template: overdue}\n    - {after: 30 minutes, notify: [leader], template: overdue, always: true}", "rung added to ladder `handling`: 20 minutes after the deadline tell unit-chief (`overdue`)", "升级阶梯 `handling` 新增一级：到期后 20 分钟通知 unit-chief（`overdue`）", "pinned"),
    ("workflow", "    - {at: 80%, notify: [handler]", "    - {at: 70%, notify: [handler]", "ladder `handling`: the rung at 80% now stands at 70%", "升级阶梯 `handling`：时限的 80%那一级改为时限的 70%", "pinned"),
    ("workflow", "by: [verifier], not_by: [resolve]", "by: [verifier]", "who did `resolve` may now do `verify` too", "做过 `resolve` 的人现在也可以做 `verify`", "pinned"),
    ("people", "  li:     {name: 李师傅, roles: [handler], ", "  li:     {name: 李师傅, roles: [handler, verifier], ", "person `li` now has role `verifier`", "人员 `li` 新增角色 `verifier`", "live"),
    ("people", "  hu:     {name: 胡网格, roles: [handler, unit-chief]", "  hu:     {name: 胡网格, roles: [handler]", "person `hu` no longer has role `unit-chief`", "人员 `hu` 不再有角色 `unit-chief`", "live"),
    ("people", '    - {hours: "08:00-20:00", who: [wang]}', '    - {hours: "08:00-20:00", who: [wang, zhao]}', "desk `duty`: `zhao` joins the shift 08:00-20:00", "值班表 `duty`：班次 08:00-20:00 增加 `zhao`", "live"),
    ("calendars", "    holidays: CN\n", "    holidays: CN\n    days: {2026-12-31: closed}\n", "hours `office`: 2026-12-31 is closed", "时段 `office`：2026-12-31 定为 closed", "live"),
    ("calendars", '"14:00-17:30"', '"14:00-18:00"', "hours `office` on mon-fri: 08:30-12:00, 14:00-18:00 instead of 08:30-12:00, 14:00-17:30", "时段 `office` 的 mon-fri 由 08:30-12:00、14:00-17:30 改为 08:30-12:00、14:00-18:00", "pinned"),
    ("programme", "Asia/Shanghai", "Asia/Tokyo", "the time zone is Asia/Tokyo instead of Asia/Shanghai", "时区由 Asia/Shanghai 改为 Asia/Tokyo", "pinned"),
    ("workflow", "- {on: verify, to: reporter, account: points, amount: 5}", "- {on: verify, to: reporter, account: points, amount: 7}", "the award on `verify` for all others is raised from 5 to 7", "`verify` 时的奖励（其余）由 5 提高到 7", "pinned"),
    ("workflow", "- {on: verify, to: reporter, account: points, amount: 5}", "- {on: verify, to: reporter, account: points, amount: 5}\n  - {on: reopen, reverses: verify}", "award added on `reopen`: take back verify", "新增奖励：`reopen` 时收回 verify", "pinned"),
    ("points", "monthly_cap: 20", "monthly_cap: 30", "account `points`: a person may be awarded 30 a month instead of 20", "账户 `points`：每人每月上限由 20 提高到 30", "live"),
    ("points", "budget: 4000", "budget: 3000", "account `yuan`: the month's budget is lowered from 4000 to 3000", "账户 `yuan`：每月预算由 4000 降低到 3000", "live"),
    ("workflow", "link: again, with", "link: again, reporter: same, with", "`opens.0.reporter` is changed from none to same", "`opens.0.reporter` 由 none 改为 same", "pinned"),
    ("workflow", "when: {urgency: 1}}\n", "when: {urgency: 2}}\n", "`opens.0.when` is changed from urgency 1 to urgency 2", "`opens.0.when` 由 urgency 为 1 改为 urgency 为 2", "pinned"),
    ("workflow", "opens:\n", "opens:\n  - {on: open, workflow: report, link: twin, with: {description: {is: 复查}}}\n", "on `open`, a linked case is now opened: `report` as `twin`", "`open` 时现在开一件关联案件：`report`，关联名 `twin`", "pinned"),
    ("workflow", "opens:\n", "tells:\n  - {on: verify, case: again, trigger: discard, when: {urgency: 3}}\nopens:\n", "on `verify`, linked cases are now told: `discard` on `again` for urgency 3", "`verify` 时现在告知关联案件：对 `again` 执行 `discard`（urgency 为 3）", "pinned"),
    ("workflow", "opens:\n", "joins:\n  - {of: again, do: verify}\nopens:\n", "cases linked as `again` are now waited for: all, then `verify`", "现在等待以 `again` 关联的案件：全部办结后执行 `verify`", "pinned"),
    ("workflow", "longest: 500", "longest: 400", "`facts.description.longest` is lowered from 500 to 400", "`facts.description.longest` 由 500 降低到 400", "pinned"),
]  # fmt: skip


@pytest.mark.parametrize(("file", "old", "new", "en", "zh", "effect"), SENTENCES, ids=[row[3] for row in SENTENCES])
def test_a_change_is_one_sentence(tmp_path: Path, file: str, old: str, new: str, en: str, zh: str, effect: str) -> None:
    (change,) = changes(tmp_path, (file, old, new))
    assert (change.say("en"), change.say("zh"), change.effect) == (en, zh, effect)


def test_the_place_is_written_as_check_writes_it(tmp_path: Path) -> None:
    (change,) = changes(tmp_path, ("workflow", "is: 30 minutes", "is: 20 minutes"))
    assert change.body("en") == {
        "kind": "changed",
        "file": "workflows/report.yaml",
        "path": "clocks.handling.within.0.is",
        "effect": "pinned",
        "sentence": "the limit of `handling` for urgency 1 is shortened from 30 minutes to 20 minutes",
        "en": "the limit of `handling` for urgency 1 is shortened from 30 minutes to 20 minutes",
        "zh": "时限 `handling`（urgency 为 1） 由 30 分钟 缩短为 20 分钟",
        "old": "30 minutes",
        "new": "20 minutes",
    }


def test_comments_and_spacing_are_no_change(tmp_path: Path) -> None:
    assert (
        changes(
            tmp_path, ("workflow", "initial: reported", "# where it begins\ninitial:   reported"), ("people", "people:", "people:  # all")
        )
        == []
    )


def test_another_order_is_a_change_where_the_first_counts(tmp_path: Path) -> None:
    first, second = "      - {when: {urgency: 1}, is: 30 minutes}\n", "      - {when: {category: [greening, advertising]}, is: 8 working hours, hours: office}\n"  # fmt: skip
    (change,) = changes(tmp_path, ("workflow", first + second, second + first))
    assert change.say("en") == "the limits of `handling` are asked in another order (the first that fits counts)"


def test_a_workflow_and_a_template_come_and_go(tmp_path: Path) -> None:
    before = read(tmp_path / "before")
    folder = builders.a_folder(tmp_path / "after")
    (folder / "workflows" / "more.yaml").write_text(edited(builders.WORKFLOW, ("workflow: report", "workflow: more")), encoding="utf-8")
    (folder / "templates").mkdir()
    (folder / "templates" / "overdue.zh.txt").write_text("标题：超时\n\n请尽快处理\n", encoding="utf-8")
    after = reading.read_folder(folder).programme
    assert after is not None
    assert [change.say("en") for change in differences.differences(before, after)] == [
        "workflow `more` added",
        "template `overdue.zh.txt` added",
    ]
    assert [change.kind for change in differences.differences(after, before)] == ["removed", "removed"]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Programme:
    return read(tmp_path_factory.mktemp("base"), **keys.BASE)


@pytest.mark.parametrize("key", keys.ROWS)
def test_no_key_of_the_language_changes_unnoticed(tmp_path: Path, base: Programme, key: str) -> None:
    files = dict(keys.BASE)
    for file, old, new in keys.ROWS[key][1]:
        files[file] = edited(files[file], (old, new))
    after = read(tmp_path, **files)
    there, back = differences.differences(base, after), differences.differences(after, base)
    assert there
    assert len(there) == len(back)
    assert not [change for change in [*there, *back] if not change.said.en or not change.said.zh or "{" in change.said.en]


def test_the_same_content_is_no_change(tmp_path: Path, base: Programme) -> None:
    assert differences.differences(base, read(tmp_path, **keys.BASE)) == []


def test_that_a_state_may_wait_is_noticed_too(tmp_path: Path) -> None:
    (change,) = changes(tmp_path, ("workflow", "en: Suspended}}", "en: Suspended}, no_deadline: 等上级答复}"))
    assert (change.kind, change.path, change.new) == ("added", "states.suspended.no_deadline", "等上级答复")


def test_every_row_of_words_speaks_of_keys_that_exist() -> None:
    named = {"templates", "workflows", "registers", *(key.split(".")[-1] for key in [*keys.ROWS, *keys.WITHOUT_IT_NOTHING_IS_IN_FORCE])}
    for key, words in changewords.ROWS.items():
        pattern = key.partition(" ")[0]
        assert {part for part in pattern.split(".") if part != "*"} <= named, key
        for sentence in words:
            asked = {name for _, name, _, _ in Formatter().parse(sentence) if name is not None}
            assert asked <= {"old", "new", *(str(n) for n in range(pattern.count("*")))}, key


def test_a_fact_may_be_called_as_a_key_of_the_language_is(tmp_path: Path) -> None:
    """A name is a name, whatever it reads like."""
    facts = "".join(
        f"  {name}: {{type: text, title: {{zh: 甲, en: A}}}}\n" for name in ("when", "week", "days", "quiet", "urgent", "makeup")
    )
    before = read(tmp_path / "before", workflow=edited(builders.WORKFLOW, ("facts:\n", "facts:\n" + facts)))
    after = read(
        tmp_path / "after", workflow=edited(builders.WORKFLOW, ("facts:\n", "facts:\n" + facts.replace("type: text", "type: number")))
    )
    assert {change.say("en") for change in differences.differences(before, after)} == {
        f"fact `{name}` is a number instead of a text" for name in ("when", "week", "days", "quiet", "urgent", "makeup")
    }


SHIPPED = sorted(path for path in (Path(reading.__file__).parent / "programmes").iterdir() if path.is_dir())


def test_programmes_that_have_nothing_in_common_can_be_compared() -> None:
    whole = [read_whole for folder in SHIPPED if (read_whole := reading.read_folder(folder).programme) is not None]
    assert len(whole) >= 4
    for old in whole:
        for new in whole:
            changed = differences.differences(old, new)
            assert (changed == []) == (old is new)
            assert all(change.said.en and change.said.zh for change in changed)
