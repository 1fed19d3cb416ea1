"""How a model computes: exactly as its library does, faster within rounding, or in bfloat16."""

from typing import Literal, get_args

from samscope.support.errors import UsageError

Mode = Literal["exact", "fast", "bf16"]
MODES: tuple[Mode, ...] = get_args(Mode)
"""``exact``: every number is the library's, bit for bit on a CPU; only work that shows in none is left out.

``fast``: float32, equal within rounding. On a CPU each core takes a step or a frame of its own, piece by
piece, and memories are read at their own 64 channels; on a GPU frames and tracks go through the model in
batches. On a CUDA device ``exact`` and ``fast`` ask for IEEE float32, not TF32, while the model computes.

``bf16``: the library's operations, with matrix products and convolutions in bfloat16, as the official code
computes on a GPU.

TF32 is none: see docs/gpu.md.
"""


def usual_mode(device: str) -> Mode:
    """Return the mode that is taken where none is named, by ``load_model`` and the command line alike.

    Args:
        device: its type, such as ``cuda``.

    Returns:
        ``bf16`` on a CUDA device, else ``fast``.
    """
    return "bf16" if device == "cuda" else "fast"


def check_compile(mode: Mode | None) -> None:
    """Refuse to compile what has to compute exactly as its library.

    Args:
        mode: how the model computes; None for what is usual on its device.

    Raises:
        UsageError: it is ``exact``.
    """
    if mode == "exact":
        raise UsageError(
            "compile is asked for, and mode exact promises the library's numbers bit for bit, which compiled "
            "code does not give; take fast or bf16, or leave it out"
        )
