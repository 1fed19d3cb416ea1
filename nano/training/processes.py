"""Training in several processes: each takes its share of a step's clips, and all take the same step.

On a CPU this uses the cores better than threads do: the network's operations are too small to be divided.
"""

import os
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from multiprocessing import get_context, parent_process, resource_tracker
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread
from typing import Any

import torch
from torch import Tensor, distributed, nn

from samscope.support.errors import SamscopeError

_PATIENCE = timedelta(minutes=30)
"""How long a process waits for the others: the first one evaluates and writes checkpoints meanwhile."""

_STOPPING = {signal.SIGINT, signal.SIGTERM}


@dataclass(frozen=True)
class Crew:
    """The processes of a run, as one of them sees them.

    Attributes:
        rank: number of this process; the first, 0, logs, evaluates and writes.
        size: how many there are.
    """

    rank: int = 0
    size: int = 1

    @property
    def leads(self) -> bool:
        """Whether this process logs, evaluates and writes."""
        return self.rank == 0

    def average(self, tensors: Sequence[Tensor]) -> None:
        """Replace float32 tensors, the same shapes everywhere, by their means over the processes.

        Raises:
            SamscopeError: another process has ended.
        """
        if self.size == 1 or not tensors:
            return
        whole = torch.cat([tensor.detach().flatten() for tensor in tensors])
        self._reduce(whole)
        whole /= self.size
        means = torch.split(whole, [tensor.numel() for tensor in tensors])
        for tensor, mean in zip(tensors, means, strict=True):
            tensor.copy_(mean.reshape(tensor.shape))

    def average_gradients(self, network: nn.Module) -> None:
        """Replace a network's gradients by their means over the processes.

        A parameter without a gradient in some process counts as 0 there; without one in all, it stays so.

        Raises:
            SamscopeError: another process has ended.
        """
        if self.size == 1:
            return
        parameters = list(network.parameters())
        has_gradient = torch.tensor([float(parameter.grad is not None) for parameter in parameters])
        self._reduce(has_gradient)
        shared = [parameter for parameter, count in zip(parameters, has_gradient, strict=True) if count]
        for parameter in shared:
            if parameter.grad is None:
                parameter.grad = torch.zeros_like(parameter)
        self.average([parameter.grad for parameter in shared if parameter.grad is not None])

    def decides(self, answer: bool) -> bool:
        """Return the leading process's answer in all of them.

        Raises:
            SamscopeError: another process has ended.
        """
        if self.size == 1:
            return answer
        return self.total(int(answer and self.leads)) > 0

    def total(self, count: int) -> int:
        """Return the sum of the processes' counts in all of them.

        Raises:
            SamscopeError: another process has ended.
        """
        if self.size == 1:
            return count
        counted = torch.tensor([count])
        self._reduce(counted)
        return int(counted)

    def _reduce(self, tensor: Tensor) -> None:
        try:
            distributed.all_reduce(tensor)
        except RuntimeError as error:
            raise SamscopeError(
                "a process of the training has ended; run the same command again to go on from the latest "
                "checkpoint"
            ) from error


@contextmanager
def crew_of(size: int, work: Callable[..., Any], *arguments: Any) -> Iterator[Crew]:
    """Lead a crew while the context is open; the others run ``work(crew, *arguments)``.

    None of them outlives the context, or the leading process, however that ends.

    Args:
        size: how many processes, this one included; 1 starts none.
        work: a function of a module, which must do as the leading process does.
        arguments: what it is given beside its crew; they must pickle.
    """
    if size == 1:
        yield Crew()
        return
    with TemporaryDirectory(prefix="samscope-crew-") as folder:
        meeting = str(Path(folder) / "meeting")
        context = get_context("spawn")
        workers = [
            context.Process(
                target=_follow,
                args=(Crew(rank, size), meeting, torch.get_num_threads(), work, *arguments),
            )
            for rank in range(1, size)
        ]
        try:
            with signals_held_back():
                for worker in workers:
                    worker.start()
            _meet(Crew(0, size), meeting)
            yield Crew(0, size)
            for worker in workers:
                worker.join()
        finally:
            for worker in workers:
                if worker.pid is not None:
                    worker.kill()  # they write nothing, and a termination does not reach them
                    worker.join()
            if distributed.is_initialized():
                distributed.destroy_process_group()


@contextmanager
def signals_held_back() -> Iterator[None]:
    """Start processes in this context that neither Ctrl-C nor a termination reaches, now or later.

    A terminal sends Ctrl-C to every process of a command, and a scheduler may do so with a termination: only
    the leading process is to hear of it, which ends the others when all is written. For this process such
    signals wait until the context ends.
    """
    resource_tracker.ensure_running()  # where it starts later, Python lets the signals through again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _STOPPING)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _follow(crew: Crew, meeting: str, threads: int, work: Callable[..., Any], *arguments: Any) -> None:
    Thread(target=_end_with_parent, daemon=True).start()
    torch.set_num_threads(threads)
    _meet(crew, meeting)
    try:
        work(crew, *arguments)
    except SamscopeError as error:
        # the leading process says what went wrong: it has met the same, or finds this one gone
        raise SystemExit(error.exit_code) from None
    finally:
        distributed.destroy_process_group()


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _meet(crew: Crew, meeting: str) -> None:
    distributed.init_process_group(
        "gloo", init_method=f"file://{meeting}", rank=crew.rank, world_size=crew.size, timeout=_PATIENCE
    )
