"""Processes that work out what batches change in a tree, each with tables of its own.

A job is the records that the change depends on and the values to write; its result is the records that
change. Nothing else is shared: a process that is killed, or ends with its parent, leaves nothing behind.

They are new interpreters with this module as their program (``python -m verkle.workers FD``), not copies of
the parent: nothing of what it has open comes with them, its threads and main module do not matter, and
Ctrl-C reaches it alone. Needs a POSIX system.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from multiprocessing.connection import Connection, Pipe, wait
from types import TracebackType
from typing import Self

from verkle.errors import MachineError, StatelessError
from verkle.pedersen import Committer
from verkle.tree import Change, MemoryStore, StemValues, Tree

__all__ = ["Workers"]

Job = tuple[int, Mapping[bytes, bytes], StemValues]
"""Its number, records of the tree, and what to write."""
Refusal = tuple[type[StatelessError], str, str, dict[str, object], object, object]
"""The parts of an error; errors themselves do not travel between processes."""
Result = tuple[int, Change | Refusal]


class Workers:
    """A fixed number of processes, ended with the ``with`` block."""

    def __init__(self, count: int) -> None:
        self._processes: list[subprocess.Popen[bytes]] = []
        self._idle: list[Connection] = []
        self._busy: list[Connection] = []
        paths = {"PYTHONPATH": os.pathsep.join(path or os.curdir for path in sys.path)}
        try:
            for _ in range(count):
                ours, theirs = Pipe()
                self._idle.append(ours)
                with theirs:
                    self._processes.append(_start(theirs.fileno(), {**os.environ, **paths}))
        except OSError as error:
            self._stop()
            raise MachineError(
                "WORKER_ENDED", f"a process that is to compute cannot be started: {error.strerror}"
            ) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()

    def _stop(self) -> None:
        for process in self._processes:
            process.kill()  # they hold nothing that would need to be put in order
        for process in self._processes:
            process.wait()
        for connection in (*self._idle, *self._busy):
            connection.close()

    @property
    def idle(self) -> bool:
        """Whether one has nothing to do."""
        return bool(self._idle)

    def send(self, number: int, records: Mapping[bytes, bytes], values: StemValues) -> None:
        """Give a job to an idle process.

        Raises:
            MachineError: ``WORKER_ENDED``.
        """
        connection = self._idle.pop()
        self._busy.append(connection)
        sent = False
        with suppress(OSError):  # not kept as a cause: it would keep the message, a large one
            connection.send((number, records, values))
            sent = True
        if not sent:
            raise _ended()

    def receive(self) -> dict[int, Change]:
        """Wait for results; by the numbers of their jobs. At least one process must be busy.

        Raises:
            StatelessError: what a job was refused for.
            MachineError: ``WORKER_ENDED``: killed, most often for want of memory.
        """
        changes = {}
        for connection in wait(self._busy):
            if not isinstance(connection, Connection):  # wait takes sockets and handles too
                continue
            try:
                number, result = connection.recv()
            except (EOFError, OSError) as error:
                raise _ended() from error
            self._busy.remove(connection)
            self._idle.append(connection)
            if not isinstance(result, Change):
                kind, code, message, where, expected, got = result
                raise kind(code, message, where=where, expected=expected, got=got)
            changes[number] = result
        return changes


def serve(connection: Connection) -> None:
    """What each process does: one job after the other, until nobody sends any more."""
    committer = Committer()
    while True:
        try:
            job: Job = connection.recv()
        except EOFError:
            return
        result = _result(job, committer)
        try:
            connection.send(result)
        except OSError:  # the parent is gone
            return


def _result(job: Job, committer: Committer) -> Result:
    number, records, values = job
    try:
        # points do not travel; whoever takes the change over computes the root anyway
        return number, replace(Tree(MemoryStore(records), committer).work_out(values), root=None)
    except StatelessError as error:
        return number, (type(error), error.code, error.message, error.where, error.expected, error.got)


def _ended() -> MachineError:
    return MachineError("WORKER_ENDED", "a process that computes part of the tree has ended before its time")


def _start(descriptor: int, environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603 (this interpreter, this module)
        [sys.executable, "-P", "-m", "verkle.workers", str(descriptor)],
        stdin=subprocess.DEVNULL,
        pass_fds=(descriptor,),
        env=environment,
        process_group=0,  # else Ctrl-C would end them before the parent
    )


if __name__ == "__main__":
    serve(Connection(int(sys.argv[1])))
