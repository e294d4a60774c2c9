"""Every problem the language knows: the wrong line, where it is said to be wrong (`¦`), and in which words."""

from __future__ import annotations

import importlib
import pkgutil
from pathlib import Path

import pytest

import config
from config import checks, reading
from config.problems import Problem, Saying
from tests import builders

W, P, PP, U, CA, CT, PT = (
    "workflows/report.yaml", "programme.yaml", "people.yaml", "units.yaml", "calendars.yaml", "categories.yaml", "points.yaml",
)  # fmt: skip
PL = "plans.yaml"
PLANS = "plans:\n  gas: {title: {zh: 燃气, en: Gas}, steps: {cordon: {title: {zh: 拉线, en: Cordon}, by: [handler]}}}\n"
CHECKLIST = "  plan: {type: checklist, title: {zh: 预案, en: Plan}}\n  result:      {type: text"
R = "robots.yaml"
A, D = "areas.yaml", "duties.yaml"
E, RE, S = "workflows/errand.yaml", "registers/orders.yaml", "schedules.yaml"
SCHEDULED = {E: builders.ERRAND, RE: builders.ORDERS, S: builders.SCHEDULES}
"""These stand beside the folder only where a row is about them."""
SOUND = {
    A: "areas:\n  - {file: areas/town.geojson, kind: community}\nnearest: 200\n",
    D: "duties:\n  - {category: lamp, area: community, unit: lights}\n  - {unit: area}\n",
    W: builders.WORKFLOW.replace("needs: [category, urgency, unit]}", "needs: [category, urgency, unit], routes: unit}").replace(
        "  unit:        {type: unit",
        "  location:    {type: point, title: {zh: 位置, en: Place}}\n  area:        {type: unit, located: location, title: {zh: 区域, en: Area}}\n  unit:        {type: unit",
    ),
    P: builders.PROGRAMME,
    PP: builders.PEOPLE,
    U: builders.UNITS,
    CA: builders.CALENDARS,
    CT: builders.CATEGORIES,
    PT: builders.POINTS,
    PL: PLANS,
    R: builders.ROBOTS,
    **SCHEDULED,
}
END = "notices:\n"
# code, file, a piece of the sound file, what stands there instead with ¦ where the problem is, words of the message, words of the hint
TABLE: list[tuple[str, str, str, str, str, str]] = [
    # registers and schedules
    ("title-column", RE, "columns:\n", "columns:\n  ¦title: {type: text, title: {zh: 题, en: T}}\n", "has a `title` anyway", "delete this column"),
    ("column-type", RE, "rider: {type: person", "rider: {type: ¦photos", "holds no photos", "facts of theirs"),
    ("row-title", RE, "title: 王爷爷", "title: ¦{zh: 王爷爷}", "words in both languages", "write `title: 东门驿站`"),
    ("missing-value", RE, "  li:   {title: {zh: 李奶奶, en: Mrs Li}, ", "  li:   ¦{", "no `title`", "write `title: …` here"),
    ("missing-value", RE, "  wang: {title: 王爷爷, meal: lunch}", "  wang: ¦{title: 王爷爷}", "no `meal`", "write `meal: …` here"),
    ("unknown-column", RE, "rider: ma}", "ridr: ¦ma}", "no column `ridr`", "did you mean `rider`?"),
    ("no-choices", RE, "  meal:  {type: choice, choices: {lunch: 午餐, supper: 晚餐}, title", "  ¦meal:  {type: choice, title", "without `choices`", "choices"),
    ("option-of-another-type", RE, "{type: person, title", "{type: person, ¦register: orders, title", "says nothing of a person", "of type entry"),
    ("no-register", E, "  order: {type: entry, register: orders,", "  ¦order: {type: entry,", "without `register`", "register: stations"),
    ("unknown-register", E, "register: orders", "register: ¦ordres", "no register `ordres`", "did you mean `orders`?"),
    ("unknown-register", S, "{register: orders", "{register: ¦order", "no register `order`", "did you mean `orders`?"),
    ("unknown-column", S, "when: {meal: lunch}", "when: {mael: ¦lunch}", "no column `mael`", "did you mean `meal`?"),
    ("unknown-value", S, "when: {meal: lunch}", "when: {meal: ¦brunch}", "not a value of `meal`", "did you mean `lunch`?"),
    ("no-row-meets", S, "when: {meal: lunch}", "when: ¦{rider: zhao}", "no row of `orders`", "add a row"),
    ("unknown-workflow", S, "opens: errand", "opens: ¦errant", "no workflow `errant`", "did you mean `errand`?"),
    ("unknown-calendar", S, 'at: "10:30"', 'calendar: ¦offices, at: "10:30"', "no calendar `offices`", "did you mean `office`?"),
    ("unknown-fact", S, 'at: "10:30"', 'with: {mael: ¦lunch}, at: "10:30"', "no fact `mael`", "did you mean `meal`?"),
    ("late-by-working", S, 'at: "10:30"', 'late_by: ¦1 working hour, at: "10:30"', "elapses", "without `working`"),
    ("misspelt", S, 'at: "10:30"', 'at: ¦"24:30"', "not a time of day", "write as `10:30`"),
    ("out-of-range", S, 'at: "10:30"', 'monthly: ¦32, at: "10:30"', "32 is out of range", "at most 31"),
    ("listed-twice", S, 'at: "10:30"', 'at: ["10:30", ¦"10:30"]', "10:30", ""),
    # text
    ("yaml", W, "initial: reported\nfacts:", "initial: [reported\nfacts¦:", "expected ','", "bracket"),
    ("yaml", P, "prefix: TT", "prefix: T¦: T", "mapping values are not allowed", "in quotes"),
    ("yaml", P, "prefix: TT", "prefix: ¦@T", "cannot start any token", "in quotes"),
    ("yaml", U, "units:\n", "units:\n¦\ta: 1\n", "'\\t'", "with spaces"),
    ("character", P, "测试镇", "测试¦\x07镇", "U+0007", "plain UTF-8"),
    ("character", P, "测试镇", '¦"a\\0b"', "U+0000", "delete it"),
    ("duplicate-key", P, "prefix: TT", "prefix: TT\n¦prefix: TX", "`prefix` is given twice", "the first is in line 3"),
    ("duplicate-key", W, "{1: 紧急,", '{1: 紧急, ¦"1": 特急,', "`1` is given twice", "keep one"),
    ("alias", P, "[mayor]", "¦&m [mayor]", "anchors and aliases", "write the value out"),
    ("alias", P, "prefix: TT", "prefix: ¦*p", "anchors and aliases", "write the value out"),
    ("alias", PP, "people:\n", "people:\n  ¦<<: {a: {name: A, roles: leader}}\n", "`<<`", "write the value out"),
    ("tag", P, "TT", "¦!!str TT", "tags", "delete the tag"),
    ("directive", P, "programme: testtown", "¦%YAML 1.1\n---\nprogramme: testtown", "directives", "YAML 1.2"),
    ("documents", U, "units:\n", "a: 1\n¦---\nunits:\n", "second document", "one document"),
    ("too-deep", P, "prefix: TT", f"prefix: {'[' * 19}¦[[", "more than 20 levels", "brackets"),
    ("key", P, "prefix: TT", "prefix: TT\n? ¦[a]\n: 1", "a key is a word", "word: value"),
    ("number", CT, "keywords: [路灯, 不亮]", "code: ¦0118", "`0118` could be read", '`"0118"`'),
    ("empty-file", U, builders.UNITS, "¦# nothing yet\n", "the file is empty", "delete the file"),
    # shape
    ("unknown-key", W, "on_return: restart", "¦on_retrun: restart", "unknown key", "did you mean `on_return`?"),
    ("unknown-key", W, "{type: date, title", "{type: date, ¦titel: 1, title", "unknown key", "did you mean `title`?"),
    ("no-value", W, "ladder: desk\n", "¦ladder:\n", "`ladder` has no value", "delete the line"),
    ("missing-key", P, "programme: testtown\ntitle: {zh: 测试镇, en: Testtown}\nprefix: TT\n", "¦programme: testtown\ntitle: {zh: 测试镇, en: Testtown}\n", "`prefix` is missing", "write `prefix: …` here"),
    ("missing-key", W, "reported:   {title: {zh: 已上报, en: Reported}}", "¦reported: {}", "`title` is missing", "write `title: …`"),
    ("wrong-type", W, "required: true", "required: ¦yes", "`true` or `false` is wanted", "only `true` and `false`"),
    ("wrong-type", CT, 'version: "1"', "version: ¦2012", "text is wanted", "in quotes"),
    ("wrong-type", W, "most: 9", "most: ¦nine", "a whole number is wanted", "write it so"),
    ("wrong-type", W, "reported:   {title: {zh: 已上报, en: Reported}}", "reported: ¦waiting", "a mapping", "write it so"),
    ("wrong-type", PP, "  duty:\n    - {hours: \"08:00-20:00\", who: [wang]}", "  duty: ¦wang\n  duty2:", "a list is wanted", "write it so"),
    ("not-one-of", W, "final: done", "final: ¦dome", "`dome` is not known", "did you mean `done`?"),
    ("not-one-of", PP, "scope: desk", "scope: ¦dusk", "`dusk` is not known", "did you mean `desk`?"),
    ("out-of-range", W, "most: 9", "most: ¦99", "99 is out of range", "at most 50"),
    ("out-of-range", W, "most: 5}", "most: ¦0}", "0 is out of range", "at least 1"),
    ("empty", P, "[mayor]", "¦[]", "nothing stands here", "at least one"),
    ("too-many-entries", W, "    within: 24 hours", f"    ¦within: [{'{is: 1 hour}, ' * 101}]", "more than 100 entries", "leave out"),
    ("too-long", P, "测试镇", f"¦{'长' * 501}", "longer than 500", "shorten"),
    ("not-a-name", W, "  suspended:  {title", "  ¦Suspended:  {title", "`Suspended` is not a name", "small letter"),
    ("not-a-name", W, "by: [leader, timer]", "by: [leader, ¦Timer]", "`Timer` is not a name", "small letter"),
    ("misspelt", P, "prefix: TT", "prefix: ¦tt", "`tt` is not a prefix", "capital letters"),
    ("misspelt", PP, "ma@example.org", "¦ma", "`ma` is not an e-mail address", "name@example.org"),
    ("misspelt", CA, "mon-fri:", "¦mo-fr:", "`mo-fr` is not a weekday", "mon-fri"),
    ("misspelt", CA, '"08:30-12:00"', "¦8.30-12.00", "not a window of hours", "08:30-12:00"),
    ("not-a-duration", W, "within: 10 minutes", "within: ¦ten minutes", "`ten minutes` is not a duration", "`10 minutes`"),
    ("not-a-duration", W, "within: 10 minutes", "within: ¦10", "`10` is not a duration", "a number and a unit"),
    ("not-a-duration", W, "{is: 1 hour}", "{is: ¦1 huor}", "`1 huor` is not a duration", "`2 days`"),
    ("no-duration", W, "within: 10 minutes", "within: ¦0 minutes", "a duration of nothing", "at least `1 second`"),
    ("not-a-moment", W, "{at: 80%, notify: [duty]", "{at: ¦180%, notify: [duty]", "`180%` is not a moment", "`due`"),
    ("listed-twice", W, "by: [leader, timer]", "by: [leader, ¦leader]", "`leader` is listed twice", "once is enough"),
    ("listed-twice", W, "{urgency: [1, 2]}", "{urgency: [1, ¦1]}", "`1` is listed twice", "once is enough"),
    ("empty-window", PP, '"08:00-20:00"', '¦"08:00-08:00"', "is empty", "00:00-24:00"),
    ("backwards", CA, "mon-fri: [\"08", "¦fri-mon: [\"08", "`fri-mon` runs backwards", "sat-sun"),
    ("day-twice", CA, "    holidays", '      ¦wed: "08:00-09:00"\n    holidays', "`wed` is given twice", "each day once"),
    ("one-deadline", W, "  verifying:\n    title", "  ¦verifying:\n    due: {fact: review_on}\n    title", "either `within`", "one of the two"),
    ("one-moment", W, "- {at: due, do: resume}", "- ¦{at: due, after: 1 day, do: resume}", "one moment", "`at: due`"),
    ("idle-rung", W, "- {at: due, do: resume}", "- ¦{at: due}", "does nothing", "`do: trigger`"),
    ("notify-without-template", W, "- {at: due, do: resume}", "- ¦{at: due, notify: [leader]}", "go together", "in which words"),
    # robots of chat groups
    ("literal-secret", R, '"env:TOWN_DESK_URL"', '¦"https://oapi.dingtalk.com/robot/send?access_token=0123"', "does not belong in the folder", "`env:DESK_ROBOT_URL`"),
    ("literal-secret", R, '"env:TOWN_DESK_SECRET"', "¦SEC0123", "does not belong in the folder", "make a new one"),
    ("our-variable", R, '"env:TOWN_DESK_URL"', "¦env:FENGXING_DESK_URL", "kept for settings", "does not begin with `FENGXING_`"),
    ("not-one-of", R, "kind: dingtalk", "kind: ¦dingding", "`dingding` is not known", "dingtalk, feishu, wecom"),
    ("misspelt", R, "mention: [li]", "mention: [¦Li Shifu]", "`Li Shifu` is not somebody to be called", "`id:…`"),
    ("unknown-group", R, "for: [duty]", "for: [¦dutty]", "no role or unit `dutty`", "did you mean `duty`?"),
    ("unknown-person", R, "mention: [li]", "mention: [¦zhap]", "no person `zhap`", "did you mean `zhao`?"),
    ("no-phone", R, "mention: [li]", "mention: [¦wang]", "`wang` has no `phone`", "people.yaml"),
    ("rider-called", R, "mention: [li]", "mention: [¦ma]", "`ma` is a rider", "riders hear by `notices`"),
    ("unknown-robot", W, "to: [handler], template: assigned", "to: [handler], robots: [¦dessk], template: assigned", "no robot `dessk`", "there are no robots yet"),
    ("unknown-robot", W, "notify: [desk-chief], template: overdue", "notify: [desk-chief], robots: [¦crew], template: overdue", "no robot `crew`", "there are no robots yet"),
    ("robots-alone", W, "- {at: due, do: resume}", "- ¦{at: due, do: resume, robots: [desk]}", "beside somebody", "`notify: [role]`"),
    # the graph
    ("unknown-state", W, "initial: reported", "initial: ¦reportet", "no state `reportet`", "did you mean `reported`?"),
    ("unknown-state", W, "resolve:  {from: dispatched", "resolve:  {from: ¦dispached", "no state `dispached`", "did you mean `dispatched`?"),
    ("unknown-state", W, "to: verified", "to: ¦done", "no state `done`", "states: dispatched, invalid"),
    ("unknown-state", W, "pauses_in: [suspended]", "pauses_in: [¦hanging]", "no state `hanging`", "states:"),
    ("initial-final", W, "initial: reported", "initial: ¦verified", "cannot begin in `verified`", "waits for somebody"),
    ("unreachable-state", W, "  invalid:    {", "  ¦lost: {title: {zh: 丢, en: Lost}, no_deadline: nobody}\n  invalid:    {", "no case can come to `lost`", "`to: lost`"),
    ("dead-end", W, "  invalid:    {", "  ¦stuck: {title: {zh: 卡, en: Stuck}, no_deadline: nobody}\n  invalid:    {", "from `stuck` no case", "final state"),
    ("unsaid-reopen", W, "reopen:   {from: verified", "again:   {from: ¦verified", "leaves the final state `verified`", "kind: reopen"),
    ("deadline-anyway", W, "  suspended:  {title: {zh: 已挂账, en: Suspended}", "  suspended:  {title: {zh: 已挂账, en: Suspended}, ¦no_deadline: later", "`review` runs here", "delete `no_deadline`"),
    ("deadline-when-final", W, "en: Closed}, final: done", "en: Closed}, final: done, ¦no_deadline: over", "waits for nobody", "delete"),
    ("reserved-name", W, "transitions:\n", "transitions:\n  ¦open: {from: reported, by: [duty]}\n", "`open` is a word of the language", "another name"),
    ("reserved-name", PP, "roles:\n", "roles:\n  ¦timer: {title: {zh: 钟, en: T}}\n", "`timer` is a word", "another name"),
    ("reserved-name", CA, "  office:\n", "  ¦always:\n", "`always` is a word", "another name"),
    # facts, transitions, notices
    ("option-of-another-type", W, "{type: date, title", "{type: date, ¦most: 3, title", "`most` says nothing of a date", "photos / videos"),
    ("no-choices", W, "  more_time:", "  ¦grade: {type: choice, title: {zh: 等级, en: Grade}}\n  more_time:", "without `choices`", "write `choices:"),
    ("fixed-type", W, "unit:        {type: unit", "unit:        {type: ¦text", "for a fact of type unit", "say `type: unit`"),
    ("needs-and-takes", W, "takes: [photos]", "takes: [photos, ¦result]", "both needed and taken", "keep it in `needs`"),
    ("not-a-person", W, "to: [reporter, on_behalf_of]", "to: [reporter, ¦reason]", "`reason` is a text", "contact, person or unit"),
    ("unknown-recipient", W, "{on: open, to: [reporter]", "{on: open, to: [¦reprter]", "nobody is called `reprter`", "did you mean `reporter`?"),
    ("wrong-fact-type", W, "due: {fact: review_on}", "due: {fact: ¦reason}", "`reason` is a text", "date / datetime is wanted"),
    ("wrong-fact-type", W, "by: {fact: more_time}", "by: {fact: ¦reason}", "`reason` is a text", "duration is wanted"),
    ("unknown-clock", W, "by: [verifier], not_by: [resolve]}", "by: [verifier], not_by: [resolve], exempts: [¦handlin]}", "no clock `handlin`", "did you mean `handling`?"),
    ("unknown-state", W, END, "counts: {resolved: [¦resolvd]}\nnotices:\n", "no state `resolvd`", "did you mean `resolved`?"),
    ("counts-rejected", W, END, "counts: {valid: [dispatched, ¦invalid]}\nnotices:\n", "`invalid` ends as rejected", "valid"),
    ("idle-extension", W, "extends: {clock: handling", "extends: {clock: ¦verifying", "neither runs nor pauses in dispatched", "a state it runs in"),
    ("nothing-to-extend", W, "extend:   {from: dispatched, by: [leader], needs: [more_time], extends: {clock: handling", "extend:   {from: suspended, by: [leader], needs: [more_time], extends: {clock: ¦review", "no target to add to", "`needs: [review_on]`"),
    ("timer-never-comes", W, "verify:   {from: resolved, to: verified, by: [verifier]", "verify:   {from: resolved, to: verified, by: [verifier, ¦timer]", "no rung does", "`do: verify`"),
    ("unknown-fact", W, "needs: [result]", "needs: [¦resutl]", "no fact `resutl`", "did you mean `result`?"),
    ("unknown-trigger", W, "not_by: [resolve]", "not_by: [¦resolv]", "no trigger `resolv`", "did you mean `resolve`?"),
    ("unknown-trigger", W, "{on: dispatch,", "{on: ¦dispach,", "no trigger `dispach`", "did you mean `dispatch`?"),
    ("unknown-clock", W, "extends: {clock: handling", "extends: {clock: ¦handlin", "no clock `handlin`", "did you mean `handling`?"),
    ("unknown-ladder", W, "ladder: verifying", "ladder: ¦verify", "no ladder `verify`", "did you mean `verifying`?"),
    ("unknown-role", W, "transitions:\n  dispatch: {from: reported, to: dispatched, by: [duty]", "transitions:\n  dispatch: {from: reported, to: dispatched, by: [¦dutty]", "no role `dutty`", "did you mean `duty`?"),
    ("unknown-role", PP, "roles: [rider]", "roles: [¦ryder]", "no role `ryder`", "did you mean `rider`?"),
    ("unknown-calendar", W, "hours: office}", "hours: ¦offices}", "no calendar `offices`", "did you mean `office`?"),
    ("unknown-template", W, "{on: open, to: [reporter], template: received", "{on: open, to: [reporter], template: ¦recieved", "no template `recieved`", "did you mean `received`?"),
    ("unknown-person", PP, "who: [zhao]", "who: [¦zhou]", "no person `zhou`", "persons:"),
    ("unknown-unit", PP, "unit: community", "unit: ¦comunity", "no unit `comunity`", "did you mean `community`?"),
    ("unknown-unit", CT, "unit: lights", "unit: ¦light", "no unit `light`", "did you mean `lights`?"),
    # where and whose
    ("no-such-map", A, "areas/town.geojson", "¦areas/twon.geojson", "no file `areas/twon.geojson`", "did you mean `areas/town.geojson`?"),
    ("misspelt", A, "areas/town.geojson", "¦town.json", "`town.json` is not a file of areas", "write as `areas/communities.geojson`"),
    ("not-one-of", A, "kind: community", "kind: ¦comunity", "`comunity` is not known", "did you mean `community`?"),
    ("unknown-unit", A, "kind: community}", "kind: community, unit: {east: ¦comunity}}", "no unit `comunity`", "did you mean `community`?"),
    ("map-twice", A, "nearest: 200", "  - {file: ¦areas/town.geojson, kind: grid}\nnearest: 200", "is named twice", "one row"),
    ("out-of-range", A, "nearest: 200", "nearest: ¦-1", "-1 is out of range", "at least 0"),
    ("unknown-category", D, "category: lamp", "category: ¦lmap", "no category `lmap`", "did you mean `lamp`?"),
    ("unknown-unit", D, "unit: lights}", "unit: ¦light}", "no unit `light`", "did you mean `lights`?"),
    ("unknown-unit", D, "area: community", "area: ¦comunity", "no unit `comunity`", "did you mean `community`?"),
    ("duty-never-reached", D, "  - {unit: area}\n", "  - {unit: lights}\n  - ¦{category: greening, unit: area}\n", "those above take them all", "put it above"),
    ("category-without-duty", D, "duties:\n  - {category: lamp, area: community, unit: lights}\n  - {unit: area}\n", "¦duties:\n  - {category: lamp, unit: lights}\n", "nobody has the duty for category `advertising`", "`- {unit: area}`"),
    ("routed-type", W, "routes: unit", "routes: ¦category", "`category` is a category", "facts of type unit"),
    ("route-unasked", W, "needs: [category, urgency, unit], routes: unit", "needs: [category, urgency], routes: ¦unit", "neither needs nor takes `unit`", "`needs`"),
    ("unknown-fact", W, "routes: unit", "routes: ¦unti", "no fact `unti`", "did you mean `unit`?"),
    ("not-located", W, "area:        {type: unit, located: location", "area:        {type: text, located: ¦location", "a text cannot be located", "a choice"),
    ("located-by", W, "located: location", "located: ¦reason", "`reason` is a text", "type point"),
    ("located-and-given", W, "urgency, unit], routes", "urgency, unit, ¦area], routes", "follows from the point `location`; nobody gives it", "give the point anew"),
    ("located-and-given", W, "located: location", "¦required: true, located: location", "nobody gives it", "take it out"),
    ("located-choices", W, "area:        {type: unit, located: location", "area:        {type: choice, choices: ¦{inside: 内, outside: 外}, located: location", "inside, nearest, unsure, outside", "these four"),
    # matches
    ("unmatchable-fact", W, "when: {urgency: [1, 2]}", "when: {¦review_on: [1, 2]}", "is a date", "choice, yes_no"),
    ("unknown-value", W, "when: {urgency: [1, 2]}", "when: {urgency: [1, ¦7]}", "`7` is not a value of `urgency`", "values: 1, 2, 3"),
    ("unknown-value", W, "[greening, advertising]", "[¦greenning, advertising]", "`greenning` is not a value", "did you mean `greening`?"),
    ("never-matched", W, "      - {is: 1 hour}\n", "      - {is: 1 hour}\n      - ¦{when: {urgency: 2}, is: 2 hours}\n", "takes them all", "delete it"),
    ("never-matched", W, "      - {is: 1 hour}\n", "      - {is: 1 hour}\n      - ¦{is: none}\n", "takes them all", "delete it"),
    ("no-default", W, "within: [{when: {urgency: 1}, is: 3 hours}, {is: 2 days}]", "within: ¦[{when: {urgency: 1}, is: 3 hours}]", "in `reported` `urgency` may not be known", "`- {is: 1 hour}`"),
    ("no-default", W, "    within: 24 hours", "    within:\n      ¦- {when: {urgency: [1, 2]}, is: 3 hours}", "none for urgency=3", "`- {is: none}`"),
    # clocks
    ("open-and-others", W, "runs_in: open", "runs_in: ¦[open, reported]", "`open` is every state", "pauses_in"),
    ("runs-when-final", W, "runs_in: [resolved]", "runs_in: [resolved, ¦verified]", "`verified` is final", "take it out"),
    ("runs-and-pauses", W, "runs_in: [resolved]", "runs_in: [resolved]\n    pauses_in: [¦resolved]", "both runs and pauses in `resolved`", "one of the two"),
    ("working-without-hours", W, "within: 24 hours", "within: ¦3 working hours", "the clock `verifying` runs `always`", "leave out `working`"),
    ("working-without-hours", W, "repeat: {every: 1 hour", "repeat: {every: ¦1 working hour", "the clock `dispatching`", "`hours: …`"),
    ("acknowledge-without-ladder", W, "    ladder: verifying\n", "    ¦acknowledge: {for: 1 hour}\n", "nothing to acknowledge", "name a `ladder`"),
    # ladders
    ("unused-ladder", W, END, "  ¦spare:\n    - {at: due, notify: [leader], template: overdue}\n" + END, "no clock uses the ladder `spare`", "delete it"),
    ("rungs-descend", W, "    - {before: 1 minute,", "    - ¦{before: 3 minutes,", "on the clock `dispatching`", "order rungs by time"),
    ("rungs-descend", W, "  verifying:\n    - {at: due,", "  verifying:\n    - {after: 1 hour, notify: [leader], template: overdue}\n    - ¦{at: due,", "before the one above", "then `after`"),
    ("before-start", W, "{before: 1 minute,", "{before: ¦11 minutes,", "before the clock `dispatching` begins", "less than the shortest"),
    ("early-repeat", W, "{before: 1 minute,", "{¦repeat: {every: 5 minutes, most: 2}, before: 1 minute,", "before the deadline does not repeat", "from `at: due` on"),
    ("repeated-trigger", W, "{at: due, do: resume}", "{at: due, do: resume, ¦repeat: {every: 1 day, most: 2}}", "pulled once", "rung of its own"),
    ("timer-may-not", W, "do: resume", "do: ¦suspend", "`suspend` may not be pulled by `timer`", "add `timer`"),
    ("timer-cannot-give", W, "do: resume", "do: ¦suspend", "`suspend` needs reason, review_on", "without `needs`"),
    ("trigger-never-possible", W, "  verifying:\n    - {at: due,", "  verifying:\n    - {at: 50%, do: ¦resume}\n    - {at: due,", "while the clock `verifying` runs", "from suspended"),
    ("rider-chased", W, "  leaders:\n    - {at: due, notify: [leader]", "  leaders:\n    - {at: due, notify: [leader, ¦rider]", "no ladder ends at a rider", "riders hear by `notices`"),
    ("reporter-chased", W, "  leaders:\n    - {at: due, notify: [leader]", "  leaders:\n    - {at: due, notify: [¦reporter]", "does not chase the reporter", "`notices`"),
    # proofs
    ("overlapping-matches", W, "hours: office}\n      - {is: 1 hour}", "hours: office}\n      - ¦{when: {category: [advertising, lamp]}, is: 2 hours}\n      - {is: 1 hour}", "category=advertising meets an earlier target (8 working hours)", "in one target only"),
    ("laxer-first", W, "      - {when: {category: [greening, advertising]}, is: 8 working hours, hours: office}\n", "      - ¦{when: {category: [greening, advertising]}, is: 8 working hours, hours: office}\n      - {when: {urgency: 2}, is: 40 minutes}\n", "a case that also has urgency=2 gets 8 working hours here, though 40 minutes", "the stricter target first"),
    ("told-already", W, "  - {on: verify", "  - {on: dispatch, to: [unit-chief, ¦handler], template: assigned, when: {urgency: 1}}\n  - {on: verify", "tells `handler` of `dispatch` already", "exclude each other"),
    ("way-used-up", W, "by: [leader, timer]}", "by: [leader, timer], ¦most: 1}", "once `resume` has been done as often as it may, a case in `suspended`", "without `most`"),
    ("four-eyes-blocked", W, "to: resolved, by: [handler], needs: [result], takes: [photos]}\n", "to: resolved, by: [handler, verifier], needs: [result], takes: [photos]}\n  check: {from: resolved, to: verified, by: [verifier], ¦not_by: [resolve]}\n", "where `qian` did `resolve`, nobody is left", "one person more"),
    ("four-eyes-impossible", W, "to: resolved, by: [handler], needs: [result], takes: [photos]}\n", "to: resolved, by: [verifier], needs: [result], takes: [photos]}\n  check: {from: resolved, to: verified, by: [verifier], ¦not_by: [resolve]}\n", "nobody can ever do this: only `qian` may", "second person"),
    # plans, places, retention
    ("unknown-role", PL, "by: [handler]", "by: [¦handlr]", "no role `handlr`", "did you mean `handler`?"),
    ("unused-plan", PL, "  gas:", "  ¦gas:", "no workflow starts the plan `gas`", "delete it"),
    ("checklist-given", W, "  result:      {type: text", "  plan: {type: checklist, ¦required: true, title: {zh: 预案, en: Plan}}\n  result:      {type: text", "`plan` is not given by anybody", "`starts`"),
    ("places-elsewhere", W, "  verify:   {from: resolved,", "  verify:   {places: {most: 3, in: ¦[resolved]}, from: resolved,", "leads to `verified`", "`verified` in `in`"),
    ("unknown-state", W, "  verify:   {from: resolved,", "  verify:   {places: {most: 3, in: [verified, ¦resolvd]}, from: resolved,", "no state `resolvd`", "did you mean `resolved`?"),
    ("not-erasable", W, "  result:      {type: text,", "  result:      {type: text, ¦kept: 30 days,", "`result` is kept in the history", "`personal: true`"),
    # riders
    ("rider-without-quiet", PP, "  rider:      {title: {zh: 骑手, en: Rider}, rider: true, quiet: \"03:00-03:30\"}", "  ¦rider:      {title: {zh: 骑手, en: Rider}, rider: true}", "no quiet hours", "meal peaks"),
    # visibility
    ("unknown-state", W, END, "visibility:\n  - {in: [¦reportd], facts: [reason], only: [leader]}\nnotices:\n", "no state `reportd`", "did you mean `reported`?"),
    ("unknown-fact", W, END, "visibility:\n  - {facts: [¦reslt], only: [leader, handler]}\nnotices:\n", "no fact `reslt`", "did you mean `result`?"),
    ("unknown-fact", W, END, "visibility:\n  - {facts: [¦all, photos], only: [leader, handler]}\nnotices:\n", "no fact `all`", "facts"),
    ("unknown-recipient", W, END, "visibility:\n  - {facts: [photos], only: [¦ledger]}\nnotices:\n", "nobody is called `ledger`", "did you mean `leader`?"),
    ("missing-key", W, END, "visibility:\n  - ¦{facts: [photos]}\nnotices:\n", "`only` is missing", "write `only"),
    ("reserved-name", W, "  reason:      {type: text,", "  ¦all: {type: text, title: {zh: 全部, en: All}}\n  reason:      {type: text,", "`all` is a word of the language", "another name"),
    ("rule-without-effect", W, END, "visibility:\n  - {facts: [result, photos], only: [handler, leader]}\n  - ¦{in: [resolved], facts: [result], only: [leader]}\nnotices:\n", "earlier rules decide", "before them"),
    ("rule-without-effect", W, END, "visibility:\n  - {in: [invalid, suspended], facts: all, only: [leader]}\n  - ¦{in: [invalid], facts: all, only: [duty]}\nnotices:\n", "earlier rules decide", "before them"),
    ("rule-overtaken", W, END, "visibility:\n  - {in: [invalid], facts: all, only: [duty, leader]}\n  - {¦facts: [description], only: [leader]}\nnotices:\n", "in invalid an earlier rule hides the whole case, so there description is seen", "before it"),
    # the files around
    ("rota-not-desk", PP, "rota:\n", "rota:\n  ¦leader:\n    - {hours: \"08:00-20:00\", who: [mayor]}\n", "`leader` is not a desk", "scope: desk"),
    ("desk-without-rota", PP, "desk-chief: {title: {zh: 值班长, en: Head of the desk}}", "¦desk-chief: {title: {zh: 值班长, en: Head of the desk}, scope: desk}", "nobody is on the rota", "`rota: desk-chief:`"),
    ("not-a-holder", PP, "who: [zhao]", "who: [¦qian]", "`qian` does not have the role `duty`", "somebody who has it"),
    ("person-without-unit", PP, "roles: [handler], unit: lights", "roles: [¦handler]", "meant within a unit", "write `unit: …`"),
    ("unit-cycle", U, "en: Lamp crew}", "en: Lamp crew}, part_of: ¦lights", "`lights` is part of itself", "`part_of`"),
    ("unknown-zone", P, "Asia/Shanghai", "¦Asia/Shangai", "no time zone `Asia/Shangai`", "Asia/Shanghai"),
    ("unknown-fallback", P, "[mayor]", "[¦major]", "no person or role `major`", "did you mean `mayor`?"),
    ("fallback-unreached", P, "[mayor]", "[mayor, ¦rider]", "no ladder ends at a rider", "who is not a rider"),
    ("fallback-unreached", P, "[mayor]", "[mayor, ¦handler]", "from unit to unit", "a person or a role"),
    ("urgent-nowhere", P, "prefix: TT\n", "prefix: TT\nurgent: {urgency: [1, ¦9]}\n", "`urgency` with the value `9`", "`urgency: 1`"),
    ("no-such-date", CA, "    holidays: CN", "    holidays: CN\n    days: {¦2026-02-30: closed}", "there is no 2026-02-30", "correct the date"),
    ("windows-overlap", CA, '"14:00-17:30"', '¦"11:00-17:30"', "begins before `08:30-12:00` ends", "without overlap"),
    ("no-monday", CA, 'mon-fri: ["08:30-12:00", "14:00-17:30"]\n    holidays: CN', 'tue-fri: "08:30-12:00"\n    holidays: ¦CN', "Monday has none", "write the hours"),
    ("makeup-without-holidays", CA, "holidays: CN", '¦makeup: "08:00-12:00"', "no make-up days", "holidays: CN"),
    ("unused-role", PP, "roles:\n", "roles:\n  ¦painter: {title: {zh: 画家, en: Painter}}\n", "nothing asks for the role `painter`", "delete it"),
    ("unused-calendar", CA, "calendars:\n", "calendars:\n  ¦night:\n    title: {zh: 夜, en: Night}\n    week: {mon: \"20:00-24:00\"}\n", "no clock counts in `night`", "delete it"),
]  # fmt: skip
# the same, where it takes several changes: code, words of the message, words of the hint, (file, sound, wrong) …
Change = tuple[str, str, str]
ASK = "notices:\n"
SATISFACTION: list[tuple[str, str, str, list[Change]]] = [
    ("reopens-not-by-reporter", "may not be pulled by `reporter`", "add `reporter`", [
        (W, ASK, "satisfaction: {asks: [reporter], on: verify, fact: happy, template: closed, within: 7 days, reopens: ¦reopen}\n" + ASK),
    ]),
    ("reopens-needs-too-much", "`reopen` needs reason, result", "one fact of type text", [
        (W, ASK, "satisfaction: {asks: [reporter], on: verify, fact: happy, template: closed, within: 7 days, reopens: ¦reopen}\n" + ASK),
        (W, "  reopen:   {from: verified, to: dispatched, by: [leader], needs: [reason]", "  reopen:   {from: verified, to: dispatched, by: [leader, reporter], needs: [reason, result]"),
    ]),
    ("reopens-from-elsewhere", "`reopen` does not start from `invalid`", "`invalid` to its `from`", [
        (W, ASK, "satisfaction: {asks: [reporter], on: [verify, ¦discard], fact: happy, template: closed, within: 7 days, reopens: reopen}\n" + ASK),
    ]),
    ("unknown-recipient", "nobody is called `reportr`", "did you mean `reporter`?", [
        (W, ASK, "satisfaction: {asks: [¦reportr], on: verify, fact: happy, template: closed, within: 7 days}\n" + ASK),
    ]),
    ("unknown-trigger", "no trigger `verfy`", "did you mean `verify`?", [
        (W, ASK, "satisfaction: {asks: [reporter], on: ¦verfy, fact: happy, template: closed, within: 7 days}\n" + ASK),
    ]),
    ("wrong-fact-type", "the fact `result` is a text", "yes_no is wanted", [
        (W, ASK, "satisfaction: {asks: [reporter], on: verify, fact: ¦result, template: closed, within: 7 days}\n" + ASK),
    ]),
]  # fmt: skip
MORE: list[tuple[str, str, str, list[Change]]] = [
    ("unknown-plan", "no plan `gass`", "did you mean `gas`?", [
        (PL, "plans:", "plans:"), (W, "  result:      {type: text", CHECKLIST), (W, "  verify:   {from: resolved,", "  verify:   {starts: {plan: plan, named: [{is: ¦gass}]}, from: resolved,"),
    ]),
    ("plan-never-chosen", "an earlier line takes every case", "last", [
        (PL, "plans:", "plans:"), (W, "  result:      {type: text", CHECKLIST),
        (W, "  verify:   {from: resolved,", "  verify:   {starts: {plan: plan, named: [{is: gas}, ¦{when: {urgency: 1}, is: gas}]}, from: resolved,"),
    ]),
    ("checklist-never-started", "no move starts a plan in `plan`", "`starts: {plan: plan", [
        (W, "  result:      {type: text", CHECKLIST), (W, "  verify:   {from: resolved,", "  verify:   {ticks: ¦plan, from: resolved,"),
    ]),
    ("checklist-given", "the checklist `plan` is not given", "tick its steps", [
        (W, "  result:      {type: text", CHECKLIST), (W, "takes: [photos]}", "takes: [photos, ¦plan]}"),
    ]),
    ("reserved-name", "`step` is a word of the language", "another name", [
        (PL, "plans:", "plans:"), (W, "  result:      {type: text", "  ¦step: {type: text, title: {zh: 步, en: S}}\n" + CHECKLIST),
        (W, "  verify:   {from: resolved,", "  verify:   {starts: {plan: plan, named: gas}, ticks: plan, from: resolved,"),
    ]),
    ("claimant-chased", "only riders come into `courier` (by `accept`)", "offer the task anew", [
        (W, "  result:      {type: text", "  courier: {type: person, title: {zh: 骑手, en: Courier}}\n  result:      {type: text"),
        (W, "  discard:  {", "  accept:   {from: reported, by: [rider], claims: courier}\n  discard:  {"),
        (W, "    - {at: due, notify: [duty], template: overdue}", "    - {at: due, notify: [duty, ¦courier], template: overdue}"),
    ]),
    ("offer-without-end", "out of `suspended` only riders can move a case (rider)", "a rung with `do`", [
        (W, "resume:   {from: suspended, to: dispatched, by: [leader, timer]}", "resume:   {from: suspended, to: dispatched, by: [rider]}"),
        (W, "    - {at: due, do: resume}", "    - {at: due, notify: [leader], template: overdue}"), (W, "  suspended:  {title", "  ¦suspended:  {title"),
    ]),
    *((code, message, hint, [(W, "  result:      {type: text", "  happy: {type: yes_no, title: {zh: 满意, en: Happy}}\n  result:      {type: text"), *changes]) for code, message, hint, changes in SATISFACTION),
    ("stuck-state", "a case with urgency=3 can never leave `resolved`", "without `when`", [
        (W, "not_by: [resolve]}", "not_by: [resolve], when: {urgency: [1, 2]}}"), (W, "{from: resolved, to: dispatched, by: [verifier],", "{from: resolved, to: dispatched, when: {urgency: 1}, by: [verifier],"),
        (W, "  resolved:   {", "  ¦resolved:   {"),
    ]),
    ("stuck-state", "a case without `category` can never leave `reported`", "without `when`", [
        (W, "by: [duty], needs: [category, urgency, unit], routes: unit}", "by: [duty], needs: [urgency, unit], when: {category: lamp}}"), (W, "{from: reported, to: invalid,", "{from: reported, to: invalid, when: {category: greening},"),
        (W, "  reported:   {", "  ¦reported:   {"),
    ]),
    ("endless-cycle", "round `reported` – `dispatched` – `suspended` for ever", "`runs_in: open`", [
        (W, "    on_rework: restart\n", "    on_rework: restart\n    on_return: restart\n"), (W, "runs_in: open\n    pauses_in: [suspended]", "runs_in: [resolved]"), (W, "  return:   {from", "  ¦return:   {from"),
    ]),
    ("rung-never-comes", "by then `lapse` on the clock `dispatching`", "before that rung", [
        (W, "  discard:  {from", "  lapse: {from: reported, to: invalid, by: [timer]}\n  discard:  {from"),
        (W, "    - {after: 30 minutes, notify: [leader], template: overdue, repeat", "    - {after: 20 minutes, do: lapse}\n    - ¦{after: 30 minutes, notify: [leader], template: overdue, repeat"),
    ]),
    ("rung-never-comes", "by then `lapse` on the clock `whole`", "before that rung", [
        (W, "  discard:  {from", "  lapse: {from: [reported, dispatched, suspended, resolved], to: invalid, by: [timer]}\n  discard:  {from"), (W, "  reopen:   {from: verified, to: dispatched, by: [leader], needs: [reason]}\n", ""),
        (W, "within: [{when: {urgency: 1}, is: 3 hours}, {is: 2 days}]", "within: 35 minutes"), (W, "  leaders:\n", "  leaders:\n    - {before: 1 minute, do: lapse}\n"),
        (W, "    - {after: 30 minutes, notify: [leader], template: overdue, repeat", "    - ¦{after: 30 minutes, notify: [leader], template: overdue, repeat"),
    ]),
    ("repeat-cut-short", "at most 2 of the 9 repeats come", "say `most: 2`", [
        (W, "  discard:  {from", "  lapse: {from: reported, to: invalid, by: [timer]}\n  discard:  {from"), (W, "{after: 10 minutes, notify: [desk-chief], template: overdue}", "{after: 10 minutes, notify: [desk-chief], template: overdue, ¦repeat: {every: 5 minutes, most: 9}}"),
        (W, "    - {after: 30 minutes, notify: [leader], template: overdue, repeat: {every: 1 hour, most: 5}}\n", "    - {after: 20 minutes, do: lapse}\n"),
    ]),
    ("called-by-id", "Feishu calls nobody by telephone", "`id:ou_…`", [(R, "kind: dingtalk", "kind: feishu"), (R, "mention: [li]", "mention: [¦li]")]),
    ("secret-without-effect", "WeCom signs nothing", "delete the line", [(R, "kind: dingtalk", "kind: wecom"), (R, "secret:", "¦secret:")]),
    ("unused-robot", "nothing goes to the robot `desk`", "under `robots` of a notice", [(R, ", for: [duty]", ""), (R, "  desk:", "  ¦desk:")]),
    ("told-already", "tells `desk` of `dispatch` already", "exclude each other", [
        (R, ", for: [duty]", ", for: [duty]"), (W, "  - {on: dispatch, to: [handler], template: assigned}\n", "  - {on: dispatch, to: [handler], robots: desk, template: assigned}\n  - {on: dispatch, to: [unit-chief], robots: ¦desk, template: assigned}\n"),
    ]),
    ("no-final-state", "no state is final", "`final: done`", [(W, ", final: done}", "}"), (W, ", final: rejected}", "}"), (W, "\nstates:", "\n¦states:")]),
    ("no-deadline", "may wait in `resolved` for ever", "`no_deadline: reason`", [
        (W, "runs_in: open\n    pauses_in: [suspended]", "runs_in: reported"), (W, "runs_in: [resolved]", "runs_in: [dispatched]"), (W, "  resolved:   {", "  ¦resolved:   {"),
    ]),
    ("no-unit-fact", "meant within the case's unit", "`unit: {type: unit, …}`", [
        (W, "  unit:        {type: unit", "  crew:        {type: unit"), (W, "urgency, unit]", "urgency, crew]"), (W, "to: resolved, by: [handler]", "to: resolved, by: [¦handler]"),
    ]),
    ("two-meanings", "both a role and a fact", "rename the fact", [
        (W, "  more_time: ", "  handler: {type: person, title: {zh: 承, en: H}}\n  more_time: "), (W, "{on: dispatch, to: [handler]", "{on: dispatch, to: [¦handler]"),
    ]),
    ("restart-without-effect", "no transition is a reopen", "`kind: reopen`", [
        (W, "  reopen:   {from: verified", "  reopen:   {kind: rework, from: verified"), (W, "    on_rework: restart", "    on_reopen: ¦restart"),
    ]),
    ("round-at-once", "`resume` brings the case back to `suspended`", "only people lead back", [
        (W, "resume:   {from: suspended, to: dispatched", "resume:   {from: suspended, to: suspended, kind: rework"),
        (W, "due: {fact: review_on}", "due: {fact: review_on}\n    on_rework: restart"), (W, "{at: due, do: resume}", "{at: due, do: ¦resume}"),
    ]),
    ("round-at-once", "where `24 hours` may be all of `1 day`, `again` brings the case back to `resolved`", "only people lead back", [
        (W, "  discard:  {", "  again: {from: resolved, to: resolved, by: [timer], kind: rework}\n  discard:  {"), (W, "    within: 24 hours\n", "    within: 1 day\n    on_rework: restart\n"),
        (W, "  verifying:\n    - {at: due", "  verifying:\n    - {before: 24 hours, do: ¦again}\n    - {at: due"),
    ]),
    ("no-ladder", "nobody hears", "name a `ladder`", [(W, "    ladder: verifying\n", ""), (W, "  verifying:\n    title", "  ¦verifying:\n    title")]),
    ("rung-twice", "stands twice", "delete one", [(W, "  leaders:\n    - {at: due, notify: [leader], template: overdue}\n", "  leaders:\n    - {at: due, notify: [leader], template: overdue}\n    - ¦{at: due, notify: [leader], template: overdue}\n")]),
    ("rungs-descend", "on the clock `dispatching`", "order rungs", [(W, "    - {after: 10 minutes, notify", "    - {after: 31 minutes, notify"), (W, "    - {after: 30 minutes, notify: [leader], template: overdue, repeat", "    - ¦{after: 30 minutes, notify: [leader], template: overdue, repeat")]),
    ("only-riders", "everybody this rung tells is a rider: mayor", "not riders", [
        (PP, "roles: [leader]", "roles: [leader, rider]"), (P, "[mayor]", "[zhao]"),
        (W, "  leaders:\n    - {at: due, notify: [leader]", "  leaders:\n    - {at: due, notify: ¦[leader]"),
    ]),
    ("fallback-unreached", "it has no e-mail address", "an e-mail address", [(PP, ", email: [mayor@example.org, mayor2@example.org]", ""), (P, "[mayor]", "[¦mayor]")]),
    ("role-without-holder", "nobody has the role `verifier`", "under `people`", [(PP, "roles: [verifier]", "roles: [leader]"), (PP, "  verifier:   {title", "  ¦verifier:   {title")]),
    ("nobody-may-see", "nobody has any of these roles", "somebody under `people`", [
        (PP, "roles:\n", "roles:\n  archivist: {title: {zh: 档案员, en: Archivist}}\n"), (W, END, "visibility:\n  - {facts: [description], ¦only: [archivist]}\nnotices:\n"),
    ]),
    ("acts-blind", "`leader` may pull `resume` in suspended, where the case is hidden", "the rule's `only`", [
        (W, END, "visibility:\n  - {in: [suspended], facts: all, only: [duty]}\nnotices:\n"), (W, "to: dispatched, by: [leader, timer]", "to: dispatched, by: [¦leader, timer]"),
    ]),
    ("acts-blind", "`leader` may pull `extend` in dispatched, where the fact `more_time` is hidden", "somebody else", [
        (W, END, "visibility:\n  - {facts: [more_time], only: [duty]}\nnotices:\n"), (W, "extend:   {from: dispatched, by: [leader]", "extend:   {from: dispatched, by: [¦leader]"),
    ]),
    ("told-but-may-not-see", "`reporter` would be told of a case that is hidden from `reporter` in verified", "never be sent", [
        (W, END, "visibility:\n  - {in: [verified], facts: all, only: [leader, on_behalf_of]}\nnotices:\n"), (W, "to: [reporter, on_behalf_of]", "to: [¦reporter, on_behalf_of]"),
    ]),
    ("told-but-may-not-see", "`desk-chief` would be told of a case that is hidden from `desk-chief` in resolved", "the rule's `only`", [
        (W, END, "visibility:\n  - {in: [resolved], facts: all, only: [verifier, leader]}\nnotices:\n"), (W, "notify: [verifier, desk-chief]", "notify: [verifier, ¦desk-chief]"),
    ]),
    ("duty-of-a-neighbour", "`beyond` is a neighbour", "hand over by a transition", [
        (U, "units:\n", "units:\n  beyond: {title: {zh: 邻街, en: Beyond}, kind: neighbour}\n"), (D, "unit: lights}", "unit: ¦beyond}"),
    ]),
    ("unit-or-person", "community names a unit and a person", "another id", [
        (PP, "  hu:     {name", "  community: {name: 同名, roles: [leader], email: s@example.org}\n  hu:     {name"), (W, "{on: open, to: [reporter]", "{on: open, to: [¦area]"),
    ]),
    ("nothing-to-locate-in", "no areas.yaml", "take `located` out", [(A, "areas:\n  - {file: areas/town.geojson, kind: community}\n", ""), (W, "located: location", "located: ¦location")]),
    ("nothing-to-route-by", "no duties table", "take `routes` out", [(D, "  - {category: lamp, area: community, unit: lights}\n  - {unit: area}\n", "  []\n"), (W, "routes: unit", "routes: ¦unit")]),
    ("never-open", "never opens", "at least one day", [(CA, 'week:\n      mon-fri: ["08:30-12:00", "14:00-17:30"]\n    holidays: CN', '¦week:\n      sat: []')]),
    # cases linked to cases
    ("unknown-workflow", "no workflow `rapport`", "did you mean `report`?", [(W, END, "opens:\n  - {on: return, workflow: ¦rapport, link: twin}\n" + END)]),
    ("opens-for-ever", "opens another of `report`", "that people pull", [(W, END, "¦opens:\n  - {on: open, workflow: report, link: twin, with: {description: description}}\n" + END)]),
    ("link-lacks-fact", "needs the fact `description`", "`with: {description: …}`", [(W, END, "opens:\n  - {on: return, workflow: report, link: twin, ¦with: {unit: unit}}\n" + END)]),
    ("link-may-lack-fact", "may come here without `result`", "ask for `result` before", [(W, END, "opens:\n  - {on: return, workflow: report, link: twin, with: {description: ¦result}}\n" + END)]),
    ("link-of-another-type", "`reason` is a text, and `unit` in `report` a unit", "the same type", [(W, END, "opens:\n  - {on: return, workflow: report, link: twin, with: {description: description, unit: ¦reason}}\n" + END)]),
    ("link-of-another-type", "a person", "the same type", [(W, "by: [verifier], not_by: [resolve]}", "by: [verifier], not_by: [resolve], claims: ¦reason}")]),
    ("link-of-another-type", "`reason` is a text, and `twin` in `report` a case", "the same type", [(W, END, "links:\n  - {on: return, fact: ¦reason, as: twin}\n" + END)]),
    ("link-carries-personal", "`on_behalf_of` is personal", "a fact of its own", [(W, END, "opens:\n  - {on: return, workflow: report, link: twin, with: {description: description, on_behalf_of: ¦on_behalf_of}}\n" + END)]),
    ("carried-out-of-hiding", "`description` is not for everybody's eyes here, but `result` in `report` is", "or do not carry it", [
        (W, END, "visibility:\n  - {facts: [description], only: [handler, leader]}\nopens:\n  - {on: return, workflow: report, link: twin, with: {description: description, result: ¦description}}\n" + END)]),
    ("wrong-constant", "`lamps` is no value of `unit`", "values: community, lights", [(W, END, "opens:\n  - {on: return, workflow: report, link: twin, with: {description: description, unit: {is: ¦lamps}}}\n" + END)]),
    ("wrong-constant", "`soon` is no value of `urgency`", "values: 1, 2, 3", [(W, "by: [verifier], not_by: [resolve]}", "by: [verifier], not_by: [resolve], sets: {urgency: ¦soon}}")]),
    ("no-constant", "type photos cannot be set", "constants are for", [(W, "by: [verifier], not_by: [resolve]}", "by: [verifier], not_by: [resolve], sets: {photos: ¦none}}")]),
    ("link-or-cut", "either `fact` names the other case", "write one of the two", [(W, END, "links:\n  - ¦{on: return, as: twin}\n" + END)]),
    ("unknown-link", "no case is linked under `twins`", "links: opener", [(W, END, "tells:\n  - {on: return, case: ¦twins, trigger: discard}\n" + END)]),
    ("linked-may-not", "linked cases may not pull `verify` in `report`", "write `linked`", [
        (W, END, "opens:\n  - {on: return, workflow: report, link: twin, with: {description: description}}\ntells:\n  - {on: verify, case: opener, trigger: ¦verify}\n" + END)]),
    ("told-fact-not-taken", "`verify` of `report` does not take `reason`", "its `needs` or `takes`", [
        (W, "by: [verifier], not_by: [resolve]}", "by: [verifier, linked], not_by: [resolve]}"),
        (W, END, "opens:\n  - {on: return, workflow: report, link: twin, with: {description: description}}\ntells:\n  - {on: verify, case: opener, trigger: verify, with: {¦reason: reason}}\n" + END)]),
    ("link-twice", "is waited for twice", "keep one", [
        (W, "by: [verifier], not_by: [resolve]}", "by: [verifier, linked], not_by: [resolve]}"),
        (W, END, "opens:\n  - {on: return, workflow: report, link: twin, with: {description: description}}\njoins:\n  - {of: twin, do: verify}\n  - {of: ¦twin, when: any, do: verify}\n" + END)]),
    ("linked-never-comes", "no case tells it", "take `linked` out", [(W, "by: [verifier], not_by: [resolve]}", "by: [verifier, ¦linked], not_by: [resolve]}")]),
    ("claimed-by-nobody", "`timer` may pull this", "only roles claim", [
        (W, "  reason:      {", "  saint:       {type: person, title: {zh: 人, en: Somebody}}\n  reason:      {"),
        (W, "by: [leader, timer]}", "by: [leader, ¦timer], claims: saint}")]),
    ("drawn-and-asked", "`luck` is drawn", "take `drawn` out", [
        (W, "  reason:      {", "  luck:        {type: yes_no, drawn: 20%, title: {zh: 抽, en: Luck}}\n  reason:      {"), (W, "takes: [photos]", "takes: [photos, ¦luck]")]),
    ("or-without-required", "`reason` is not required", "take `or` out", [(W, "reason:      {type: text,", "reason:      {type: text, ¦or: photos,")]),
    ("unknown-fact", "no fact `photo`", "did you mean `photos`?", [(W, "description: {type: text, required: true,", "description: {type: text, required: true, or: ¦photo,")]),
    ("drawn-and-required", "`luck` is drawn", "take `required` out", [(W, "  reason:      {", "  luck:        {type: yes_no, required: ¦true, drawn: 20%, title: {zh: 抽, en: Luck}}\n  reason:      {")]),
]  # fmt: skip
GIVES, PAYS = "{on: verify, to: reporter, account: points, amount: 5}", "{on: verify, exchange: reward, to: reporter}"
for _code, _message, _hint, _awards in (
    ("unknown-account", "no account `point`", "did you mean `points`?", GIVES.replace("points", "¦point")),
    ("unknown-exchange", "no exchange `rewards`", "did you mean `reward`?", PAYS.replace("reward", "¦rewards")),
    ("unknown-fact", "no fact `reportr`", "did you mean `reporter`?", GIVES.replace("reporter", "¦reportr")),
    ("unknown-trigger", "no trigger `verfy`", "did you mean `verify`?", GIVES.replace("verify", "¦verfy")),
    ("wrong-fact-type", "`unit` is a unit", "person is wanted here", GIVES.replace("reporter", "¦unit")),
    ("personal-earner", "`on_behalf_of` is personal", "not `personal`", GIVES.replace("reporter", "¦on_behalf_of")),
    ("one-effect", "exactly one thing", "`account` with `amount`", "¦{on: verify, to: reporter}"),
    ("one-effect", "exactly one thing", "`account` with `amount`", "¦{on: verify, to: reporter, exchange: reward, holds: reward}"),
    ("whose-award", "`to` says who earns", "write `to: reporter`", "¦{on: verify, account: points, amount: 5}"),
    ("never-matched", "an earlier one takes them all", "put it before", "{on: verify, to: reporter, account: points, amount: [{is: 5}, ¦{is: 2}]}"),
    ("nothing-to-take-back", "`dispatch` gives nothing", "name a trigger", GIVES + "\n  - {on: reopen, reverses: ¦dispatch}"),
    ("nothing-to-take-back", "`reward` gives nothing", "name a trigger", PAYS + "\n  - {on: reopen, releases: ¦reward}"),
    ("awarded-twice", "does the same for `reporter` on `verify`", "one `amount` table", GIVES + "\n  - ¦{on: [close, verify], to: reporter, account: points, amount: 3}"),
    ("out-of-range", "-1 is out of range", "at least 0", "{on: verify, to: reporter, account: points, amount: [{is: ¦-1}]}"),
):  # fmt: skip
    MORE.append((_code, _message, _hint, [(W, "notices:\n", f"awards:\n  - {_awards}\nnotices:\n")]))
