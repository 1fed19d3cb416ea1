"""Edits: what is changed inside a running track, as frozen values.

An edit says at which site (``sites.SITES``), on which frames, and what is done. Edits are done in the order
in which a step comes to their sites, and at one site in the order in which they are given. ``editing`` has
how a step does them, ``edit_checks`` what is refused before a track begins.
"""

import zlib
from collections.abc import Callable, Collection, Hashable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from samscope.support.errors import UsageError
from samscope.trackers.seen import Seen
from samscope.trackers.sites import SITES_BY_NAME

Frames = int | Collection[int]


@dataclass(frozen=True, eq=False)
class Put:
    """Replace by a value: this track's, another run's, another object's or clip's, a mean.

    Attributes:
        value: a tensor of the site's shape and dtype, without the batch; a number where the site is one; a
            ``Seen``, whose value at the site is taken; or a run, a list of the ``Seen`` of a track, of which
            the one of the edited frame is taken, or at a site of remembered frames that of the remembered
            frame.
    """

    value: Tensor | float | Seen | Sequence[Seen]

    def __eq__(self, other: object) -> bool:
        """Tell whether the very same value is put."""
        return isinstance(other, Put) and self.value is other.value

    def __hash__(self) -> int:
        """Return what is the same for the same value."""
        return id(self.value)


@dataclass(frozen=True)
class Zero:
    """Replace by zeros."""


@dataclass(frozen=True)
class Noise:
    """Add Gaussian noise, of its own for each site, frame and remembered frame, the same each time.

    Attributes:
        size: its standard deviation, in the tensor's own units; at least 0.
        seed: of the random numbers, at least 0.
    """

    size: float
    seed: int = 0

    def __post_init__(self) -> None:
        if not (np.isfinite(self.size) and self.size >= 0):
            raise UsageError(f"noise of size {self.size}; expected a number of at least 0")
        if self.seed < 0:
            raise UsageError(f"noise with seed {self.seed}; expected a whole number of at least 0")


@dataclass(frozen=True)
class Apply:
    """Replace by what a function makes of it.

    Attributes:
        function: given a copy of the site's tensor, without the batch, it returns one of that shape and
            dtype.
    """

    function: Callable[[Tensor], Tensor]


@dataclass(frozen=True)
class Remove:
    """Take what is there away: at sites that have no tensor."""


Change = Put | Zero | Noise | Apply | Remove


@dataclass(frozen=True)
class Edit:
    """One change inside a track.

    Attributes:
        site: a name of ``sites.SITES``.
        frames: on which frames of the clip it is done.
        change: what is done.
        of: at a site of remembered frames, which of them; None for all that there are. On the first of the
            edit's frames one of them must be there; later, those that no longer are change nothing.
    """

    site: str
    frames: Frames
    change: Change
    of: Frames | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "frames", _numbers(self.frames, "frames"))
        if self.of is not None:
            object.__setattr__(self, "of", _numbers(self.of, "of"))

    @property
    def on(self) -> Sequence[int]:
        """The frames, ascending: a range, or a tuple."""
        return _numbers(self.frames, "frames")

    @property
    def first(self) -> int:
        """The first of the frames."""
        return self.on[0]

    @property
    def chosen(self) -> Sequence[int] | None:
        """Which of the remembered frames, ascending: a range, or a tuple; None for all."""
        return None if self.of is None else _numbers(self.of, "of")

    @property
    def done(self) -> Hashable:
        """What is done, whenever: tracks go together while it is equal."""
        return self.site, self.change, self.chosen

    @property
    def begins(self) -> int:
        """The one of the frames that a pass comes to first."""
        return self.first

    def frame_at(self, index: int) -> int:
        """Return which frame of the clip the track has at an index, by which banks count: that one."""
        return index

    def covers(self, remembered: int) -> bool:
        """Tell whether it changes what is of a remembered frame."""
        return self.chosen is None or remembered in self.chosen

    def __str__(self) -> str:
        """Return it as messages name it."""
        return f"{type(self.change).__name__} at {self.site!r}"


@dataclass(frozen=True)
class EditInPass(Edit):
    """An edit of a track whose indices are not the frames of the clip.

    Attributes:
        start: the frame that has index 0.
        reverse: whether the pass goes towards frame 0, so that indices are the frames' negatives.
    """

    start: int = 0
    reverse: bool = False

    @property
    def begins(self) -> int:
        """The one of the frames that the pass comes to first."""
        return self.on[-1] if self.reverse else self.first

    def frame_at(self, index: int) -> int:
        """Return which frame of the clip the track has at an index."""
        return self.start + (-index if self.reverse else index)


def in_pass(edit: Edit, start: int, *, reverse: bool) -> Edit:
    """Return an edit as it is done in a track whose index 0 is a frame of the clip, or that runs back."""
    if not start and not reverse:
        return edit
    return EditInPass(edit.site, edit.frames, edit.change, edit.of, start=start, reverse=reverse)


def on_frame(edits: Iterable[Edit], frame: int) -> tuple[Edit, ...]:
    """Return those edits that are done on a frame."""
    return tuple(edit for edit in edits if frame in edit.on)


