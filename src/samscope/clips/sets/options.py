"""The choices that the transformations leave open."""

from dataclasses import dataclass
from typing import Literal, get_args

from samscope.support.errors import UsageError

Splice = Literal["insert", "replace"]
Background = Literal["black", "mean", "blur", "noise"]
OverlayObjects = Literal["similar", "copies"]


@dataclass(frozen=True)
class TransformOptions:
    """How the transformations are carried out where the paper's section 3.1 leaves a choice.

    Attributes:
        splice: ``insert`` puts the interjected frames between two neighbouring frames of the source, so that
            the suffix goes on where the prefix ended; ``replace`` puts them in the place of the source's own
            middle, so that every frame of the suffix keeps its time.
        background: what context removal puts in the place of the context: ``black``, the context's ``mean``
            colour on that frame, the context strongly blurred (``blur``), or uniform ``noise``.
        overlay: what is pasted around the object: the draw's look-alikes (``similar``) or ``copies`` of the
            object itself.

    Raises:
        UsageError: an option has a value that it does not know.
    """

    splice: Splice = "insert"
    background: Background = "black"
    overlay: OverlayObjects = "similar"

    def __post_init__(self) -> None:
        for option, choices in (
            ("splice", get_args(Splice)),
            ("background", get_args(Background)),
            ("overlay", get_args(OverlayObjects)),
        ):
            value = getattr(self, option)
            if value not in choices:
                raise UsageError(f"--{option} is {value!r}; it can be {', '.join(choices)}")
