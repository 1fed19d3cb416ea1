"""What a comparison of memory rules is asked for."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from samscope.clips.settings import ClipSettings
from samscope.studies.settings import EngineName, StudySettings
from samscope.studies.sharding import Shard
from samscope.support.errors import UsageError
from samscope.trackers.modes import Mode
from samscope.trackers.sam2.built_in import BUILT_IN_MODEL

DEFAULT_RULES = (
    "sam2,samurai,dam4sam,sam3,oracle,oracle:write=absent,oracle:gates=memories,oracle:gates=pointers"
)
"""SAM 2's own, those of other trackers, and those that test what memories without the object do."""


@dataclass(frozen=True)
class RuleSettings:
    """Which rules are compared, on which clips.

    Attributes:
        out: the folder that the comparison is written to.
        rules: the rules, separated by commas; the others are held against the first.
        clips: which clips are made.
        model: as ``load_model`` takes it.
        device: as for ``StudySettings``, as the next five and all from ``overwrite`` on.
        image_size: side of the model's square input in pixels; None for the model's own.
        mode: how the model computes.
        compile: whether its image encoder is compiled.
        batch: how many distinct frames or tracks go through the model at once.
        threads: CPU threads; None for torch's own choice.
        overwrite: whether an older result in ``out`` is replaced.
        resume: whether an unfinished comparison for ``out`` goes on; a finished one is left as it is.
        fail_fast: whether the first clip that fails stops it.
        shard: the share of the work that is done; None for all of it.
        engine: what does the work: ``local`` or ``ray``.
        address: of the Ray cluster.

    Raises:
        UsageError: there is no rule, no such rule, or one twice; or a value is out of its range.
    """

    out: Path
    rules: str = DEFAULT_RULES
    clips: ClipSettings = field(default_factory=ClipSettings)
    model: str = BUILT_IN_MODEL
    device: str = "cpu"
    image_size: int | None = None
    mode: Mode | None = None
    compile: bool = False
    batch: int | None = None
    threads: int | None = None
    overwrite: bool = False
    resume: bool = False
    fail_fast: bool = False
    shard: Shard | None = None
    engine: EngineName = "local"
    address: str | None = None

    def __post_init__(self) -> None:
        self.names  # noqa: B018 - refuses what is no list of rules
        self.study  # noqa: B018 - refuses what no study may be asked for

    @property
    def names(self) -> tuple[str, ...]:
        """The rules as ``rule_text`` names them, in order."""
        return parse_rules(self.rules)

    @property
    def study(self) -> StudySettings:
        """What a study of the same clips and model would be asked for."""
        return StudySettings(
            self.out,
            self.clips,
            self.model,
            self.device,
            self.image_size,
            self.mode,
            self.compile,
            batch=self.batch,
            maps=0,
            control="none",
            threads=self.threads,
            overwrite=self.overwrite,
            resume=self.resume,
            fail_fast=self.fail_fast,
            shard=self.shard,
            engine=self.engine,
            address=self.address,
        )


def parse_rules(text: str) -> tuple[str, ...]:
    """Return the rules in a list separated by commas, each as ``rule_text`` names it.

    A rule's settings are separated by commas too: a part with ``=`` and without ``:`` is a setting of the
    rule before it, as in ``sam2,samurai:kalman=none,memory_bank_iou_threshold=0.4,oracle``.

    Raises:
        UsageError: there is no rule, no such rule or setting, or a rule stands there twice.
    """
    from samscope.trackers.rules.naming import memory_rule, rule_text  # noqa: PLC0415 - it takes torch along

    names: list[str] = []
    for rule in _split(text):
        name = rule_text(memory_rule(rule)) or rule
        if name in names:
            raise UsageError(f"--rules {text}: {name} stands there twice; name it once")
        names.append(name)
    if not names:
        raise UsageError("--rules: there is no rule; name one or more, such as sam2,samurai")
    return tuple(names)


def _split(text: str) -> Sequence[str]:
    rules: list[str] = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        if rules and "=" in part and ":" not in part:
            rules[-1] += f",{part}" if ":" in rules[-1] else f":{part}"
        else:
            rules.append(part)
    return rules
