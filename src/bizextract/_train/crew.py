"""Work in processes of one thread each: some jobs side by side, or one that they share."""

from __future__ import annotations

import multiprocessing
import os
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from functools import partial
from multiprocessing.queues import Queue
from queue import Empty
from typing import TypeVar

import torch
import torch.distributed as dist
from torch import Tensor

__all__ = ["Crew", "Report", "run_crew", "side_by_side"]

Item = TypeVar("Item")
Done = TypeVar("Done")
Report = Callable[[int, int], None]


def side_by_side(
    jobs: Sequence[Callable[[Report], Done]],
    progress: Callable[[int, int, int], None] = lambda *_: None,
    workers: int | None = None,
) -> list[Done]:
    """Do some jobs, each by one thread of a process of its own.

    Args:
        jobs (Sequence[Callable]): What to do; each is picklable and is called with a function that
            takes its steps done and in all.
        progress (Callable): Called with a job's place in `jobs`, its steps done and in all.
        workers (int | None): How many processes. Default: as many as there are cores.

    Returns:
        What the jobs returned, in their order.
    """
    context = multiprocessing.get_context("spawn")
    steps: Queue[tuple[int, int, int]] = context.Queue()
    size = min(len(jobs), workers or os.cpu_count() or 1)
    with ProcessPoolExecutor(size, context, _report_to, (steps,)) as pool:
        running = [pool.submit(_one, job, place) for place, job in enumerate(jobs)]
        while not all(job.done() for job in running):
            with suppress(Empty):
                progress(*steps.get(timeout=0.5))
        return [job.result() for job in running]


_steps: Queue[tuple[int, int, int]] | None = None


def _report_to(steps: Queue[tuple[int, int, int]]) -> None:
    global _steps
    _steps = steps


def _one(job: Callable[[Report], Done], place: int) -> Done:
    torch.set_num_threads(1)

    def report(step: int, steps: int) -> None:
        assert _steps is not None
        _steps.put((place, step, steps))

    return job(report)


class Crew:
    """One of some processes that fit a network together; alone, it does nothing.

    Args:
        rank (int): Which of them this is. Default: 0.
        size (int): How many there are. Default: 1.
    """

    def __init__(self, rank: int = 0, size: int = 1) -> None:
        self.rank, self.size = rank, size
        self._gradient: Tensor | None = None

    def part(self, batch: Sequence[Item]) -> Sequence[Item]:
        """This process's part of a batch."""
        return batch[self.rank :: self.size]

    def clear(self, parameters: Sequence[Tensor]) -> None:
        """Set the gradients to zero."""
        if self.size == 1:
            for parameter in parameters:
                parameter.grad = None
            return
        # One vector for all, so that one message holds them.
        if self._gradient is None:
            self._gradient = torch.zeros(sum(p.numel() for p in parameters))
        self._gradient.zero_()
        start = 0
        for parameter in parameters:
            end = start + parameter.numel()
            parameter.grad = self._gradient[start:end].view_as(parameter)
            start = end

    def share(self) -> None:
        """Give every process the mean of all gradients."""
        if self._gradient is not None:
            dist.all_reduce(self._gradient)
            self._gradient /= self.size


def run_crew(
    work: Callable[[Crew, Report], Done],
    size: int,
    progress: Report = lambda *_: None,
) -> Done:
    """Let some processes do a work together.

    Args:
        work (Callable): What each does, by its place in the crew and with a function that takes
            steps done and in all; picklable.
        size (int): How many processes.
        progress (Callable): Called with the first's steps done and in all.

    Returns:
        What the first returned.
    """
    with tempfile.TemporaryDirectory() as folder:
        jobs = [partial(_join, work, Crew(rank, size), folder) for rank in range(size)]
        return side_by_side(jobs, lambda place, i, n: None if place else progress(i, n), size)[0]


def _join(work: Callable[[Crew, Report], Done], crew: Crew, folder: str, report: Report) -> Done:
    meet = f"file://{folder}/meet"
    dist.init_process_group("gloo", init_method=meet, rank=crew.rank, world_size=crew.size)
    try:
        return work(crew, report)
    finally:
        dist.destroy_process_group()
