"""The readers of files from strangers, each with small good files to begin from.

Hypothesis runs them in the tests, atheris for as long as one likes: ``fuzz/run.py``.
"""

import io
import json
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

from samscope.clips.built import BuiltClips
from samscope.clips.facts import CLIPS, FRAME_FACTS, clip_row, frame_fact_rows
from samscope.clips.writing import CLIPS_TABLE, FRAMES_TABLE
from samscope.records.record_checks import check_settings
from samscope.support.result_folder import read_json
from samscope.videos.davis import read_collection
from samscope.videos.downloads.archives import unpack_zip
from samscope.videos.images import image_size, read_frame, read_mask
from samscope.videos.labelled import labelled_frames
from samscope.videos.layouts.reading import read_videos
from tests.bad_input.crafted import jpeg, palette_png, png, safetensors_file
from tests.clips.folders import moving_square, save_video, small_clip

Read = Callable[[Path], object]
"""Reads the file at a path; raises SamscopeError where it is not as it must be, and nothing else."""


@dataclass(frozen=True)
class Reader:
    """A reader of files.

    Attributes:
        name: what it is called.
        file: path of the file in its folder.
        seeds: contents that are good, or almost.
        prepare: makes what else the folder must hold.
        read: reads what is in the folder.
    """

    name: str
    file: str
    seeds: Callable[[], list[bytes]]
    read: Read
    prepare: Callable[[Path], None] = lambda folder: None

    def place(self, folder: Path) -> Path:
        """Prepare a folder and return the path at which the file is read."""
        self.prepare(folder)
        path = folder / self.file
        path.parent.mkdir(parents=True, exist_ok=True)
        return path


