"""What mutants are spoilt with: characters, numbers and names that nobody should type, bombs, and words that would be code elsewhere.

`canary` stands in everything that would leave a trace, were it ever run."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

CANARY = "canary-of-the-mutants"

ODD = (
    "\0", "\x07", "\x1b[2J", "\x7f", "\x85", "\xa0", "\xad", "\u200b", "\u200d", "\u200f", "\u202e", "\u2028", "\u2029", "\u2066", "\u3000", "\ufeff",
    "\ufffe", "\ufffd", "\ud800", "\udfff", "\U0001f468\u200d\U0001f469", "\U000e0001", "\U0010ffff", "e\u0301" * 50, "\t", "\r", "\v", "\f", "１", "０", "：", "，", "“", "’", "﹣", "\u0660", "\u1160",
)  # fmt: skip

NUMBERS: tuple[Any, ...] = (
    0, -1, -0.0, 1e308, 2**31, 2**53 + 1, 2**63 - 1, "9" * 19, "9" * 400, 10**6, 999_999, "0x7fffffff", "1e999", "-9" * 9, "00", "08", "1_000", "1.5",
    ".inf", ".nan", "99:99", "24:00", "24:60", "0000-00-00", "9999-12-31", "2026-02-30", "999999 days", "999999 weeks", "1 working week", "0 minutes", "100%", "0%", "１２",
)  # fmt: skip

NAMES = (
    "__proto__", "constructor", "__class__", "__init__", "__dict__", "model_config", "model_fields", "self", "open", "acknowledge", "timer", "reporter", "tracker",
    "anyone", "none", "null", "true", "~", "", " ", "1", "0x10", "1.0", "is", "from", "for", "<<", "=", "*", "&a", "..", "../../etc/passwd", "/etc/passwd", "C:\\con", "a.b", "a/b", "a" * 60, "a" * 61,
    "a" * 10_000, "é", "长", "{0}", "%s", "{{x}}", "; rm -rf /", "' OR 1=1 --", "$(id)", "`id`", "\u202eabc",
)  # fmt: skip

_RUNS = f"touch {CANARY}"

_JINJA = (
    "{{ ''.__class__.__mro__ }}", "{{ ''.__class__.__mro__[1].__subclasses__() }}", "{{ 10**10**10 }}", "{{ 7*7 }}", "{{ lipsum.__globals__ }}",
    f"{{{{ cycler.__init__.__globals__.os.popen('{_RUNS}').read() }}}}", f"{{{{ self.__init__.__globals__.__builtins__.__import__('os').system('{_RUNS}') }}}}",
    f"{{{{ namespace.__init__.__globals__['os'].system('{_RUNS}') }}}}", "{{ config }}", "{{ self }}", "{{ range(10**9)|list }}", "{{ 'a' * 10**9 }}", "{{ '%1000000000d' % 1 }}",
    "{{ programme|attr('__class__') }}", "{{ programme['__class__'] }}", "{{ programme.__class__ }}", "{{ tried.__class__ }}", "{{ programme.format(now) }}", "{{ '{0.__class__}'.format(programme) }}",
    "{% for a in range(10**9) %}{% for b in range(10**9) %}x{% endfor %}{% endfor %}", "{% for x in tried recursive %}{{ loop(tried) }}{% endfor %}", "{% set x = 1 %}", "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
    "{% include '/etc/passwd' %}", "{% include 'overdue.zh.txt' %}", "{% import 'os' as os %}", "{% extends '/etc/passwd' %}", "{% extends 'layout.zh.html' %}", "{% extends programme %}", "{% call x() %}{% endcall %}", "{% filter upper %}x{% endfilter %}",
    "{% with a=1 %}{% endwith %}", "{% raw %}{{ x }}{% endraw %}", "{% if true %}", "{% endif %}", "{{", "}}", "{%", "{#", "{{ }}", "{{ 1/0 }}", "{{ nobody }}", "{{ due }}", "{{ tried[99].said }}", "{{ tried[-1] }}", "{{ due + programme }}",
    "{{ programme|nofilter }}", "{{ programme|default(programme|default(programme)) }}", "{{ loop.index }}", "{{ programme is callable }}", "{{ (1,2,3)|join(programme) }}", "{{ number ~ number }}", "{{ -9999999999999999999999999999999999999999 | duration }}", "{{ 99999999999999999999999 | moment }}", "{{ 1e308 | moment }}", "{{ 'x' | date }}",
    "{{ programme | duration }}", "{{ due | words }}", "{{ 3 | short }}", "{{ programme | short(-5) }}", "{{ programme | short(programme) }}", "{{ tried | first | first }}", "{{ photos | length }}", "{% for x in items %}{{ x.due - x.overdue - programme }}{% endfor %}", "{% block a %}{% endblock %}{% block a %}{% endblock %}", "{% trans %}x{% endtrans %}", "{% do x %}", "{% break %}",
)  # fmt: skip

TEMPLATES: tuple[Callable[[], str], ...] = (
    *(lambda each=each: each for each in _JINJA),
    lambda: "{{ " + "(" * 5000 + "1" + ")" * 5000 + " }}",
    lambda: "{{ " + "not " * 20_000 + "due }}",
    lambda: "{{ " + " ~ ".join(["description"] * 3000) + " }}",
    lambda: "{{ " + " + ".join(["1"] * 10_000) + " }}",
    lambda: "{% if due %}" * 500 + "x" + "{% endif %}" * 500,
    lambda: "{% for x in items %}" * 30 + "{{ x.number }}" + "{% endfor %}" * 30,
    lambda: "{{ description }}" * 3000,
    lambda: "{% for x in tried %}" + "{{ description }}" * 2500 + "{% endfor %}",
    lambda: "{{ programme" + "|upper" * 5000 + " }}",
    lambda: "{{ tried" + "[0]" * 5000 + " }}",
    lambda: "{{ [" * 900 + "]}}" * 900,
    lambda: "{{ " + "9" * 5000 + " }}",
    lambda: "Subject: \n" * 100,
    lambda: "<div>" * 8000,
    lambda: "<style>@import url(http://127.0.0.1:9/x.css);</style><link rel=stylesheet href='http://127.0.0.1:9/x.css'>",
    lambda: "<style>" + "a{color:red}" * 4000 + "</style>",
    lambda: "\0\ud800\u202e",
)  # fmt: skip

INJECTED = (
    *_JINJA, "{0.__class__.__init__.__globals__}", "{given.__class__}", "{", "}", "{}", "%s%n", "%(x)s", "${jndi:ldap://127.0.0.1/x}", f"$({_RUNS})", f"`{_RUNS}`", f"; {_RUNS}", f"__import__('os').system('{_RUNS}')",
    "os.system", "subprocess.Popen", "builtins.eval", "engine.moving.move", "lambda: 1", "eval", "exec", "__import__", "config.programme:Live", "'; DROP TABLE cases; --", "1; ATTACH DATABASE 'x' AS y", "../../../../etc/passwd", "/etc/passwd", "file:///etc/passwd", "..\\..\\x",
    "<script>alert(1)</script>", "\r\nBcc: everybody@example.org", "a@example.org\nBcc: b@example.org", "a@b@c", "@", "=cmd|' /C calc'!A0", "\x1b]0;x\x07", "x" * 600, "长" * 501, " ", "", "null", "on_enter", "machine", "initial", "trigger", "may_open", "is_reported",
)  # fmt: skip

TAGS = (
    f'!!python/object/apply:os.system ["{_RUNS}"]', f'!!python/object/new:os.system ["{_RUNS}"]', "!!python/name:os.system", "!!python/module:os", f"!!python/object/apply:subprocess.Popen [[touch, {CANARY}]]", f"!!python/object/apply:eval [\"__import__('os').system('{_RUNS}')\"]",
    "!!binary aGVsbG8=", "!!set {a, b}", "!!omap [a: 1]", "!!timestamp 2026-01-01", "!!float 1", "!!int x", "!!str 1", "!!null x", "!!map []", "!!seq {}", "!local x", "!<tag:example.org,2026:x> y", "! x", "!!", "!e!x y", "!!merge <<", f"!!js/function '{_RUNS}'", "!include /etc/passwd", "!ENV HOME",
    "%TAG ! tag:example.org,2026:\n---\n!x y", "%YAML 1.1\n---\nyes", "%YAML 9.9\n---\nx", "? [a, b]\n: c", "? !!python/name:os.system\n: x", "{!!python/name:os.system : x}",
)  # fmt: skip


def _laughs(levels: int, width: int) -> str:
    lines = ["", '  a0: &a0 "lol"']
    lines += [f"  a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * width)}]" for n in range(1, levels)]
    return "\n".join(lines)


ALIASES: tuple[Callable[[], str], ...] = (
    lambda: _laughs(9, 9),
    lambda: _laughs(60, 2),
    lambda: _laughs(500, 20),
    lambda: "&a [*a, *a]",
    lambda: "&a {b: *a}",
    lambda: "*nowhere",
    lambda: "&a x",
    lambda: "{<<: &b {c: d}, e: f}",
    lambda: "{<<: [*a, *b]}",
    lambda: "{<<: *x}",
    lambda: "{? *a : b}",
    lambda: "[" + ", ".join(f"&x{n} {n}" for n in range(8000)) + "]",
    lambda: "&" + "a" * 50_000 + " x",
)

DEEP: tuple[Callable[[], str], ...] = (
    lambda: "[" * 10_000,
    lambda: "[" * 10_000 + "]" * 10_000,
    lambda: "{a: " * 10_000 + "1" + "}" * 10_000,
    lambda: "{? " * 10_000,
    lambda: "[{" * 8_000,
    lambda: "\n" + "- " * 10_000 + "x",
    lambda: "\n" + "? " * 10_000 + "x",
    lambda: "\n" + "".join(" " * n + "a:\n" for n in range(1, 650)),
    lambda: "[" * 19 + "x" + "]" * 19,
    lambda: "[" * 21 + "x" + "]" * 21,
    lambda: "{" * 25 + "}" * 25,
    lambda: "'" * 9_999,
    lambda: '"' + "\\u0041" * 20_000 + '"',
    lambda: "!!a " * 10_000 + "x",
)

HUGE: tuple[Callable[[], str], ...] = (
    lambda: "x" * 1_000_000,
    lambda: "x" * 200_000,
    lambda: "'" + "x" * 200_000 + "'",
    lambda: '"' + "\\n" * 100_000 + '"',
    lambda: "|\n" + "  x\n" * 50_000,
    lambda: ">\n" + "  x y\n\n" * 25_000,
    lambda: "[" + "1," * 100_000 + "]",
    lambda: "[" + "x, " * 60_000 + "]",
    lambda: "{" + ", ".join(f"k{n}: 1" for n in range(18_000)) + "}",
    lambda: "\n" + "  - x\n" * 30_000,
    lambda: "\n" + "".join(f"  k{n}: x\n" for n in range(16_000)),
    lambda: "\n" + "  k: x\n" * 20_000,
    lambda: "[" + "[]," * 60_000 + "]",
    lambda: "[" + "{}," * 60_000 + "]",
    lambda: "[" + "012, " * 40_000 + "]",
    lambda: "[" + "*a, " * 40_000 + "]",
    lambda: "k" * 100_000 + ": x",
    lambda: "# " + "x" * 200_000,
    lambda: " " * 200_000 + "x",
    lambda: "9" * 200_000,
    lambda: "0." + "1" * 200_000,
    lambda: "1" * 199_999 + " days",
    lambda: "[" + "\n" * 200_000 + "]",
    lambda: "[" + "\u4e00," * 60_000 + "]",
)  # fmt: skip

FILES = (
    "workflows/{stem}.yml", "{stem}.YAML", "poeple.yaml", "workflows/{stem} copy.yaml", "workflows/{stem}.tests.yaml", "workflows/.tests.yaml", "workflows/deep/{name}", "workflows/{stem}.yaml.bak", "workflows/长.yaml", "templates/{name}", "templates/x.fr.txt", "templates/plain.zh.html",
    "templates/..zh.txt", "templates/" + "a" * 61 + ".zh.txt", "map.yaml", "map-x.yaml", "{name}~", ".{name}", "__pycache__/{name}", "programme.yaml/{name}", "workflows/a\nb.yaml", "workflows/\u202e.yaml", "workflows/%s.yaml", "workflows/$(id).yaml", "workflows/{{{{7}}}}.yaml",
)  # fmt: skip


def crowd(rng: random.Random) -> dict[str, Any]:
    """A workflow as large as the language allows, or a little larger."""
    title = {"zh": "某", "en": "Some"}
    states, transitions, clocks, rungs = (rng.choice(sizes) for sizes in ((3, 100, 101), (30, 300, 301), (1, 50, 51), (1, 50, 51)))
    choices = [str(choice) for choice in range(rng.choice((2, 9, 30)))]
    facts = [f"f{n}" for n in range(rng.choice((1, 12, 40)))]
    names = [f"s{n}" for n in range(states)]

    def match(most: int = 1) -> dict[str, Any]:
        return {fact: rng.sample(choices, rng.randrange(1, len(choices))) for fact in rng.sample(facts, min(len(facts), most))}

    def transition(number: int) -> dict[str, Any]:
        to = "end" if number == 0 else names[number % states]
        return {"from": [names[number % states - 1]], "to": to, "by": ["duty"], "needs": [rng.choice(facts)]} | (
            {"when": match()} if number % 3 == 1 else {}
        )

    within = [{"when": match(rng.choice((1, 3, 12))), "is": f"{n + 1} minutes"} for n in range(rng.choice((1, 20, 99)))]
    rung = {"notify": ["leader"], "template": "overdue", "repeat": {"every": "1 minute", "most": 200}}
    return {
        "workflow": "report", "title": title, "initial": "s0",
        "facts": {fact: {"type": "choice", "choices": {choice: choice for choice in choices}, "title": title} for fact in facts},
        "states": {**{name: {"title": title} for name in names}, "end": {"title": title, "final": "done"}},
        "transitions": {f"t{n}": transition(n) for n in range(transitions)},
        "clocks": {f"c{n}": {"title": title, "runs_in": "open", "within": [*(() if n else within), {"is": "1 day"}], "ladder": "l"} for n in range(clocks)},
        "ladders": {"l": [{"after": f"{n + 1} minutes", **rung} for n in range(rungs)]},
        "notices": [{"on": f"t{n % transitions}", "to": ["reporter"], "template": "received", "when": match()} for n in range(rng.choice((0, 300)))],
    }  # fmt: skip