MORE.append(("unknown-account", "no account `yuans`", "did you mean `yuan`?", [(PT, "to: {yuan: 200}", "to: {¦yuans: 200}")]))
MORE.append(("exchange-of-itself", "`points` is both given and got", "for another", [(PT, "to: {yuan: 200}", "to: {¦points: 200}")]))
MORE.append(("out-of-range", "0 is out of range", "at least 1", [(PT, "from: {points: 10}", "from: {points: ¦0}")]))
ROWS = [*((code, message, hint, [(file, sound, wrong)]) for code, file, sound, wrong, message, hint in TABLE), *MORE]
ELSEWHERE = {
    # of the folder itself (test_reading) and of many at once
    "no-folder", "unreadable", "too-large", "too-many-files", "not-utf8", "unknown-file", "missing-file", "no-workflow", "same-workflow", "same-register",
    "same-programme", "too-many", "too-many-values",
    # names that are matched as values (`unknown-value`), and what pydantic says that we have no words for
    "wrong-value",
    # of the files beside areas.yaml (tests/unit/places)
    "map-unnamed",
    # of the counts beside figures.yaml (tests/integration/test_figuring.py)
    "outside-missing", "outside-unreadable", "outside-row",
    # of waivers (test_waivers)
    "waiver-without-reason", "waiver-unknown", "waiver-not-allowed", "waiver-idle",
}  # fmt: skip


