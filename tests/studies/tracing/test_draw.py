"""A cause that is planted is found, and nothing else; runs that share are those that do not."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from samscope.analysis.causes.cells import ALL_POSITIONS, BANK, DIRECTIONS, Span, cells_of
from samscope.clips.clip import Clip, Draw, Excerpt, Timeline
from samscope.studies.tracing.draw import Traced, sites_of, trace_draw
from samscope.studies.tracing.probes import probes_of
from samscope.support.errors import UsageError
from samscope.trackers.edits import Apply, Edit, Put
from samscope.trackers.family import Tracker
from samscope.trackers.track import track
from tests.trackers.edited import clip as frames_of
from tests.trackers.edited import mask, sam2_in

TIMELINE = Timeline(2, 1, 2)
MIDDLE = Span(2, 2)


def made(set_name: str = "clean", seed: int = 0) -> Clip:
    excerpt = Excerpt("first", 1, 0, 1)
    frames = frames_of(TIMELINE.length, seed)
    masks = np.repeat(mask()[None], TIMELINE.length, axis=0)
    return Clip(
        set=set_name,  # type: ignore[arg-type]
        draw=Draw(0, 0, excerpt, replace(excerpt, video="second"), (excerpt,) * 3),
        timeline=TIMELINE,
        frames=frames,
        masks=masks,
        amodal_masks=masks,
        void=np.zeros_like(masks),
        present=np.ones(TIMELINE.length, bool),
        obscured=np.zeros(TIMELINE.length, np.float32),
        transformed=np.zeros(TIMELINE.length, bool),
        origins=tuple(f"first/{frame}" for frame in range(TIMELINE.length)),
    )


@pytest.fixture(scope="module")
def model() -> Tracker:
    return sam2_in("exact")


def planted(model: Tracker, site: str) -> pd.DataFrame:
    """Trace a clip beside itself, with a site of the middle overwritten in one of both."""
    edit = Edit(site, 2, Apply(lambda tensor: -3 * tensor))
    cells = cells_of([name for name in ALL_POSITIONS if name != site], [Span(1, 1), MIDDLE], DIRECTIONS)
    rows = trace_draw(model, Traced(made()), [Traced(made("interjection"), (edit,))], cells)
    return pd.DataFrame(rows)


@pytest.mark.parametrize(
    ("site", "carriers"),
    [
        ("memory_mask", {"memory_encoder_output", "memory_features", BANK}),
        ("object_pointer_ungated", {"object_pointer", BANK}),
    ],
)
def test_a_planted_cause_is_found_and_nothing_else(model: Tracker, site: str, carriers: set[str]) -> None:
    table = planted(model, site)
    clean, transformed = (table.loc[table["kind"] == kind].iloc[0] for kind in ("clean", "transformed"))
    assert clean["object_score"] != transformed["object_score"]
    for direction, without, whole in (
        ("restore", transformed, clean),
        ("spoil", clean, transformed),
    ):
        cells = table.loc[(table["kind"] == direction) & (table["first"] == 2)].set_index("edited")
        assert set(cells.index) == set(ALL_POSITIONS) - {site}
        for position, cell in cells.iterrows():
            expected = whole if position in carriers else without
            assert cell["object_score"] == expected["object_score"], position
            assert cell["j"] == expected["j"], position
        before = table.loc[(table["kind"] == direction) & (table["first"] == 1)]
        assert not before["tracked"].any()
        assert (before["object_score"] == without["object_score"]).all()


def test_a_run_is_what_it_is_by_itself(model: Tracker) -> None:
    clean, other = made(), made("overlay")
    other = replace(other, frames=np.concatenate([other.frames[:2], frames_of(3, seed=5)]))
    cells = cells_of(["memory_features", BANK], [MIDDLE], ["restore"])
    rows = pd.DataFrame(trace_draw(model, Traced(clean), [Traced(other)], cells, probes=True))
    seen = list(track(model, clean.frames, mask=mask()))
    edit = Edit("memory_features", 2, Put(seen))
    alone = list(track(model, other.frames, mask=mask(), edits=[edit]))
    row = rows.loc[(rows["kind"] == "restore") & (rows["edited"] == "memory_features")].iloc[0]
    assert row["object_score"] == np.mean([one.object_score for one in alone[3:]])
    assert row["set"] == "overlay"
    for probe in probes_of(TIMELINE, sites_of(model), model.memory_rule, None):
        base = clean if probe.run == "clean" else other
        alone = list(track(model, base.frames, mask=mask(), edits=probe.edits))
        row = rows.loc[
            (rows["kind"] == f"{probe.run}_probe")
            & (rows["edited"] == probe.name)
            & (rows["first"] == probe.first)
        ].iloc[0]
        assert row["object_score"] == np.mean([one.object_score for one in alone[3:]]), probe.name


def test_nothing_of_the_middle_is_left_where_the_bank_is_restored(model: Tracker) -> None:
    clean = made()
    frames = np.concatenate([clean.frames[:2], frames_of(1, seed=5), clean.frames[3:]])
    other = replace(made("interjection"), frames=frames)
    cells = cells_of([BANK], [MIDDLE], DIRECTIONS)
    rows = pd.DataFrame(trace_draw(model, Traced(clean), [Traced(other)], cells)).set_index("kind")
    scores: dict[str, float] = rows["object_score"].to_dict()  # type: ignore[assignment]
    assert scores["restore"] == scores["clean"]
    assert scores["spoil"] == scores["transformed"]
    assert scores["clean"] != scores["transformed"]


def test_another_objects_pointer_is_put_in_the_place_of_each(model: Tracker) -> None:
    clean = made()
    other = replace(made("object_removal", seed=3), draw=clean.draw)
    rows = pd.DataFrame(trace_draw(model, Traced(clean), [], [], probes=True, other_object=Traced(other)))
    exchanged = rows.loc[rows["edited"] == "other_pointers"].iloc[0]
    (first, *_) = track(model, other.frames[:1], mask=mask())
    assert first.object_pointer is not None
    edit = Edit("recalled_pointer", range(2, 5), Put(first.object_pointer))
    alone = list(track(model, clean.frames, mask=mask(), edits=[edit]))
    assert exchanged["object_score"] == np.mean([one.object_score for one in alone[3:]])
    assert exchanged["object_score"] != rows.loc[rows["kind"] == "clean", "object_score"].item()


def test_a_position_that_a_frame_lacks_is_told(model: Tracker) -> None:
    cells = cells_of(["memory_conditioned"], [Span(0, 0)], ["spoil"])
    other = replace(made("overlay"), frames=frames_of(TIMELINE.length, seed=4))
    with pytest.raises(UsageError, match="there is no memory_conditioned on frame 0"):
        trace_draw(model, Traced(made()), [Traced(other)], cells)
