"""A study from Python in one call, its short names, and its tensors read back."""

import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file

import samscope
from samscope.cli.study_options import study_settings
from samscope.support.errors import SamscopeError, UsageError
from tests.command import samscope as command_line
from tests.command import save_videos
from tests.quick_decoding import quick_page
from tests.small_model import small_model

SHORT: dict[str, Any] = {"prefix": 3, "middle": 2, "suffix": 3}


@pytest.fixture(scope="module", autouse=True)
def _quick_page() -> Iterator[None]:
    with quick_page():
        yield


@pytest.fixture(scope="module")
def study(material: Path) -> samscope.Study:
    return samscope.study(
        material / "study",
        videos=material / "videos",
        model=material / "model",
        clips=1,
        sets=["interjection", "clean"],
        keep=True,
        progress=False,
        **SHORT,
    )


def test_its_settings_are_those_of_the_command_line() -> None:
    options = dict(inspect.signature(study_settings).parameters)
    options.pop("context")
    options["clips"] = options.pop("count")
    arguments = dict(inspect.signature(samscope.study).parameters)
    assert arguments.pop("progress").default is True
    assert set(arguments) == set(options)
    for name, argument in arguments.items():
        default = argument.default
        shown = ",".join(map(str, default)) if isinstance(default, tuple) else default
        assert shown == options[name].default, name


@pytest.mark.slow
def test_gives_the_study_that_the_command_makes(material: Path, study: samscope.Study) -> None:
    assert isinstance(study, samscope.Study)
    assert (study.path / "report.html").is_file()
    options = ("--prefix", "3", "--middle", "2", "--suffix", "3", "--clips", "1", "--keep")
    out = material / "by-command"
    where = ("--videos", material / "videos", "--model", material / "model", "--out", out)
    assert command_line("record", *where, *options, "--sets", "clean,interjection").status == 0
    same = samscope.open_study(out)
    assert same.settings["job_sha256"] == study.settings["job_sha256"]
    assert same.frames.drop(columns=["object_pointer", "object_pointer_ungated", "predicted_box"]).equals(
        study.frames.drop(columns=["object_pointer", "object_pointer_ungated", "predicted_box"])
    )


@pytest.mark.slow
def test_tensors_are_those_of_the_file_bfloat16_too(study: samscope.Study) -> None:
    (row,) = study.clips.loc[study.clips["set"] == "clean"].to_dict("records")
    name = f"{row['clip']:05d}-{row['source_video']}"
    written = load_file(study.path / "tensors" / "clean" / f"{name}.safetensors")
    first = next(study.clips.loc[study.clips["set"] == "clean"].itertuples())
    series = study.clips.loc[study.clips["set"] == "clean"].iloc[0]
    for clip in (row, series, first, ("clean", np.int64(0))):
        read = study.tensors(clip)
        assert read.keys() == written.keys()
        assert all(torch.equal(read[key], written[key]) for key in read)
        assert all(read[key].dtype == written[key].dtype for key in read)
    assert study.tensors("clean", 0).keys() == written.keys()
    assert read["007/memory_features"].dtype == torch.bfloat16
    assert read["007/object_pointer"].tolist() == pytest.approx(
        study.frames.loc[(study.frames["set"] == "clean") & (study.frames["frame"] == 7), "object_pointer"]
        .iloc[0]
        .tolist()
    )
    assert "000/memory_conditioned" not in read
    few = study.tensors(("clean", 0), frames=[0, 7], positions=["frame", "memory_conditioned"])
    assert list(few) == ["000/frame", "007/frame", "007/memory_conditioned"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("clip", "more", "said"),
    [
        ((0,), {}, "clip 0 is in 2 sets; name one of them: tensors(('clean', 0))"),
        ((("clean", 3),), {}, "no clip 3 of clean"),
        ((("overlay", 0),), {}, "no clip 0 of overlay; its sets are clean, interjection"),
        (("clean",), {}, "clip is str; expected a row of study.clips, or set and number"),
        ((("clean", 0),), {"frames": [8]}, "has no frame 8; its frames are 0 to 7"),
        ((("clean", 0),), {"positions": ["pointer"]}, "there is no position 'pointer'"),
    ],
)
def test_a_clip_that_is_not_there_is_named(
    study: samscope.Study, clip: tuple[Any, ...], more: dict[str, Any], said: str
) -> None:
    with pytest.raises(UsageError) as refused:
        study.tensors(*clip, **more)
    assert said in str(refused.value)


