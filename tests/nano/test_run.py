"""``python -m nano train``: what it leaves and says, how it stops and goes on, and how it fails."""

import inspect
import os
import signal
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image

from nano.options import training_choices
from nano.training import loop
from nano.training.checkpoint import steps_done
from nano.training.configuration import ARCHITECTURES
from nano.training.log import last_entry
from nano.training.loop import take_step
from nano.training.losses import Losses, clip_losses
from nano.training.settings import TrainingSettings
from nano.training.sources import Split, split_of
from tests.command import Outcome, message, nano
from tests.nano.training.material import TINY, make_training_small, write_material
from tests.ready_python import run_ready, started_ready

ROOT = Path(__file__).resolve().parents[2]
PATHS = (ROOT / "src", ROOT)
SPAWNED = ("-m", "tests.nano.training.tiny_command")
FORKED = ("-c", "from tests.nano.training.tiny_command import main_with_forks; main_with_forks()")
STEPS = 5
SMALL = ("--architecture", "tiny", "--batch", "2", "--check-clips", "2", "--prompt-until", "0")


@pytest.fixture(scope="session")
def material(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_material(tmp_path_factory.mktemp("material"))


@pytest.fixture(autouse=True)
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ARCHITECTURES, "tiny", TINY)
    make_training_small(monkeypatch.setattr)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "runs" / "first"


def train(material: Path, out: Path, *more: str) -> Outcome:
    return nano("train", "--material", material, "--out", out, *SMALL, *more)


def refuse(outcome: Outcome, status: int, *said: str) -> None:
    told = message(outcome)
    assert outcome.status == status, told
    assert outcome.out == ""
    for words in said:
        assert words in told


def test_what_it_leaves_and_says(material: Path, out: Path) -> None:
    outcome = train(material, out, "--steps", "3", "--keep-every", "2")
    assert outcome.status == 0
    assert outcome.out.startswith(f"the model is in {out / 'model'}")
    assert {path.name for path in out.iterdir()} == {
        "log.jsonl", "latest.pt", "step-000002.pt", "model", "training.png", "training.svg"
    }  # fmt: skip
    with Image.open(out / "training.png") as picture:
        assert picture.width == 1400
    title, step, curves = outcome.err.splitlines()[:3]
    assert (title, curves) == ("training (3)", "curves")
    assert step.startswith("training 3 of 3: loss ")
    assert "clips/s, J 0." in step


def test_goes_on_and_can_only_go_further(material: Path, out: Path) -> None:
    stopped = train(material, out, "--steps", "2", "--minutes", "0")
    assert (stopped.status, stopped.out) == (
        0,
        "stopped after step 1 of 2; the same command goes on from there\n",
    )
    assert (out / "training.png").is_file()
    finished = train(material, out, "--steps", "2")
    assert finished.err.splitlines()[0] == "training (2, 1 done)"
    assert finished.out.startswith("the model is in ")
    again = train(material, out, "--steps", "2")
    assert (again.status, again.out) == (0, finished.out)
    refuse(train(material, out, "--steps", "1"), 2, "--steps is 1", f"the run in {out} has done 2")
    refuse(train(material, out, "--steps", "2", "--seed", "1"), 2, "seed: the checkpoint was made with 0")


def test_options_have_the_defaults_of_the_settings(tmp_path: Path) -> None:
    choices = training_choices(tmp_path / "material", tmp_path / "run")
    assert TrainingSettings(**choices) == TrainingSettings(tmp_path / "material", tmp_path / "run")
    options = set(inspect.signature(training_choices).parameters) - {"material", "out"}
    parts = {"teach_until", "teach_weight", "prompt_until", "prompt_weight"}
    assert parts < options
    assert options - parts < set(inspect.signature(TrainingSettings).parameters)
    help_text = nano("train", "--help").out
    assert all(name in help_text for name in ARCHITECTURES if name != "tiny")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--steps", "0"), "'--steps': Input should be greater than or equal to 1"),
        (("--rate", "0"), "rate is 0"),
        (("--hold", "1"), "hold is 1"),
        (("--architecture", "huge"), "architecture 'huge' is not known; take one of nano"),
        (("--processes", "3"), "3 processes cannot share batches of 2"),
        (("--processes", "2"), "batch is 2; it must be at least 4"),
        (("--device", "toaster"), "device 'toaster' is not at hand; this machine has cpu"),
    ],
)
def test_wrong_usage(arguments: tuple[str, str], said: str, material: Path, out: Path) -> None:
    refuse(train(material, out, *arguments), 2, said)
    assert not out.parent.exists()