def changed(edit: Edit, tensor: Tensor, frame: int, remembered: int | None = None) -> Tensor:
    """Return what an edit makes of a site's tensor.

    Args:
        edit: changes something and does not remove it.
        tensor: the site's, without the batch; it stays as it is.
        frame: which frame it is done on.
        remembered: the remembered frame, at a site of such.

    Raises:
        UsageError: the value is of another shape or dtype.
    """
    match edit.change:
        case Put(value):
            result = _value(edit, value, frame, remembered, tensor)
        case Zero():
            result = torch.zeros_like(tensor)
        case Noise(size, seed):
            seeds = [seed, frame, 0 if remembered is None else remembered + 1, zlib.crc32(edit.site.encode())]
            drawn = np.random.default_rng(seeds).standard_normal(tuple(tensor.shape), np.float32)
            noise = torch.as_tensor(drawn, device=tensor.device)
            result = (tensor.float() + size * noise).to(tensor.dtype)
        case Apply(function):
            result = function(tensor.clone())
        case Remove():
            raise UsageError(f"{edit}: there is a tensor, which cannot be removed; put another one, or zeros")
    if not isinstance(result, Tensor) or result.shape != tensor.shape or result.dtype != tensor.dtype:
        raise UsageError(
            f"{edit}, frame {frame}: the value is {_described(result)}; expected {_described(tensor)}"
        )
    return result.to(tensor.device)


def seen_at(seen: Seen, site: str) -> Tensor | None:
    """Return what was seen at a site of a frame, without the batch; None where there was nothing.

    At a site of remembered frames it is what was stored of this frame.
    """
    if site == "object_score":
        return None if seen.object_score is None else torch.tensor(seen.object_score)
    stored = {"recalled_memory": "memory_features", "recalled_pointer": "object_pointer"}.get(site, site)
    value: Tensor | None = getattr(seen, stored, None)
    return value


def mean_at(run: Iterable[Seen], site: str) -> Tensor:
    """Return the mean of what was seen at a site, such as over a study's clips, in the site's dtype.

    Args:
        run: what was seen, of one model; frames without the site are left out.
        site: a name of ``sites.SITES``.

    Raises:
        UsageError: there is no such site, or nothing was seen at it.
    """
    total, count, dtype = torch.zeros(()), 0, torch.float32
    for seen in run:
        value = seen_at(seen, _checked_site(site))
        if value is not None:
            total, count, dtype = total.to(value.device) + value.float(), count + 1, value.dtype
    if not count:
        raise UsageError(f"there is no mean at {site!r}: nothing was seen there")
    return (total / count).to(dtype)


def _checked_site(site: str) -> str:
    if site not in SITES_BY_NAME:
        raise UsageError(f"site {site!r}: there is no such site; expected one of {', '.join(SITES_BY_NAME)}")
    return site


def _value(
    edit: Edit,
    value: Tensor | float | Seen | Sequence[Seen],
    frame: int,
    remembered: int | None,
    tensor: Tensor,
) -> Tensor:
    if isinstance(value, Tensor):
        return value
    if isinstance(value, int | float):
        return torch.tensor(float(value), dtype=tensor.dtype)
    place = frame if remembered is None else remembered
    seen = value if isinstance(value, Seen) else _of_run(edit, value, place)
    put = seen_at(seen, edit.site)
    if put is None:
        raise UsageError(
            f"{edit}, frame {frame}: nothing was seen there on frame {seen.frame_index} of the other run"
        )
    return put.to(tensor.dtype) if edit.site == "object_score" else put


def seen_on(run: Sequence[Seen], frame: int) -> Seen | None:
    """Return what a run has seen on a frame; None where it has not been there."""
    return next((seen for seen in run if seen.frame_index == frame), None)


def _of_run(edit: Edit, run: Sequence[Seen], frame: int) -> Seen:
    seen = seen_on(run, frame)
    if seen is None:
        raise UsageError(
            f"{edit}: the other run has no frame {frame}; give all that was seen, or the Seen that is meant"
        )
    return seen


def _numbers(given: object, name: str) -> Sequence[int]:
    if isinstance(given, range) and given.step == 1 and given:
        numbers: Sequence[int] = given
    else:
        several = [given] if isinstance(given, int | np.integer) else given
        if not isinstance(several, Iterable) or isinstance(several, str):
            raise UsageError(
                f"an edit's {name} are {given!r}; expected a frame, or several such as range(16, 20)"
            )
        listed = list(several)
        if not all(
            isinstance(number, int | np.integer) and not isinstance(number, bool) for number in listed
        ):
            raise UsageError(f"an edit's {name} are {given!r}; expected whole numbers")
        numbers = tuple(sorted({int(number) for number in listed}))
    if not numbers:
        raise UsageError(f"an edit's {name} are {given!r}: there is none of them")
    if numbers[0] < 0:
        raise UsageError(f"an edit's {name} begin at {numbers[0]}: before the prompt, which is on frame 0")
    return numbers


def _described(value: object) -> str:
    if not isinstance(value, Tensor):
        return f"of the type {type(value).__name__}"
    return f"{str(value.dtype).removeprefix('torch.')} {list(value.shape)}"