def _saved(save: Callable[[Path], object]) -> bytes:
    """Return what a function writes to a file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        save(path)
        return path.read_bytes()


def _encoded(pixels: np.ndarray, file_format: str, mode: str | None = None, **options: object) -> bytes:
    image = Image.fromarray(pixels)
    if mode == "P":
        image.putpalette(bytes(range(256)) * 3)
    elif mode is not None:
        image = image.convert(mode)
    buffer = io.BytesIO()
    image.save(buffer, file_format, **options)
    return buffer.getvalue()


_LABELS = np.add.outer(np.arange(12), np.arange(16)).astype(np.uint8) % 3
_COLOURS = np.random.default_rng(0).integers(0, 256, (12, 16, 3), np.uint8)


def _frames() -> list[bytes]:
    return [
        jpeg(16, 12),
        jpeg(16, 12, progressive=True, quality=30),
        jpeg(16, 12, exif=Image.Exif().tobytes(), comment=b"a" * 20, dpi=(72, 72)),
        _encoded(_LABELS, "JPEG"),
        _encoded(_COLOURS, "PNG"),
        _encoded(np.dstack([_COLOURS, _LABELS]), "PNG"),
        png(16, 12, depth=16, colour=2, rows=bytes(12 * 97)),
    ]


def _masks() -> list[bytes]:
    return [
        _encoded(_LABELS, "PNG", "P"),
        _encoded(_LABELS * 100, "PNG", "1"),
        _encoded(_LABELS, "PNG"),
        _encoded(np.dstack([_LABELS] * 3), "PNG"),
        palette_png(_LABELS, 3),
    ]


def _read_picture(path: Path) -> object:
    image_size(path)
    return read_frame(path)


def _prepare_videos(root: Path) -> None:
    for name in ("first", "second"):
        save_video(root, name, *moving_square(1))


def _tables(schema: pa.Schema, rows: list[dict[str, object]]) -> list[bytes]:
    table = pa.Table.from_pylist(rows, schema=schema)
    ways: list[dict[str, object]] = [{}, {"compression": "zstd"}, {"use_dictionary": False, "version": "1.0"}]
    return [_saved(lambda path, way=way: pq.write_table(table, path, **way)) for way in ways]  # type: ignore[misc]


def _clip_tables() -> list[bytes]:
    return _tables(CLIPS, [clip_row(small_clip(number)) for number in range(2)])


def _frame_tables() -> list[bytes]:
    return _tables(FRAME_FACTS, frame_fact_rows(small_clip()))


def _save_tables(folder: Path) -> None:
    (folder / CLIPS_TABLE).write_bytes(_clip_tables()[0])
    (folder / FRAMES_TABLE).write_bytes(_frame_tables()[0])


def _read_built(path: Path) -> object:
    built = BuiltClips(path.parent)
    return built.rows, built._facts


_SETTINGS = {
    "samscope": "0.1.0", "model": "nano", "strides": [1, 2], "seconds": {"tracking": 1.5}, "rejected": {},
    "image_size": 192, "peak_memory_bytes": 1e9, "versions": {"numpy": "2"}, "command": ["samscope"],
    "collection": "davis", "videos_left_out": {}, "clips_failed": 0, "failures": [],
}  # fmt: skip


def _read_settings(path: Path) -> object:
    settings = read_json(path)
    check_settings(settings, path)
    return settings


def _weights() -> list[bytes]:
    from safetensors.numpy import save

    tensors = {"a": np.zeros((2, 3), np.float32), "b": np.ones(4, np.float16), "c": np.zeros((), np.int64)}
    header = {"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}, "__metadata__": {"format": "pt"}}
    return [save(tensors), safetensors_file(header, bytes(8))]


def _read_weights(path: Path) -> object:
    from samscope.records.store import Study
    from samscope.trackers.sam2.weight_files import checked_size

    checked_size(path)
    return Study(path.parents[2], {}, *[None] * 3).maps("clean", 0)  # type: ignore[arg-type]


def _configurations() -> list[bytes]:
    from tests.small_model import small_configuration

    configuration = small_configuration()
    return [configuration.to_json_string(use_diff=diff).encode() for diff in (True, False)]


def _read_configuration(path: Path) -> object:
    from samscope.trackers.sam2.configuration_file import read_configuration
    from samscope.trackers.sam2.weight_files import described_parameters

    return described_parameters(path.parent, read_configuration(path.parent).configuration)


def _checkpoints() -> list[bytes]:
    import torch

    weights = {
        "model": {"image_encoder.trunk.patch_embed.proj.weight": torch.zeros(96, 3), "b": torch.ones(2)}
    }
    return [
        _saved(lambda path: torch.save(weights, path)),
        _saved(lambda path: torch.save(weights, path, _use_new_zipfile_serialization=False)),
    ]


def _read_checkpoint(path: Path) -> object:
    from samscope.trackers.sam2.checkpoint import read_checkpoint
    from samscope.trackers.sam2.released import recognise

    return recognise(read_checkpoint(path))


def _archives() -> list[bytes]:
    archives = []
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", method) as archive:
            archive.mkdir("DAVIS")
            archive.writestr("DAVIS/JPEGImages/480p/goat/00000.jpg", b"picture" * 10)
            archive.writestr("DAVIS/readme", b"")
        archives.append(buffer.getvalue())
    return archives


def _unpack(path: Path) -> object:
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        unpack_zip(path, Path(folder), lambda _: None, most_bytes=2**20, most_files=100)
        outside = [file for file in Path(folder).rglob("*") if file.is_symlink() or not file.exists()]
        assert not outside
        return None


def _films() -> list[bytes]:
    from tests.videos.films.making import LOSSLESS, save_film

    frames, _ = moving_square(6, size=(32, 48))
    kinds: dict[str, dict[str, Any]] = {
        "mp4": {"format_options": {"movflags": "faststart"}},
        "mkv": LOSSLESS,
        "webm": {"codec": "libvpx-vp9"},
        "avi": {"codec": "mpeg4"},
        "gif": {"codec": "gif", "pix_fmt": "rgb8"},
    }
    films = []
    for ending, kind in kinds.items():
        with tempfile.TemporaryDirectory() as folder:
            films.append(save_film(Path(folder) / f"film.{ending}", frames, **kind).read_bytes())
    return films


def _read_film(path: Path) -> object:
    from samscope.videos.opened import open_video

    video = open_video(path)
    shown = sum(1 for _ in video)
    assert shown == video.count or video.ended_early
    return shown


def _save_sav(root: Path) -> None:
    from tests.videos.layouts.making import save_sav_film

    save_sav_film(root, "film", *moving_square(5))


def _save_youtube(root: Path) -> None:
    from tests.videos.layouts.making import save_youtube

    save_youtube(root, "first", *moving_square(5), every=2)


def _save_vot(root: Path) -> None:
    from tests.videos.layouts.making import save_vot

    save_vot(root, "first", *moving_square(5))


def _made(save: Callable[[Path], object], file: str) -> list[bytes]:
    """Return what a file of a data set holds."""
    with tempfile.TemporaryDirectory() as folder:
        save(Path(folder))
        return [(Path(folder) / file).read_bytes()]


def _labels(root: Path) -> object:
    """Read the first labels of all videos of a data set."""
    return [video.labels(0) for video in read_videos(root).videos if labelled_frames(video)]


READERS = {
    reader.name: reader
    for reader in (
        Reader("frame", "00000.jpg", _frames, _read_picture),
        Reader("mask", "00000.png", _masks, read_mask),
        Reader(
            "list",
            "ImageSets/2017/val.txt",
            lambda: [
                b"first\nsecond\n",
                b"/JPEGImages/480p/first/00000.jpg /Annotations/480p/first/00000.png\n",
            ],
            lambda path: read_collection(path.parents[2], subset="val"),
            _prepare_videos,
        ),
        Reader("clips", CLIPS_TABLE, _clip_tables, _read_built, _save_tables),
        Reader("frames", FRAMES_TABLE, _frame_tables, _read_built, _save_tables),
        Reader("settings", "study.json", lambda: [json.dumps(_SETTINGS).encode()], _read_settings),
        Reader("weights", "records/maps/clean-00000.safetensors", _weights, _read_weights),
        Reader("configuration", "config.json", _configurations, _read_configuration),
        Reader("checkpoint", "sam2.pt", _checkpoints, _read_checkpoint),
        Reader("archive", "archive.zip", _archives, _unpack),
        Reader("film", "film.mp4", _films, _read_film),
        Reader(
            "sav",
            "film_manual.json",
            lambda: _made(_save_sav, "film_manual.json"),
            lambda path: _labels(path.parent),
            _save_sav,
        ),
        Reader(
            "objects",
            "meta.json",
            lambda: _made(_save_youtube, "meta.json"),
            lambda path: _labels(path.parent),
            _save_youtube,
        ),
        Reader(
            "vot",
            "first/groundtruth.txt",
            lambda: _made(_save_vot, "first/groundtruth.txt"),
            lambda path: _labels(path.parents[1]),
            _save_vot,
        ),
    )
}
