"""The built-in model's card: what it is, how it was made, how well it does and what it cannot do."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

Values = Mapping[str, Any]


@dataclass(frozen=True)
class Result:
    """One row of the card's table.

    Attributes:
        label: what was measured.
        value: the number, None where it is not defined.
        low: lower end of its 95 % interval, None without one.
        high: upper end.
        percent: whether it is a share to be written in percent.
        target: what was set as the least (and as the aim) before the model was trained; empty without a bar.
        met: whether it was reached; None without a bar.
    """

    label: str
    value: float | None
    low: float | None = None
    high: float | None = None
    percent: bool = False
    target: str = ""
    met: bool | None = None

    def numbers(self) -> str:
        """Return value and interval as they stand on the card."""
        if self.value is None:
            return "not defined"
        interval = None in (self.low, self.high)
        return self._text(self.value) + (
            "" if interval else f" [{self._text(self.low)}, {self._text(self.high)}]"
        )

    def _text(self, value: float | None) -> str:
        if value is None:
            return "?"
        return f"{100 * value:.0f} %" if self.percent else f"{value:.3f}"


def results(evaluations: Mapping[str, Values]) -> list[Result]:
    """Return the rows of the card's table.

    Args:
        evaluations: contents of ``evaluation.json`` by kind of prompt; ``mask`` with the checks on composed
            clips.

    Raises:
        KeyError: a kind of prompt, or the checks, are missing.
    """
    mask, composed = evaluations["mask"], evaluations["mask"]["composed"]
    summary = mask["summary"]
    pointers, absence = composed["pointer_use"], composed["absence"]
    missed, false = absence["missed_absences"]["value"], absence["false_absences"]["value"]
    lost, (surely_lost, most_lost) = pointers["lost_foreign"]["value"], _interval(pointers["lost_foreign"])
    frame = mask["frame_time_ms"]["median"]
    still, foreign = composed["near_static"]["difference"], composed["foreign_prompt"]["overlap"]
    probe = composed["box_probe"]["ungated"]
    point, box = (evaluations[kind]["summary"]["j_mean"] for kind in ("point", "box"))
    return [
        _summary("J, first-frame mask", summary["j_mean"], least=0.66, aim=0.74),
        _summary("J and F, first-frame mask", summary["j_and_f"]),
        _summary("J of copying the first mask", summary["copied_j"]),
        _summary("J, first-frame box", box, least=0.55, aim=0.68),
        _summary("J, first-frame point", point, least=0.45, aim=0.60),
        _summary("J on frames 16-27 over J on frames 1-8", summary["drift"], least=0.82, aim=0.92),
        _check("AUROC of the object score for absent frames", absence["auroc"], least=0.95, aim=0.98),
        Result(
            "absences missed at score 0", missed, *_interval(absence["missed_absences"]), percent=True,
            target="at most 20 % (8 %), with at most 5 % false ones",
            met=missed is not None and false is not None and missed <= 0.20 and false <= 0.05,
        ),
        _check("frames falsely called absent at score 0", absence["false_absences"], percent=True),
        _check("IoU of the box read off the pointer, over the mean box", probe["gain"]),
        _check("J among similar objects", pointers["overlap"]),
        Result(
            "J lost among similar objects with another clip's pointers", lost, surely_lost, most_lost,
            target="at least 0.05 (0.10), interval above 0", met=lost >= 0.05 and (surely_lost or 0) > 0,
        ),
        _check("J lost among similar objects without pointers", pointers["lost_none"]),
        _check("near-static objects: J over that of copying", still, least=0.0, aim=0.05),
        Result(
            "J when prompted with another clip's mask", foreign["value"], *_interval(foreign),
            target="at most 0.10", met=foreign["value"] is not None and foreign["value"] <= 0.10,
        ),
        _check("J of clean clips of made-up videos", composed["made_up"]["overlap"], least=0.80, aim=0.90),
        Result(
            "milliseconds a frame on one core", frame,
            mask["frame_time_ms"]["low"], mask["frame_time_ms"]["high"],
            target="at most 45 (25)", met=frame <= 45,
        ),
    ]  # fmt: skip


def write_card(training: Values, evaluations: Mapping[str, Values], parameters: int, image_size: int) -> str:
    """Return the card as Markdown.

    Args:
        training: content of the ``training.json`` beside the weights.
        evaluations: as for ``results``.
        parameters: how many the network has.
        image_size: side of its input in pixels.
    """
    environment = Environment(
        loader=PackageLoader("nano.checks", "."),
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701 - Markdown of our own numbers
        keep_trailing_newline=True,
        trim_blocks=True,
    )
    mask = evaluations["mask"]
    return environment.get_template("card.md").render(
        training=training,
        settings=training["settings"],
        changes=training["changes"],
        results=results(evaluations),
        sequences=mask["sequences"],
        pointer_use=mask["composed"]["pointer_use"],
        probe=mask["composed"]["box_probe"],
        propagation=mask["composed"]["propagation"],
        machine=mask["machine"],
        parameters=parameters,
        image_size=image_size,
    )


def _interval(measured: Values) -> tuple[float | None, float | None]:
    low, high = measured["interval"] or (None, None)
    return low, high


def _summary(label: str, estimate: Values, *, least: float | None = None, aim: float | None = None) -> Result:
    """Return the row of an entry of ``evaluation.json``'s summary."""
    return _row(label, (estimate["value"], estimate["low"], estimate["high"]), least, aim)


def _check(
    label: str,
    measured: Values,
    *,
    least: float | None = None,
    aim: float | None = None,
    percent: bool = False,
) -> Result:
    """Return the row of a check on composed clips."""
    return _row(label, (measured["value"], *_interval(measured)), least, aim, percent=percent)


def _row(
    label: str,
    numbers: tuple[float | None, float | None, float | None],
    least: float | None,
    aim: float | None,
    *,
    percent: bool = False,
) -> Result:
    value, low, high = numbers
    target = "" if least is None else f"at least {least:.2f} ({aim:.2f})"
    met = None if least is None else value is not None and value >= least
    return Result(label, value, low, high, percent, target, met)
