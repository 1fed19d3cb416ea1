from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from samscope.analysis.absence.separability import choose, separability
from samscope.analysis.pointers.decoding import Reading, decode_pointers
from samscope.analysis.statistics.auroc import pooled_auroc
from samscope.analysis.statistics.resampling_plan import plan_of_videos
from samscope.records.store import Study, open_study
from samscope.report.figure_numbers import drawn_boxes, frame_scores, map_values, projected_pointers
from tests.planted import FEW_POSITIONS, SEPARATING, planted, row


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    return open_study(planted(clips=4, positions=FEW_POSITIONS).write(tmp_path_factory.mktemp("study")))


def test_the_auroc_over_a_strip_plot_is_that_of_its_numbers(study: Study) -> None:
    chosen = choose(separability(study.clips, study.frames, study.features), "object_removal", "present")
    for position in ("frame", SEPARATING):
        table = frame_scores(study, "object_removal", position)
        videos = pd.factorize(table["source_video"])[0]
        absent = table["absent"].to_numpy()
        for feature in ("short", "combination"):
            values = table[feature].to_numpy()
            kept = np.isfinite(values)
            found = pooled_auroc(
                values[kept & absent],
                videos[kept & absent],
                values[kept & ~absent],
                videos[kept & ~absent],
                plan_of_videos(np.unique(videos)),
            )
            expected = row(chosen, position=position, feature=feature)["auroc"]
            assert found.value == pytest.approx(expected)


def test_a_strip_plot_has_one_row_a_compared_frame(study: Study) -> None:
    table = frame_scores(study, "interjection", SEPARATING)
    assert len(table) == 4 * 27
    assert table["absent"].sum() == 4 * 4
    one = row(table, clip=2, frame=13)
    recorded = row(study.features, set="interjection", clip=2, frame=13, position=SEPARATING)
    assert one["short"] == pytest.approx(recorded["short"])
    assert one["source_video"] == "goat"


def test_one_source_video_has_no_combination(tmp_path: Path) -> None:
    made = planted(clips=2, videos=["goat"], sets=["interjection"], positions=FEW_POSITIONS[:1], maps=False)
    table = frame_scores(open_study(made.write(tmp_path / "study")), "interjection", "frame")
    assert table["combination"].isna().all()
    assert table["short"].notna().all()


def test_projected_pointers_keep_distances_that_two_axes_can_show(study: Study) -> None:
    table = projected_pointers(study, 1, "obscuration")
    assert table.groupby(["panel", "set"]).size().to_dict() == {
        ("all_frames", "clean"): 28,
        ("all_frames", "obscuration"): 28,
        ("tracked_frames", "clean"): 27,
        ("tracked_frames", "obscuration"): 27,
    }
    for panel in ("all_frames", "tracked_frames"):
        rows = table.loc[table["panel"] == panel]
        first, second = (float(rows[name].var(ddof=0)) for name in ("first", "second"))
        shares = [float(rows[name].iloc[0]) for name in ("first_explained", "second_explained")]
        assert first >= second
        assert first / second == pytest.approx(shares[0] / shares[1])


def test_map_values_are_the_recorded_maps(study: Study) -> None:
    table = map_values(study, "clean", 0, 14)
    maps = study.maps("clean", 0)
    assert set(table["position"]) == {
        "image_embeddings",
        "memory_conditioned",
        "prompt_conditioned",
        "memory_features",
    }
    one = row(table, position="memory_features", row=3, column=20)
    assert one["mean"] == maps["memory_features/mean"][14, 3, 20]
    assert one["variance"] == maps["memory_features/variance"][14, 3, 20]


def test_boxes_are_those_of_the_records_and_of_the_decoder(study: Study) -> None:
    reading = Reading("ridge", "object_pointer_ungated", "pointer")
    decoding = decode_pointers(study.clips, study.frames, readings=[reading])
    table = drawn_boxes(decoding, [("interjection", 0, 13), ("clean", 1, 5)], reading)
    assert table["box"].tolist() == ["true", "predicted_mask", "decoded"] * 2
    assert np.isnan(row(table, set="interjection", box="true")["x_min"])
    facts = row(study.frames, set="clean", clip=1, frame=5)
    assert row(table, set="clean", box="true")["x_min"] == pytest.approx(facts["true_box"][0] / 96)
    assert np.isfinite(
        row(table, set="clean", box="decoded")[["x_min", "y_min", "x_max", "y_max"]].astype(float)
    ).all()