def test_material_that_is_not_there(tmp_path: Path, out: Path) -> None:
    nowhere = tmp_path / "nowhere"
    refuse(train(nowhere, out), 2, f"{nowhere}: missing", "the training data is")
    assert not out.parent.exists()


def test_an_output_folder_that_is_something_else(material: Path, out: Path) -> None:
    out.mkdir(parents=True)
    (out / "thesis.tex").write_text("years of work")
    refuse(train(material, out), 2, f"--out {out}: holds something else than a training run")
    refuse(train(material, out / "thesis.tex"), 2, "thesis.tex: a file is in the way")
    assert [path.name for path in out.iterdir()] == ["thesis.tex"]


def test_a_picture_that_cannot_be_read_is_counted_and_told(tmp_path: Path, out: Path) -> None:
    material = write_material(tmp_path / "material")
    photos = [path for path in (material / "photos" / "images").iterdir() if in_training(path)]
    photos[0].write_bytes(photos[0].read_bytes()[:100])
    outcome = train(material, out, "--steps", "4")
    skipped = last_entry(out / "log.jsonl", "training")["skipped"]
    assert outcome.status == 0
    assert skipped > 0
    told = message(outcome)
    assert told.startswith(f"sources that could not be used, and were replaced by others: {skipped}; the ")
    assert photos[0].name in told


def test_material_of_which_nothing_can_be_read(tmp_path: Path, out: Path) -> None:
    material = write_material(tmp_path / "material")
    for path in material.rglob("*.*"):
        path.write_bytes(b"no picture")
    refuse(train(material, out), 1, "video0/00000.jpg: not a JPEG or PNG picture, or damaged; copy")
    assert not out.exists()


def in_training(path: Path) -> bool:
    return split_of(path.stem) is Split.TRAINING


