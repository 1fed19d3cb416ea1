"""A study's work spread over a Ray cluster.

The driver draws, hands out groups and writes; workers, one a GPU or one for every few CPU cores, make parts.
A part travels to the driver as bytes, under a megabyte for six clips: so the nodes need no common place to
write to, one process alone writes into the study's folder, and a worker that is lost leaves nothing
half-written. With a group travel the videos of its draws alone, so that no worker lists the collection.

A lost worker's groups go to others, and a new worker begins wherever the cluster has room for it again. A
group that loses its worker three times is given up: its clips count as failed for want of memory, and where
the study is stopped before its end, ``--resume`` tries them again.
"""

import logging
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import Any

import ray
import ray.exceptions
import torch

from samscope.records.parts import Part
from samscope.studies.engine import load_tracker
from samscope.studies.identity import versions
from samscope.studies.ray.packed import unpack
from samscope.studies.ray.queue import WorkQueue
from samscope.studies.ray.worker import Task, Worker
from samscope.studies.recording import AnyRecorder
from samscope.studies.settings import StudySettings
from samscope.studies.sharding import Group
from samscope.support.errors import SamscopeError, UsageError
from samscope.support.progress import Advance
from samscope.trackers.family import Tracker

MOST_TRIES = 3
"""A group that lost so many workers is given up."""

PATIENCE = 600.0
"""Seconds without any worker after which the study stops; it can go on with ``--resume``."""

_AHEAD = 2
"""Groups that a worker has at a time: one that it makes and one that waits for it."""

_LOST = (ray.exceptions.RayActorError, ray.exceptions.WorkerCrashedError, ray.exceptions.ObjectLostError)

_logger = logging.getLogger(__name__)


@dataclass(eq=False)
class _Hand:
    """A worker as the driver sees it: groups that it has, by the reference of the result, oldest first."""

    actor: Any
    preparing: Any
    host: str = ""
    has: dict[Any, Group] = field(default_factory=dict)


class OnRay:
    """Does the work on a Ray cluster.

    Args:
        address: of the cluster: ``auto`` for the one that this machine is a node of; None begins one on this
            machine alone, unless RAY_ADDRESS names one.
    """

    def __init__(self, address: str | None) -> None:
        self._address = address
        self._facts: dict[str, Any] = {"name": "ray", "ray": ray.__version__}

    def load(self, settings: StudySettings) -> Tracker:
        """Load the model onto the CPU: it is the workers that compute, and the driver may have no GPU."""
        model = load_tracker(replace(settings, compile=False), "cpu")
        return model.said_to_be_on(torch.device(settings.device))

    def facts(self) -> dict[str, Any]:
        """Return workers begun and lost, their hosts, and the CPU seconds that the driver took meanwhile."""
        return self._facts

    def record(
        self, recorder: AnyRecorder, groups: Sequence[Group], advance: Advance
    ) -> Iterator[list[Part]]:
        """Make the parts of groups on the cluster; they come in the order in which they are finished.

        Raises:
            UsageError: there is no such cluster, or it has no device for a worker.
            SamscopeError: nothing can be written; a clip failed and ``fail_fast`` is set; a machine has
                another model; or no worker has been there for ``PATIENCE`` seconds.
        """
        if not groups:
            return
        begin = time.process_time()
        with _connected(self._address):
            crew = _Crew(recorder, WorkQueue(groups))
            for group, parts in crew.work():
                _advance_over(recorder, group, advance)
                yield parts
        self._facts |= {
            "workers": crew.begun,
            "workers_lost": crew.lost,
            "hosts": sorted(crew.hosts),
            "driver_seconds": round(time.process_time() - begin, 3),
        }


