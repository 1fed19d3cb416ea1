"""Each kind of bad input gets one clear line that names it and a remedy, and leaves nothing behind."""

import errno
import os
import pickle
import shutil
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import torch
from huggingface_hub import close_session
from PIL import Image
from safetensors.torch import load_file, save_file

from samscope.records import parts
from samscope.studies import stages, study_recording, work_folder
from tests.clips.folders import moving_square, save_video
from tests.command import SHORT, message, samscope, save_model, save_videos
from tests.small_disk import small_disk

TOO_SMALL = 96 * 1024


@pytest.fixture(scope="module")
def good_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_model(tmp_path_factory.mktemp("model"))


@pytest.fixture
def model(good_model: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(good_model, tmp_path / "model"))


@pytest.fixture
def videos(tmp_path: Path) -> Path:
    return save_videos(tmp_path / "videos")


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "results" / "study"


def study(videos: Path, model: Path | str, out: Path, *more: str | Path) -> tuple[str | Path, ...]:
    return ("study", "--videos", videos, "--model", model, "--out", out, "--clips", "2", *SHORT, *more)


def refuse(arguments: tuple[str | Path, ...], status: int, *said: str) -> None:
    """Run a command that must fail with one line that says all of ``said``, and leave no result."""
    out = Path(arguments[arguments.index("--out") + 1])
    before = sorted(out.parent.rglob("*")) if out.parent.exists() else None
    outcome = samscope(*arguments)
    told = message(outcome)
    assert outcome.status == status, told
    assert outcome.out == ""
    for words in said:
        assert words in told
    assert before == (sorted(out.parent.rglob("*")) if out.parent.exists() else None)


def test_no_such_folder(tmp_path: Path, model: Path, out: Path) -> None:
    refuse(study(tmp_path / "nowhere", model, out), 2, str(tmp_path / "nowhere"), "no such folder; give one")


def test_attention_of_a_rule_that_does_not_tell_it(videos: Path, model: Path, out: Path) -> None:
    asked = study(videos, model, out, "--attention", "--memory", "sam2long")
    refuse(asked, 2, "--attention: the memory rule sam2long keeps several paths", "take another rule")


def test_a_folder_that_is_no_davis_layout(tmp_path: Path, model: Path, out: Path) -> None:
    folder = tmp_path / "holiday"
    folder.mkdir()
    refuse(study(folder, model, out), 1, str(folder), "not in the DAVIS layout", "expected JPEGImages/")


def test_frames_and_masks_that_differ_in_number(videos: Path, model: Path, out: Path) -> None:
    (videos / "Annotations" / "480p" / "second" / "00004.png").unlink()
    refuse(study(videos, model, out), 1, "second: 12 frames, but 11 masks", "00004 has no mask", "add it")


def test_frames_and_masks_that_differ_in_size(videos: Path, model: Path, out: Path) -> None:
    mask = videos / "Annotations" / "480p" / "second" / "00000.png"
    Image.fromarray(np.zeros((32, 48), np.uint8)).save(mask)
    refuse(study(videos, model, out), 1, str(mask), "48x32 pixels", "96x64", "must be of one size")


def test_a_later_mask_of_another_size(videos: Path, model: Path, out: Path) -> None:
    mask = videos / "Annotations" / "480p" / "second" / "00007.png"
    Image.fromarray(np.zeros((32, 48), np.uint8)).save(mask)
    outcome = samscope("record", *study(videos, model, out, "--sets", "clean")[1:])
    assert outcome.status == 1
    assert "1 of the videos cannot be read in full, and nothing was drawn from there" in message(outcome)
    for words in (str(mask), "48x32 pixels", "must be of one size"):
        assert words in message(outcome)
    assert (out / "study.json").is_file()


def test_a_truncated_jpeg(videos: Path, model: Path, out: Path) -> None:
    for name in ("first", "second", "third"):
        frame = videos / "JPEGImages" / "480p" / name / "00006.jpg"
        frame.write_bytes(frame.read_bytes()[:-200])
    refuse(study(videos, model, out), 1, "00006.jpg", "truncated", "copy it again")


