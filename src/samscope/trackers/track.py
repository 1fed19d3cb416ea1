"""Tracking an object through a clip or a stream."""

from collections.abc import Generator, Iterable, Iterator, Sequence, Sized
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PIL import Image
from torch import Tensor

from samscope.support.errors import UsageError
from samscope.trackers.attention import Looking
from samscope.trackers.edit_checks import asked_of_step, check_edits, looking_of, require_single_path
from samscope.trackers.edits import Edit, on_frame
from samscope.trackers.family import Step, Tracker
from samscope.trackers.given import presence, rgb_frame, rgb_frames, whole_number
from samscope.trackers.looking_ahead import FRAMES_AHEAD, FramesAhead
from samscope.trackers.memory import Bank, MemoryRule
from samscope.trackers.needs import Need, needs_of, require_truth
from samscope.trackers.prompt import Prompt, make_prompt, on_device
from samscope.trackers.rules.naming import memory_rule
from samscope.trackers.sam2.speed.cores import Cores, cores_of, operations_on
from samscope.trackers.seen import Seen, see
from samscope.trackers.settling import SeenOnPaths, Unsettled, see_paths


def track(
    model: Tracker,
    frames: NDArray[np.uint8] | Tensor | Iterable[NDArray[np.uint8] | Tensor | Image.Image],
    *,
    mask: ArrayLike | Tensor | Image.Image | None = None,
    points: ArrayLike | Tensor | None = None,
    labels: Sequence[int] | ArrayLike | Tensor | None = None,
    box: ArrayLike | Tensor | None = None,
    length: int | None = None,
    memory: str | MemoryRule | None = None,
    truth: ArrayLike | Tensor | None = None,
    threads: int | None = None,
    ahead: int | None = None,
    edits: Sequence[Edit] = (),
    attention: bool | Sequence[tuple[float, float]] = False,
    banks: bool = False,
) -> Generator[Seen, None, None]:
    """Track the object that is prompted on the first frame, and observe the model on every frame.

    Nothing is kept of past frames but the memory bank, so a stream of any length runs in constant memory; so
    does a consumer that keeps no ``Seen``. A stream is read one frame at a time: the next one when the next
    ``Seen`` is asked for, so that it may wait for what was seen. Of an array or a list, the mode ``fast`` on
    a CPU encodes two frames to come on other cores meanwhile. What is yielded is the same, bit for bit.

    On a CPU in the mode ``fast`` each core computes something of its own, and PyTorch's operations use one
    thread in the whole process from the first frame until the last, or until the iterator is closed or
    dropped; then as many as before. So the work of other processes slows no thread that others wait for.

    A memory rule that keeps several paths, such as ``sam2long``, has its answer when the clip ends. Of a clip
    whose length is known, what is yielded is that final answer: a frame comes as soon as all paths agree on
    it, the last ones after the last frame; held until then is what was seen on the frames on which paths
    differ, once for each path. Of a stream without a length, each frame comes at once, as it is on the path
    that is best so far, and nothing is held.

    Args:
        model: as ``load_model`` gives it.
        frames: uint8 [T, H, W, 3], RGB, or any iterable of such frames [H, W, 3] of one size; as numpy
            arrays, torch tensors (also [3, H, W]) or Pillow pictures. Turn what OpenCV reads, which is BGR:
            ``frame[..., ::-1]``.
        mask: bool [H, W], the object's pixels on the first frame. A mask of another dtype, a torch tensor, a
            Pillow picture and [1, H, W] are read too where there is one kind of value beside 0 (1, 255, an
            id), which is the object; or
        points: [P, 2], x and y of clicks on it, in pixels, and/or
        box: x_min, y_min, x_max, y_max.
        labels: [P], 1 for a click on the object (the default), 0 for one beside it.
        length: frames in all. In SAM 2 a clip shorter than 17 frames has fewer pointers on another time
            scale, so the length is part of the computation. It is known for arrays and lists; a stream
            without it is taken as long, with SAM 2's maximum of 16 pointers. With it, answers are final.
        memory: the memory rule: a line of text such as ``sam2:stride=3``, as ``rules.naming`` reads it, or
            a rule itself; None for the model's own.
        truth: bool [T], on which frames the object is by the labels, for a memory rule that asks for it, such
            as ``oracle``; others leave it alone.
        threads: CPU threads: cores that compute side by side in the mode ``fast`` (eight at most), and those
            of PyTorch's operations in the others, while a frame is computed. None for as many as PyTorch is
            set to.
        ahead: how many frames are read, and on cores that are free encoded, before they are asked for; None
            for 2 where frames are at hand and cores compute side by side, else 0. Give it for a stream that
            waits for nobody, such as a film that is decoded.
        edits: what is changed inside the track; see ``edits``. What is seen is what the model goes on with.
        attention: True for what memory attention looks at, as ``Seen.attention``; or x and y of pixels of the
            frame, for maps of what these look at as well. It changes nothing that is computed.
        banks: keep what the tracker remembers after each frame, as ``Seen.bank``: ``continue_track`` goes on
            from there.

    Yields:
        One ``Seen`` a frame.

    Raises:
        UsageError: a wrong prompt, edits that the tracker cannot do (``edit_checks``), no such memory rule,
            one that the model cannot take, or one that needs the truth where there is none, a mask of several
            objects, frames of different sizes or of another kind, more frames than ``length`` or than
            ``truth`` has, a number out of its range, or banks or attention of a rule that keeps several
            paths. What is wrong with a frame is raised after all before it were yielded.
    """
    if not isinstance(model, Tracker):
        raise UsageError(f"the model is {model!r}; load it first: samscope.load_model('nano')")
    if memory is not None:
        model = model.with_memory_rule(memory_rule(memory))
    numbers = {"threads": (threads, 1), "ahead": (ahead, 0)}
    for name, (number, least) in (numbers | {"length": (length, 1)}).items():
        if number is not None:
            whole_number(number, name, least)
    source = rgb_frames(frames)
    if length is None and isinstance(frames, Sized):
        length = len(frames)
    require_truth(model.memory_rule, truth is not None)
    presences = presence(truth, length) if Need.TRUTH in needs_of(model.memory_rule) else None
    edits = check_edits(model, edits, length)
    if banks:
        require_single_path(model, "banks")
    beginning = list(islice(source, 1))
    if not beginning:
        raise UsageError("there is no frame to track in")
    first = rgb_frame(beginning[0], 0)
    size = (first.shape[0], first.shape[1])
    prompt = make_prompt(
        size,
        model.image_size,
        mask=mask,
        points=points,
        labels=labels,
        box=box,
        resize_mask=model.resizes_masks,
    )
    cores = cores_of(model.device, model.mode, threads)
    if ahead is None:
        ahead = FRAMES_AHEAD if isinstance(frames, Sized) and cores is not None else 0
    return _Track(
        model=model,
        frames=_checked(chain([first], source), size, 0, length, presences),
        size=size,
        prompt=on_device(prompt, model.device),
        length=length,
        truth=presences,
        cores=cores,
        ahead=ahead,
        threads=threads,
        edits=edits,
        looking=looking_of(model, attention, size),
        banks=banks,
    ).run(0, None)


