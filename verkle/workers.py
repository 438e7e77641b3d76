"""Processes that work out what batches change in a tree, each with tables of its own.

A job is the records that the change depends on and the values to write; its result is the records that
change. Nothing else is shared: a process that is killed, or ends with its parent, leaves nothing behind.
"""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Mapping
from dataclasses import replace
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkServerContext, SpawnContext
from multiprocessing.process import BaseProcess
from types import TracebackType
from typing import Final, Self

from verkle.errors import MachineError, StatelessError
from verkle.pedersen import Committer
from verkle.tree import Change, MemoryStore, StemValues, Tree

__all__ = ["Workers"]

Job = tuple[int, Mapping[bytes, bytes], StemValues]
"""Its number, records of the tree, and what to write."""
Refusal = tuple[type[StatelessError], str, str, dict[str, object], object, object]
"""The parts of an error; errors themselves do not travel between processes."""
Result = tuple[int, Change | Refusal]

STOP_SECONDS: Final = 5.0
"""How long a process that was told to end may take to do so."""


class Workers:
    """A fixed number of processes, ended with the ``with`` block."""

    def __init__(self, count: int) -> None:
        context = _context()
        self._processes: list[BaseProcess] = []
        self._idle: list[Connection] = []
        self._busy: list[Connection] = []
        for _ in range(count):
            ours, theirs = context.Pipe()
            process = context.Process(target=serve, args=(theirs,), daemon=True)
            process.start()
            theirs.close()
            self._processes.append(process)
            self._idle.append(ours)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in self._processes:
            process.terminate()
        for process in self._processes:
            process.join(STOP_SECONDS)
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
        try:
            connection.send((number, records, values))
        except OSError as error:
            raise _ended() from error

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
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends its workers
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


def _context() -> ForkServerContext | SpawnContext:
    """New processes, not copies of this one, which may have threads and a store open."""
    if "forkserver" in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("forkserver")
    return multiprocessing.get_context("spawn")
