"""Judging in several processes, results in the order of the inputs.

A worker that dies (killed for want of memory, most often) takes its pool with it. The inputs that were under
way are then judged again one at a time, each in a process that may die alone, so that the one at fault is
known and the others keep their verdicts.
"""

from __future__ import annotations

import multiprocessing
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from itertools import islice
from multiprocessing import forkserver
from multiprocessing.context import BaseContext
from typing import Final

from cli.judging import Judged, Task

# Inputs on their way for each worker: enough that none waits for the printing of results before its own.
AHEAD: Final = 4


def run_each(
    tasks: Iterable[Task], work: Callable[[Task], Judged], jobs: int
) -> Iterator[tuple[Task, Judged]]:
    """Do ``work``, which other processes can import, on every task in ``jobs`` processes; yields in the order
    of the tasks."""
    waiting = iter(tasks)
    pool = _pool(jobs)
    under_way: deque[tuple[Task, Future[Judged]]] = deque()
    try:
        while True:
            for task in islice(waiting, AHEAD * jobs - len(under_way)):
                under_way.append((task, _submit(pool, task, work)))
            if not under_way:
                return
            task, future = under_way[0]
            try:
                judged = future.result()
            except BrokenProcessPool:
                pool.shutdown()
                for task, future in under_way:
                    yield task, _run_apart(task, future, work)
                under_way.clear()
                pool = _pool(jobs)
            else:
                under_way.popleft()
                yield task, judged
    except BaseException:
        _end_workers()
        raise
    finally:
        # Waits for the pool's own thread: left behind, it would print its surprise at the end of the program.
        pool.shutdown(cancel_futures=True)


def _end_workers() -> None:
    """Interrupted, or nobody wants the rest: what the workers are doing is not waited for."""
    for worker in multiprocessing.active_children():
        worker.terminate()


def _submit(pool: ProcessPoolExecutor, task: Task, work: Callable[[Task], Judged]) -> Future[Judged]:
    if task.path is None:  # standard input belongs to this process
        future: Future[Judged] = Future()
        future.set_result(work(task))
        return future
    try:
        return pool.submit(work, task)
    except BrokenProcessPool as error:
        future = Future()
        future.set_exception(error)
        return future


def _run_apart(task: Task, future: Future[Judged], work: Callable[[Task], Judged]) -> Judged:
    """The task's result if it has one, else a second try in a process of its own."""
    if future.done() and not future.cancelled() and future.exception() is None:
        return future.result()
    with _pool(1) as pool:
        try:
            return pool.submit(work, task).result()
        except BrokenProcessPool:
            return Judged(crash="the process that judged it was killed, perhaps for want of memory")


def _pool(jobs: int) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(jobs, mp_context=_context(), initializer=_end_at_once_on_interrupt)


def _context() -> BaseContext:
    """New processes from a server that has imported the verifier and started no thread, where there is
    one; a fork of this process could inherit the locks of a thread that draws progress."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["cli.main", "cli.judging", "stateless.verifier"])
    _start_server()
    return context


def _start_server() -> None:
    """Start the server deaf to interrupts: one that comes while it imports would end in its traceback."""
    if threading.current_thread() is not threading.main_thread():
        return  # only there can handlers be changed
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        forkserver.ensure_running()
    finally:
        signal.signal(signal.SIGINT, before)


def _end_at_once_on_interrupt() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)
