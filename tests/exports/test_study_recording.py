from pathlib import Path

import numpy as np
import pytest

from samscope.exports.exporting import run_export
from samscope.records.store import open_study
from samscope.support.errors import UsageError
from samscope.support.progress import Silent
from tests.exports.test_rerun import read
from tests.planted import planted


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return planted(clips=1, sets=["clean", "obscuration"]).write(tmp_path_factory.mktemp("planted") / "study")


def test_a_draw_is_shown_with_truth_prediction_maps_and_scores(folder: Path, tmp_path: Path) -> None:
    out = run_export(folder, "rerun", Silent(), out=tmp_path / "draw.rrd")
    rows, static = read(out)
    study = open_study(folder)
    for name in ("clean", "obscuration"):
        maps = study.maps(name, 0)
        assert [frame for frame, _ in rows[f"/{name}/film"]] == list(range(len(maps["frames"])))
        for frame, row in rows[f"/{name}/film/masks"]:
            labels = np.array(row["SegmentationImage:buffer"][0], dtype=np.uint8).reshape(
                maps["masks"].shape[1:]
            )
            np.testing.assert_array_equal(labels % 2 == 1, maps["masks"][frame] > 0)
            np.testing.assert_array_equal(labels >= 2, maps["predicted"][frame] > 0)
        frames = study.frames[(study.frames["set"] == name) & (study.frames["clip"] == 0)]
        curve = {frame: row["Scalars:scalars"][0] for frame, row in rows[f"/object_score/{name}"]}
        assert curve == pytest.approx(dict(zip(frames["frame"], frames["object_score"], strict=True)))
    shown = dict(rows["/obscuration/mean/memory_features"])
    values = study.maps("obscuration", 0)["memory_features/mean"]
    buffer = np.array(shown[14]["DepthImage:buffer"][0], dtype=np.uint8).view(np.float16)
    np.testing.assert_array_equal(buffer, values[14].ravel())
    assert static["/j/clean"]["SeriesLines:names"] == ["Clean"]


def test_a_map_that_does_not_exist_on_a_frame_is_cleared(folder: Path, tmp_path: Path) -> None:
    rows, _ = read(run_export(folder, "rerun", Silent(), out=tmp_path / "draw.rrd", clip=0))
    first = dict(rows["/clean/mean/memory_conditioned"])[0]
    assert "DepthImage:buffer" not in first
    assert "Clear:is_recursive" in first


def test_a_draw_without_maps_and_other_formats_are_refused(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"--clip 7: .*study has maps of draws 0"):
        run_export(folder, "rerun", Silent(), out=tmp_path / "draw.rrd", clip=7)
    with pytest.raises(
        UsageError, match=r"--to coco: .*study is a study, which is shown by --to rerun alone"
    ):
        run_export(folder, "coco", Silent(), out=tmp_path / "draw.json")
    assert list(tmp_path.iterdir()) == []


def test_a_study_without_maps_says_how_to_get_them(tmp_path: Path) -> None:
    study = planted(clips=1, sets=["clean"])
    study.maps.clear()
    folder = study.write(tmp_path / "study")
    with pytest.raises(UsageError, match="has no maps, which a recording shows; make it with --maps 1"):
        run_export(folder, "rerun", Silent(), out=tmp_path / "draw.rrd")
