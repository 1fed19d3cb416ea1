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
        what: what was measured.
        value: the number, None where it is not defined.
        low: lower end of its 95 % interval, None without one.
        high: upper end.
        percent: whether it is a share to be written in percent.
        wanted: what was set as the least before the model was trained, in words; empty without a bar.
        met: whether it was reached; None without a bar.
    """

    what: str
    value: float | None
    low: float | None = None
    high: float | None = None
    percent: bool = False
    wanted: str = ""
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
    return [
        _summary("J, first-frame mask", summary["j_mean"], "at least 0.58", least=0.58),
        _summary("J and F, first-frame mask", summary["j_and_f"]),
        _summary("J of copying the first mask", summary["copied_j"]),
        _summary("J, first-frame point", evaluations["point"]["summary"]["j_mean"]),
        _summary("J, first-frame box", evaluations["box"]["summary"]["j_mean"]),
        _summary("J on frames 16-27 over J on frames 1-8", summary["drift"], "at least 0.80", least=0.80),
        _check("AUROC of the object score for absent frames", absence["auroc"], "at least 0.90", least=0.90),
        Result(
            "absences missed at score 0",
            missed,
            *_interval(absence["missed_absences"]),
            percent=True,
            wanted="at most 35 %, with at most 5 % false ones",
            met=missed is not None and false is not None and missed <= 0.35 and false <= 0.05,
        ),
        _check("frames falsely called absent at score 0", absence["false_absences"], percent=True),
        _check(
            "IoU of the box read off the pointer, over the mean box",
            composed["box_probe"]["ungated"]["gain"],
            "at least 0.10",
            least=0.10,
        ),
        _check("J among similar objects", pointers["overlap"]),
        Result(
            "J lost among similar objects with another clip's pointers",
            lost,
            surely_lost,
            most_lost,
            wanted="at least 0.03, interval above 0",
            met=lost >= 0.03 and (surely_lost or 0) > 0,
        ),
        _check("J lost among similar objects without pointers", pointers["lost_none"]),
        _check(
            "near-static objects: J over that of copying", composed["near_static"]["difference"],
            "not below 0", least=0.0,
        ),
        _check(
            "J when prompted with another clip's mask", composed["foreign_prompt"]["overlap"],
            "at most 0.10", most=0.10,
        ),
        Result(
            "milliseconds a frame on one core", frame,
            mask["frame_time_ms"]["low"], mask["frame_time_ms"]["high"],
            wanted="at most 45", met=frame <= 45,
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
        loader=PackageLoader("samscope.evaluation", "."),
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
        machine=mask["machine"],
        parameters=parameters,
        image_size=image_size,
    )


def _interval(measured: Values) -> tuple[float | None, float | None]:
    low, high = measured["interval"] or (None, None)
    return low, high


def _summary(what: str, estimate: Values, wanted: str = "", *, least: float | None = None) -> Result:
    """Return the row of an entry of ``evaluation.json``'s summary."""
    return _row(what, estimate["value"], estimate["low"], estimate["high"], wanted, least=least)


def _check(
    what: str,
    measured: Values,
    wanted: str = "",
    *,
    least: float | None = None,
    most: float | None = None,
    percent: bool = False,
) -> Result:
    """Return the row of a check on composed clips."""
    low, high = _interval(measured)
    return _row(what, measured["value"], low, high, wanted, least=least, most=most, percent=percent)


def _row(
    what: str,
    value: float | None,
    low: float | None,
    high: float | None,
    wanted: str,
    *,
    least: float | None = None,
    most: float | None = None,
    percent: bool = False,
) -> Result:
    met = None
    if least is not None or most is not None:
        met = value is not None and (least is None or value >= least) and (most is None or value <= most)
    return Result(what, value, low, high, percent, wanted, met)
