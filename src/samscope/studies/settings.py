"""What a study is asked for: values that can be written to ``study.json`` and read back."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Literal, get_args

from samscope.clips.settings import ClipSettings
from samscope.studies.sharding import Shard
from samscope.support.errors import UsageError
from samscope.trackers.modes import Mode, check_compile
from samscope.trackers.sam2.built_in import BUILT_IN_MODEL

Control = Literal["random", "none"]
"""Whether a model of random weights tracks some of the clips too, to hold the model against."""

EngineName = Literal["local", "ray"]
"""What does the work of a study."""


@dataclass(frozen=True)
class StudySettings:
    """What a study is: its clips, the model that tracks through them, and what is kept.

    Attributes:
        out: the folder that it is written to.
        clips: which clips are made.
        model: a SAM 2 as ``load_model`` takes it: name, folder or file.
        device: where it runs: ``cpu``, ``cuda``, ``cuda:1``, ..., or ``auto``.
        image_size: side of the model's square input in pixels; None for the model's own.
        mode: how the model computes: ``exact``, ``fast`` or ``bf16``; None for what ``load_model`` takes on
            the device.
        compile: whether ``torch.compile`` compiles the model's image encoder; not in the mode ``exact``.
        memory: the model's memory rule, as ``rules.naming.memory_rule`` reads it; None for its own.
        batch: how many distinct frames or tracks go through the model at once; None for as many as
            ``models.device_memory.usual_batch`` says, in ``exact`` mode 1.
        maps: of how many draws, from the first, the position maps are kept for figures.
        keep: whether the whole tensors of every position are kept as well: 18 MB a frame at 1024 pixels.
        control: ``random``: the model's random twin (``trackers.random_twin``) tracks the clips that
            ``records.twins`` says as well; ``none``: no other model does.
        attention: whether it is recorded what memory attention looks at.
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
    mode: Mode | None = None
    compile: bool = False
    memory: str | None = None
    batch: int | None = None
    maps: int = 2
    keep: bool = False
    control: Control = "random"
    attention: bool = False
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
        if self.compile:
            check_compile(self.mode)
        if self.mode == "exact" and self.tracks_at_once > 1:
            raise UsageError(
                f"--batch is {self.batch}, and --mode exact takes one clip at a time; leave one of them out"
            )
        if self.memory is not None:
            from samscope.trackers.rules.naming import memory_rule  # noqa: PLC0415 - it takes torch along

            memory_rule(self.memory)
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
        own_values = {name: getattr(self, name) for name in self._recorded()}
        return {"out": str(self.out), **self.clips.to_json(), **own_values}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "StudySettings":
        """Return the settings that ``to_json`` wrote; keys that are no settings are passed over.

        Raises:
            UsageError: a value is out of its range.
            KeyError: a setting is missing.
        """
        older = {"compile": False, "attention": False, "memory": None, "control": "none"}
        given = {**older, **values}
        own_values = {name: given[name] for name in cls._recorded()}
        return cls(Path(given["out"]), ClipSettings.from_json(given), **own_values)

    @classmethod
    def _recorded(cls) -> list[str]:
        """Return the names of the settings after ``out`` and ``clips`` that ``study.json`` holds."""
        names = [field.name for field in fields(cls)]
        return names[names.index("clips") + 1 : names.index("overwrite")]


def _require_at_least(option: str, value: int, least: int) -> None:
    if value < least:
        raise UsageError(f"{option} is {value}; it must be at least {least}")
