"""The words of a change of a programme: one row for each change that has words of its own, and plain ones for the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from config import spoken
from config.problems import Said, dotted

ROWS: Mapping[str, tuple[str, str]] = {
    # a workflow
    "states.* added": ("state `{0}` added", "新增状态 `{0}`"),
    "states.* removed": ("state `{0}` removed", "删除状态 `{0}`"),
    "states.*.final": ("state `{0}`: how it ends is {new} instead of {old}", "状态 `{0}` 的办结方式由 {old} 改为 {new}"),
    "states.*.final added": ("state `{0}` is final now: {new}", "状态 `{0}` 现在为办结状态：{new}"),
    "states.*.final removed": ("state `{0}` is no longer final", "状态 `{0}` 不再是办结状态"),
    "initial": ("a new case begins as `{new}` instead of `{old}`", "新案件的初始状态由 `{old}` 改为 `{new}`"),
    "opened_by.* added": ("`{0}` may now open cases", "`{0}` 现在可以开案"),
    "opened_by.* removed": ("`{0}` may no longer open cases", "`{0}` 不能再开案"),
    "transitions.* added": ("trigger `{0}` added", "新增操作 `{0}`"),
    "transitions.* removed": ("trigger `{0}` removed", "删除操作 `{0}`"),
    "transitions.*.from.* added": ("`{0}` may now be pulled in state `{1}`", "在状态 `{1}` 现在可以执行 `{0}`"),
    "transitions.*.from.* removed": ("`{0}` may no longer be pulled in state `{1}`", "在状态 `{1}` 不能再执行 `{0}`"),
    "transitions.*.to": ("`{0}` leads to `{new}` instead of `{old}`", "`{0}` 之后的状态由 `{old}` 改为 `{new}`"),
    "transitions.*.to added": ("`{0}` now leads to `{new}`; before, the case stayed where it was", "`{0}` 现在转到 `{new}`（原先状态不变）"),
    "transitions.*.to removed": ("`{0}` no longer leads to `{old}`: the case stays where it is", "`{0}` 不再转到 `{old}`：状态不变"),
    "transitions.*.by.* added": ("`{1}` may now pull `{0}`", "`{1}` 现在可以执行 `{0}`"),
    "transitions.*.by.* removed": ("`{1}` may no longer pull `{0}`", "`{1}` 不能再执行 `{0}`"),
    "transitions.*.needs.* added": ("`{0}` now needs fact `{1}`", "`{0}` 现在必须填写 `{1}`"),
    "transitions.*.needs.* removed": ("`{0}` no longer needs fact `{1}`", "`{0}` 不再必须填写 `{1}`"),
    "transitions.*.takes.* added": ("`{0}` may now come with fact `{1}`", "`{0}` 现在可以填写 `{1}`"),
    "transitions.*.takes.* removed": ("`{0}` may no longer come with fact `{1}`", "`{0}` 不能再填写 `{1}`"),
    "transitions.*.not_by.* added": ("four eyes: who did `{1}` may no longer do `{0}`", "双人复核：做过 `{1}` 的人不能再做 `{0}`"),
    "transitions.*.not_by.* removed": ("who did `{1}` may now do `{0}` too", "做过 `{1}` 的人现在也可以做 `{0}`"),
    "transitions.*.when": ("`{0}` is allowed for {new} instead of {old}", "`{0}` 的条件由 {old} 改为 {new}"),
    "transitions.*.when added": ("`{0}` is now allowed only for {new}", "`{0}` 现在只允许：{new}"),
    "transitions.*.when removed": ("`{0}` no longer asks for {old}", "`{0}` 不再要求：{old}"),
    "transitions.*.kind added": ("`{0}` now counts as a {new}", "`{0}` 现在算作 {new}"),
    "transitions.*.kind removed": ("`{0}` no longer counts as a {old}", "`{0}` 不再算作 {old}"),
    "transitions.*.most added": ("`{0}` may now be pulled at most {new} times a case", "每个案件的 `{0}` 现在最多 {new} 次"),
    "transitions.*.most removed": ("`{0}` may now be pulled any number of times", "`{0}` 不再限制次数"),
    "transitions.*.exempts.* added": ("`{0}` now exempts clock `{1}` in the figures", "`{0}` 现在使时钟 `{1}` 的超时在统计中剔除"),
    "transitions.*.exempts.* removed": ("`{0}` no longer exempts clock `{1}` in the figures", "`{0}` 不再使时钟 `{1}` 的超时在统计中剔除"),
    "counts.*.* added": ("state `{1}` now counts as {0} in the figures", "统计中状态 `{1}` 现在算作 {0}"),
    "counts.*.* removed": ("state `{1}` no longer counts as {0} in the figures", "统计中状态 `{1}` 不再算作 {0}"),
    "transitions.*.extends added": ("`{0}` now extends a limit: {new}", "`{0}` 现在可延期：{new}"),
    "transitions.*.extends removed": ("`{0}` no longer extends a limit (it was: {old})", "`{0}` 不再延期（原为：{old}）"),
    "transitions.*.extends.by shortened": ("an extension by `{0}` is shortened from {old} to {new}", "`{0}` 每次延期由 {old} 缩短为 {new}"),
    "transitions.*.extends.by lengthened": ("an extension by `{0}` is lengthened from {old} to {new}", "`{0}` 每次延期由 {old} 延长为 {new}"),
    "facts.* added": ("fact `{0}` added", "新增信息项 `{0}`"),
    "facts.* removed": ("fact `{0}` removed", "删除信息项 `{0}`"),
    "facts.*.type": ("fact `{0}` is a {new} instead of a {old}", "信息项 `{0}` 的类型由 {old} 改为 {new}"),
    "facts.*.required on": ("fact `{0}` must now be given at the opening", "开案时现在必须填写 `{0}`"),
    "facts.*.required off": ("fact `{0}` need no longer be given at the opening", "开案时不再必须填写 `{0}`"),
    "facts.*.personal on": ("fact `{0}` is now personal: kept apart and erased in time", "`{0}` 现在属个人信息：单独保存，到期清除"),
    "facts.*.personal off": ("fact `{0}` is no longer personal", "`{0}` 不再属个人信息"),
    "facts.*.choices.* added": ("fact `{0}`: choice `{1}` added", "信息项 `{0}` 新增选项 `{1}`"),
    "facts.*.choices.* removed": ("fact `{0}`: choice `{1}` removed", "信息项 `{0}` 删除选项 `{1}`"),
    "clocks.* added": ("clock `{0}` added", "新增时限 `{0}`"),
    "clocks.* removed": ("clock `{0}` removed", "删除时限 `{0}`"),
    "clocks.*.runs_in.* added": ("clock `{0}` now runs in state `{1}`", "时限 `{0}` 现在在状态 `{1}` 计时"),
    "clocks.*.runs_in.* removed": ("clock `{0}` no longer runs in state `{1}`", "时限 `{0}` 不再在状态 `{1}` 计时"),
    "clocks.*.pauses_in.* added": ("clock `{0}` now pauses in state `{1}`", "时限 `{0}` 现在在状态 `{1}` 暂停"),
    "clocks.*.pauses_in.* removed": ("clock `{0}` no longer pauses in state `{1}`", "时限 `{0}` 不再在状态 `{1}` 暂停"),
    "clocks.*.within.* added": ("a limit of `{0}`{1} added: {new}", "时限 `{0}` 新增期限{1}：{new}"),
    "clocks.*.within.* removed": ("the limit of `{0}`{1} removed (it was {old})", "时限 `{0}` 删除期限{1}（原为 {old}）"),
    "clocks.*.within.*.is": ("the limit of `{0}`{1} is {new} instead of {old}", "时限 `{0}`{1} 由 {old} 改为 {new}"),
    "clocks.*.within.*.is shortened": ("the limit of `{0}`{1} is shortened from {old} to {new}", "时限 `{0}`{1} 由 {old} 缩短为 {new}"),
    "clocks.*.within.*.is lengthened": ("the limit of `{0}`{1} is lengthened from {old} to {new}", "时限 `{0}`{1} 由 {old} 延长为 {new}"),
    "clocks.*.within.*.when": ("the limit of `{0}`{1} now holds for {new}", "时限 `{0}` 的期限{1} 现在适用于 {new}"),
    "clocks.*.within.*.hours": ("the limit of `{0}`{1} counts in hours `{new}` instead of `{old}`", "时限 `{0}`{1} 的计时时段由 `{old}` 改为 `{new}`"),
    "clocks.*.within.*.hours added": ("the limit of `{0}`{1} counts in hours `{new}` instead of the clock's own", "时限 `{0}`{1} 的计时时段改为 `{new}`"),
    "clocks.*.within.*.hours removed": ("the limit of `{0}`{1} counts in the clock's own hours instead of `{old}`", "时限 `{0}`{1} 不再按时段 `{old}` 计时"),
    "clocks.*.within.*.when added": ("the limit of `{0}`{1} now holds only for {new}", "时限 `{0}` 的期限{1} 现在只适用于 {new}"),
    "clocks.*.within.*.when removed": ("the limit of `{0}`{1} now holds for all that come to it", "时限 `{0}` 的期限{1} 现在适用于所有案件"),
    "clocks.*.within reordered": ("the limits of `{0}` are asked in another order (the first that fits counts)", "时限 `{0}` 的期限判断顺序改变（先符合者为准）"),
    "clocks.*.due added": ("clock `{0}` is now due as fact `{new}` says", "时限 `{0}` 现在以信息项 `{new}` 为到期日"),
    "clocks.*.due removed": ("clock `{0}` is no longer due as fact `{old}` says", "时限 `{0}` 不再以信息项 `{old}` 为到期日"),
    "clocks.*.due.fact": ("clock `{0}` is due as fact `{new}` says instead of `{old}`", "时限 `{0}` 的到期日由信息项 `{old}` 改为 `{new}`"),
    "clocks.*.hours": ("clock `{0}` counts in hours `{new}` instead of `{old}`", "时限 `{0}` 的计时时段由 `{old}` 改为 `{new}`"),
    "clocks.*.ladder": ("clock `{0}` follows ladder `{new}` instead of `{old}`", "时限 `{0}` 的升级阶梯由 `{old}` 改为 `{new}`"),
    "clocks.*.ladder added": ("clock `{0}` now has a ladder: `{new}`", "时限 `{0}` 现在有升级阶梯 `{new}`"),
    "clocks.*.ladder removed": ("clock `{0}` has no ladder any more (it was `{old}`): nobody is told", "时限 `{0}` 不再有升级阶梯（原为 `{old}`）：无人会被通知"),
    "clocks.*.on_return": ("when a case is returned, clock `{0}` now does: {new} (before: {old})", "案件退回时，时限 `{0}` 由 {old} 改为 {new}"),
    "clocks.*.on_rework": ("when a case is to be done again, clock `{0}` now does: {new} (before: {old})", "案件返工时，时限 `{0}` 由 {old} 改为 {new}"),
    "clocks.*.on_reopen": ("when a case is reopened, clock `{0}` now does: {new} (before: {old})", "案件重开时，时限 `{0}` 由 {old} 改为 {new}"),
    "clocks.*.acknowledge.for": ("an acknowledgement of `{0}` holds for {new} instead of {old}", "时限 `{0}` 的确认有效期由 {old} 改为 {new}"),
    "clocks.*.acknowledge.for added": ("an acknowledgement of `{0}` now holds for {new} only", "时限 `{0}` 的确认现在只在 {new} 内有效"),
    "clocks.*.acknowledge.for removed": ("an acknowledgement of `{0}` now holds until its round ends, instead of {old}", "时限 `{0}` 的确认现在到本轮结束前都有效（原为 {old}）"),
    "ladders.* added": ("ladder `{0}` added", "新增升级阶梯 `{0}`"),
    "ladders.* removed": ("ladder `{0}` removed", "删除升级阶梯 `{0}`"),
    "ladders.*.* added": ("rung added to ladder `{0}`: {1} {new}", "升级阶梯 `{0}` 新增一级：{1}{new}"),
    "ladders.*.* removed": ("rung removed from ladder `{0}`: {1} {old}", "升级阶梯 `{0}` 删除一级：{1}{old}"),
    "ladders.*.*.at moved": ("ladder `{0}`: the rung {1} now stands {new}", "升级阶梯 `{0}`：{1}那一级改为{new}"),
    "ladders.*.*.before moved": ("ladder `{0}`: the rung {1} now stands {new}", "升级阶梯 `{0}`：{1}那一级改为{new}"),
    "ladders.*.*.after moved": ("ladder `{0}`: the rung {1} now stands {new}", "升级阶梯 `{0}`：{1}那一级改为{new}"),
    "ladders.*.*.notify.* added": ("ladder `{0}`: the rung {1} now tells `{2}` too", "升级阶梯 `{0}`：{1}现在也通知 `{2}`"),
    "ladders.*.*.notify.* removed": ("ladder `{0}`: the rung {1} no longer tells `{2}`", "升级阶梯 `{0}`：{1}不再通知 `{2}`"),
    "ladders.*.*.template": ("ladder `{0}`: the rung {1} speaks by template `{new}` instead of `{old}`", "升级阶梯 `{0}`：{1}的模板由 `{old}` 改为 `{new}`"),
    "ladders.*.*.template added": ("ladder `{0}`: the rung {1} now speaks by template `{new}`", "升级阶梯 `{0}`：{1}现在使用模板 `{new}`"),
    "ladders.*.*.template removed": ("ladder `{0}`: the rung {1} no longer speaks (template `{old}`)", "升级阶梯 `{0}`：{1}不再使用模板 `{old}`"),
    "ladders.*.*.do": ("ladder `{0}`: the rung {1} pulls `{new}` instead of `{old}`", "升级阶梯 `{0}`：{1}自动执行的操作由 `{old}` 改为 `{new}`"),
    "ladders.*.*.do added": ("ladder `{0}`: the rung {1} now pulls `{new}`", "升级阶梯 `{0}`：{1}现在自动执行 `{new}`"),
    "ladders.*.*.do removed": ("ladder `{0}`: the rung {1} no longer pulls `{old}`", "升级阶梯 `{0}`：{1}不再自动执行 `{old}`"),
    "ladders.*.*.always on": ("ladder `{0}`: the rung {1} is no longer stopped by an acknowledgement", "升级阶梯 `{0}`：{1}那一级不再因确认而停止"),
    "ladders.*.*.always off": ("ladder `{0}`: the rung {1} is now stopped by an acknowledgement", "升级阶梯 `{0}`：{1}那一级现在因确认而停止"),
    "ladders.*.*.repeat added": ("ladder `{0}`: the rung {1} now repeats {new}", "升级阶梯 `{0}`：{1}那一级现在重复：{new}"),
    "ladders.*.*.repeat removed": ("ladder `{0}`: the rung {1} no longer repeats", "升级阶梯 `{0}`：{1}那一级不再重复"),
    "ladders.*.*.repeat.every shortened": ("ladder `{0}`: the rung {1} repeats every {new} instead of every {old}", "升级阶梯 `{0}`：{1}那一级的重复间隔由 {old} 缩短为 {new}"),
    "ladders.*.*.repeat.every lengthened": ("ladder `{0}`: the rung {1} repeats every {new} instead of every {old}", "升级阶梯 `{0}`：{1}那一级的重复间隔由 {old} 延长为 {new}"),
    "ladders.*.*.repeat.most": ("ladder `{0}`: the rung {1} repeats at most {new} times instead of {old}", "升级阶梯 `{0}`：{1}那一级最多重复次数由 {old} 改为 {new}"),
    "ladders.* reordered": ("the rungs of ladder `{0}` stand in another order", "升级阶梯 `{0}` 的顺序改变"),
    "notices.* added": ("notice added {0}: {new}", "新增通知：{0}{new}"),
    "notices.* removed": ("notice removed {0}: {old}", "删除通知：{0}{old}"),
    "notices.*.to.* added": ("the notice {0} goes to `{1}` too", "{0}的通知现在也发给 `{1}`"),
    "notices.*.to.* removed": ("the notice {0} no longer goes to `{1}`", "{0}的通知不再发给 `{1}`"),
    "notices.*.on": ("the notice {0} goes out on `{new}` instead", "{0}的通知改为 `{new}` 时发出"),
    "notices.*.template": ("the notice {0} speaks by template `{new}` instead of `{old}`", "{0}的通知模板由 `{old}` 改为 `{new}`"),
    "notices.*.when": ("the notice {0} goes out for {new} instead of {old}", "{0}的通知条件由 {old} 改为 {new}"),
    "notices.*.when added": ("the notice {0} now goes out only for {new}", "{0}的通知现在只在 {new} 时发出"),
    "notices.*.when removed": ("the notice {0} now goes out always, not only for {old}", "{0}的通知现在总会发出（原先只在 {old} 时）"),
    # people, units, calendars, categories, the programme, its words
    "people.* added": ("person `{0}` added: {new}", "新增人员 `{0}`：{new}"),
    "people.* removed": ("person `{0}` removed: {old}", "删除人员 `{0}`：{old}"),
    "people.*.roles.* added": ("person `{0}` now has role `{1}`", "人员 `{0}` 新增角色 `{1}`"),
    "people.*.roles.* removed": ("person `{0}` no longer has role `{1}`", "人员 `{0}` 不再有角色 `{1}`"),
    "people.*.unit": ("person `{0}` belongs to unit `{new}` instead of `{old}`", "人员 `{0}` 的单位由 `{old}` 改为 `{new}`"),
    "people.*.unit added": ("person `{0}` now belongs to unit `{new}`", "人员 `{0}` 现在属于单位 `{new}`"),
    "people.*.unit removed": ("person `{0}` no longer belongs to unit `{old}`", "人员 `{0}` 不再属于单位 `{old}`"),
    "people.*.email.* added": ("person `{0}` has a new address {1}", "人员 `{0}` 新增邮箱 {1}"),
    "people.*.email.* removed": ("person `{0}` has no longer the address {1}", "人员 `{0}` 删除邮箱 {1}"),
    "roles.* added": ("role `{0}` added", "新增角色 `{0}`"),
    "roles.* removed": ("role `{0}` removed", "删除角色 `{0}`"),
    "rota.* added": ("desk `{0}` has a rota now", "新增值班表 `{0}`"),
    "rota.* removed": ("desk `{0}` has no rota any more", "删除值班表 `{0}`"),
    "rota.*.* added": ("shift added at desk `{0}`: {1}: {new}", "值班表 `{0}` 新增班次 {1}：{new}"),
    "rota.*.* removed": ("shift removed at desk `{0}`: {1}: {old}", "值班表 `{0}` 删除班次 {1}：{old}"),
    "rota.*.*.hours": ("desk `{0}`: the shift {1} is {new} now", "值班表 `{0}`：班次 {1} 改为 {new}"),
    "rota.*.*.days": ("desk `{0}`: the shift {1} is on {new} instead of {old}", "值班表 `{0}`：班次 {1} 的日期由 {old} 改为 {new}"),
    "rota.*.*.who.* added": ("desk `{0}`: `{2}` joins the shift {1}", "值班表 `{0}`：班次 {1} 增加 `{2}`"),
    "rota.*.*.who.* removed": ("desk `{0}`: `{2}` leaves the shift {1}", "值班表 `{0}`：班次 {1} 去掉 `{2}`"),
    "units.* added": ("unit `{0}` added: {new}", "新增单位 `{0}`：{new}"),
    "units.* removed": ("unit `{0}` removed: {old}", "删除单位 `{0}`：{old}"),
    "units.*.part_of": ("unit `{0}` is part of `{new}` instead of `{old}`", "单位 `{0}` 的上级由 `{old}` 改为 `{new}`"),
    "units.*.part_of added": ("unit `{0}` is now part of `{new}`", "单位 `{0}` 现在隶属 `{new}`"),
    "units.*.part_of removed": ("unit `{0}` is no longer part of `{old}`", "单位 `{0}` 不再隶属 `{old}`"),
    "calendars.* added": ("hours `{0}` added", "新增时段 `{0}`"),
    "calendars.* removed": ("hours `{0}` removed", "删除时段 `{0}`"),
    "calendars.*.week.* added": ("hours `{0}` on {1}: {new}; before, they were closed", "时段 `{0}` 的 {1} 新增 {new}"),
    "calendars.*.week.* removed": ("hours `{0}` on {1}: closed now (they were {old})", "时段 `{0}` 的 {1} 不再开放（原为 {old}）"),
    "calendars.*.week.*": ("hours `{0}` on {1}: {new} instead of {old}", "时段 `{0}` 的 {1} 由 {old} 改为 {new}"),
    "calendars.*.days.*": ("hours `{0}` on {1}: {new} instead of {old}", "时段 `{0}` 在 {1} 由 {old} 改为 {new}"),
    "calendars.*.days.* added": ("hours `{0}`: {1} is {new}", "时段 `{0}`：{1} 定为 {new}"),
    "calendars.*.days.* removed": ("hours `{0}`: {1} is a day like others again (it was {old})", "时段 `{0}`：{1} 恢复如常（原为 {old}）"),
    "outside.* added": ("the figures know counts from elsewhere: `{0}`", "统计新增外部数据 `{0}`"),
    "outside.* removed": ("the figures no longer know counts from elsewhere: `{0}`", "统计不再使用外部数据 `{0}`"),
    "morning added": ("the morning digest is configured", "设置了晨报邮件"),
    "morning removed": ("the morning digest is no longer configured: it goes to the fallback", "不再设置晨报邮件：改为发给兜底通知人"),
    "morning.to.* added": ("the morning digest goes to `{0}` too", "晨报现在也发给 `{0}`"),
    "morning.to.* removed": ("the morning digest no longer goes to `{0}`", "晨报不再发给 `{0}`"),
    "morning.at": ("the morning digest goes out at {new} instead of {old}", "晨报的发送时间由 {old} 改为 {new}"),
    "monthly added": ("the monthly circular is configured", "设置了月度通报"),
    "monthly removed": ("there is no monthly circular any more", "不再发送月度通报"),
    "monthly.to.* added": ("the monthly circular goes to `{0}` too", "月度通报现在也发给 `{0}`"),
    "monthly.to.* removed": ("the monthly circular no longer goes to `{0}`", "月度通报不再发给 `{0}`"),
    "monthly.at": ("the monthly circular goes out at {new} instead of {old}", "月度通报的发送时间由 {old} 改为 {new}"),
    "categories.* added": ("category `{0}` added", "新增类别 `{0}`"),
    "categories.* removed": ("category `{0}` removed", "删除类别 `{0}`"),
    "categories.*.unit": ("category `{0}` is usually handled by `{new}` instead of `{old}`", "类别 `{0}` 的承办单位由 `{old}` 改为 `{new}`"),
    "categories.*.keywords.* added": ("keyword {1} now suggests category `{0}`", "关键词 {1} 现在提示类别 `{0}`"),
    "categories.*.keywords.* removed": ("keyword {1} no longer suggests category `{0}`", "关键词 {1} 不再提示类别 `{0}`"),
    "fallback.* added": ("`{0}` now hears where a rung reaches nobody", "提醒无人可达时现在也通知 `{0}`"),
    "fallback.* removed": ("`{0}` no longer hears where a rung reaches nobody", "提醒无人可达时不再通知 `{0}`"),
    "quiet added": ("quiet hours are now {new}", "新增安静时段 {new}"),
    "quiet removed": ("there are no quiet hours any more (they were {old})", "不再有安静时段（原为 {old}）"),
    "quiet": ("quiet hours are {new} instead of {old}", "安静时段由 {old} 改为 {new}"),
    "time_zone": ("the time zone is {new} instead of {old}", "时区由 {old} 改为 {new}"),
    "templates.* added": ("template `{0}` added", "新增模板 `{0}`"),
    "templates.* removed": ("template `{0}` removed", "删除模板 `{0}`"),
    "templates.*": ("wording of template `{0}` changed", "模板 `{0}` 的文字有改动"),
    "workflows.* added": ("workflow `{0}` added", "新增流程 `{0}`"),
    "workflows.* removed": ("workflow `{0}` removed", "删除流程 `{0}`"),
}  # fmt: skip
"""`path verb`, or a path alone for every verb; `*` stands for any name, and is `{0}`, `{1}` … in the words."""
PLAIN: Mapping[str, tuple[str, str]] = {
    "added": ("`{path}` is now given: {new}", "新增 `{path}`：{new}"),
    "removed": ("`{path}` is no longer given (it was {old})", "删除 `{path}`（原为 {old}）"),
    "on": ("`{path}` is now true", "`{path}` 现在为 true"),
    "off": ("`{path}` is now false", "`{path}` 现在为 false"),
    "shortened": ("`{path}` is shortened from {old} to {new}", "`{path}` 由 {old} 缩短为 {new}"),
    "lengthened": ("`{path}` is lengthened from {old} to {new}", "`{path}` 由 {old} 延长为 {new}"),
    "joined": ("{new} added to `{path}`", "`{path}` 增加 {new}"),
    "left": ("{old} removed from `{path}`", "`{path}` 去掉 {old}"),
    "raised": ("`{path}` is raised from {old} to {new}", "`{path}` 由 {old} 提高到 {new}"),
    "lowered": ("`{path}` is lowered from {old} to {new}", "`{path}` 由 {old} 降低到 {new}"),
    "reordered": ("`{path}` stands in another order: {new}", "`{path}` 的顺序改变：{new}"),
    "changed": ("`{path}` is changed from {old} to {new}", "`{path}` 由 {old} 改为 {new}"),
}


def sentence(verb: str, path: Sequence[Any], old: Any, new: Any) -> Said:
    """The change in words; members of lists in `path` have a `label`."""
    parts = [str(part) for part in path]
    labels = [getattr(part, "label", None) or spoken.same(str(part)) for part in path]
    before, after = spoken.spoken(old), spoken.spoken(new)
    row = _row(verb, parts)
    if row is None:
        scalar = hasattr(path[-1], "label")
        en, zh = PLAIN[{"added": "joined", "removed": "left"}.get(verb, verb) if scalar else verb] if verb in PLAIN else PLAIN["changed"]
        place = dotted(tuple(parts[:-1] if scalar else parts))
        return Said(en.format(path=place, old=before.en, new=after.en), zh.format(path=place, old=before.zh, new=after.zh))
    pattern, (en, zh) = row
    found = [said for said, part in zip(labels, pattern.split("."), strict=True) if part == "*"]
    return Said(
        en.format(*(said.en for said in found), old=before.en, new=after.en),
        zh.format(*(said.zh for said in found), old=before.zh, new=after.zh),
    )


def _row(verb: str, parts: Sequence[str]) -> tuple[str, tuple[str, str]] | None:
    """The words for this very verb, else those for any change; what was added or removed is no mere change."""
    fitting = {}
    for key, words in ROWS.items():
        pattern, _, only = key.partition(" ")
        names = pattern.split(".")
        if len(names) == len(parts) and all(name in ("*", part) for name, part in zip(names, parts, strict=True)):
            fitting[only] = (pattern, words)
    return fitting.get(verb) or (None if verb in ("added", "removed", "reordered") else fitting.get(""))