def test_masks_without_an_object(tmp_path: Path, model: Path, out: Path) -> None:
    frames, masks = moving_square(12, size=(64, 96))
    for name in ("first", "second"):
        save_video(tmp_path / "videos", name, frames, [np.zeros_like(mask) for mask in masks])
    refuse(
        study(tmp_path / "videos", model, out), 1, "no source found", "object absent", "name another --source"
    )


def test_a_named_video_without_its_object_on_the_first_frame(tmp_path: Path, model: Path, out: Path) -> None:
    frames, masks = moving_square(8, size=(64, 96))
    masks[0][:] = 0
    save_video(tmp_path / "videos", "hidden", frames, masks)
    save_videos(tmp_path / "videos", ["shown", "seen"], frames=8)
    refuse(
        study(tmp_path / "videos", model, out, "--source", "hidden"),
        1,
        "object absent on the first frame",
        "name another --source",
    )


def test_a_built_clip_without_its_object_on_the_first_frame(
    tmp_path: Path, videos: Path, model: Path, out: Path
) -> None:
    built = tmp_path / "built"
    assert samscope("build", "--videos", videos, "--clips", "1", *SHORT, "--out", built).status == 0
    (mask,) = (built / "clean" / "Annotations").rglob("00000.png")
    Image.fromarray(np.zeros((64, 96), np.uint8)).save(mask)
    outcome = samscope("record", "--videos", built, "--model", model, "--out", out)
    assert outcome.status == 1
    assert message(outcome) == (
        f"1 of 6 clips failed and are left out; the reasons are in {out / 'failures.csv'}"
    )
    failures = (out / "failures.csv").read_text()
    assert str(mask) in failures
    assert "build the clips again" in failures


def test_an_object_that_does_not_exist(videos: Path, model: Path, out: Path) -> None:
    refuse(
        study(videos, model, out, "--source", "first", "--object", "7"),
        2,
        "first has no object 7; its objects are: 1",
    )
    refuse(study(videos, model, out, "--object", "7"), 2, "no --source; name the video")


def test_a_video_that_does_not_exist(videos: Path, model: Path, out: Path) -> None:
    refuse(study(videos, model, out, "--source", "goat"), 2, "no video named 'goat'", "first, second, third")
    refuse(study(videos, model, out, "--subset", "val"), 2, "no list val.txt")
    refuse(study(videos, model, out, "--resolution", "4K"), 2, "no resolution named '4K'; there is 480p")


def test_videos_shorter_than_a_clip(tmp_path: Path, model: Path, out: Path) -> None:
    videos = save_videos(tmp_path / "videos", frames=7)
    refuse(
        study(videos, model, out),
        2,
        "every video is shorter than a clip",
        "7 frames and 8",
        "shorten --prefix",
    )
    save_videos(videos, ["long", "longer"], frames=12)
    refuse(
        study(videos, model, out, "--source", "first"), 2, "--source first: it has 7 frames", "longer video"
    )


def test_too_few_videos_for_an_interjection(tmp_path: Path, model: Path, out: Path) -> None:
    videos = save_videos(tmp_path / "videos", ["alone"])
    refuse(study(videos, model, out), 2, "alone is the only video", "second video: add one")


def test_a_model_folder_of_the_wrong_shape(videos: Path, model: Path, out: Path) -> None:
    weights = load_file(model / "model.safetensors")
    name = next(name for name in weights if name.endswith("no_object_pointer"))
    save_file({**weights, name: torch.zeros(1, 7)}, model / "model.safetensors", {"format": "pt"})
    refuse(study(videos, model, out), 1, str(model), "1 of the wrong shape", name, "get a complete")


def test_a_folder_of_another_model(videos: Path, model: Path, out: Path) -> None:
    (model / "config.json").write_text('{"model_type": "bert"}')
    refuse(study(videos, model, out), 1, str(model / "config.json"), "'bert'", "'sam2_video'")
    (model / "config.json").unlink()
    refuse(study(videos, model, out), 2, str(model), "config.json is missing")


def test_truncated_weights(videos: Path, model: Path, out: Path) -> None:
    weights = model / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1000])
    refuse(study(videos, model, out), 1, str(model), "damaged or truncated", "get them again")


