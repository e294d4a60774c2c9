from __future__ import annotations

import pytest

from engine.mining import xes


@pytest.mark.parametrize(
    ("given", "written"),
    [
        # Chinese stands as it is
        ("路灯不亮 💡", "路灯不亮 💡"),
        # what would end the attribute, or be lost in it
        ("<b>&\"'", "&lt;b&gt;&amp;&quot;'"),
        ("一\n二\t三\r四", "一&#10;二&#9;三&#13;四"),
        # what no XML can hold: control characters, half a character, and two that are none
        ("a\u0007b\ud800c\ufffed\uffff", "a\ufffdb\ufffdc\ufffdd\ufffd"),
        ("]]>", "]]&gt;"),
        ("", ""),
    ],
)
def test_any_text_fits_into_an_attribute(given: str, written: str) -> None:
    assert xes.fitting(given) == written
