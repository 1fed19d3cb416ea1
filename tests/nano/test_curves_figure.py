from typing import Any

import numpy as np
import pytest

from nano.curves_figure import enlargements, lengthenings, running_median, training_curves
from samscope.figures.saving import FORMATS, render
from samscope.support.errors import SamscopeError
from tests.figures.drawn import clipped, overlapping, words


def step_entry(step: int, **changes: Any) -> dict[str, Any]:
    parts = {"focal": 0.02, "dice": 0.6, "iou": 0.2, "object_score": 0.4, "token_norm": 0.0, "balance": 0.01}
    plain = {"step": step, "kind": "training", **parts, "total": 2.0, "rate": 1e-3, "frames": 3, "clips": 8}
    return {**plain, "seconds": 0.5, "attention": {"pointer": [0.4, 0.2], "gap": [0.0, 0.0]}, **changes}


def check_entry(step: int, **changes: Any) -> dict[str, Any]:
    plain = {"step": step, "kind": "held_out", "overlap": 0.5, "auroc": 0.9}
    return {**plain, "attention": {"pointer": [0.3, 0.1]}, **changes}


def log(steps: int = 40) -> list[dict[str, Any]]:
    rng = np.random.default_rng(0)
    entries = []
    for step in range(10, 10 * steps + 1, 10):
        entries.append(step_entry(step, total=rng.uniform(1, 3), frames=3 if step < 200 else 8))
        if step % 100 == 0:
            entries.append(check_entry(step, overlap=step / 1000))
    return entries


def test_six_panels_say_what_they_are() -> None:
    figure = training_curves(log())
    titles = [axes.get_title(loc="left") for axes in figure.axes]
    assert titles == [
        "Loss",
        "Its parts, before they are weighted",
        "Held-out clips",
        "Share of memory attention that goes to pointers",
        "Learning rate, in thousandths",
        "Clips per second",
    ]
    written = words(figure).replace("\n", " ")
    assert "Training, step 400" in written
    assert "dotted: clips grow longer, to 8 frames" in written
    assert all(label in written for label in ("mask: dice", "object score", "layer 2", "AUROC", "J of"))
    assert "token norm" not in written  # 0 at every step: not to be seen on a logarithmic axis
    assert clipped(figure) == []
    assert overlapping(figure) == []


def test_curves_show_the_log() -> None:
    entries = log()
    total, _, held_out, attention, rate, speed = training_curves(entries).axes
    training = [entry for entry in entries if entry["kind"] == "training"]
    dots, line = total.lines[:2]
    np.testing.assert_allclose(np.asarray(dots.get_ydata()), [entry["total"] for entry in training])
    np.testing.assert_allclose(np.asarray(line.get_ydata()), running_median(np.asarray(dots.get_ydata())))
    np.testing.assert_allclose(np.asarray(held_out.lines[1].get_ydata()), [0.1, 0.2, 0.3, 0.4])
    assert {float(np.asarray(one.get_ydata())[0]) for one in attention.lines[:4:2]} == {0.4, 0.2}
    assert np.asarray(rate.lines[0].get_ydata())[0] == pytest.approx(1.0)
    assert np.asarray(speed.lines[0].get_ydata())[0] == pytest.approx(16.0)


@pytest.mark.parametrize(
    "entries",
    [
        [step_entry(1)],
        [step_entry(1), check_entry(1, auroc=None)],
        [step_entry(step, attention={"pointer": [], "gap": []}) for step in (1, 2)],
        [step_entry(1, balance=0.0), step_entry(2, attention={"pointer": [0.1], "gap": [0.0]})],
    ],
)
def test_a_run_that_has_hardly_begun(entries: list[dict[str, Any]]) -> None:
    figure = training_curves(entries)
    assert clipped(figure) == []
    assert all(render(figure, form) for form in FORMATS)


def test_a_log_without_a_step() -> None:
    with pytest.raises(SamscopeError, match="holds no step yet"):
        training_curves([check_entry(1)])


def test_random_lengths_of_one_part_of_the_run_are_one_lengthening() -> None:
    frames = [3] * 30 + [5] * 30 + [12, 15, 13, 16] + [14] * 36
    entries = [step_entry(step, frames=length) for step, length in enumerate(frames, start=1)]
    assert lengthenings(entries) == {31: 5, 61: 16}


def test_larger_frames_are_marked_once() -> None:
    sizes = [128] * 6 + [192] * 4
    entries = [step_entry(step, image_size=size) for step, size in enumerate(sizes, start=1)]
    assert enlargements(entries) == {7: 192}
    assert enlargements(log()) == {}
    figure = training_curves(entries)
    assert "dashed: frames grow larger, to 192 pixels" in words(figure)
    assert clipped(figure) == []


def test_a_running_median_passes_over_outliers_and_gaps() -> None:
    values = np.array([1.0, 1.0, 99.0, 1.0, np.nan, 1.0, 1.0, 1.0])
    np.testing.assert_array_equal(running_median(values), np.ones(8))