def continue_track(
    model: Tracker,
    frames: NDArray[np.uint8] | Tensor | Iterable[NDArray[np.uint8] | Tensor | Image.Image],
    after: Seen,
    *,
    edits: Sequence[Edit] = (),
    truth: ArrayLike | Tensor | None = None,
    attention: bool | Sequence[tuple[float, float]] = False,
    banks: bool = False,
    threads: int | None = None,
) -> Generator[Seen, None, None]:
    """Go on from a frame of another track, which stays as it is: nothing before is computed again.

    Without edits, with the frames that follow there, the rest of that track is tracked again, bit for bit.

    Args:
        model: the one that tracked.
        frames: those that follow, as for ``track``.
        after: the last frame before, as a track with ``banks=True`` saw it. The memory rule and the clip's
            length are that track's.
        edits: as for ``track``; frames are counted from the beginning of the clip.
        truth: as for ``track``, from the beginning of the clip.
        attention: as for ``track``.
        banks: as for ``track``.
        threads: as for ``track``.

    Yields:
        One ``Seen`` a frame, from ``after.frame_index + 1`` on.

    Raises:
        UsageError: ``after`` has no bank, or one of another model; and as ``track``.
    """
    if not isinstance(model, Tracker):
        raise UsageError(f"the model is {model!r}; load it first: samscope.load_model('nano')")
    if not isinstance(after, Seen) or after.bank is None:
        raise UsageError("the Seen to go on from has no bank; have the track keep it: track(..., banks=True)")
    _check_same_model(model, after)
    if isinstance(after.bank, Bank):
        model = model.with_memory_rule(after.bank.rule)
    require_truth(model.memory_rule, truth is not None)
    begins = after.frame_index + 1
    size = (after.mask.shape[0], after.mask.shape[1])
    length = begins + len(frames) if isinstance(frames, Sized) else None
    checked = check_edits(model, edits, length)
    for number, edit in enumerate(checked):
        if edit.first < begins:
            raise UsageError(
                f"edit {number} ({edit}): frame {edit.first} is before {begins}, the first one here"
            )
    presences = presence(truth, length) if Need.TRUTH in needs_of(model.memory_rule) else None
    cores = cores_of(model.device, model.mode, threads)
    return _Track(
        model=model,
        frames=_checked(rgb_frames(frames), size, begins, length, presences),
        size=size,
        prompt=None,
        length=length,
        truth=presences,
        cores=cores,
        ahead=FRAMES_AHEAD if isinstance(frames, Sized) and cores is not None else 0,
        threads=threads,
        edits=checked,
        looking=looking_of(model, attention, size),
        banks=banks,
    ).run(begins, after.bank)


