"""`make setup`: .venv with everything that requirements.txt pins (hashes checked) and the command .venv/bin/fengxing.

Runs on a bare Python ≥ 3.11, uses nothing but its standard library, and does nothing at all – no network either – when the
stamp in .venv says that it was already done for these requirements, this interpreter and this folder."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
BASE = getattr(sys, "_base_executable", sys.executable)  # outlives .venv, should this script have been started from it
LOCK = "requirements.txt"
STAMP = VENV / "fengxing-setup"


def wanted() -> str:
    """What .venv must have been made from; the folder is part of it, for a virtual environment does not move."""
    digest = hashlib.sha256(f"{ROOT} {sys.version_info[:3]}".encode())
    for name in (LOCK, "pyproject.toml", ".ci/setup.py"):
        digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()


def done() -> bool:
    return STAMP.is_file() and STAMP.read_text() == wanted() and os.access(VENV / "bin" / "fengxing", os.X_OK)


def runs(*command: str | Path, quiet: bool = False) -> bool:
    output = subprocess.DEVNULL if quiet else None
    try:
        return subprocess.run(command, cwd=ROOT, stdout=output, stderr=output, stdin=subprocess.DEVNULL).returncode == 0
    except OSError:
        return False


def fail(english: str, chinese: str) -> None:
    sys.exit(f"\n{english}\n{chinese}")


def usable() -> bool:
    """A .venv of this very interpreter, made in this folder (a copied one has scripts that point elsewhere), that can be filled."""
    same = f"import sys; sys.exit(sys.version_info[:3] != {tuple(sys.version_info[:3])})"
    activate = VENV / "bin" / "activate"
    return runs(PYTHON, "-c", same, quiet=True) and activate.is_file() and str(VENV) in activate.read_text() and any(installers())


def make_venv() -> None:
    """Debian's python3 comes without ensurepip: then a .venv without pip, to be filled from outside (see `installers`)."""
    if usable():
        return
    if VENV.exists():
        shutil.rmtree(VENV)
    if runs(BASE, "-m", "venv", VENV, quiet=True):
        return
    if runs(BASE, "-m", "venv", "--clear", "--without-pip", VENV, quiet=True) and any(installers()):
        return
    if os.geteuid() == 0 and shutil.which("apt-get"):
        print("This Python cannot make virtual environments; installing python3-venv …", flush=True)
        if (
            runs("apt-get", "update", "-qq")
            and runs("apt-get", "install", "-y", "-qq", "python3-venv")
            and runs(BASE, "-m", "venv", "--clear", VENV)
        ):
            return
    fail(
        "This Python cannot fill a virtual environment: it has neither ensurepip nor pip, and there is no uv."
        " Debian, Ubuntu: apt-get install python3-venv, then make setup again.",
        "这个 Python 不能建立虚拟环境：没有 ensurepip 和 pip，也没有 uv。Debian、Ubuntu 请先 apt-get install python3-venv，再执行 make setup。",
    )


def installers() -> Iterator[tuple[str, list[str], list[str]]]:
    """What can install into .venv here: its name, its `sync` command and its `install` command. The quickest first."""
    uv, python = shutil.which("uv"), str(PYTHON)
    if uv and runs(uv, "--version", quiet=True):
        common = ["-q", "--python", python, "--compile-bytecode"]
        yield "uv", [uv, "pip", "sync", *common, "--require-hashes", LOCK], [uv, "pip", "install", *common]
    # .venv's own pip, or else the base interpreter's acting upon .venv
    for pip in ([python, "-m", "pip"], [BASE, "-m", "pip", "--python", python]):
        if runs(*pip, "--version", quiet=True):
            add = [*pip, "install", "-qq", "--disable-pip-version-check"]
            yield "pip", [*add, "--no-deps", "--require-hashes", "-r", LOCK], add


def install() -> None:
    for name, sync, add in installers():
        print(f"Installing what {LOCK} pins, with {name} … / 正在用 {name} 安装依赖……", flush=True)
        # `compat` is a plain line in a .pth; the default puts a finder with imports of its own before every start of the command
        project = [*add, "--no-deps", "--no-build-isolation", "--no-index", "--config-settings", "editable_mode=compat", "-e", str(ROOT)]
        if runs(*sync) and runs(*project):
            return
    fail(
        "The packages could not be installed; the lines above say why. Behind a mirror or proxy, set PIP_INDEX_URL or HTTPS_PROXY and run make setup again.",
        "依赖没有装上，原因见上。需要镜像或代理时，请设置 PIP_INDEX_URL 或 HTTPS_PROXY，再执行 make setup。",
    )


def main() -> None:
    if done():
        return
    STAMP.unlink(missing_ok=True)
    make_venv()
    install()
    STAMP.write_text(wanted())
    print("Ready: .venv/bin/fengxing --help / 已就绪", flush=True)


if __name__ == "__main__":
    main()
