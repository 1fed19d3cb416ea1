"""What the tracker remembers, as a value, and what a memory rule is: forking a track is keeping the old bank.

A ``Bank`` holds the prompted frames and such tracked ones as its ``MemoryRule`` keeps. The rule is a value
too: it says what the bank holds after each frame and what memory attention reads of it, and may choose among
the masks that were decoded. The rules that samscope brings are in ``trackers.rules``.
"""

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Protocol, runtime_checkable

from torch import Tensor


@dataclass(frozen=True, eq=False)
class Memory:
    """One frame in memory.

    Attributes:
        frame: its index in the clip.
        features: bfloat16 [B, 64, S/16, S/16] in SAM 2, the memory encoder's output as stored; None once the
            rule has no more use for it.
        pointer: [B, C], the object pointer as stored, gated by the object score; None likewise.
        score: what the rule thinks of the frame, on its own scale; None in a rule that has no such number.
        truth: whether the object is on the frame, by the labels; None where none are given.
    """

    frame: int
    features: Tensor | None
    pointer: Tensor | None
    score: float | None = None
    truth: bool | None = None


def held(tensor: Tensor | None) -> Tensor:
    """Return a tensor of a memory that is recalled.

    Raises:
        ValueError: the rule recalls what it has dropped.
    """
    if tensor is None:
        raise ValueError("a memory rule recalls what it has dropped")
    return tensor


@dataclass(frozen=True, eq=False)
class KeyScales:
    """Factors of the keys of what is recalled, their positions included; what is read at them stays as it is.

    Attributes:
        memories: float32 [N, B], of the recall's memories in their order.
        pointers: float32 [P, B], of its pointers.
    """

    memories: Tensor
    pointers: Tensor


@dataclass(frozen=True, eq=False)
class Recall:
    """What memory attention reads on one frame, in the order in which it is laid out.

    Attributes:
        memories: (age, memory), whose features are read; age 0 is a prompted frame's, whatever time has
            passed, and the latest of the others has age 1. The age selects the temporal encoding.
        pointers: (distance, memory), whose pointer is read; distances in frames or ranks, as the rule counts.
        farthest: the distance of a pointer that is encoded as 1.
        scales: factors of the keys; None for none.
    """

    memories: tuple[tuple[int, Memory], ...]
    pointers: tuple[tuple[int, Memory], ...]
    farthest: int
    scales: KeyScales | None = None

    @property
    def layout(self) -> tuple[object, ...]:
        """All of it but the tensors and whose they are: recalls of one layout can be read together."""
        ages, distances = [age for age, _ in self.memories], [distance for distance, _ in self.pointers]
        return tuple(ages), tuple(distances), self.farthest, self.scales is None


@dataclass(frozen=True)
class Limits:
    """How much memory attention reads.

    Attributes:
        memories: memories at most, the prompted frame's included (7).
        pointers: pointers at most, the prompted frame's included: 16, or the clip's length if that is less.
    """

    memories: int = 7
    pointers: int = 16


class Answer(Protocol):
    """What a tracker says of a frame; B is the batch."""

    @property
    def mask_logits(self) -> Tensor:
        """[B, 1, h, w], at the tracker's own resolution; the object is where they are above 0."""

    @property
    def candidate_logits(self) -> Tensor:
        """[B, M, h, w], all masks that were decoded."""

    @property
    def candidate_ious(self) -> Tensor | None:
        """[B, M], their predicted IoUs, 0..1; None in a family that predicts none."""

    @property
    def predicted_iou(self) -> Tensor | None:
        """[B], that of the answer; None in a family that predicts none."""

    @property
    def object_score(self) -> Tensor | None:
        """[B], logits of the object's presence; None in a family that has no such score."""


class MemoryRule(Protocol):
    """What a tracker remembers and reads: a frozen dataclass whose fields are the rule's settings.

    A rule that needs more of a tracker than masks says so in a class variable ``needs``, a frozen set of
    ``needs.Need``.
    """

    name: ClassVar[str]

    def remember(self, bank: "Bank", memory: Memory, answer: Answer) -> "Bank":
        """Return a bank that has also met the frame after the latest one.

        Args:
            bank: as it was before; it is not changed.
            memory: what may be kept of the frame.
            answer: what the tracker said of it, all candidates included.
        """

    def recall(self, bank: "Bank", frame: int) -> Recall:
        """Return what memory attention reads on frame ``frame``, the one after the latest in the bank."""


@runtime_checkable
class RuleOfManyPrompts(MemoryRule, Protocol):
    """A rule that reads several prompted frames of one object, also such as lie ahead.

    It then serves passes in reverse too: these are passes forwards over indices of the other sign.
    """

    reads_many_prompts: ClassVar[bool]


@dataclass(frozen=True, eq=False)
class Candidates:
    """The masks that were decoded for a frame of one track.

    Attributes:
        logits: [M, h, w].
        ious: [M], predicted, 0..1.
        object_score: [], logit of the object's presence.
        image_size: side of the model's square input in pixels.
    """

    logits: Tensor
    ious: Tensor
    object_score: Tensor
    image_size: int


@dataclass(frozen=True)
class Choice:
    """What a rule makes of the candidates.

    Attributes:
        candidate: which of them is the answer.
        present: whether the object is taken as present: else the mask is empty, and the pointer is the one
            that stands for no object.
        stored_as_present: whether the frame's memory is stored as one of a present object, without SAM 2.1's
            embedding of an absent one; None: as ``present`` says.
        state: the bank's state from now on, in which the frame is remembered; None: as it was.
    """

    candidate: int
    present: bool
    stored_as_present: bool | None = None
    state: Any = None


