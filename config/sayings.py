"""What the models say when a value is not of their shape: one saying a kind, raised through pydantic and told by `shape`."""

from __future__ import annotations

from pydantic_core import PydanticCustomError

from config.problems import Saying

DURATION = Saying(
    "not-a-duration",
    "`{given}` is not a duration",
    "write a number and a unit, as in `10 minutes`, `4 working hours` or `2 days`",
    "`{given}` 不是时长",
    "请写数字和单位，如 `10 minutes`（10 分钟）、`4 working hours`（4 个工作小时）、`2 days`（2 天）",
)
NOTHING = Saying(
    "no-duration", "`{given}` is a duration of nothing", "write at least `1 second`", "`{given}` 的时长为零", "至少写 `1 second`"
)
MOMENT = Saying(
    "not-a-moment",
    "`{given}` is not a moment",
    "write `due` or a share of the target between 1% and 99%, as in `80%`",
    "`{given}` 不是时点",
    "请写 `due`（到期时）或时限的百分比（1% 到 99%），如 `80%`",
)
LISTED_TWICE = Saying("listed-twice", "`{given}` is listed twice", "once is enough", "`{given}` 重复列出", "写一次即可")
EMPTY_WINDOW = Saying(
    "empty-window", "`{given}` is empty", "the whole day is `00:00-24:00`", "`{given}` 为空时段", "全天请写 `00:00-24:00`"
)
BACKWARDS = Saying(
    "backwards",
    "`{given}` runs backwards",
    "write two, as `sat-sun` and `mon`",
    "`{given}` 前后颠倒",
    "请分两次写，如 `sat-sun` 和 `mon`",
)
DAY_TWICE = Saying(
    "day-twice",
    "`{day}` is given twice, the second time in `{given}`",
    "give each day once",
    "`{day}` 写了两次（第二次在 `{given}`）",
    "每天只写一次",
)
ONE_DEADLINE = Saying(
    "one-deadline",
    "a clock has either `within` (how long) or `due: {{fact: …}}` (until when)",
    "write one of the two",
    "一个时钟要么有 `within`（多久），要么有 `due: {{fact: …}}`（到何时）",
    "请只写其中之一",
)
ONE_MOMENT = Saying(
    "one-moment",
    "a rung stands at one moment",
    "write one of `at: due` (or a share, `at: 80%`), `before: 10 minutes`, `after: 10 minutes`",
    "每一级只能有一个时点",
    "请写 `at: due`（或百分比 `at: 80%`）、`before: 10 minutes`、`after: 10 minutes` 之一",
)
IDLE_RUNG = Saying(
    "idle-rung",
    "this rung does nothing",
    "write `notify: [role]` with a `template`, or `do: trigger`",
    "这一级什么也不做",
    "请写 `notify: [角色]` 和 `template`，或 `do: 操作`",
)
WORDLESS = Saying(
    "notify-without-template",
    "`notify` and `template` go together",
    "say whom to tell, and in which words",
    "`notify` 和 `template` 必须同时出现",
    "请写明通知谁、用哪个模板",
)
ONE_EFFECT = Saying(
    "one-effect",
    "an award does exactly one thing",
    "write `account` with `amount`, or one of `exchange`, `holds`, `releases`, `reverses`",
    "一条奖励只做一件事",
    "请写 `account` 和 `amount`，或 `exchange`、`holds`、`releases`、`reverses` 之一",
)
WHOSE_AWARD = Saying(
    "whose-award",
    "`to` says who earns, exchanges or has something held; `releases` and `reverses` know it already",
    "write `to: reporter` (or `tracker`, `actor`, a fact of type person), or take it out beside `releases` and `reverses`",
    "`to` 写明谁得到、兑换或冻结；`releases` 和 `reverses` 不需要它",
    "请写 `to: reporter`（或 `tracker`、`actor`、person 类型的信息项）；与 `releases`、`reverses` 同写时请删去",
)

LITERAL_SECRET = Saying(
    "literal-secret",
    "an address or secret does not belong in the folder",
    "keep it in a variable of the environment and write that variable's name, as `env:DESK_ROBOT_URL`; if it was shared already, make a new one",
    "地址和密钥不能写在文件里",
    "请放在环境变量中，这里只写变量名，如 `env:DESK_ROBOT_URL`；若已外泄，请重新生成",
)
OUR_VARIABLE = Saying(
    "our-variable",
    "`{given}` is kept for settings",
    "choose a name that does not begin with `FENGXING_`",
    "`{given}` 留给系统设置",
    "请换一个不以 `FENGXING_` 开头的名称",
)
ROBOTS_ALONE = Saying(
    "robots-alone",
    "a rung tells a group beside somebody, never instead of him",
    "write `notify: [role]` with a `template` too",
    "升级通知群时，必须同时通知到人",
    "请同时写 `notify: [角色]` 和 `template`",
)

SAYINGS = {
    saying.code: saying
    for saying in (
        DURATION,
        NOTHING,
        MOMENT,
        LISTED_TWICE,
        EMPTY_WINDOW,
        BACKWARDS,
        DAY_TWICE,
        ONE_DEADLINE,
        ONE_MOMENT,
        IDLE_RUNG,
        WORDLESS,
        ONE_EFFECT,
        WHOSE_AWARD,
        LITERAL_SECRET,
        OUR_VARIABLE,
        ROBOTS_ALONE,
    )
}


def wrong(saying: Saying, **words: str) -> PydanticCustomError:
    """The error for a validator to raise; its text is English, for whoever reads a value outside a folder."""
    text = f"{saying.message.format(**words)}; {saying.hint.format(**words)}"
    return PydanticCustomError(saying.code, "{said}", {**words, "said": text})  # type of error = the problem's code
