"""The records of draws under several memory rules: clips made once and tracked under all rules together."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from samscope.clips.clip import Clip, Draw
from samscope.observation.observe_rules import RuleClipRecords, observe_rules
from samscope.records.failures import Failure
from samscope.records.parts import Part
from samscope.records.rule_records import write_rule_records
from samscope.studies.isolation import Fault
from samscope.studies.recording import DrawRecorder, FrameCounter
from samscope.trackers.memory import MemoryRule


@dataclass(frozen=True)
class RuleRecorder(DrawRecorder[RuleClipRecords]):
    """Makes parts of a comparison of rules, as ``Recorder`` makes those of a study; there is no twin.

    Attributes:
        rules: the rules by what they are called.
    """

    rules: Mapping[str, MemoryRule] = field(default_factory=dict)

    @property
    def maker(self) -> Callable[..., "RuleRecorder"]:
        """What makes a recorder under the same rules."""
        return partial(RuleRecorder, rules=self.rules)

    def tracks(self, draw: Draw) -> list[str]:
        """Return what each track of a draw is told of as."""
        return [name for name in super().tracks(draw) for _ in self.rules]

    def _observe(self, clips: Sequence[Clip], counter: FrameCounter) -> list[RuleClipRecords | Fault]:
        def attempt(clips_together: Sequence[Clip], batch: int) -> Sequence[RuleClipRecords]:
            return observe_rules(
                self.model, clips_together, self.rules, batch=batch, advance=counter.attempt()
            )

        return self.apart(attempt).each(clips, self.fits.limited(self.settings.tracks_at_once))

    def _frames_of_clip(self) -> int:
        return super()._frames_of_clip() * len(self.rules)

    def _write(
        self,
        draw: Draw,
        records: Sequence[RuleClipRecords],
        failures: Sequence[Failure],
        seconds: float = 0.0,
        twin: Sequence[RuleClipRecords] = (),
    ) -> Part:
        if (before := self.parts.standing(draw.clip, len(records))) is not None:
            return before
        files = write_rule_records(self.parts.folder, draw.clip, records) if records else []
        return self.finish(draw, files, clips=len(records), failures=failures, seconds=seconds)
