"""What a benchmark is asked for."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

from samscope.clips.clip import SetName
from samscope.errors import UsageError
from samscope.models.built_in import BUILT_IN_MODEL
from samscope.settings import ClipSettings

Contender = Literal["transformers", "alone", "exact", "fast", "bf16", "alone_observed", "fast_observed"]
CONTENDERS: tuple[Contender, ...] = get_args(Contender)

DESCRIPTIONS: dict[Contender, str] = {
    "transformers": "transformers' own session, one clip at a time",
    "alone": "samscope exact, one clip at a time",
    "exact": "samscope exact, shared work once",
    "fast": "samscope fast, shared work once",
    "bf16": "samscope bf16, shared work once",
    "alone_observed": "samscope exact, one clip at a time, everything recorded",
    "fast_observed": "samscope fast, shared work once, everything recorded",
}

DEFAULT_SETS: tuple[SetName, ...] = ("clean", "interjection", "context_removal")


@dataclass(frozen=True)
class BenchmarkSettings:
    """A benchmark.

    Attributes:
        out: the folder that it is written to.
        clips: which clips are tracked; they are made outside of what is timed.
        model: hub name, folder or checkpoint of a SAM 2.
        image_size: side of the model's square input in pixels; None for the model's own.
        threads: CPU threads, the same for all.
        contenders: what is timed, in this order, each in a process of its own; the first one is what the
            others are compared with.
        overwrite: whether an older result in ``out`` is replaced.

    Raises:
        UsageError: no contender, an unknown one, one twice, or no thread.
    """

    out: Path
    clips: ClipSettings = field(default_factory=lambda: ClipSettings(count=1, sets=DEFAULT_SETS))
    model: str = BUILT_IN_MODEL
    image_size: int | None = None
    threads: int = 1
    contenders: tuple[Contender, ...] = ("transformers", "alone", "exact", "fast")
    overwrite: bool = False

    def __post_init__(self) -> None:
        unknown = [name for name in self.contenders if name not in CONTENDERS]
        if unknown or not self.contenders:
            asked = repr(unknown[0]) if unknown else "none"
            raise UsageError(f"--contenders names {asked}; they are {', '.join(CONTENDERS)}")
        if len(set(self.contenders)) < len(self.contenders):
            raise UsageError("--contenders names one of them twice")
        if self.threads < 1:
            raise UsageError(f"--threads is {self.threads}; it must be at least 1")

    def to_json(self) -> dict[str, Any]:
        """Return the settings as plain values."""
        return {
            **self.clips.to_json(),
            "model": self.model,
            "image_size": self.image_size,
            "threads": self.threads,
            "contenders": list(self.contenders),
        }