def test_a_checkpoint_of_another_model(tmp_path: Path, videos: Path, out: Path) -> None:
    checkpoint = tmp_path / "resnet.pt"
    torch.save({"model": {"conv1.weight": torch.zeros(3)}}, checkpoint)
    refuse(
        study(videos, checkpoint, out),
        1,
        str(checkpoint),
        "of another model",
        "samscope runs SAM 2, EdgeTAM and SAM 3",
    )
    torch.save({"conv1.weight": torch.zeros(3)}, checkpoint)
    refuse(study(videos, checkpoint, out), 1, str(checkpoint), "weights of another model")


def test_a_truncated_checkpoint(tmp_path: Path, videos: Path, out: Path) -> None:
    checkpoint = tmp_path / "sam2.pt"
    torch.save({"model": {"conv1.weight": torch.zeros(1000)}}, checkpoint)
    checkpoint.write_bytes(checkpoint.read_bytes()[:-1000])
    refuse(study(videos, checkpoint, out), 1, str(checkpoint), "truncated", "get it again")


class Evil:
    """Creates a file when it is unpickled."""

    def __init__(self, trace: Path) -> None:
        self.trace = str(trace)

    def __reduce__(self) -> tuple[object, ...]:
        return os.mkdir, (self.trace,)


def test_a_pickle_with_code_in_it_is_not_run(tmp_path: Path, videos: Path, out: Path) -> None:
    checkpoint, trace = tmp_path / "sam2.pt", tmp_path / "it-ran"
    torch.save({"model": Evil(trace)}, checkpoint)
    refuse(study(videos, checkpoint, out), 1, str(checkpoint), "code", "it was not run")
    checkpoint.write_bytes(pickle.dumps({"model": Evil(trace)}))
    refuse(study(videos, checkpoint, out), 1, str(checkpoint), "was not run")
    assert not trace.exists()


@pytest.fixture
def no_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Have the hub's connections lead to where nobody listens, and its cache be empty."""
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "cache"))
    close_session()
    yield
    close_session()


@pytest.mark.usefixtures("no_network")
def test_an_unknown_model_without_a_network(videos: Path, out: Path) -> None:
    outcome = samscope(*study(videos, "someone/something", out))
    assert (outcome.status, outcome.out) == (2, "")
    assert outcome.err.splitlines()[:-1] == ["videos", "model"]
    assert message(outcome).startswith("model 'someone/something'")
    assert "check the network, or give a folder" in message(outcome)
    assert not out.parent.exists()


def test_a_model_that_is_nowhere(tmp_path: Path, videos: Path, out: Path) -> None:
    refuse(study(videos, tmp_path / "sam2.pt", out), 2, "sam2.pt: no such file; give")
    refuse(study(videos, "my model", out), 2, "'my model': no such folder or file")


def test_a_device_that_is_not_there(videos: Path, model: Path, out: Path) -> None:
    refuse(study(videos, model, out, "--device", "cuda:99"), 2, "device 'cuda:99'", "this machine has cpu")
    refuse(study(videos, model, out, "--device", "toaster"), 2, "device 'toaster'", "this machine has cpu")


