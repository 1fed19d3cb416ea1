"""What a study is asked for: values that can be written to ``study.json`` and read back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, cast, get_args

from samscope.clips.clip import SETS, SetName, Timeline
from samscope.errors import UsageError
from samscope.models.built_in import BUILT_IN_MODEL
from samscope.models.modes import DEFAULT_MODE, Mode
from samscope.sharding import Shard
from samscope.storage.urls import url_of
from samscope.transforms.options import TransformOptions

Control = Literal["random", "none"]
"""Whether a model of random weights tracks some of the clips too, to hold the model against."""

EngineName = Literal["local", "ray"]
"""What does the work of a study."""


@dataclass(frozen=True)
class ClipSettings:
    """Which clips are made.

    Attributes:
        videos: a DAVIS-format folder, or a folder written by ``samscope build``; None for made-up videos.
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
        unknown = [name for name in self.sets if name not in SETS]
        if unknown or not self.sets:
            asked = repr(unknown[0]) if unknown else "none"
            raise UsageError(f"--sets names {asked}; the sets are {', '.join(SETS)}")
        object.__setattr__(self, "sets", tuple(name for name in SETS if name in self.sets))
        if self.videos is None and (self.resolution is not None or self.subset is not None):
            raise UsageError("--resolution and --subset choose among the videos of a folder: add --videos")
        if self.videos is None and self.each:
            raise UsageError("--each takes every object of the videos of a folder: add --videos")

    def to_json(self) -> dict[str, Any]:
        """Return the settings as plain values, the keys as in ``study.json``."""
        return {
            "videos": None if self.videos is None else url_of(self.videos) or str(self.videos),
            "resolution": self.resolution,
            "subset": self.subset,
            "clips": self.count,
            "each": self.each,
            "seed": self.seed,
            "sets": list(self.sets),
            "source": self.source,
            "object_id": self.object_id,
            "partner": self.partner,
            "min_area": self.min_area,
            "strides": list(self.strides),
            "prefix": self.timeline.prefix,
            "middle": self.timeline.middle,
            "suffix": self.timeline.suffix,
            "splice": self.options.splice,
            "background": self.options.background,
            "overlay": self.options.overlay,
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "ClipSettings":
        """Return the settings that ``to_json`` wrote; keys that are no settings are passed over.

        Raises:
            UsageError: a value is out of its range.
            KeyError: a setting is missing.
        """
        return cls(
            videos=None if values["videos"] is None else Path(values["videos"]),
            resolution=values["resolution"],
            subset=values["subset"],
            count=values["clips"],
            each=values.get("each", False),
            seed=values["seed"],
            sets=tuple(values["sets"]),
            source=values["source"],
            object_id=values["object_id"],
            partner=values["partner"],
            min_area=values["min_area"],
            strides=tuple(values["strides"]),
            timeline=Timeline(values["prefix"], values["middle"], values["suffix"]),
            options=TransformOptions(values["splice"], values["background"], values["overlay"]),
        )


@dataclass(frozen=True)
class StudySettings:
    """What a study is: its clips, the model that tracks through them, and what is kept.

    Attributes:
        out: the folder that it is written to.
        clips: which clips are made.
        model: a SAM 2 as ``load_model`` takes it: name, folder or file.
        device: where it runs: ``cpu``, ``cuda``, ``cuda:1``, ..., or ``auto``.
        image_size: side of the model's square input in pixels; None for the model's own.
        mode: how the model computes: ``exact``, ``fast`` or ``bf16``.
        batch: how many distinct frames or tracks go through the model at once; None for as many as
            ``models.device_memory.usual_batch`` says, in ``exact`` mode 1.
        maps: of how many draws, from the first, the position maps are kept for figures.
        keep: whether the whole tensors of every position are kept as well: 18 MB a frame at 1024 pixels.
        control: ``random``: the model's random twin (``models.random_twin``) tracks the clips that
            ``records.twins`` says as well; ``none``: no other model does.
        threads: CPU threads; None for torch's own choice.
        overwrite: whether an older result in ``out`` is replaced.
        resume: whether an unfinished study for ``out`` goes on; a finished one is left as it is.
        fail_fast: whether the first clip that fails stops the study.
        shard: the share of the work that is done; None for all of it.
        engine: what does the work: ``local``, this process, or ``ray``, a Ray cluster.
        address: of the Ray cluster; None as for ``ray.init``.

    ``study.json`` holds all but ``overwrite`` and what follows it.

    Raises:
        UsageError: a value is out of its range.
    """

    out: Path
    clips: ClipSettings = field(default_factory=ClipSettings)
    model: str = BUILT_IN_MODEL
    device: str = "cpu"
    image_size: int | None = None
    mode: Mode = DEFAULT_MODE
    batch: int | None = None
    maps: int = 2
    keep: bool = False
    control: Control = "random"
    threads: int | None = None
    overwrite: bool = False
    resume: bool = False
    fail_fast: bool = False
    shard: Shard | None = None
    engine: EngineName = "local"
    address: str | None = None

    def __post_init__(self) -> None:
        _require_at_least("--maps", self.maps, 0)
        if self.batch is not None:
            _require_at_least("--batch", self.batch, 1)
        if self.mode == "exact" and self.tracks_at_once > 1:
            raise UsageError(
                f"--batch is {self.batch}, and --mode exact takes one clip at a time; leave one of them out"
            )
        if self.threads is not None:
            _require_at_least("--threads", self.threads, 1)
        if self.control not in get_args(Control):
            raise UsageError(f"--control is {self.control!r}; it can be {', '.join(get_args(Control))}")
        if self.engine not in get_args(EngineName):
            raise UsageError(f"--engine is {self.engine!r}; it can be {', '.join(get_args(EngineName))}")

    @property
    def tracks_at_once(self) -> int:
        """The batch; 1 as long as it is not known."""
        return self.batch or 1

    def to_json(self) -> dict[str, Any]:
        """Return the settings as plain values, the keys as in ``study.json``."""
        return {
            "out": str(self.out),
            **self.clips.to_json(),
            "model": self.model,
            "device": self.device,
            "image_size": self.image_size,
            "mode": self.mode,
            "batch": self.batch,
            "maps": self.maps,
            "keep": self.keep,
            "control": self.control,
            "threads": self.threads,
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "StudySettings":
        """Return the settings that ``to_json`` wrote; keys that are no settings are passed over.

        Raises:
            UsageError: a value is out of its range.
            KeyError: a setting is missing.
        """
        return cls(
            out=Path(values["out"]),
            clips=ClipSettings.from_json(values),
            model=values["model"],
            device=values["device"],
            image_size=values["image_size"],
            mode=values["mode"],
            batch=values["batch"],
            maps=values["maps"],
            keep=values["keep"],
            control=values.get("control", "none"),
            threads=values["threads"],
        )


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


def _require_at_least(option: str, value: int, least: int) -> None:
    if value < least:
        raise UsageError(f"{option} is {value}; it must be at least {least}")
