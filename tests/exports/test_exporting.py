from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from samscope.exports.exporting import run_export
from samscope.exports.frame import ResultFrame, TrackFacts, tracked_object
from samscope.exports.result import ResultWriter
from samscope.support.errors import SamscopeError, UsageError
from samscope.support.progress import Silent
from tests.exports.films import SIZE, moving_square, save_frames


def tracked(folder: Path, video: Path, frames: int, every: int = 1) -> Path:
    """Write a result without a model: every frame's brightest part."""
    folder.mkdir()
    facts = TrackFacts(str(video), "square", SIZE, None, {1: "square"}, reading={"every": every})
    with ResultWriter(folder, facts) as writer:
        for index, pixels in enumerate(moving_square(frames * every)[::every]):
            labels = (pixels[..., 0] > 128).astype(np.uint8)
            objects = {1: tracked_object(labels, 1, 3.0, 0.9)}
            writer.add(ResultFrame(index, index * every, None, labels, objects))
        writer.finish()
    return folder


def test_the_film_is_read_again_as_it_was_read(tmp_path: Path) -> None:
    video = save_frames(tmp_path / "video", 6)
    result = tracked(tmp_path / "result", video, 3, every=2)
    out = run_export(result, "frames", Silent())
    assert out == tmp_path / "result-frames"
    shown = sorted(out.iterdir())
    assert [path.name for path in shown] == ["00000.jpg", "00001.jpg", "00002.jpg"]
    for path, pixels in zip(shown, moving_square(6)[::2], strict=True):
        with Image.open(path) as image:
            assert np.abs(np.asarray(image).astype(int) - pixels).mean() < 3


def test_a_film_that_has_moved_is_named(tmp_path: Path) -> None:
    video = save_frames(tmp_path / "video", 3)
    result = tracked(tmp_path / "result", video, 3)
    video.rename(tmp_path / "moved")
    with pytest.raises(
        UsageError, match=r"--to film shows the frames: .*video: no such.*or name the film with --video"
    ):
        run_export(result, "film", Silent())
    assert run_export(result, "film", Silent(), video=str(tmp_path / "moved")).is_file()
    assert run_export(result, "coco", Silent()).is_file()


def test_another_film_is_refused(tmp_path: Path) -> None:
    result = tracked(tmp_path / "result", tmp_path, 3)
    short = save_frames(tmp_path / "short", 2)
    with pytest.raises(
        SamscopeError, match="short: ends before frame 2, which was tracked; name the film that"
    ):
        run_export(result, "frames", Silent(), video=str(short))
    other = tmp_path / "other"
    other.mkdir()
    Image.new("RGB", (40, 30)).save(other / "0.png")
    with pytest.raises(UsageError, match="40 x 30 pixels, and 96 x 64 were tracked"):
        run_export(result, "frames", Silent(), video=str(other))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["other", "result", "short"]


def test_what_lies_in_the_way_is_left(tmp_path: Path) -> None:
    result = tracked(tmp_path / "result", tmp_path, 1)
    (tmp_path / "result-coco.json").write_text("mine")
    with pytest.raises(UsageError, match=r"result-coco\.json: there is a file already; name another place"):
        run_export(result, "coco", Silent())
    assert (tmp_path / "result-coco.json").read_text() == "mine"


def test_a_tracked_film_has_no_draws(tmp_path: Path) -> None:
    result = tracked(tmp_path / "result", tmp_path, 1)
    with pytest.raises(UsageError, match=r"--clip 2: .* is a tracked film, which has no draws"):
        run_export(result, "rerun", Silent(), clip=2)


def test_a_damaged_result_leaves_nothing(tmp_path: Path) -> None:
    result = tracked(tmp_path / "result", tmp_path, 3)
    (result / "masks" / "00001.png").write_bytes(b"no picture")
    with pytest.raises(SamscopeError, match=r"00001\.png"):
        run_export(result, "davis", Silent())
    assert [path.name for path in tmp_path.iterdir()] == ["result"]


@pytest.mark.parametrize("address", ["camera:0", "rtsp://camera.example/stream"])
def test_frames_of_a_camera_are_gone(address: str, tmp_path: Path) -> None:
    result = tracked(tmp_path / "result", Path(address), 1)
    with pytest.raises(UsageError, match="are gone; export while tracking: --export"):
        run_export(result, "film", Silent())
