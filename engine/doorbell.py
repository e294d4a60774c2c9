"""How a process that armed an early timer wakes the clock of another: a local socket beside SQLite, LISTEN/NOTIFY on PostgreSQL.

Ringing is a courtesy: a slow safety poll stands behind it, so a lost ring costs at most that poll."""

from __future__ import annotations

import contextlib
import hashlib
import os
import select
import socket
import tempfile
from pathlib import Path
from typing import Any

from storage import database

POLL = 20.0
"""Real seconds after which the clock looks without being rung."""
DEAF = 1.0
"""Real seconds between two looks while the bell cannot be heard."""
CHANNEL = "fengxing"
_NOTIFY = database.both(f"SELECT pg_notify('{CHANNEL}', '')")


def _folder(store: database.Store) -> Path:
    """Where the bells of a SQLite store hang: short, since socket addresses end at 107 bytes, and of this user only."""
    assert store.path is not None
    mark = hashlib.sha256(str(store.path.resolve()).encode()).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"fengxing-{os.getuid()}-{mark}"


def ring(tx: database.Transaction, store: database.Store) -> None:
    """Wake every clock of the store once this transaction is committed."""
    if store.path is None:
        tx.all(_NOTIFY)
    else:
        tx.after.append(lambda: _ring_local(store))


def _ring_local(store: database.Store) -> None:
    try:
        bells = list(os.scandir(_folder(store)))
    except FileNotFoundError:
        return
    for bell in bells:
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as out:
            try:
                out.sendto(b"!", bell.path)
            except ConnectionRefusedError:  # its clock was killed
                Path(bell.path).unlink(missing_ok=True)


class Bell:
    """What a clock sleeps on: wakes by a ring, by `wake` from a signal handler or another thread, or when the time is up."""

    def __init__(self, store: database.Store) -> None:
        self._inside, self._outside = socket.socketpair()
        self._inside.setblocking(False)
        self._outside.setblocking(False)
        self._connection: Any = None
        self._socket: socket.socket | None = None
        self._path: Path | None = None
        self._url = store.url
        if store.path is None:
            self._listen()
        else:
            folder = _folder(store)
            folder.mkdir(mode=0o700, exist_ok=True)
            self._path = folder / f"{os.getpid()}-{id(self):x}"
            self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
            self._socket.bind(str(self._path))

    def wake(self) -> None:
        """Safe in a signal handler."""
        with contextlib.suppress(BlockingIOError):
            self._outside.send(b"!")

    def wait(self, seconds: float) -> None:
        """Sleep until rung, woken, or `seconds` have passed."""
        if self._socket is None and self._connection is None and self._listen():
            return  # what rang while nobody listened is looked for, not waited for
        ear = self._connection if self._connection is not None else self._socket
        listening: list[Any] = [self._inside] if ear is None else [self._inside, ear]
        ready, _, _ = select.select(listening, [], [], max(0.0, seconds if ear is not None else min(seconds, DEAF)))
        if self._inside in ready:
            _drain(self._inside)
        if self._socket is not None and self._socket in ready:
            _drain(self._socket)
        if self._connection is not None and self._connection in ready:
            self._hear()

    def _listen(self) -> bool:
        """Have PostgreSQL's bell; where it cannot be had just now (False), the next wait asks again."""
        import psycopg

        try:
            self._connection = psycopg.connect(self._url, autocommit=True, connect_timeout=5, application_name="fengxing bell")
            self._connection.execute(f"LISTEN {CHANNEL}")
        except psycopg.Error:
            self._go_deaf()
            return False
        return True

    def _hear(self) -> None:
        import psycopg

        try:
            for _ in self._connection.notifies(timeout=0):
                pass
        except psycopg.Error:  # the server went away, or was restarted
            self._go_deaf()

    def _go_deaf(self) -> None:
        if self._connection is not None:
            with contextlib.suppress(Exception):
                self._connection.close()
        self._connection = None

    def close(self) -> None:
        self._inside.close()
        self._outside.close()
        if self._connection is not None:
            self._connection.close()
        if self._socket is not None and self._path is not None:
            self._socket.close()
            with contextlib.suppress(OSError):
                self._path.unlink()


def _drain(waiting: socket.socket) -> None:
    with contextlib.suppress(BlockingIOError):
        while waiting.recv(4096):
            pass
