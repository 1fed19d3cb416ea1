"""What a training run is told."""

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from nano.training.batches import PlanMix
from nano.training.clips import TRAINING_MIX, ClipMix
from nano.training.configuration import ARCHITECTURES, Architecture
from nano.training.initialisation import Priors
from nano.training.losses import LossWeights
from nano.training.prompting import Prompting
from nano.training.start import weights_digest
from nano.training.teaching import Teaching
from samscope.support.errors import UsageError


@dataclass(frozen=True)
class TrainingSettings:
    """A training run.

    Attributes:
        data: folder of the training material (see ``sources.find_sources``).
        output: folder of the run: its log, checkpoints and the exported model.
        architecture: name in ``ARCHITECTURES``.
        start: folder of a model whose weights the run begins with, of the same architecture at any image
            size; None: those of ``priors``.
        afresh: modules that begin as ``priors`` has them all the same, such as ``mask_decoder.transformer``.
        early_size: image size in the first part of the run, where frames that are smaller than the
            architecture's make steps quicker; None, or one that is not smaller: the architecture's own.
        early_until: share of the steps at which that part ends.
        steps: optimizer steps of the whole run.
        batch: clips a step.
        seed: of the weights and of all clips.
        rate: peak learning rate of AdamW.
        warm_up: steps over which the rate rises from 0.
        hold: share of the steps that pass before the rate falls from its peak, along a cosine, to 0.
        betas: of AdamW.
        weight_decay: of AdamW, on matrices and kernels alone.
        clip_norm: norm that gradients are clipped to.
        average_decay: of the exponential moving average of the weights, as far as it is warmed up.
        every_other: let the encoder learn of every other frame of a clip only, which makes steps quicker by a
            quarter.
        device: ``cpu``, ``cuda``, ...
        half: run the forward pass in bfloat16 where that is safe; None: if the device computes in it.
        processes: that share a step's clips between them, on a CPU. More of them than cores are a loss.
        workers: further ones that draw clips ahead for each; 0: each draws its own in between.
        minutes: stop after so many minutes, with a checkpoint; None: only at the end.
        log_every: steps between lines of the log.
        check_every: steps between evaluations on held-out clips.
        check_clips: how many held-out clips.
        calibration_clips: how many held-out clips, others, the object score is calibrated on at the end.
        false_absences: share of their frames with the object that it then takes as absent; on other sources
            it may be more.
        save_minutes: minutes between checkpoints.
        keep_every: steps between checkpoints that are kept beside the latest; 0 keeps none.
        teaching: how the encoder is taught.
        prompting: how the decoder is taught to be prompted.
        plans: how often batches have what.
        clips: how often clips have what.
        losses: weights of the loss's parts.
        priors: what the initial weights hold.
    """

    data: Path
    output: Path
    architecture: str = "nano"
    start: Path | None = None
    afresh: tuple[str, ...] = ()
    early_size: int | None = 128
    early_until: float = 0.76
    steps: int = 5400
    batch: int = 16
    seed: int = 0
    rate: float = 1e-3
    warm_up: int = 100
    hold: float = 0.5
    betas: tuple[float, float] = (0.9, 0.98)
    weight_decay: float = 0.05
    clip_norm: float = 1.0
    average_decay: float = 0.998
    every_other: bool = True
    device: str = "cpu"
    half: bool | None = None
    processes: int = 1
    workers: int = 0
    minutes: float | None = None
    log_every: int = 10
    check_every: int = 150
    check_clips: int = 48
    calibration_clips: int = 128
    false_absences: float = 0.02
    save_minutes: float = 2.0
    keep_every: int = 0
    teaching: Teaching = field(default_factory=Teaching)
    prompting: Prompting = field(default_factory=Prompting)
    plans: PlanMix = field(default_factory=PlanMix)
    clips: ClipMix = TRAINING_MIX
    losses: LossWeights = field(default_factory=LossWeights)
    priors: Priors = field(default_factory=Priors)

    def __post_init__(self) -> None:
        """Check the numbers.

        Raises:
            UsageError: an unknown architecture, a number out of its range, or clips that cannot be shared.
        """
        if self.architecture not in ARCHITECTURES:
            raise UsageError(
                f"architecture {self.architecture!r} is not known; take one of {', '.join(ARCHITECTURES)}"
            )
        for name in (
            "steps",
            "batch",
            "log_every",
            "check_every",
            "check_clips",
            "calibration_clips",
            "processes",
            "rate",
            "clip_norm",
        ):
            if getattr(self, name) <= 0:
                raise UsageError(f"{name} is {getattr(self, name)}; it must be more than 0")
        for name in ("seed", "warm_up", "workers", "keep_every", "save_minutes"):
            if getattr(self, name) < 0:
                raise UsageError(f"{name} is {getattr(self, name)}; it cannot be negative")
        for name in ("hold", "average_decay", "early_until", "false_absences"):
            if not 0 <= getattr(self, name) < 1:
                raise UsageError(f"{name} is {getattr(self, name)}; it must be at least 0 and below 1")
        for until, part in ((self.teaching.until, "teaching"), (self.prompting.until, "prompting")):
            if not 0 <= until < 1 or round(until * self.steps) >= self.steps:
                raise UsageError(
                    f"{part} goes until {until}; it must be at least 0 and leave steps to the track"
                )
        self._check_processes()

    def _check_processes(self) -> None:
        shared = (
            (self.batch, "clips"),
            (self.teaching.pictures, "pictures"),
            (self.prompting.scenes, "scenes"),
        )
        for count, unit in shared:
            if count % self.processes:
                raise UsageError(
                    f"{self.processes} processes cannot share batches of {count} {unit} evenly; "
                    "give a multiple"
                )
        if self.batch < 2 * self.processes:
            raise UsageError(
                f"batch is {self.batch}; it must be at least {2 * self.processes}: two clips for each "
                "process, which in some steps get each other's memories"
            )
        if self.processes > 1 and self.device != "cpu":
            raise UsageError(f"device {self.device}: several processes share the work on a CPU alone")

    @property
    def full_architecture(self) -> Architecture:
        """The architecture at the image size that it is exported for."""
        return ARCHITECTURES[self.architecture]

    @property
    def steps_of_teaching(self) -> int:
        """First steps of the run, in which the encoder alone is taught."""
        return round(self.teaching.until * self.steps)

    @property
    def first_step_of_clips(self) -> int:
        """The run's first step that tracks: before it encoder and decoder learn alone."""
        return max(self.steps_of_teaching, round(self.prompting.until * self.steps))

    def image_size_at(self, step: int) -> int:
        """Return the side in pixels of the frames of a step, counted from 0."""
        full = self.full_architecture.image_size
        early = step < self.early_until * self.steps
        return min(self.early_size, full) if early and self.early_size is not None else full

    def stated(self) -> dict[str, Any]:
        """Return the settings but for its folders as plain values, for checkpoints and a model's card."""
        values = asdict(self)
        stated = {name: _plain(values[name]) for name in values if name not in {"data", "output"}}
        return {**stated, "start": None if self.start is None else weights_digest(self.start)}


_FIXED = ("architecture", "start", "batch", "seed", "betas", "weight_decay", "average_decay", "priors")
"""Settings that a resumed run must share with the run that it continues."""


def check_resumable(stated: dict[str, Any], settings: TrainingSettings) -> None:
    """Check that a run may go on from a checkpoint.

    Steps, rates, lengths, mixes and the loss may differ: the run goes on, but not as it would have.

    Args:
        stated: ``TrainingSettings.stated`` of the checkpoint's run.
        settings: of the run that resumes it.

    Raises:
        UsageError: they differ in something that cannot change on the way.
    """
    now = settings.stated()
    for name in _FIXED:
        if stated.get(name) != now[name]:
            raise UsageError(
                f"{name}: the checkpoint was made with {stated.get(name)}, this run asks for {now[name]}; "
                "give the same, or another output folder"
            )


def _plain(value: Any) -> Any:
    match value:
        case dict():
            return {str(key): _plain(part) for key, part in value.items()}
        case list() | tuple():
            return [_plain(part) for part in value]
        case _:
            return value
