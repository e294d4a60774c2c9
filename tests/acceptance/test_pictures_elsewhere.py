"""The pictures where people will see them: the SVG measured by a real browser with its own fonts, the Mermaid text read by Mermaid itself.

Skipped where there is no Chromium, and for Mermaid where npm's `mermaid` lies neither in `node_modules` nor under NODE_PATH."""

from __future__ import annotations

import html
import os
import re
import shutil
import subprocess
from pathlib import Path

import orjson
import pytest

from engine.diagrams import mermaid, svg
from tests.unit.engine import drawn

pytestmark = [pytest.mark.browser, pytest.mark.slow]
ROOT = Path(__file__).parents[2]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
_MEASURED = """
const found = [];
for (const sheet of document.querySelectorAll('svg')) {
  const boxes = [...sheet.querySelectorAll('text')].map(each => [each.getBBox(), each.textContent]);
  const size = sheet.viewBox.baseVal;
  for (let i = 0; i < boxes.length; i++) {
    const [a, said] = boxes[i];
    if (a.x < 0 || a.x + a.width > size.width) found.push('outside: ' + said);
    for (let j = i + 1; j < boxes.length; j++) {
      const [b, other] = boxes[j];
      const across = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
      const down = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
      if (across > 2 && down > 6) found.push(said + ' / ' + other);
    }
  }
}
tell(found);
"""
_READ = """
(async () => {
  mermaid.initialize({startOnLoad: false, securityLevel: 'strict'});
  const found = {};
  for (const [name, text] of Object.entries(texts)) {
    try { await mermaid.parse(text); found[name] = (await mermaid.render('x' + name, text)).svg.includes('<svg') ? 'drawn' : 'empty'; }
    catch (wrong) { found[name] = String(wrong).slice(0, 200); }
  }
  tell(found);
})();
"""


def _in_a_browser(folder: Path, body: str, script: str) -> object:
    """What `tell` was given by the page's script."""
    if CHROMIUM is None:
        pytest.skip("no Chromium here")
    tell = "const tell = found => { const said = document.createElement('pre'); said.id = 'told'; said.innerText = JSON.stringify(found);"
    page = folder / "page.html"
    page.write_text(
        f"<!doctype html><meta charset=utf-8><body>{body}<script>{tell} document.body.append(said); }};{script}</script>", encoding="utf-8"
    )
    typed = [
        CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--allow-file-access-from-files", f"--user-data-dir={folder / 'profile'}",
        "--virtual-time-budget=120000", "--dump-dom", page.as_uri(),
    ]  # fmt: skip
    answer = subprocess.run(typed, capture_output=True, text=True, timeout=300, check=True)
    told = re.search(r'<pre id="told">(.*?)</pre>', answer.stdout, re.DOTALL)
    assert told, answer.stderr[-500:]
    return orjson.loads(html.unescape(told[1].replace("<br>", "\n")))


@pytest.mark.parametrize("language", ["zh", "en"])
def test_no_words_meet_in_a_real_browser(tmp_path: Path, language: str) -> None:
    shown = [svg.svg(picture, language) for name in drawn.FOUR for picture in (drawn.shipped(name), drawn.counted(drawn.shipped(name)))]
    assert _in_a_browser(tmp_path, "".join(shown), _MEASURED) == []


def test_mermaid_reads_every_text(tmp_path: Path) -> None:
    places = [ROOT / "node_modules", *map(Path, filter(None, os.environ.get("NODE_PATH", "").split(os.pathsep)))]
    library = next((file for place in places if (file := place / "mermaid" / "dist" / "mermaid.min.js").exists()), None)
    if library is None:
        pytest.skip("npm's mermaid is not installed; NODE_PATH may name the folder it is in")
    texts = {f"{name}{language}": mermaid.mermaid(drawn.shipped(name), language) for name in drawn.FOUR for language in ("zh", "en")}
    texts |= {f"nasty{shift}": mermaid.mermaid(drawn.counted(drawn.nasty(shift)), "zh") for shift in range(len(drawn.NASTY))}
    texts["wrong"] = "stateDiagram-v2\n  s0 --> : {{{\n"
    script = f"const texts = {orjson.dumps(texts).decode()};{_READ}"
    found = _in_a_browser(tmp_path, f'<script src="{library.as_uri()}"></script>', script.replace("</script", "<\\/script"))
    assert isinstance(found, dict)
    assert found.pop("wrong").startswith("Error: Parse error")
    assert set(found.values()) == {"drawn"}, {name: said for name, said in found.items() if said != "drawn"}
