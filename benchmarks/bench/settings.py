"""What a benchmark is asked for."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, get_args

from samscope.clips.clip import SetName, Timeline
from samscope.clips.settings import ClipSettings
from samscope.support.errors import UsageError
from samscope.trackers.sam2.built_in import BUILT_IN_MODEL

Contender = Literal[
    "transformers", "official", "alone", "track", "exact", "fast", "bf16", "alone_observed", "fast_observed"
]
CONTENDERS: tuple[Contender, ...] = get_args(Contender)

DESCRIPTIONS: dict[Contender, str] = {
    "transformers": "transformers' own session, one clip at a time",
    "official": "the official predictor, one clip at a time",
    "alone": "samscope exact, one clip at a time",
    "track": "samscope.track, fast, one clip at a time",
    "exact": "samscope exact, shared work once",
    "fast": "samscope fast, shared work once",
    "bf16": "samscope bf16, shared work once",
    "alone_observed": "samscope exact, one clip at a time, everything recorded",
    "fast_observed": "samscope fast, shared work once, everything recorded",
}

Axis = Literal["clips", "frames", "image_size", "model"]
AXES: tuple[Axis, ...] = get_args(Axis)
AXIS_NAMES: dict[Axis, str] = {
    "clips": "clips in each set:",
    "frames": "frames of a clip:",
    "image_size": "image size:",
    "model": "model:",
}

DEFAULT_SETS: tuple[SetName, ...] = ("clean", "interjection", "context_removal")


@dataclass(frozen=True)
class Growth:
    """What is made larger to see how time and memory grow.

    Attributes:
        axis: ``clips`` in each set, ``frames`` of a clip (its middle stays), ``image_size`` in pixels, or the
            ``model``.
        values: what it becomes, one after another.

    Raises:
        UsageError: an unknown axis, no value, or one that is no positive whole number where one must be.
    """

    axis: Axis
    values: tuple[str, ...]

    def __post_init__(self) -> None:
        if self.axis not in AXES:
            raise UsageError(f"--growth names {self.axis!r}; it takes {', '.join(AXES)}")
        if not self.values:
            raise UsageError(f"--growth {self.axis} has no values; write {self.axis}=1,2,4")
        if self.axis != "model":
            for value in self.values:
                if not value.isdecimal() or int(value) < 1:
                    raise UsageError(f"--growth {self.axis}: {value!r} is no whole number of at least 1")

    @classmethod
    def parse(cls, text: str) -> "Growth":
        """Return what ``clips=1,4,16`` asks for.

        Raises:
            UsageError: it is not of that form.
        """
        axis, separator, values = text.partition("=")
        if not separator:
            raise UsageError(f"--growth {text!r}: write what grows and its values, such as clips=1,4,16")
        return cls(axis.strip(), tuple(value.strip() for value in values.split(",") if value.strip()))  # type: ignore[arg-type]

    def applied(self, settings: "BenchmarkSettings", value: str) -> "BenchmarkSettings":
        """Return the settings with one of the values.

        Raises:
            UsageError: a clip's middle does not fit into so few frames.
        """
        clips = settings.clips
        match self.axis:
            case "clips":
                return replace(settings, clips=replace(clips, count=int(value)))
            case "frames":
                outside = int(value) - clips.timeline.middle
                timeline = Timeline((outside + 1) // 2, clips.timeline.middle, outside // 2)
                return replace(settings, clips=replace(clips, timeline=timeline))
            case "image_size":
                return replace(settings, image_size=int(value))
            case "model":
                return replace(settings, model=value)


@dataclass(frozen=True)
class BenchmarkSettings:
    """A benchmark.

    Attributes:
        out: the folder that it is written to.
        clips: which clips are tracked; they are made outside of what is timed.
        model: a SAM 2 as ``load_model`` takes it: name, folder or file.
        device: where it runs: ``cpu``, ``cuda``, ``cuda:1``, ..., or ``auto``.
        image_size: side of the model's square input in pixels; None for the model's own.
        threads: CPU threads, the same for all.
        contenders: what is timed, in this order, each in a process of its own; the first one is what the
            others are compared with.
        rounds: how often each is timed; they take turns, so that a machine that others use as well is as fast
            for one as for the other.
        growth: what is made larger besides, each time for every contender.
        overwrite: whether an older result in ``out`` is replaced.

    Raises:
        UsageError: no contender, an unknown one, one twice, no thread, or no round.
    """

    out: Path
    clips: ClipSettings = field(default_factory=lambda: ClipSettings(count=1, sets=DEFAULT_SETS))
    model: str = BUILT_IN_MODEL
    device: str = "cpu"
    image_size: int | None = None
    threads: int = 1
    contenders: tuple[Contender, ...] = ("transformers", "alone", "exact", "fast")
    rounds: int = 1
    growth: tuple[Growth, ...] = ()
    overwrite: bool = False

    def __post_init__(self) -> None:
        unknown = [name for name in self.contenders if name not in CONTENDERS]
        if unknown or not self.contenders:
            named = repr(unknown[0]) if unknown else "none"
            raise UsageError(f"--contenders names {named}; they are {', '.join(CONTENDERS)}")
        if len(set(self.contenders)) < len(self.contenders):
            raise UsageError("--contenders names one of them twice")
        for option, value in (("--threads", self.threads), ("--rounds", self.rounds)):
            if value < 1:
                raise UsageError(f"{option} is {value}; it must be at least 1")

    def to_json(self) -> dict[str, Any]:
        """Return the settings as plain values."""
        return {
            **self.clips.to_json(),
            "model": self.model,
            "device": self.device,
            "image_size": self.image_size,
            "threads": self.threads,
            "contenders": list(self.contenders),
            "rounds": self.rounds,
            "growth_asked": {growth.axis: list(growth.values) for growth in self.growth},
        }
