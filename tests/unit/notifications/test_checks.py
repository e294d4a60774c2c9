from __future__ import annotations

import time

import pytest

from notifications import checks, errors, render


def only(body: str, file: str = "own.zh.txt") -> checks.Finding:
    """The one problem of a template with this body (from its third line on); English is fine."""
    source = body if file.endswith(".html") else f"Subject: x\n\n{body}"
    fine = {"own.zh.txt": "Subject: x\n\nx", "own.en.txt": "Subject: x\n\nx"}
    (finding,) = checks.check({**fine, file: source}, ["own"])
    return finding


@pytest.mark.parametrize(
    ("body", "line", "message", "hint"),
    [
        ("{{ overdu }}", 3, "no variable is called `overdu`", "did you mean `overdue`?"),
        ("ok\n\n{{ due | momment }}", 5, "no filter `momment`", "did you mean `moment`?"),
        ("ok\n{{ due | upper | pprint }}", 4, "no filter `pprint`", "known: date"),
        ("{% if due is mapping %}{% endif %}", 3, "no test `mapping`", "known: "),
        ("{% for step in tried %}\n{{ step.sad }}\n{% endfor %}", 4, "nothing has a field `sad`", "did you mean `said`?"),
        ("{% for step in tried %}\n{% endfor %}\n{{ step.said }}", 5, "cannot be said", "guard"),
        ("{{ tried[0].said }}", 3, "cannot be said", "guard what may be empty with `{% if … %}`"),
        ("{% if due %}\nopen", 3, "Unexpected end of template", ""),
        ("{{ due }}", 1, "a time is said as a bare number", "write `{{ due | moment }}`"),
        ("{{ due + 'x' }}", 3, "cannot be said: unsupported operand", ""),
    ],
)
def test_a_mistake_is_shown_with_its_line_and_what_would_be_right(body: str, line: int, message: str, hint: str) -> None:
    finding = only(body)
    assert (finding.file, finding.line) == ("own.zh.txt", line)
    assert finding.message.startswith(message)
    assert hint in finding.hint
    assert finding.said().startswith(f"templates/own.zh.txt:{line}: ")


@pytest.mark.parametrize(
    "nasty",
    [
        "{{ ''.__class__.__mro__ }}",
        "{{ link['__class__'] }}",
        "{{ tried[link] }}",
        "{{ link.upper }}",
        "{{ link.format(1) }}",
        "{{ tried | attr('__class__') }}",
        "{{ tried | map(attribute='__class__') | join }}",
        "{{ tried | join(attribute='__class__') }}",
        "{{ tried | join(', ', '__class__') }}",
        "{{ lipsum() }}",
        "{{ self }}",
        "{{ cycler }}",
        "{{ range(1000000000) }}",
        "{% for n in range(1000000000) %}{% endfor %}",
        "{% for letter in description %}{% endfor %}",
        "{% for a in tried %}{% for b in tried %}{% endfor %}{% endfor %}",
        "{% for a in tried recursive %}{{ loop(a) }}{% endfor %}",
        "{% for a, b in tried %}{% endfor %}",
        "{% set x = description ~ description %}{{ x ~ x }}",
        "{% macro m() %}{{ m() }}{% endmacro %}",
        "{% include 'received.zh.txt' %}",
        "{% import 'received.zh.txt' as other %}",
        "{% from 'received.zh.txt' import x %}",
        "{% extends 'received.zh.txt' %}",
        "{% filter upper %}x{% endfilter %}",
        "{% with a = 1 %}{% endwith %}",
        "{% call x() %}{% endcall %}",
        "{% do link %}",
        "{{ 'a' * 1000000000 }}",
        "{{ 9 ** 9 ** 9 }}",
        "{{ '%1000000000d' % 1 }}",
        "{{ description | center(1000000000) }}",
        "{{ description | safe }}",
        "{{ " + "(" * 20_000 + "1" + ")" * 20_000 + " }}",
        "{{ " + "1 + " * 15_000 + "1 }}",
        "{{ " + "1" * 5_000 + " }}",
        "x" * 70_000,
    ],
    ids=lambda nasty: nasty[:40],
)
def test_what_could_reach_out_or_run_away_is_refused_and_never_run(nasty: str) -> None:
    begun = time.perf_counter()
    source = {"own.zh.txt": f"Subject: x\n\n{nasty}", "own.en.txt": "Subject: x\n\nx"}
    findings = checks.check(source)
    assert findings
    assert all(finding.file == "own.zh.txt" and finding.hint for finding in findings)
    with pytest.raises(errors.TemplateBroken):
        render.Book(source).render("own", "zh", {})
    assert time.perf_counter() - begun < 60  # a guard against hanging


@pytest.mark.parametrize(
    ("file", "source", "message"),
    [
        ("overdue.zh.md", "", "not a template's name"),
        ("../x.zh.txt", "", "not a template's name"),
        ("plain.zh.html", "x", "`plain` is built in"),
        ("own.zh.html", "{% extends 'overdue.zh.html' %}", "this cannot be extended"),
        ("layout.zh.html", "{% extends 'layout.zh.html' %}", "this cannot be extended"),
        ("ladder.zh.html", "{% extends 'ladder.zh.html' %}", "this cannot be extended"),
        ("layout.zh.html", "<p>{{ nobody }}</p>", "no variable is called `nobody`"),
        ("own.zh.txt", "Dear all,\n\nno subject", "a text begins with its subject"),
        ("own.zh.txt", "Subject:\n\nno subject", "a text begins with its subject"),
        ("own.zh.txt", "Subject: {{ category }}\n\nx", "the subject may be empty"),
    ],
)
def test_files_and_first_lines_are_held_to_their_rules(file: str, source: str, message: str) -> None:
    fine = {"own.zh.txt": "Subject: x\n\nx", "own.en.txt": "Subject: x\n\nx"}
    found = [finding for finding in checks.check({**fine, file: source}) if finding.file == file]
    assert [finding.message for finding in found] == [message]


def test_a_template_that_nobody_wrote_and_a_language_that_is_missing() -> None:
    assert {
        finding.said() for finding in checks.check({"own.zh.txt": "Subject: x\n\nx"}, ["own", "overdu"]) if "overdu." not in finding.file
    } == {"templates/own.en.txt:1: the en text is missing; add templates/own.en.txt"}
    missing = checks.check({}, ["overdu"])
    assert [finding.file for finding in missing] == ["overdu.zh.txt", "overdu.en.txt"]
    assert missing[0].message == "there is no template `overdu`"
    assert "overdue" in missing[0].hint


def test_every_mistake_is_shown_at_once() -> None:
    source = {"own.zh.txt": "Subject: {{ a }}\n\n{{ b }}\n{{ c }}", "own.en.txt": "Subject: x\n\nx", "own.zh.html": "<p>\n{{ d }}</p>"}
    assert [(finding.file, finding.line) for finding in checks.check(source)] == [
        ("own.zh.txt", 1),
        ("own.zh.txt", 3),
        ("own.zh.txt", 4),
        ("own.zh.html", 2),
    ]
