"""A rule that knows the truth: it keeps only frames with the object, or only those without it."""

from dataclasses import dataclass, replace
from typing import ClassVar

from samscope.trackers.memory import Answer, Bank, Memory, Recall
from samscope.trackers.needs import Need, given
from samscope.trackers.rules.ranges import require_word
from samscope.trackers.rules.sam2 import Sam2Memory


@dataclass(frozen=True)
class OracleMemory:
    """SAM 2's rule over the frames that the labels let in: what a gate before memory could gain at most.

    The latest frames of those that are written are read, however old; memories' ages are their ranks,
    pointers' distances are in frames. It needs the truth of every frame: a study and an evaluation know it,
    ``samscope.track`` takes it as ``truth=``.

    Attributes:
        write: ``present``, frames with the object, or ``absent``, those without it.
        gates: what is kept of written frames alone: ``both``, ``memories`` or ``pointers``; the other is
            written on every frame.

    Raises:
        UsageError: a setting is none of these words.
    """

    write: str = "present"
    gates: str = "both"

    name: ClassVar[str] = "oracle"
    needs: ClassVar[frozenset[Need]] = frozenset({Need.TRUTH})

    def __post_init__(self) -> None:
        require_word(self, "write", ("present", "absent"))
        require_word(self, "gates", ("both", "memories", "pointers"))

    def remember(self, bank: Bank, memory: Memory, answer: Answer) -> Bank:
        """Return a bank that also holds what is written of the frame after the latest one."""
        if given(self, memory.truth, Need.TRUTH) != (self.write == "present"):
            memory = replace(
                memory,
                features=memory.features if self.gates == "pointers" else None,
                pointer=memory.pointer if self.gates == "memories" else None,
            )
        return Sam2Memory().remember(bank, memory, answer)

    def recall(self, bank: Bank, frame: int) -> Recall:
        """Return all that the bank holds, as SAM 2 lays it out."""
        return Sam2Memory().recall(bank, frame)
