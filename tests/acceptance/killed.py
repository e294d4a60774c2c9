"""What `test_kills` kills: a process that opens and moves cases at random, fires what lapses and delivers mails, all at once.

    python -m tests.acceptance.killed DATABASE-URL FOLDER SMTP-URL LOG SEED

Each opening that was acknowledged is a line of the log: its key and its case's number."""

from __future__ import annotations

import os
import random
import sys
import threading
from pathlib import Path
from typing import Any

from engine import clock, composition, doorbell, errors, outbox, requests, settings
from states import errors as refusals

STEPS: list[tuple[str, str, dict[str, Any]]] = [
    ("dispatch", "wang", {"category": "lamp", "urgency": "1", "unit": "lights"}),
    ("dispatch", "wang", {"category": "greening", "urgency": "3", "unit": "lights"}),
    ("resolve", "li", {"result": "好了"}),
    ("return", "li", {"reason": "不归我们管"}),
    ("suspend", "mayor", {"reason": "等材料", "review_on": "2026-11-21"}),
    ("resume", "mayor", {}),
    ("extend", "mayor", {"more_time": "10 minutes"}),
    ("rework", "qian", {"reason": "没修好"}),
    ("verify", "qian", {}),
    ("reopen", "mayor", {"reason": "又坏了"}),
]


def work(engine: composition.Engine, log: int, seed: int) -> None:
    """Open and move, for ever. A request whose key was used before is the same request, so a life is repeated, not doubled."""
    dice, known = random.Random(seed), list[int]()
    turn = 0
    while True:
        turn += 1
        key = f"{seed}-{turn}"
        if len(known) < 3 or dice.random() < 0.4:
            facts = {"description": f"路灯不亮 {key}"} | ({"on_behalf_of": "张大妈, zhang@example.org"} if dice.random() < 0.2 else {})
            done = engine.door.submit(requests.Opening(programme="testtown", workflow="report", actor="ma", facts=facts, key=key))
            os.write(log, f"{key} {done.number}\n".encode())
            known.append(done.case)
            continue
        trigger, actor, given = dice.choice(STEPS)
        try:
            engine.door.submit(requests.Move(case=dice.choice(known[-20:]), trigger=trigger, actor=actor, facts=given, key=key))
        except (errors.EngineError, refusals.StatesError):
            continue


def main(url: str, folder: str, smtp: str, log: str, seed: str) -> None:
    given = {"FENGXING_DATABASE_URL": url, "FENGXING_DATA_DIR": folder, "FENGXING_SMTP_URL": smtp}
    engine = composition.open_engine(settings.Settings(given))
    to = os.open(Path(log), os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    loop = clock.Clock(engine.store, engine.catalog, engine.time, doorbell.Bell(engine.store))
    busy = [
        threading.Thread(target=loop.run, daemon=True),
        threading.Thread(target=outbox.deliver_forever, args=(engine, threading.Event()), daemon=True),
        *(threading.Thread(target=work, args=(engine, to, int(seed) * 10 + number), daemon=True) for number in range(2)),
    ]
    for thread in busy:
        thread.start()
    os.write(sys.stdout.fileno(), b"at work\n")
    for thread in busy:
        thread.join()


if __name__ == "__main__":
    main(*sys.argv[1:])
