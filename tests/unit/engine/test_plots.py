from __future__ import annotations

import logging
from pathlib import Path

import pytest

from engine import plots

S = plots.Series
BARS = plots.Bars(
    title="超时 $", labels=("派单时限", "Whole"), series=(S(name="before", values=(12.0, None)), S(name="之后", values=(8.0, 220.0)))
)
LINES = plots.Lines(
    title="Sweep",
    at=("10m", "15m"),
    series=(S(name="派单", values=(0.3, None)), S(name="other", values=(0.1, 0.2))),
    across="within",
    unit="share",
)
BANDS = plots.Bands(title="Stages", labels=("已上报",), median=(3.0,), ninety=(8.0,), ninety_nine=(20.0,), unit="min")


@pytest.mark.parametrize("form", plots.FORMS)
def test_the_same_values_give_the_same_picture(form: str, caplog: pytest.LogCaptureFixture) -> None:
    first = plots.drawn(BARS, LINES, BANDS, form=form)
    assert first == plots.drawn(BARS, LINES, BANDS, form=form)
    assert first != plots.drawn(BARS, BANDS, LINES, form=form)
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


def test_words_stay_words_in_an_svg_with_fonts_for_both_scripts() -> None:
    picture = plots.drawn(BARS, LINES, BANDS).decode()
    for words in ("派单时限", "Whole", "超时 $", "之后", "220", "已上报", "3 · 8 · 20", "10m"):
        assert f">{words}<" in picture, words
    assert "Noto Sans CJK SC" in picture
    assert "<dc:date>" not in picture


def test_one_series_needs_no_legend() -> None:
    alone = plots.Bars(title="t", labels=("a",), series=(S(name="only", values=(1.0,)),))
    assert ">only<" not in plots.drawn(alone).decode()


def test_nothing_to_show_is_drawn_too() -> None:
    empty = plots.Bars(title="leer", labels=(), series=())
    flat = plots.Lines(title="flat", at=(), series=())
    assert b"leer" in plots.drawn(empty, flat, plots.Bands(title="b", labels=(), median=(), ninety=(), ninety_nine=()))


def test_a_file_is_drawn_as_its_ending_says(tmp_path: Path) -> None:
    plots.write(tmp_path / "a.svg", BARS)
    plots.write(tmp_path / "a.PNG", BARS)
    assert (tmp_path / "a.svg").read_text().startswith("<?xml")
    assert (tmp_path / "a.PNG").read_bytes().startswith(b"\x89PNG")
    with pytest.raises(plots.FormUnknown, match=r"\.svg or \.png"):
        plots.write(tmp_path / "a.pdf", BARS)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["a.PNG", "a.svg"]


def test_a_label_without_end_is_cut_short_and_stays_in_the_picture() -> None:
    endless = plots.Bars(title="t", labels=("很长的名称" * 20, "short"), series=(S(name="only", values=(1.0, 2.0)),))
    picture = plots.drawn(endless).decode()
    assert "很长的名称" * 20 not in picture
    assert "很长的名称很长的名称" in picture
    assert "…<" in picture
    assert ">short<" in picture