class _Crew:
    """The workers of a study, and the work that is left."""

    def __init__(self, recorder: AnyRecorder, queue: WorkQueue) -> None:
        self.begun, self.lost = 0, 0
        self.hosts: set[str] = set()
        self._recorder, self._queue = recorder, queue
        self._settings = recorder.settings
        self._maps = {draw.clip for draw in recorder.source.draws[: recorder.settings.maps]}
        twin = recorder.twin
        self._digests = recorder.model.digest(), recorder.parts.job, None if twin is None else twin.digest()
        self._hands: list[_Hand] = []
        self._tries: dict[int, int] = {}

    def work(self) -> Iterator[tuple[Group, list[Part]]]:
        """Yield each group, with its parts, when they are written."""
        if not _capacity(self._settings):
            resource = f"{self._settings.threads} CPU cores" if self._settings.device == "cpu" else "GPU"
            raise UsageError(f"--engine ray: no node of the cluster has a {resource}; start nodes that have")
        given = ray.put(self._settings)
        seen = time.monotonic()
        try:
            while self._queue or any(hand.has for hand in self._hands):
                if any(hand.host for hand in self._hands):
                    seen = time.monotonic()
                elif time.monotonic() - seen > PATIENCE:
                    raise SamscopeError(f"no worker of the Ray cluster was there for {PATIENCE:.0f} seconds")
                self._hire(given)
                self._hand_out()
                yield from self._collect()
        finally:
            for hand in self._hands:
                with suppress(Exception):  # the cluster may be gone
                    ray.kill(hand.actor)

    def _hire(self, given: Any) -> None:
        """Begin workers where the cluster has room and there is work."""
        useful = len(self._queue) + sum(bool(hand.has) for hand in self._hands)
        on_device = {} if self._settings.device == "cpu" else {"num_gpus": 1, "max_concurrency": _AHEAD}
        options = {"num_cpus": self._settings.threads, "scheduling_strategy": "SPREAD", "max_restarts": 0}
        for _ in range(min(_capacity(self._settings), useful) - len(self._hands)):
            actor = ray.remote(Worker).options(**options, **on_device).remote()
            preparing = actor.prepare.remote(given, versions(), *self._digests, maker=self._recorder.maker)
            self._hands.append(_Hand(actor, preparing))
            self.begun += 1

    def _hand_out(self) -> None:
        for _ in range(_AHEAD):
            for hand in self._hands:
                if not hand.host or len(hand.has) >= _AHEAD or (group := self._queue.take(hand)) is None:
                    continue
                source = self._recorder.source.only(group)
                task = Task(group, source, sum(draw.clip in self._maps for draw in group))
                hand.has[hand.actor.record.remote(task)] = group

    def _collect(self) -> Iterator[tuple[Group, list[Part]]]:
        """Wait for something to happen, and take what has."""
        awaited = {hand.preparing: hand for hand in self._hands if not hand.host}
        awaited |= {reference: hand for hand in self._hands for reference in hand.has}
        done, _ = ray.wait(list(awaited), num_returns=1, timeout=1.0)
        for reference in done:
            hand = awaited[reference]
            try:
                answer = ray.get(reference)
            except ray.exceptions.RayTaskError as error:
                if isinstance(error.cause, SamscopeError):
                    raise type(error.cause)(str(error.cause)) from error
                yield from self._lose(hand, error)
            except _LOST as error:
                yield from self._lose(hand, error)
            else:
                if reference in hand.has:
                    group = hand.has.pop(reference)
                    yield group, [unpack(self._recorder.parts, packed) for packed in answer]
                else:
                    hand.host = str(answer)
                    self.hosts.add(hand.host)

    def _lose(self, hand: _Hand, error: Exception) -> Iterator[tuple[Group, list[Part]]]:
        """Let others do the work of a lost worker; only its oldest group can be at fault."""
        self._hands.remove(hand)
        with suppress(Exception):  # it is gone already, as a rule
            ray.kill(hand.actor)
        self.lost += 1
        reason = " ".join(str(error).split())
        if not hand.host:
            if self.lost > MOST_TRIES * max(1, _capacity(self._settings)) and not self.hosts:
                raise SamscopeError(f"no worker of the Ray cluster can begin: {reason[-300:]}") from error
            return
        _logger.warning("a worker on %s was lost; others do its work", hand.host)
        _logger.info("a worker on %s was lost: %s", hand.host, reason)
        for place, group in reversed(list(enumerate(hand.has.values()))):
            first = group[0].clip
            self._tries[first] = self._tries.get(first, 0) + (place == 0)
            if self._tries[first] < MOST_TRIES:
                self._queue.give_back(group)
            else:
                reason = f"{MOST_TRIES} workers were lost over it, as by a lack of memory"
                yield group, self._recorder.give_up(group, reason)


@contextmanager
def _connected(address: str | None) -> Iterator[None]:
    """Be a driver of a cluster; Ray's handling of signals is undone."""
    handled = signal.getsignal(signal.SIGTERM)
    try:
        ray.init(
            address=address,
            log_to_driver=False,
            logging_level=logging.ERROR,
            ignore_reinit_error=True,
            runtime_env={"env_vars": {"OMP_WAIT_POLICY": "PASSIVE"}},
        )
    except (ConnectionError, ValueError, RuntimeError, OSError) as error:
        reason = " ".join(str(error).split())
        raise UsageError(
            f"--address {address or 'not given'}: no Ray cluster could be joined there ({reason[:200]}); "
            "start one with: ray start --head"
        ) from error
    finally:
        signal.signal(signal.SIGTERM, handled)
    try:
        yield
    finally:
        ray.shutdown()


def _capacity(settings: StudySettings) -> int:
    """Return how many workers the cluster's nodes have room for, whatever else runs there."""
    cores, devices = settings.threads or 1, 0 if settings.device == "cpu" else 1
    room = 0
    for node in ray.nodes():
        if node["Alive"]:
            has = node["Resources"]
            of_cores = int(has.get("CPU", 0)) // cores
            room += min(of_cores, int(has.get("GPU", 0))) if devices else of_cores
    return room


def _advance_over(recorder: AnyRecorder, group: Group, advance: Advance) -> None:
    for draw in group:
        for track in recorder.tracks(draw):
            for _ in range(recorder.source.settings.timeline.length):
                advance(track)
