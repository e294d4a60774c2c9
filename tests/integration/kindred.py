"""Two workflows whose cases open, join, tell and wait for each other: reports, and the joint meetings in which they are disputed."""

from __future__ import annotations

from tests.integration import towns

MEETING = """\
workflow: meeting
title: {zh: 联席会议, en: Joint meeting}
initial: called
opened_by: linked
facts:
  about:    {type: text, required: true, title: {zh: 事由, en: About}}
  decision: {type: text, title: {zh: 决定, en: Decision}}
  unit:     {type: unit, title: {zh: 责任单位, en: Unit}}
states:
  called:  {title: {zh: 已召集, en: Called}}
  decided: {title: {zh: 已定责, en: Decided}, final: done}
  dropped: {title: {zh: 已取消, en: Dropped}, final: rejected}
transitions:
  decide: {from: called, to: decided, by: [leader], needs: [decision, unit]}
  drop:   {from: called, to: dropped, by: [leader]}
clocks:
  deciding: {title: {zh: 定责时限, en: Time to decide}, runs_in: called, within: 1 day, ladder: deciding}
ladders:
  deciding: [{at: due, notify: [leader], template: overdue}]
notices:
  - {on: open, to: [leader], template: assigned}
tells:
  - {on: decide, case: opener, trigger: bind, with: {unit: unit, reason: decision}}
"""
REPORT = (
    towns.WORKFLOW.replace(
        "  discard:  {",
        """\
  convene:    {from: reported, to: disputed, by: [duty], needs: [reason]}
  back:       {from: disputed, to: reported, by: [duty], kind: return}
  bind:       {from: disputed, to: dispatched, by: [linked], needs: [unit, reason]}
  merge:      {from: reported, to: merged, by: [duty], needs: [other]}
  unmerge:    {from: merged, to: reported, by: [duty], kind: return}
  close_too:  {from: merged, to: invalid, by: [linked], takes: [result]}
  gather:     {from: reported, to: waiting, by: [duty]}
  sweep:      {from: reported, to: waiting, by: [duty]}
  split:      {from: reported, by: [duty], most: 2}
  await:      {from: reported, to: waiting, by: [duty]}
  go_on:      {from: waiting, to: resolved, by: [linked]}
  offer:      {from: reported, to: offered, by: [duty]}
  take:       {from: offered, to: taken, by: [rider, leader], claims: runner, sets: {urgency: 2}}
  deliver:    {from: taken, to: resolved, by: [runner, leader]}
  discard:  {""",
    )
    .replace(
        "  resolved:   {title",
        """\
  disputed:   {title: {zh: 待定责, en: Disputed}, no_deadline: 会议有时限}
  merged:     {title: {zh: 已并案, en: Merged}, no_deadline: 随主案}
  waiting:    {title: {zh: 等待, en: Waiting}, no_deadline: 等关联案件}
  offered:    {title: {zh: 待认领, en: Offered}, no_deadline: 自愿}
  taken:      {title: {zh: 已认领, en: Taken}, no_deadline: 自愿}
  resolved:   {title""",
    )
    .replace("    runs_in: open\n    pauses_in: [suspended]\n", "    runs_in: [dispatched, resolved]\n    pauses_in: [suspended]\n")
    .replace(
        "  reason:      {type: text,",
        """\
  other:       {type: case, workflow: report, title: {zh: 主案, en: Main case}}
  runner:      {type: person, title: {zh: 认领人, en: Taken by}}
  sampled:     {type: yes_no, drawn: 30%, title: {zh: 抽中, en: Sampled}}
  reason:      {type: text,""",
    )
    + """\
opens:
  - {on: convene, workflow: meeting, link: meeting, with: {about: reason}}
  - {on: gather, workflow: report, link: part, with: {description: {is: 其一}}, reporter: same}
  - {on: gather, workflow: report, link: part, with: {description: {is: 其二}}}
  - {on: split, workflow: report, link: part, with: {description: {is: 拆出}}}
  - {on: sweep, workflow: report, link: home, with: {description: {is: 上门}}, when: {urgency: 1}}
links:
  - {on: merge, fact: other, as: duplicate}
  - {on: unmerge, as: duplicate, cut: true}
tells:
  - {on: discard, case: duplicate, trigger: close_too, with: {result: reason}}
joins:
  - {of: part, do: go_on}
  - {of: home, do: go_on}
"""
)