def found_in(tmp_path: Path, files: dict[str, str]) -> list[Problem]:
    folder = builders.a_folder(
        tmp_path,
        points=builders.POINTS,
        areas=SOUND[A],
        duties=SOUND[D],
        workflow=SOUND[W],
        maps=builders.a_map("town", builders.an_area("community", (111.18, 37.33), (111.19, 37.34))),
    )
    builders.beside(folder, SCHEDULED if not SCHEDULED.keys().isdisjoint(files) else {})
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    read = reading.read_folder(folder)
    return [*read.problems, *checks.check(read, templates=builders.TEMPLATES)]


@pytest.mark.parametrize(("code", "message", "hint", "changes"), ROWS, ids=[f"{row[0]}-{number}" for number, row in enumerate(ROWS)])
def test_each_problem_is_said_at_its_place(tmp_path: Path, code: str, message: str, hint: str, changes: list[Change]) -> None:
    files: dict[str, str] = {}
    for file, sound, wrong in changes:
        text = files.get(file, SOUND[file])
        assert sound in text
        files[file] = text.replace(sound, wrong, 1)
    ((marked, text),) = [(file, text) for file, text in files.items() if "¦" in text]
    before = text[: text.index("¦")]
    place = (str(tmp_path / "testtown" / marked), before.count("\n") + 1, len(before) - before.rfind("\n"))
    problems = [p for p in found_in(tmp_path, {file: text.replace("¦", "") for file, text in files.items()}) if p.code == code]
    assert place in [(p.file, p.line, p.column) for p in problems]
    said = next(p for p in problems if (p.file, p.line, p.column) == place)
    assert message in said.message
    assert hint in said.hint
    assert said.message_zh
    assert said.hint_zh
    assert str(said).startswith(f"{said.file}:{said.line}:{said.column}: ")


