"""A presence gate: a logistic score of a few numbers, fitted to one model, and the file that holds it."""

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from samscope.support.disk import write_whole
from samscope.support.errors import SamscopeError, UsageError
from samscope.support.reading import read_json_object

MEASUREMENTS: Mapping[str, str] = {
    "object_score": "the object score, a logit",
    "predicted_iou": "the predicted IoU of the mask, 0..1",
    "pointer_distance": "the L2 distance of the pointer to the mean of the remembered tracked frames'",
    "area_change": "the absolute log of the mask's area over the remembered tracked frames' median one",
    "candidate_disagreement": "1 less the least IoU of a candidate with the mask that was taken, 0..1",
    "memory_distance": "the L2 distance of the memory as stored to that of the latest remembered frame",
}
"""What a gate may weigh, and what it is. Where nothing is remembered yet to compare with, it is 0."""

LEAST_AREA = 1e-4
"""Share of the picture that a mask is taken to cover at least, so that an empty one has a log."""

BUILT_IN = "nano"
"""The gate that comes with samscope, of the built-in model; a file of that name is ``./nano``."""

_KIND = "samscope presence gate"
_REMEDY = "fit it again with samscope fit-rule"


@dataclass(frozen=True)
class Gate:
    """A logistic score of what is measured of a tracked frame.

    Attributes:
        weights_sha256: the model that it was fitted to, as ``Tracker.digest`` names it.
        image_size: side of that model's square input in pixels, which distances depend on.
        intercept: the log odds where all that is measured is 0.
        weights: by the name of a measurement, what one unit of it adds to the log odds.
        fitted: what it was fitted to, as plain values; nothing depends on it.
    """

    weights_sha256: str
    image_size: int
    intercept: float
    weights: Mapping[str, float]
    fitted: Mapping[str, Any] = field(default_factory=dict, compare=False)

    def __hash__(self) -> int:
        """Return what is the same for equal gates."""
        return hash((self.weights_sha256, self.image_size, self.intercept, *self.weights.items()))

    def probability(self, measured: Sequence[float]) -> float:
        """Return how likely a frame is one to remember, 0..1.

        Both kinds of frames count as equally frequent.

        Args:
            measured: in the order of ``weights``.
        """
        terms = (weight * value for weight, value in zip(self.weights.values(), measured, strict=True))
        odds = math.fsum([self.intercept, *terms])
        return 1 / (1 + math.exp(-odds)) if odds > -700 else 0.0

    def require_model(self, digest: str, image_size: int, name: str) -> None:
        """Refuse a model that the gate was not fitted to.

        Args:
            digest: the model's, as ``Tracker.digest`` gives it.
            image_size: side of its input in pixels.
            name: what it is called, for the message.

        Raises:
            UsageError: it is another one, or its input has another size.
        """
        if digest != self.weights_sha256:
            raise UsageError(
                f"memory rule presence: its gate was fitted to a model whose weights have the SHA-256 "
                f"{self.weights_sha256}, and those of {name} have {digest}; fit one to this model with "
                "samscope fit-rule"
            )
        if image_size != self.image_size:
            raise UsageError(
                f"memory rule presence: its gate was fitted at {self.image_size} pixels, and {name} runs at "
                f"{image_size}; take --image-size {self.image_size}, or fit one at {image_size} with "
                "samscope fit-rule"
            )

    def write(self, path: Path) -> None:
        """Write the gate as JSON; equal gates have equal files.

        Raises:
            SamscopeError: the disk is full, or nothing can be written there.
        """
        content = {**self._content, "fitted": dict(self.fitted)}
        write_whole(path, (json.dumps(content, indent=1) + "\n").encode())

    @property
    def sha256(self) -> str:
        """SHA-256, as hex, of all that counts of it."""
        return hashlib.sha256(json.dumps(self._content).encode()).hexdigest()

    @property
    def _content(self) -> dict[str, Any]:
        return {
            "kind": _KIND,
            "weights_sha256": self.weights_sha256,
            "image_size": self.image_size,
            "intercept": self.intercept,
            "weights": dict(self.weights),
        }


def read_gate(place: str) -> Gate:
    """Read a gate.

    Args:
        place: the path of its file, or ``BUILT_IN``.

    Raises:
        UsageError: there is no such file.
        SamscopeError: it is damaged, or no gate; the message says where.
    """
    path = Path(__file__).parent / "nano_gate.json" if place == BUILT_IN else Path(place).expanduser()
    try:
        content = read_json_object(path)
    except FileNotFoundError as error:
        raise UsageError(
            f"memory rule presence: gate {place}: there is no such file; expected one that samscope fit-rule "
            f"has written, or {BUILT_IN}, the built-in model's"
        ) from error
    except (ValueError, OSError) as error:
        raise SamscopeError(f"{path} is damaged ({' '.join(str(error).split())}); {_REMEDY}") from error
    if content.get("kind") != _KIND:
        raise SamscopeError(f"{path} is no presence gate; {_REMEDY}")
    digest, size = content.get("weights_sha256"), content.get("image_size")
    if not isinstance(digest, str):
        raise _damaged(path, "weights_sha256", digest, "the SHA-256 of a model's weights")
    if not isinstance(size, int) or isinstance(size, bool) or size < 1:
        raise _damaged(path, "image_size", size, "a whole number of pixels")
    if not _is_number(content.get("intercept")):
        raise _damaged(path, "intercept", content.get("intercept"), "a number")
    weights = content.get("weights")
    if not isinstance(weights, dict) or not weights or not set(weights) <= set(MEASUREMENTS):
        raise _damaged(path, "weights", weights, f"a number for any of {', '.join(MEASUREMENTS)}")
    for name, weight in weights.items():
        if not _is_number(weight):
            raise _damaged(path, f"the weight of {name}", weight, "a number")
    fitted = content.get("fitted")
    return Gate(digest, size, content["intercept"], weights, fitted if isinstance(fitted, dict) else {})


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _damaged(path: Path, name: str, value: object, expected: str) -> SamscopeError:
    return SamscopeError(f"{path} is damaged: {name} is {value!r}; expected {expected}; {_REMEDY}")