def test_a_loss_that_is_not_finite(material: Path, out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert train(material, out, "--steps", "4", "--minutes", "0").status == 0
    before = (out / "latest.pt").read_bytes()

    def poisoned(*arguments: Any) -> Losses:
        losses = clip_losses(*arguments)
        return replace(losses, total=losses.total * float("nan"))

    monkeypatch.setattr(loop, "clip_losses", poisoned)
    refuse(train(material, out, "--steps", "4"), 1, "step 2: the loss is nan", "a lower rate")
    assert (out / "latest.pt").read_bytes() == before


def test_a_damaged_checkpoint(material: Path, out: Path) -> None:
    assert train(material, out, "--steps", "4", "--minutes", "0").status == 0
    latest = out / "latest.pt"
    latest.write_bytes(latest.read_bytes()[:1000])
    refuse(train(material, out, "--steps", "4"), 1, f"{latest}: cannot be read as a training checkpoint")


def test_a_device_whose_memory_is_full(material: Path, out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fill(*_: object, **__: object) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory.\nTried to allocate 2.00 GiB")

    monkeypatch.setattr(loop, "take_step", fill)
    refuse(train(material, out), 1, "--device cpu: its memory is full; take a smaller --batch")


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_says_how_to_go_on(
    sent: signal.Signals, material: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "take_step", taking_a_step_and_sending(sent))
    outcome = train(material, out, "--steps", "50")
    assert outcome.status == 130
    assert outcome.err.splitlines()[1:] == [
        "samscope: stopping after this step; Ctrl-C once more drops it",
        "curves",
        "samscope: stopped after step 1 of 50; the same command goes on from there",
    ]
    assert steps_done(out / "latest.pt") == 1
    assert (out / "training.svg").is_file()


def test_a_second_interruption_drops_the_step(
    material: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert train(material, out, "--steps", "50", "--minutes", "0").status == 0
    before = (out / "latest.pt").read_bytes()
    monkeypatch.setattr(loop, "take_step", taking_a_step_and_sending(signal.SIGINT, times=2))
    outcome = train(material, out, "--steps", "50")
    assert outcome.status == 130
    assert outcome.err.splitlines()[-1].endswith("the same command goes on from the latest checkpoint")
    assert "Traceback" not in outcome.err
    assert (out / "latest.pt").read_bytes() == before


def taking_a_step_and_sending(sent: signal.Signals, *, times: int = 1) -> Callable[..., dict[str, Any]]:
    """Return what takes a step of training and then sends a signal to this process, so many times."""

    def both(*arguments: Any, **options: Any) -> dict[str, Any]:
        entry = take_step(*arguments, **options)
        for _ in range(times):
            signal.raise_signal(sent)
        return entry

    return both


def options(material: Path, out: Path, workers: int) -> list[str]:
    paths = ["train", "--material", str(material), "--out", str(out)]
    crew = f"--processes 2 --workers {workers} --batch 4 --steps {STEPS} --save-minutes 0"
    return [*paths, *SMALL, *crew.split()]


def train_to_the_end(material: Path, out: Path, workers: int) -> bytes:
    """Train in two processes, or go on, and return the weights."""
    done = run_ready([*FORKED, *options(material, out, workers)], ROOT, PATHS)
    assert done.status == 0, done.text
    return (out / "model" / "model.safetensors").read_bytes()


@pytest.fixture(scope="session")
def unbroken(material: Path, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The weights of a run in two processes that was never stopped."""
    return train_to_the_end(material, tmp_path_factory.mktemp("runs") / "unbroken", workers=0)


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="no /proc here, which lists processes")
@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize(
    ("sent", "to_all", "workers", "status", "command"),
    [
        (signal.SIGINT, True, 1, 130, SPAWNED),  # Ctrl-C on a terminal
        (signal.SIGTERM, False, 0, 130, FORKED),  # kill, which no other process hears of
        (signal.SIGKILL, False, 1, -signal.SIGKILL, SPAWNED),
    ],
    ids=["interrupt", "terminate", "kill"],
)
def test_nobody_is_left_and_the_weights_are_those_of_an_unbroken_run(
    material: Path,
    out: Path,
    unbroken: bytes,
    *,
    sent: signal.Signals,
    to_all: bool,
    workers: int,
    status: int,
    command: tuple[str, str],
) -> None:
    with started_ready([*command, *options(material, out, workers)], ROOT, PATHS) as running:
        wait_for(lambda: (out / "latest.pt").is_file() or running.has_ended(), 200)
        assert not running.has_ended(), running.wait().text
        crew = in_session(running.pid)
        assert len(crew) >= 2 + 2 * workers
        (os.killpg if to_all else os.kill)(running.pid, sent)
        done = running.wait()
    assert done.status == status, done.text
    wait_for(lambda: not in_session(running.pid), 20)
    step = steps_done(out / "latest.pt")
    assert 0 < step < STEPS
    if status == 130:
        assert done.text.splitlines()[-1].endswith(
            f"stopped after step {step} of {STEPS}; the same command goes on from there"
        )
        assert last_entry(out / "log.jsonl", "training")["step"] == step
    assert "Traceback" not in done.text
    assert status != 130 or not list(out.glob(".*.unfinished"))
    assert train_to_the_end(material, out, workers) == unbroken


def in_session(session: int) -> list[int]:
    """Return the processes of a session that are alive."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            try:
                after_name = (folder / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(after_name[3]) == session and after_name[0] != "Z":
                found.append(int(folder.name))
    return found


def wait_for(happened: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.05)
