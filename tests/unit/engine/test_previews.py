"""Photos within a mail: small ones, not too many, and none but those of the case."""

from __future__ import annotations

import io
import random
from pathlib import Path

import pytest
from PIL import Image

from engine import attachments, previews


def a_photo(folder: Path, seed: int, size: tuple[int, int] = (1600, 1200)) -> str:
    """Noise, which hardly any encoding makes small."""
    noise = random.Random(seed).randbytes(size[0] // 4 * (size[1] // 4) * 3)
    source = folder / f"{seed}.png"
    Image.frombytes("RGB", (size[0] // 4, size[1] // 4), noise).resize(size).save(source)
    return attachments.store_photo(folder, source).hash


def page(*digests: str) -> str:
    return "".join(f'<p><img class="picture" src="cid:{digest}" alt="x"></p>' for digest in digests)


def test_a_photo_becomes_small(tmp_path: Path) -> None:
    made = previews.small(tmp_path, a_photo(tmp_path, 1))
    assert made is not None
    with Image.open(io.BytesIO(made)) as image:
        assert (image.format, max(image.size)) == ("JPEG", previews.LONGEST_SIDE)
    assert len(made) < 300_000


def test_there_are_at_most_six_and_not_too_large_together(tmp_path: Path) -> None:
    digests = [a_photo(tmp_path, seed) for seed in range(8)]
    html, shown = previews.within(page(*digests), digests, tmp_path)
    assert 1 < len(shown) <= previews.MOST
    assert sum(map(len, shown.values())) <= previews.LARGEST
    assert html == page(*shown) + "<p></p>" * (len(digests) - len(shown))


def test_what_is_gone_or_damaged_is_left_out_and_the_mail_goes(tmp_path: Path) -> None:
    there, gone, damaged = (a_photo(tmp_path, seed, (80, 60)) for seed in range(3))
    attachments.remove(tmp_path, gone)
    attachments.place(tmp_path, damaged, "image/jpeg").write_bytes(b"no picture")
    html, shown = previews.within(page(there, gone, damaged), [there, gone, damaged], tmp_path)
    assert list(shown) == [there]
    assert html == page(there) + "<p></p><p></p>"


@pytest.mark.parametrize("words", ['<img src="cid:{foreign}">', '<p>cid:{foreign}</p><img class="x" src="cid:{foreign}" alt="">'])
def test_the_photo_of_another_case_is_not_shown_whatever_a_report_says(tmp_path: Path, words: str) -> None:
    own, foreign = a_photo(tmp_path, 1, (80, 60)), a_photo(tmp_path, 2, (80, 60))
    html = page(own) + words.format(foreign=foreign)
    asked = previews.asked(html, [own])
    assert asked == (own,)
    left, shown = previews.within(html, asked, tmp_path)
    assert list(shown) == [own]
    assert f'src="cid:{foreign}"' not in left


def test_a_page_without_pictures_stays_as_it_is(tmp_path: Path) -> None:
    assert previews.within("<p>…</p>", [], tmp_path) == ("<p>…</p>", {})