@runtime_checkable
class ChoosingRule(MemoryRule, Protocol):
    """A rule that also chooses among the masks of a tracked frame; else the best predicted IoU is taken."""

    def choose(self, bank: "Bank", candidates: Candidates) -> Choice:
        """Return which mask is the answer, and whether the object is taken as present."""


@runtime_checkable
class EncodingRule(MemoryRule, Protocol):
    """A rule that has memories encoded again as prompted frames' are: of a mask cut at 0, and not soft."""

    def encodes_again(self, bank: "Bank", frame: int) -> bool:
        """Tell whether the memory of a frame that the bank has just met is encoded again."""


@runtime_checkable
class SizedRule(MemoryRule, Protocol):
    """A rule with settings that depend on the model's size."""

    def sized(self, width: int) -> MemoryRule:
        """Return the rule with all settings set.

        Args:
            width: channels that the model's image encoder begins with: in SAM 2 96 (tiny and small), 112
                (base plus) or 144 (large).
        """


@runtime_checkable
class FittedRule(MemoryRule, Protocol):
    """A rule that was fitted to one model."""

    @property
    def content_sha256(self) -> str:
        """SHA-256, as hex, of what was fitted: a file of the same name may hold another fit."""

    def require_model(self, digest: str, image_size: int, name: str) -> None:
        """Refuse a model that the rule was not fitted to.

        Args:
            digest: the model's, as ``Tracker.digest`` gives it.
            image_size: side of its input in pixels.
            name: what it is called, for the message.

        Raises:
            UsageError: it is another one, or its input has another size.
        """


@dataclass(frozen=True, eq=False)
class Branch:
    """A path that lives on: one of the masks that were decoded on one of the paths before.

    Attributes:
        path: the place of the path that it goes on from.
        choice: which of that one's masks it takes, and what the rule carries along the path from there on.
    """

    path: int
    choice: Choice


@runtime_checkable
class BranchingRule(MemoryRule, Protocol):
    """A rule that keeps several paths: ways that the track may have taken, each with a bank of its own."""

    def branch(self, banks: Sequence["Bank"], candidates: Sequence[Candidates]) -> Sequence[Branch]:
        """Return which paths there are after a tracked frame, the best one first.

        Thereafter each bank that a path goes on from meets the frame by ``remember``, with the choice's state
        in it already. Branches of one path and equal choices are one as far as anything is computed.

        Args:
            banks: each path's as it was before, best first; after the prompted frame there is one.
            candidates: what was decoded on each of these paths.
        """


@dataclass(frozen=True, eq=False)
class Bank:
    """What a track remembers; nothing in it ever changes.

    Attributes:
        rule: what decides on all of it.
        limits: how much is read at most.
        prompted: prompted frames in the order of their prompts, and such tracked ones as the rule keeps like
            these. Where the rule is a ``RuleOfManyPrompts``, prompts may be several, and lie ahead.
        tracked: what the rule keeps of the others, oldest first. A rule keeps what it may still read, so that
            a bank stays small in a video of any length.
        state: what else the rule carries from frame to frame, a value of its own.
        frame_size: height and width of the clip's frames in pixels; None where the prompt does not tell.
    """

    rule: MemoryRule
    limits: Limits
    prompted: tuple[Memory, ...]
    tracked: tuple[Memory, ...] = ()
    state: Any = None
    frame_size: tuple[int, int] | None = None

    def remember(self, memory: Memory, answer: Answer) -> "Bank":
        """Return a bank that has also met the frame after the latest one; as ``MemoryRule.remember``."""
        return self.rule.remember(self, memory, answer)

    def recall(self, frame: int) -> Recall:
        """Return what memory attention reads on frame ``frame``, the one after the latest in the bank."""
        return self.rule.recall(self, frame)

    def prompting(self, memory: Memory) -> "Bank":
        """Return a bank with another prompted frame, or with another memory of one that is there."""
        by_frame = {kept.frame: kept for kept in (*self.prompted, memory)}
        return replace(self, prompted=tuple(by_frame.values()))

    def holding(
        self, memories: Iterable[Memory], features: Container[int], pointers: Container[int]
    ) -> "Bank":
        """Return a bank that has, of the tracked frames given, features and pointers of some frames alone."""
        thinned = (
            replace(
                kept,
                features=kept.features if kept.frame in features else None,
                pointer=kept.pointer if kept.frame in pointers else None,
            )
            for kept in memories
        )
        return self.keeping(
            tuple(kept for kept in thinned if kept.features is not None or kept.pointer is not None)
        )

    def keeping(self, tracked: tuple[Memory, ...]) -> "Bank":
        """Return a bank with other tracked frames."""
        return replace(self, tracked=tracked)

    def encoded_again(self, frame: int, features: Tensor) -> "Bank":
        """Return a bank in which a frame's memory has other features, wherever it has any."""

        def renewed(memories: tuple[Memory, ...]) -> tuple[Memory, ...]:
            return tuple(
                kept if kept.frame != frame or kept.features is None else replace(kept, features=features)
                for kept in memories
            )

        return replace(self, prompted=renewed(self.prompted), tracked=renewed(self.tracked))


@dataclass(frozen=True, eq=False)
class Paths:
    """What a track remembers that keeps several paths; nothing in it ever changes.

    Attributes:
        banks: each path's, best first. Paths that have gone the same way share one, and are tracked as one.
    """

    banks: tuple[Bank, ...]