def test_a_device_whose_memory_is_full(
    videos: Path, model: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fill(*_: object, **__: object) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory.\nTried to allocate 2.00 GiB")

    monkeypatch.setattr(study_recording, "observe_clips", fill)
    refuse(
        study(videos, model, out, "--batch", "1"),
        1,
        "none of 12 clips could be recorded; the first, clean 00000-",
        "--device cpu: its memory is full",
        "smaller --model or --image-size",
    )


def test_a_mode_or_batch_that_cannot_be(videos: Path, model: Path, out: Path) -> None:
    refuse(study(videos, model, out, "--mode", "quick"), 2, "'quick' is not one of", "exact", "fast", "bf16")
    refuse(study(videos, model, out, "--batch", "0"), 2, "--batch is 0; it must be at least 1")
    refuse(study(videos, model, out, "--mode", "exact", "--batch", "4"), 2, "--batch is 4", "--mode exact")


def test_an_image_size_that_does_not_fit(videos: Path, model: Path, out: Path) -> None:
    refuse(study(videos, model, out, "--image-size", "100"), 2, "image size 100", "multiple of 32")


def test_an_output_folder_that_exists(videos: Path, model: Path, out: Path) -> None:
    out.mkdir(parents=True)
    (out / "thesis.tex").write_text("years of work")
    refuse(study(videos, model, out), 2, f"--out {out}: exists", "--overwrite")
    refuse(study(videos, model, out, "--overwrite"), 2, f"--out {out}", "no result", "name another folder")
    shutil.rmtree(out)
    out.write_text("a file")
    refuse(study(videos, model, out, "--overwrite"), 2, f"--out {out}: a file is in the way")


def test_an_old_result_stays_if_the_new_one_fails(videos: Path, model: Path, out: Path) -> None:
    assert samscope("record", *study(videos, model, out, "--sets", "clean")[1:]).status == 0
    refuse(study(videos, model, out), 2, "exists")
    refuse(study(videos, model, out, "--overwrite", "--source", "goat"), 2, "no video named 'goat'")
    assert (out / "study.json").is_file()


def test_an_output_folder_that_is_also_the_input(tmp_path: Path, videos: Path, model: Path) -> None:
    built = tmp_path / "built"
    assert samscope("build", "--videos", videos, "--clips", "1", *SHORT, "--out", built).status == 0
    track = ("record", "--videos", built, "--model", model, "--out", built, "--overwrite")
    refuse(track, 2, f"--out {built}: would replace {built}, which is read")
    refuse(study(videos, model, model, "--overwrite"), 2, f"--out {model}: would replace {model}")


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="no /proc here, where nobody may write")
def test_an_output_folder_that_is_not_writable(videos: Path, model: Path) -> None:
    outcome = samscope(*study(videos, model, Path("/proc/study")))
    assert outcome.status == 1
    assert message(outcome).startswith("--out /proc/study: cannot be written: ")
    assert message(outcome).endswith("; name a folder that you may write to")


def test_an_output_folder_without_permission(tmp_path: Path, videos: Path, model: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("the superuser may write everywhere")
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o500)
    refuse(study(videos, model, closed / "study"), 1, "cannot be written: Permission denied", "name a folder")


def fill(*_: object, **__: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize(
    "where", [(work_folder, "write_job"), (study_recording, "observe_clips"), (parts, "sync")]
)
def test_a_full_disk_before_the_first_part(
    where: tuple[ModuleType, str], videos: Path, model: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(*where, fill)
    refuse(study(videos, model, out), 1, f"--out {out}: the disk is full; free some space")


@pytest.mark.parametrize("stage", ["draw_report", "write_json"])
def test_a_full_disk_after_the_last_record(
    stage: str, videos: Path, model: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stages, stage, fill)
    outcome = samscope(*study(videos, model, out))
    assert outcome.status == 1
    assert message(outcome).startswith(f"--out {out}: the disk is full; free some space")
    assert f"lies in {out}.partial, with 2 of 2 draws done; go on with: samscope study " in message(outcome)
    assert sorted(path.name for path in out.parent.iterdir()) == ["study.partial"]


@pytest.mark.parametrize("command", ["study", "build"])
def test_a_disk_that_is_really_full(command: str, tmp_path: Path, videos: Path, model: Path) -> None:
    with small_disk(tmp_path / "disk", TOO_SMALL) as disk:
        out = disk / "study"
        arguments = study(videos, model, out)
        if command == "build":
            arguments = ("build", "--videos", videos, "--out", out, "--clips", "2", *SHORT)
        refuse(
            arguments, 1, f"--out {out}: the disk is full; free some space, or name a folder on another disk"
        )
        refuse(("build", "--videos", videos, "--out", disk), 2, f"--out {disk}", "disk is mounted")


def test_a_folder_that_is_no_study(tmp_path: Path) -> None:
    outcome = samscope("report", tmp_path / "nowhere")
    assert outcome.status == 2
    assert str(tmp_path / "nowhere") in message(outcome)
    outcome = samscope("report", tmp_path)
    assert outcome.status == 2
    assert "study.json" in message(outcome)
    assert list(tmp_path.iterdir()) == []
