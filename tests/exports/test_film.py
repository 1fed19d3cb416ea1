from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from samscope.exports.frame import ResultFrame, TrackFacts
from samscope.exports.overlay import Legend, Overlay
from samscope.support.object_colours import OBJECT_COLOURS
from tests.exports.conftest import LENGTH
from tests.exports.writing import write


def test_the_film_is_h264_with_the_frames_own_times(
    out: Path, facts: TrackFacts, frames: list[ResultFrame]
) -> None:
    av = pytest.importorskip("av", reason="PyAV is not installed")
    late = [*frames[:-1], replace(frames[-1], seconds=(frames[-1].seconds or 0) + 0.5)]
    write("film", out, facts, late)
    with av.open(str(out)) as container:
        (stream,) = container.streams
        assert stream.codec_context.name == "h264"
        assert (stream.height, stream.width) == (46, 64)
        shown = list(container.decode(stream))
    assert len(shown) == LENGTH
    expected = [(frame.seconds or 0) - (late[0].seconds or 0) for frame in late]
    assert [picture.time for picture in shown] == pytest.approx(expected, abs=1e-3)


def test_the_film_shows_the_overlay(out: Path, facts: TrackFacts, frames: list[ResultFrame]) -> None:
    av = pytest.importorskip("av", reason="PyAV is not installed")
    write("film", out, facts, frames)
    overlay = Overlay(facts)
    with av.open(str(out)) as container:
        for picture, frame in zip(container.decode(video=0), frames, strict=True):
            shown = picture.to_ndarray(format="rgb24")[: facts.size[0], : facts.size[1]]
            difference = np.abs(shown.astype(int) - overlay.drawn(frame))
            assert difference.mean() < 8  # 4:2:0 blurs colours at edges


def test_without_times_frames_are_evenly_spaced(
    out: Path, facts: TrackFacts, frames: list[ResultFrame]
) -> None:
    av = pytest.importorskip("av", reason="PyAV is not installed")
    write("film", out, replace(facts, rate=None), [replace(frame, seconds=None) for frame in frames])
    with av.open(str(out)) as container:
        times = [picture.time for picture in container.decode(video=0)]
    assert times == pytest.approx([index / 25 for index in range(LENGTH)], abs=1e-3)


def test_objects_are_tinted_and_the_ground_is_left(facts: TrackFacts, frames: list[ResultFrame]) -> None:
    large = replace(facts, size=(450, 630))
    frame = enlarged(frames[2])
    drawn = Overlay(large).drawn(frame).astype(int)
    assert frame.pixels is not None
    inside = frame.labels[230, 450]
    assert inside == 7
    tinted = 0.55 * frame.pixels[230, 450] + 0.45 * np.array(OBJECT_COLOURS[1])
    np.testing.assert_allclose(drawn[230, 450], tinted, atol=1)
    np.testing.assert_array_equal(drawn[400:, 100:500], frame.pixels[400:, 100:500])


def test_objects_and_events_have_their_lines(facts: TrackFacts, frames: list[ResultFrame]) -> None:
    legend = Legend(facts)
    told = [legend.lines(frame) for frame in frames]
    assert told[0] == {1: "1 duck  +14.2  prompted"}
    assert told[2] == {1: "1 duck  +12.2", 7: "7 boat  +9.0  prompted"}
    events = [lines[1].split("  ")[-1] for lines in told[3:6]]
    assert events == ["absent for 1 frame", "absent for 2 frames", "back"]


def test_the_legend_stands_in_its_objects_colour(facts: TrackFacts, frames: list[ResultFrame]) -> None:
    drawn = Overlay(replace(facts, size=(450, 630))).drawn(enlarged(frames[3]))
    for place in range(2):
        assert (drawn[:60, :60] == OBJECT_COLOURS[place]).all(axis=-1).any()


def enlarged(frame: ResultFrame) -> ResultFrame:
    assert frame.pixels is not None
    return replace(
        frame,
        labels=frame.labels.repeat(10, axis=0).repeat(10, axis=1),
        pixels=frame.pixels.repeat(10, axis=0).repeat(10, axis=1),
    )
