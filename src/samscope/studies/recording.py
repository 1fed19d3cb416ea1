"""The records of draws, of whatever kind: clips made, tracked together and written, part after part."""

import logging
import math
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Generic, TypeVar

import torch

from samscope.clips.clip import Clip, Draw, SetName
from samscope.clips.source import ClipSource
from samscope.records.failures import Failure, Kind, Stage, kind_of, reason_of
from samscope.records.parts import UNREADABLE, Part, Parts
from samscope.records.twins import has_twin
from samscope.studies.identity import FileDigests
from samscope.studies.isolation import Apart, BatchThatFits, Fault, is_out_of_memory
from samscope.studies.settings import StudySettings
from samscope.support.attempts import attempted
from samscope.support.errors import SamscopeError
from samscope.support.progress import Advance
from samscope.support.provenance import made_here
from samscope.trackers.family import Tracker

_logger = logging.getLogger(__name__)

GROUP_BYTES = 4 << 30
"""Of the clips of a group at most, unless one draw has more: 48 tracks at 480p. Beside a device three groups
are held at once (one that is tracked, one that waits, one in the making), which fit a machine of 16 GiB.
It is the same on every machine, since with batches above 1 the last bits depend on what goes together."""

GROUP_BYTES_BESIDE_A_CPU = 128 << 20
"""Of the clips of a group at most that is made while a CPU tracks the one before: six at 240 x 426 pixels."""

_PIXEL_BYTES = 7
"""That a clip takes a pixel and frame: three colours, and masks of what is there."""

T = TypeVar("T")
R = TypeVar("R")
Records = TypeVar("Records")
"""What is recorded of a clip."""

MadeDraw = tuple[list[Clip], list[Failure]]
"""The clips of a draw, and why the others could not be made."""