def test_a_misspelt_state_is_said_once_and_not_for_each_state_behind_it(tmp_path: Path) -> None:
    for sound, wrong in (
        ("to: dispatched, by", "to: dispached, by"),
        ("{from: dispatched, to: resolved", "{from: dispached, to: resolved"),
    ):
        assert sound in builders.WORKFLOW
        found = found_in(tmp_path, {W: builders.WORKFLOW.replace(sound, wrong, 1)})
        assert {p.code for p in found} == {"unknown-state"}
        assert len(found) == 1


def test_every_code_has_a_row() -> None:
    codes: set[str] = set()
    for module in pkgutil.iter_modules(config.__path__):
        if module.name in (
            "assumptions",
            "logmap",
            "telling",
        ):  # read by simulate, replay and test: no part of a definition, with tests of their own
            continue
        for value in vars(importlib.import_module(f"config.{module.name}")).values():
            sayings = [value] if isinstance(value, Saying) else list(value.values()) if isinstance(value, dict) else []
            codes.update(saying.code for saying in sayings if isinstance(saying, Saying))
    assert codes - ELSEWHERE == {row[0] for row in ROWS}


def test_the_builders_folder_is_sound(tmp_path: Path) -> None:
    assert found_in(tmp_path, {}) == []


def test_every_unit_of_a_circle_is_told_of_however_long_it_is(tmp_path: Path) -> None:
    circle = "".join(f"  u{n}: {{title: {{zh: 某, en: Some}}, part_of: u{(n + 1) % 70}}}\n" for n in range(70))
    into = "  aside: {title: {zh: 旁, en: Aside}, part_of: u3}\n"
    found = [p for p in found_in(tmp_path, {U: builders.UNITS + into + circle}) if p.code == "unit-cycle"]
    assert {p.path for p in found} == {f"units.u{n}.part_of" for n in range(70)}


def test_what_is_wrong_a_thousand_times_is_told_of_three_hundred_times(tmp_path: Path) -> None:
    people = builders.PEOPLE.replace("people:\n", "people:\n" + "".join(f"  p{n}: {{name: 某, roles: []}}\n" for n in range(1000)), 1)
    found = [p for p in found_in(tmp_path, {PP: people}) if p.code == "empty"]
    assert len(found) == 300


@pytest.mark.parametrize(("change", "why"), [
    (("resume:   {from: suspended, to: dispatched", "resume:   {from: suspended, to: suspended, kind: rework"), "the clock goes on in its round, in which the rung has fired"),
    (("resume:   {from: suspended, to: dispatched", "resume:   {most: 3, from: suspended, to: suspended, kind: return"), "it is done three times at most"),
], ids=["same round", "limited"])  # fmt: skip
def test_a_timed_way_back_that_comes_to_rest_may_stand(tmp_path: Path, change: tuple[str, str], why: str) -> None:
    text = builders.WORKFLOW.replace(*change).replace("due: {fact: review_on}", "due: {fact: review_on}\n    on_return: restart")
    assert "round-at-once" not in {p.code for p in found_in(tmp_path, {W: text})}, why
