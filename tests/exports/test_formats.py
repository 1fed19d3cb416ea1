import errno
import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from samscope.exports.formats import FORMATS, format_of, require_place, usual_place
from samscope.exports.frame import ResultFrame, TrackFacts, tracked_object
from samscope.exports.result import Result
from samscope.support.errors import SamscopeError, UsageError
from tests.exports.writing import write
from tests.small_disk import small_disk


@pytest.mark.parametrize("name", FORMATS)
def test_nothing_half_written_is_left(
    name: str, tmp_path: Path, facts: TrackFacts, frames: list[ResultFrame]
) -> None:
    with pytest.raises(RuntimeError, match="broken"):
        write(name, tmp_path / "out", facts, broken_off(frames, RuntimeError("broken")))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", FORMATS)
def test_frames_are_not_changed_by_being_written(
    name: str, out: Path, facts: TrackFacts, frames: list[ResultFrame]
) -> None:
    before = [(frame.labels.copy(), frame.pixels.copy()) for frame in frames if frame.pixels is not None]
    write(name, out, facts, frames)
    for frame, (labels, pixels) in zip(frames, before, strict=True):
        np.testing.assert_array_equal(frame.labels, labels)
        np.testing.assert_array_equal(frame.pixels, pixels)
    assert out.is_file() == bool(FORMATS[name].suffix)


@pytest.mark.parametrize("name", sorted(FORMATS.keys() - {"rerun"}))  # whose rows bear the time of writing
def test_the_same_track_gives_the_same_bytes(
    name: str, tmp_path: Path, facts: TrackFacts, frames: list[ResultFrame]
) -> None:
    for place in ("one", "other"):
        write(name, tmp_path / place, facts, frames)
    assert content(tmp_path / "one") == content(tmp_path / "other")


def content(path: Path) -> dict[str, bytes]:
    files = [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]
    assert files
    return {file.relative_to(path).as_posix(): file.read_bytes() for file in files}


@pytest.mark.parametrize("name", FORMATS)
def test_what_needs_pixels_is_known(name: str, out: Path, result: Result) -> None:
    without = [frame for frame in result if frame.pixels is None]
    if FORMATS[name].needs_pixels and name != "rerun":
        with pytest.raises(ValueError, match="frame 0 has no pixels"):
            write(name, out, result.facts, without)
    else:
        write(name, out, result.facts, without)


@pytest.mark.parametrize(
    ("name", "package"),
    [
        ("coco", "pycocotools"),
        ("youtube-vis", "pycocotools"),
        ("film", "av"),
        ("fiftyone", "av"),
        ("rerun", "rerun-sdk"),
    ],
)
def test_a_missing_library_is_named_with_its_extra(
    name: str, package: str, out: Path, facts: TrackFacts, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(module: str) -> None:
        raise ModuleNotFoundError(f"No module named {module.split('.', maxsplit=1)[0]!r}")

    monkeypatch.setattr("samscope.exports.tools.import_module", missing)
    expected = (
        rf"--to {name}: {package} cannot be imported \(No module .*\); pip install 'samscope\[exports\]'"
    )
    with pytest.raises(UsageError, match=expected):
        write(name, out, facts, [])
    assert list(out.parent.iterdir()) == []


@pytest.mark.parametrize("name", FORMATS)
def test_a_full_disk_is_said(name: str, out: Path, facts: TrackFacts, frames: list[ResultFrame]) -> None:
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    with pytest.raises(SamscopeError, match=r"disk( is)? full"):
        write(name, out, facts, broken_off(frames, full))
    assert list(out.parent.iterdir()) == []


@pytest.mark.parametrize("name", FORMATS)
def test_a_disk_that_is_really_full(
    name: str, tmp_path: Path, facts: TrackFacts, frames: list[ResultFrame]
) -> None:
    large = replace(facts, size=(300, 400))
    noise = [noisy(frame, large.size) for frame in frames]
    with small_disk(tmp_path / "disk", 64 * 1024) as disk:
        with pytest.raises(SamscopeError, match=r"disk( is)? full|room on the disk"):
            write(name, disk / "out", large, noise)
        assert list(disk.iterdir()) == []


def broken_off(frames: Sequence[ResultFrame], error: Exception) -> Iterator[ResultFrame]:
    yield frames[0]
    raise error


def test_a_format_that_is_not_there() -> None:
    with pytest.raises(UsageError, match="--to gif: no such format; expected one of davis, film"):
        format_of("gif")


def test_formats_lie_beside_the_result() -> None:
    assert usual_place(Path("/runs/duck"), FORMATS["coco"]) == Path("/runs/duck-coco.json")
    assert usual_place(Path("/runs/duck"), FORMATS["davis"]) == Path("/runs/duck-davis")


def test_a_place_that_is_taken(tmp_path: Path) -> None:
    require_place(tmp_path, FORMATS["davis"])
    with pytest.raises(UsageError, match="there is a folder that is not empty already; name another place"):
        require_place(tmp_path, FORMATS["coco"])
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="there is a folder that is not empty already"):
        require_place(tmp_path, FORMATS["davis"])
    for name in ("coco", "davis"):
        with pytest.raises(UsageError, match=r"file: there is a file already"):
            require_place(tmp_path / "file", FORMATS[name])


def noisy(frame: ResultFrame, size: tuple[int, int]) -> ResultFrame:
    rng = np.random.default_rng(frame.index)
    labels = rng.choice(np.array([1, 7], dtype=np.uint8), size)
    objects = {object_id: tracked_object(labels, object_id, None, None) for object_id in (1, 7)}
    pixels = rng.integers(0, 255, (*size, 3), dtype=np.uint8)
    return replace(frame, labels=labels, objects=objects, pixels=pixels)