@dataclass(frozen=True)
class DrawRecorder(Generic[Records]):
    """Makes parts: one that records something says how it is observed and written.

    Attributes:
        settings: what the study is; of it count ``maps``, ``batch``, ``keep``, ``attention``, ``fail_fast``
            and ``device``.
        model: its model.
        source: its clips.
        parts: where the parts are written.
        twin: the random twin, which tracks the clips that ``records.twins`` names as well; None for none.
        fits: the batch that the device has had room for so far.
    """

    settings: StudySettings
    model: Tracker
    source: ClipSource
    parts: Parts
    twin: Tracker | None = None
    fits: BatchThatFits = field(default_factory=BatchThatFits)
    _digests: FileDigests = field(default_factory=FileDigests)

    @property
    def maker(self) -> "Callable[..., DrawRecorder[Records]]":
        """What makes such a recorder of other values of the attributes above, by their names."""
        return type(self)

    def groups(self) -> list[list[Draw]]:
        """Return all draws by those that are tracked together, in order.

        Where batches are larger than the sets of one draw, several draws are, as many as their clips take
        ``GROUP_BYTES`` together at most. A group is the same whichever of its parts are finished, and on
        every machine, since with batches above 1 the last bits depend on it.
        """
        draws = list(self.source.draws)
        together = math.ceil(self.settings.tracks_at_once / len(self.source.settings.sets))
        if together > 1:
            together = max(1, min(together, GROUP_BYTES // self._bytes_of_draw()))
        return [draws[first : first + together] for first in range(0, len(draws), together)]

    def _bytes_of_draw(self) -> int:
        """Return how many bytes the clips of a draw take at most."""
        clip_settings = self.source.settings
        pixels = max((height * width for _, height, width in self.source.videos.values()), default=1)
        return len(clip_settings.sets) * clip_settings.timeline.length * pixels * _PIXEL_BYTES

    def share(self) -> list[Sequence[Draw]]:
        """Return the groups of the shard that ``settings`` name; all of them where they name none."""
        groups = self.groups()
        return list(groups) if self.settings.shard is None else self.settings.shard.part_of(groups)

    def missing(self, finished: Mapping[int, Part]) -> list[Sequence[Draw]]:
        """Return the groups of ``share`` of which a part is missing, or not settled.

        Args:
            finished: the finished parts.
        """
        settled = {draw for draw, part in finished.items() if part.settled}
        return [group for group in self.share() if any(draw.clip not in settled for draw in group)]

    def frames(self, groups: Sequence[Sequence[Draw]]) -> int:
        """Return the number of frames that are tracked of all clips of some groups, by the twin as well."""
        tracks = sum(len(self.tracks(draw)) for group in groups for draw in group)
        return tracks * self.source.settings.timeline.length

    def tracks(self, draw: Draw) -> list[str]:
        """Return what each track of a draw is told of as: those of the model, then those of the twin."""
        sets = self.source.settings.sets
        return [
            *(_track_name(name, draw.name) for name in sets),
            *(twin_track_name(name, draw.name) for name in sets if self._has_twin(name, draw)),
        ]

    def check_inputs(self, part: Part, draw: Draw) -> None:
        """Refuse to go on where files have changed since a part was made of them.

        Files that could not be read then may be as they like: the part is not settled, and is made again.

        Raises:
            SamscopeError: they have, or cannot be read any more; the message names the video.
        """
        now = self.inputs(draw)
        for video in dict.fromkeys([*part.inputs, *now]):
            if part.inputs.get(video) not in {UNREADABLE, now.get(video)}:
                gone = now.get(video) == UNREADABLE
                fault = "has a file that cannot be read, unlike" if gone else "has other content than"
                raise SamscopeError(
                    f"--resume: video {video} {fault} when draw {draw.clip} was made of it; "
                    "put the old files back, or begin anew with --overwrite and without --resume"
                )

    @property
    def ahead(self) -> int:
        """By how many frame indexes the model is ahead of their recording.

        A device computes while the host measures. On a CPU both would share its cores.
        """
        return 0 if self.model.device.type == "cpu" else 2

    def groups_ahead(self, groups: Sequence[Sequence[Draw]]) -> int:
        """Return how many groups of clips are made while the ones before them are tracked.

        Where one group ends and the next begins, a CPU has cores with nothing to do: one group is made ahead,
        unless its clips take much memory.

        Args:
            groups: of ``groups``.
        """
        largest = max(map(len, groups), default=0) * self._bytes_of_draw()
        return self.ahead or int(largest <= GROUP_BYTES_BESIDE_A_CPU)

    def make(self, group: Sequence[Draw]) -> list[MadeDraw]:
        """Make the clips of a group.

        Args:
            group: one of ``groups``.

        Returns:
            For each draw its clips, and why the others could not be made.

        Raises:
            SamscopeError: one could not, and ``fail_fast`` is set.
        """
        return [self._make(draw) for draw in group]

    def record(
        self, group: Sequence[Draw], advance: Advance, made_draws: Sequence[MadeDraw] | None = None
    ) -> list[Part]:
        """Track through the clips of a group together, and write the parts that are missing.

        A clip that fails is left out of the records and listed in its part; the others are what they would be
        with it, within the mode's promise: with batches above 1 the last bits depend on what goes together.

        Args:
            group: one of ``groups``.
            advance: called for every frame, those of clips that fail as well.
            made_draws: what ``make`` returned of the group; None to make it now.

        Raises:
            SamscopeError: nothing can be written; or a clip failed and ``fail_fast`` is set.
            RuntimeError: the device is broken.
        """
        begin = time.perf_counter()
        made_draws = self.make(group) if made_draws is None else made_draws
        clips = [clip for clips, _ in made_draws for clip in clips]
        counter = FrameCounter(advance)
        observed = self._observe(clips, counter)
        of_twin = iter(self._observe_twin(clips, observed, counter))
        observed_in_turn = iter(observed)
        parts = []
        for draw, (draw_clips, failures) in zip(group, made_draws, strict=True):
            records: list[Records] = []
            twin: list[Records] = []
            lost = list(failures)
            for clip in draw_clips:
                recorded, beside = next(observed_in_turn), next(of_twin)
                if isinstance(recorded, Fault):
                    lost.append(self._failure(draw, clip.set, "tracking", recorded.kind, recorded.reason))
                elif isinstance(beside, Fault):
                    reason = f"by the random twin: {beside.reason}"
                    lost.append(self._failure(draw, clip.set, "tracking", beside.kind, reason))
                else:
                    records.append(recorded)
                    twin += [] if beside is None else [beside]
            self._advance_over(draw, lost, counter)
            seconds = (time.perf_counter() - begin) / len(group)
            parts.append(self._write(draw, records, lost, seconds, twin))
        return parts

    def give_up(self, group: Sequence[Draw], reason: str) -> list[Part]:
        """Write the parts of a group whose work nobody survives: all clips failed for want of memory.

        Args:
            group: one of ``groups``.
            reason: why, in one line.

        Raises:
            SamscopeError: nothing can be written; or ``fail_fast`` is set.
        """
        sets = self.source.settings.sets
        return [
            self._write(draw, [], [self._failure(draw, name, "tracking", "memory", reason) for name in sets])
            for draw in group
        ]

    def _make(self, draw: Draw) -> MadeDraw:
        """Return the clips of a draw, and why the others could not be made."""
        makers: Mapping[SetName, Callable[[], Clip]] = {}
        clips: list[Clip] = []
        failures: list[Failure] = []
        try:
            makers = self.source.makers(draw)
        except Exception as error:  # whatever an unchecked file makes a library raise is the clip's failure
            kind, reason = _why(error)
            failures = [
                self._failure(draw, name, "making", kind, reason) for name in self.source.settings.sets
            ]
        attempt = partial(attempted, expected=Exception)  # whatever an unchecked file makes a library raise
        with ThreadPoolExecutor(torch.get_num_threads()) as threads:
            # In turn, nothing more is made after the first failure.
            side_by_side = map if self.settings.fail_fast else threads.map
            for name, outcome in zip(makers, side_by_side(attempt, makers.values()), strict=True):
                if isinstance(outcome, Exception):
                    failures.append(self._failure(draw, name, "making", *_why(outcome)))
                else:
                    clips.append(outcome)
        return clips, failures

    def _observe(self, clips: Sequence[Clip], counter: "FrameCounter") -> list[Records | Fault]:
        """Track clips, and return what is recorded of each, or why it failed."""
        raise NotImplementedError

    def _observe_twin(
        self, clips: Sequence[Clip], observed: Sequence[Records | Fault], counter: "FrameCounter"
    ) -> Sequence[Records | Fault | None]:
        """Record the twin's tracks of the clips that it has and that the model could track; None for others.

        A clip that the twin cannot track is none of the study's: what is recorded is recorded of both.
        """
        del observed, counter
        return [None] * len(clips)

    def _write(
        self,
        draw: Draw,
        records: Sequence[Records],
        failures: Sequence[Failure],
        seconds: float = 0.0,
        twin: Sequence[Records] = (),
    ) -> Part:
        """Write the part of a draw; one that stands already is left as it is, and returned."""
        raise NotImplementedError

    def apart(self, attempt: Callable[[Sequence[T], int], Sequence[R]]) -> Apart[T, R]:
        """Return what tries things together, such as clips, and apart where that fails."""
        return Apart(attempt, self._memory_reason, self.fits.note)

    def twin_clips(self, clips: Sequence[Clip]) -> list[Clip]:
        """Return those of some clips that the twin tracks as well."""
        return [clip for clip in clips if self._has_twin(clip.set, clip.draw)]

    def _has_twin(self, set_name: str, draw: Draw) -> bool:
        return self.twin is not None and has_twin(set_name, draw.clip, self.source.settings.sets)

    def _memory_reason(self, _: BaseException) -> str:
        remedy = "" if self.model.device.type == "cpu" else ", or --device cpu"
        return (
            f"--device {self.settings.device}: its memory is full; take a smaller --model or "
            f"--image-size{remedy}"
        )

    def finish(
        self,
        draw: Draw,
        files: Sequence[Path],
        *,
        clips: int,
        failures: Sequence[Failure],
        seconds: float,
    ) -> Part:
        """Name a part that consists of files other than a study's, and return it.

        Args:
            draw: the draw.
            files: what was written of it, in the folder of the parts.
            clips: how many clips are recorded.
            failures: of those that are not.
            seconds: that it took.
        """
        part = Part(
            draw=draw.clip,
            job=self.parts.job,
            inputs=self.inputs(draw),
            clips=clips,
            failures=tuple(failures),
            files={file.relative_to(self.parts.folder).as_posix(): file.stat().st_size for file in files},
            made=made_here(seconds),
        )
        self.parts.finish(part)
        return part

    def inputs(self, draw: Draw) -> dict[str, str]:
        """Return the digest of the files that a draw's clips are made of, by video."""
        return {video: self._digests.digest_of(files) for video, files in self.source.inputs(draw).items()}

    def _failure(self, draw: Draw, set_name: SetName, stage: Stage, kind: Kind, reason: str) -> Failure:
        failure = Failure(draw.clip, set_name, draw.name, draw.source.video, stage, kind, reason)
        _logger.info("failed: %s", failure, extra=failure.to_json())
        if self.settings.fail_fast:
            raise SamscopeError(f"{failure} (stopped at the first failure, as --fail-fast asks)")
        return failure

    def _advance_over(self, draw: Draw, failures: Sequence[Failure], counter: "FrameCounter") -> None:
        """Count the frames that were not tracked, so that the work comes to its end."""
        frames = self._frames_of_clip()
        for failure in failures:
            counter.fill(_track_name(failure.set, draw.name), frames)
            if self._has_twin(failure.set, draw):
                counter.fill(twin_track_name(failure.set, draw.name), frames)

    def _frames_of_clip(self) -> int:
        """Return how many frames of a clip are told of."""
        return self.source.settings.timeline.length


AnyRecorder = DrawRecorder[Any]
"""A recorder, whatever it records."""


class FrameCounter:
    """Passes every frame of a clip on once, however often its tracking is tried."""

    def __init__(self, advance: Advance) -> None:
        self._advance = advance
        self._counts: dict[str, int] = {}

    def attempt(self, name_of: Callable[[str, str], str] | None = None) -> Callable[[Clip], None]:
        """Return what counts the frames of one attempt.

        Args:
            name_of: what a track is told of as, by the clip's set and name; None for the model's tracks.
        """
        seen: dict[str, int] = {}

        def count(clip: Clip) -> None:
            name = (name_of or _track_name)(clip.set, clip.name)
            seen[name] = seen.get(name, 0) + 1
            self.fill(name, seen[name])

        return count

    def fill(self, name: str, frames: int) -> None:
        """Pass on the frames of a clip up to a number."""
        for _ in range(self._counts.get(name, 0), frames):
            self._advance(name)
        self._counts[name] = max(frames, self._counts.get(name, 0))


def _track_name(set_name: str, clip: str) -> str:
    return f"{set_name} {clip}"


def twin_track_name(set_name: str, clip: str) -> str:
    """Return what the twin's track of a clip is told of as."""
    return f"{set_name} {clip} (random twin)"


def _why(error: BaseException) -> tuple[Kind, str]:
    kind = kind_of(error, memory=is_out_of_memory(error))
    if kind == "unexpected":
        _logger.info("an unexpected error", exc_info=error)
    return kind, reason_of(error, kind)