@pytest.mark.slow
def test_damaged_or_missing_tensors_are_named(study: samscope.Study) -> None:
    (path,) = (study.path / "tensors" / "interjection").glob("*")
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(SamscopeError, match=r"is damaged or truncated .*; run the study again"):
        study.tensors(("interjection", 0))
    path.unlink()
    with pytest.raises(SamscopeError, match=r"is missing; run the study again with --keep"):
        study.tensors(("interjection", 0))
    path.write_bytes(whole)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"sets": "clean"}, "sets is the text 'clean'; expected a list, such as ['clean']"),
        ({"sets": ["dirty"]}, "--sets names 'dirty'"),
        ({"strides": "1,2"}, "strides is the text '1,2'"),
        ({"engine": "dask"}, "--engine is 'dask'; it can be local, ray"),
        ({"prefix": 1}, "--prefix is 1"),
        ({"videos": "nowhere"}, "nowhere"),
    ],
)
def test_wrong_arguments_leave_nothing(arguments: dict[str, Any], said: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError) as refused:
        samscope.study(tmp_path / "study", progress=False, **arguments)
    assert said in str(refused.value)
    assert list(tmp_path.iterdir()) == []


def test_an_address_is_refused() -> None:
    with pytest.raises(UsageError, match="name a folder"):
        samscope.study("memory://bucket/study")


@pytest.mark.slow
def test_clips_that_are_made_already_are_not_made_otherwise(material: Path, tmp_path: Path) -> None:
    built = tmp_path / "built"
    options = ("--prefix", "3", "--middle", "2", "--suffix", "3", "--clips", "1", "--sets", "clean")
    assert command_line("build", "--videos", material / "videos", *options, "--out", built).status == 0
    for arguments, name in (({"seed": 3}, "seed"), ({"clips": 2}, "clips"), (SHORT, "prefix, middle")):
        with pytest.raises(UsageError, match=f"{name}.*: the clips in .* are made already"):
            samscope.study(tmp_path / "study", videos=built, progress=False, **arguments)
    kept = samscope.study(
        tmp_path / "study", videos=built, model=material / "model", maps=0, progress=False, threads=1
    )
    assert repr(kept) == (
        f"Study({str(tmp_path / 'study')!r}: 1 clip in 1 set, model {str(material / 'model')!r})"
    )
    with pytest.raises(UsageError, match="keeps no whole tensors; run the study again with --keep"):
        kept.tensors(0)


@pytest.mark.slow
def test_what_is_missing_is_warned_of(material: Path, tmp_path: Path) -> None:
    videos = save_videos(tmp_path / "videos")
    mask = videos / "Annotations" / "480p" / "second" / "00007.png"
    Image.fromarray(np.zeros((32, 48), np.uint8)).save(mask)
    with pytest.warns(UserWarning, match=r"1 of the videos cannot be read in full.*00007\.png"):
        samscope.study(
            tmp_path / "study",
            videos=videos,
            model=material / "model",
            clips=2,
            sets=["clean"],
            maps=0,
            **SHORT,
        )


def test_the_public_names_are_shown() -> None:
    assert dir(samscope) == sorted([*samscope.__all__, "__version__"])
    studies = {"Study", "open_study", "study"}
    tracking = {"Model", "Seen", "Tracker", "continue_track", "load_model", "open_video", "track"}
    prompts = {"FramePrompt", "PromptedObject", "Released", "TrackedFrame", "TrackingSession"}
    assert studies | tracking | prompts | {"read_prompts", "track_objects"} == set(samscope.__all__)
    assert all(hasattr(samscope, name) for name in dir(samscope))


def test_models_and_frames_are_shown_in_one_short_line() -> None:
    model = small_model()
    assert repr(model) == "Model('small', image_size=64, device='cpu', mode='exact')"
    mask = np.zeros((64, 96), bool)
    mask[20:40, 30:60] = True
    seen = next(samscope.track(model, np.full((1, 64, 96, 3), 90, np.uint8), mask=mask))
    assert repr(seen) == (
        f"Seen(frame_index=0, prompted, mask={int(seen.mask.sum())} of 64x96 pixels, "
        f"object_score={seen.object_score:.2f}, predicted_iou={seen.predicted_iou:.2f})"
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *[(name, "2") for name in ("clips", "seed", "prefix", "maps", "object_id", "image_size", "threads")],
        *[("clips", 1.5), ("batch", True), ("strides", [1.5]), ("strides", 3), ("sets", None)],
        *[("min_area", "0.1"), ("out", None), ("out", ""), ("videos", [Path("videos")])],
    ],
)
def test_a_setting_of_another_type_is_refused_by_name(material: Path, name: str, value: Any) -> None:
    arguments = {"out": material / "refused", "videos": material / "videos", "source": "first", name: value}
    with pytest.raises(UsageError, match=rf"{name}(:| is) .*; expected"):
        samscope.study(**arguments)
    assert not (material / "refused").exists()


@pytest.mark.parametrize("path", [None, 3, "", " "])
def test_what_names_no_study_is_refused(path: Any) -> None:
    with pytest.raises(UsageError, match=r"the study is .*; expected the path"):
        samscope.open_study(path)
