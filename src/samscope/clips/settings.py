"""Which clips are asked for: values that can be written to ``study.json`` and read back."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, cast

from samscope.clips.clip import SETS, SetName, Timeline
from samscope.clips.sets.options import TransformOptions
from samscope.support.errors import UsageError
from samscope.support.urls import url_of

_KEYS = {"count": "clips"}
"""What settings are called in ``study.json``, where it is another name than their own."""


@dataclass(frozen=True)
class ClipSettings:
    """Which clips are made.

    Attributes:
        videos: a folder of videos with labels, as ``read_videos`` reads it, or one written by
            ``samscope build``; None for made-up videos.
        resolution: resolution of a DAVIS-format folder that has several; None for its 480p or its only one.
        subset: a list whose videos alone are used, as ``read_collection`` takes it; None for all videos.
        count: how many draws, and so how many clips in each set; unless ``each`` decides.
        each: whether every object of every video is drawn as source once, instead of ``count`` times.
        seed: seeds every random choice; the same seed gives the same clips.
        sets: the sets to make, in the order of ``SETS``.
        source: the video that every clip is made from; None to draw it.
        object_id: the object of ``source`` that is tracked; None to draw it.
        partner: the video of the interjected frames and of the pasted object; None to draw it.
        min_area: share of the picture, 0..1, that an object covers at least where it is prompted.
        strides: the temporal strides to draw from, in frames of the videos.
        timeline: lengths of prefix, middle and suffix.
        options: the choices that the transformations leave open.

    Raises:
        UsageError: a set does not exist, or there is none. What ``sample_draws`` can tell is left to it.
    """

    videos: Path | None = None
    resolution: str | None = None
    subset: str | None = None
    count: int = 24
    each: bool = False
    seed: int = 0
    sets: tuple[SetName, ...] = SETS
    source: str | None = None
    object_id: int | None = None
    partner: str | None = None
    min_area: float = 0.005
    strides: tuple[int, ...] = (1, 2, 3)
    timeline: Timeline = field(default_factory=Timeline)
    options: TransformOptions = field(default_factory=TransformOptions)

    def __post_init__(self) -> None:
        if self.videos is not None:
            object.__setattr__(self, "videos", self.videos.expanduser())
        unknown = [name for name in self.sets if name not in SETS]
        if unknown or not self.sets:
            named = repr(unknown[0]) if unknown else "none"
            raise UsageError(f"--sets names {named}; the sets are {', '.join(SETS)}")
        object.__setattr__(self, "sets", tuple(name for name in SETS if name in self.sets))
        if self.videos is None and (self.resolution is not None or self.subset is not None):
            raise UsageError("--resolution and --subset choose among the videos of a folder: add --videos")
        if self.videos is None and self.each:
            raise UsageError("--each takes every object of the videos of a folder: add --videos")

    def to_json(self) -> dict[str, Any]:
        """Return the settings as plain values, the keys as in ``study.json``."""
        values = {part.name: getattr(self, part.name) for part in fields(self)}
        timeline, options = values.pop("timeline"), values.pop("options")
        values["videos"] = None if self.videos is None else url_of(self.videos) or str(self.videos)
        named = {_KEYS.get(name, name): value for name, value in values.items()}
        plain = {name: list(value) if isinstance(value, tuple) else value for name, value in named.items()}
        return {**plain, **asdict(timeline), **asdict(options)}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "ClipSettings":
        """Return the settings that ``to_json`` wrote; keys that are no settings are passed over.

        Raises:
            UsageError: a value is out of its range.
            KeyError: a setting is missing.
        """
        given = {"each": False, **values}
        own_values: dict[str, Any] = {}
        for name in [part.name for part in fields(cls) if part.name not in {"timeline", "options"}]:
            value = given[_KEYS.get(name, name)]
            own_values[name] = tuple(value) if isinstance(value, list) else value
        own_values["videos"] = None if own_values["videos"] is None else Path(own_values["videos"])
        timeline = Timeline(**{part.name: values[part.name] for part in fields(Timeline)})
        options = TransformOptions(**{part.name: values[part.name] for part in fields(TransformOptions)})
        return cls(**own_values, timeline=timeline, options=options)


def parse_sets(names: str) -> tuple[SetName, ...]:
    """Return the names in a list separated by commas: ``clean,overlay``; ``ClipSettings`` checks them."""
    return cast(tuple[SetName, ...], tuple(name.strip() for name in names.split(",") if name.strip()))


def parse_strides(numbers: str) -> tuple[int, ...]:
    """Return the strides of a list separated by commas: ``1,2,3``.

    Raises:
        UsageError: something in it is no whole number.
    """
    try:
        return tuple(int(number) for number in numbers.split(",") if number.strip())
    except ValueError as error:
        raise UsageError(f"--strides is {numbers!r}; expected whole numbers from 1, such as 1,2,3") from error