def _check_same_model(model: Tracker, after: Seen) -> None:
    for position in model.positions:
        value = getattr(after, position.name)
        if value is not None and tuple(value.shape) != position.shape:
            raise UsageError(
                f"the Seen to go on from is of another model or image size: its {position.name} is "
                f"{list(value.shape)}, {model.name} has {list(position.shape)}"
            )


@dataclass(frozen=True, eq=False)
class _Track:
    """A track that can begin."""

    model: Tracker
    frames: Iterator[NDArray[np.uint8]]
    size: tuple[int, int]
    prompt: Prompt | None
    length: int | None
    truth: tuple[bool, ...] | None
    cores: int | None
    ahead: int
    threads: int | None
    edits: tuple[Edit, ...]
    looking: Looking | None
    banks: bool

    def run(self, index: int, bank: Any) -> Generator[Seen, None, None]:
        """Yield what is seen, frame after frame.

        Args:
            index: the first frame's.
            bank: what is remembered before it; None where it is the prompted one.
        """
        last = index
        with Cores(self.cores) as cores:
            frames = FramesAhead(self.frames, self._encode, cores, self.ahead)
            unsettled = Unsettled()
            taken = self._begin(cores, frames, index, bank)
            while taken is not None:
                frames.begin()
                try:
                    step, seen = taken.result()
                except Exception:
                    yield from unsettled.best
                    raise
                settled, unsettled = unsettled.after(seen)
                last = step.frame
                if self.ahead:
                    taken = self._begin(cores, frames, step.frame + 1, step.bank)
                    frames.begin()
                yield from settled
                if not self.ahead:
                    taken = self._begin(cores, frames, step.frame + 1, step.bank)
            yield from unsettled.best
        for number, edit in enumerate(self.edits):
            if edit.on[-1] > last:
                raise UsageError(f"edit {number} ({edit}): frame {edit.on[-1]} is after the last one, {last}")

    def _begin(
        self, cores: Cores, frames: FramesAhead[NDArray[np.uint8]], index: int, bank: Any
    ) -> Future[tuple[Step, SeenOnPaths]] | None:
        """Have the step of the next frame taken; None after the last one."""
        encoding = frames.take()
        if encoding is None:
            return None
        if error := encoding.exception():
            failed: Future[tuple[Step, SeenOnPaths]] = Future()
            failed.set_exception(error)
            return failed
        return cores.run(self._take, encoding.result(), index, bank)

    def _encode(self, frame: NDArray[np.uint8]) -> Any:
        pixels = self.model.preprocess(frame)[None]
        with self._computing():
            (encoded,) = self.model.encode(pixels)
            return encoded

    def _take(self, encoded: Any, index: int, bank: Any) -> tuple[Step, SeenOnPaths]:
        arguments = asked_of_step([on_frame(self.edits, index)], None if bank is None else self.looking)
        with self._computing():
            if bank is None and self.prompt is not None:
                (step,) = self.model.start([encoded], [self.prompt], length=self.length, **arguments)
            else:
                if self.truth is not None:
                    arguments["truth"] = [self.truth[index]]
                (step,) = self.model.follow([encoded], [bank], index, **arguments)
            if self.length is None or self.banks:
                return step, [(0, see(step, self.size, bank=self.banks))]
            return step, see_paths(step, self.size)

    @contextmanager
    def _computing(self) -> Iterator[None]:
        with operations_on(self.threads if self.cores is None else None), self.model.inference():
            yield


def _checked(
    frames: Iterator[object],
    size: tuple[int, int],
    begins: int,
    length: int | None,
    truth: Sequence[bool] | None,
) -> Iterator[NDArray[np.uint8]]:
    for index, given in enumerate(frames, start=begins):
        frame = rgb_frame(given, index)
        if frame.shape != (*size, 3):
            raise UsageError(f"frame {index} is {list(frame.shape)}, frame 0 {[*size, 3]}: one size, please")
        if length is not None and index >= length:
            raise UsageError(f"frame {index} came after the last one: length={length}")
        if truth is not None and index >= len(truth):
            raise UsageError(f"frame {index} has no truth: truth= is of {len(truth)} frames; give it for all")
        yield frame
