"""Tracking an object through a clip or a stream."""

from collections.abc import Generator, Iterable, Iterator, Sequence, Sized
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PIL import Image
from torch import Tensor

from samscope.support.errors import UsageError
from samscope.trackers.family import Step, Tracker
from samscope.trackers.given import presence, rgb_frame, rgb_frames, whole_number
from samscope.trackers.looking_ahead import FRAMES_AHEAD, FramesAhead
from samscope.trackers.memory import MemoryRule, Need, needs_of, require_truth
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

    Yields:
        One ``Seen`` a frame.

    Raises:
        UsageError: a wrong prompt, no such memory rule, one that the model cannot take, or one that needs the
            truth where there is none, a mask of several objects, frames of different sizes or of another
            kind, more frames than ``length`` or than ``truth`` has, or a number out of its range. What is
            wrong with a frame is raised after all before it were yielded.
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
    told = presence(truth, length) if Need.TRUTH in needs_of(model.memory_rule) else None
    beginning = list(islice(source, 1))
    if not beginning:
        raise UsageError("there is no frame to track in")
    first = rgb_frame(beginning[0], 0)
    prompt = make_prompt(
        (first.shape[0], first.shape[1]),
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
        frames=_checked(first, source, length, told),
        size=(first.shape[0], first.shape[1]),
        prompt=on_device(prompt, model.device),
        length=length,
        truth=told,
        cores=cores,
        ahead=ahead,
        threads=threads,
    ).run()


@dataclass(frozen=True, eq=False)
class _Track:
    """A track that can begin."""

    model: Tracker
    frames: Iterator[NDArray[np.uint8]]
    size: tuple[int, int]
    prompt: Prompt
    length: int | None
    truth: tuple[bool, ...] | None
    cores: int | None
    ahead: int
    threads: int | None

    def run(self) -> Generator[Seen, None, None]:
        """Yield what is seen, frame after frame."""
        with Cores(self.cores) as cores:
            frames = FramesAhead(self.frames, self._encode, cores, self.ahead)
            unsettled = Unsettled()
            taken = self._begin(cores, frames, 0, None)
            while taken is not None:
                frames.begin()
                try:
                    step, seen = taken.result()
                except Exception:
                    yield from unsettled.best
                    raise
                settled, unsettled = unsettled.after(seen)
                if self.ahead:
                    taken = self._begin(cores, frames, step.frame + 1, step.bank)
                    frames.begin()
                yield from settled
                if not self.ahead:
                    taken = self._begin(cores, frames, step.frame + 1, step.bank)
            yield from unsettled.best

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
        with self._computing():
            if bank is None:
                (step,) = self.model.start([encoded], [self.prompt], length=self.length)
            else:
                told = {} if self.truth is None else {"truth": [self.truth[index]]}
                (step,) = self.model.follow([encoded], [bank], index, **told)
            if self.length is None:
                return step, [(0, see(step, self.size))]
            return step, see_paths(step, self.size)

    @contextmanager
    def _computing(self) -> Iterator[None]:
        with operations_on(self.threads if self.cores is None else None), self.model.inference():
            yield


def _checked(
    first: NDArray[np.uint8], rest: Iterator[object], length: int | None, truth: Sequence[bool] | None
) -> Iterator[NDArray[np.uint8]]:
    yield first
    for index, given in enumerate(rest, start=1):
        frame = rgb_frame(given, index)
        if frame.shape != first.shape:
            raise UsageError(
                f"frame {index} is {list(frame.shape)}, frame 0 {list(first.shape)}: one size, please"
            )
        if length is not None and index >= length:
            raise UsageError(f"frame {index} came after the last one: length={length}")
        if truth is not None and index >= len(truth):
            raise UsageError(f"frame {index} has no truth: truth= is of {len(truth)} frames; give it for all")
        yield frame
