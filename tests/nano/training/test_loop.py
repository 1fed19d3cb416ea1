import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import torch

from nano.training import loop
from nano.training.batches import PlanMix
from nano.training.checkpoint import read_checkpoint
from nano.training.clips import ClipMix
from nano.training.configuration import ARCHITECTURES
from nano.training.learner import at_image_size, new_learner
from nano.training.log import append, changes_of_settings, last_entry, read_log, rewind, seconds_of_run
from nano.training.loop import run_training
from nano.training.losses import Losses, clip_losses
from nano.training.prompting import UNPROMPTED, Prompting
from nano.training.settings import TrainingSettings
from nano.training.sources import Split, split_of
from nano.training.teaching import UNTAUGHT, Teaching
from samscope.support.errors import SamscopeError, UsageError
from tests.nano.training.material import TINY, write_material

SHORT = PlanMix(lengths=((0.5, 2, 2), (1.0, 3, 3)))


def settings(material: Path, output: Path, **changes: Any) -> TrainingSettings:
    plain = TrainingSettings(
        material, output, architecture="tiny", steps=6, batch=2, warm_up=2, log_every=1, check_every=3,
        check_clips=2, calibration_clips=2, plans=SHORT, teaching=UNTAUGHT,
        prompting=UNPROMPTED,
    )  # fmt: skip
    return replace(plain, **changes)


class StopError(Exception):
    """What a power cut is to the loop."""


def stop_after(steps: int) -> loop.Progress:
    def progress(done: int, _steps: int, _entry: dict[str, Any]) -> None:
        if done == steps:
            raise StopError

    return progress


@pytest.fixture(scope="module", autouse=True)
def small() -> Iterator[None]:
    """Train a tiny architecture, checked and calibrated on few frames."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(ARCHITECTURES, "tiny", TINY)
        patch.setattr(loop, "CHECK_FRAMES", 3)
        patch.setattr(loop, "CALIBRATION_FRAMES", 3)
        yield


@dataclass(frozen=True)
class Finished:
    """A run of six steps that was never stopped, to be read alone.

    Attributes:
        output: its folder.
        written: what ``run_training`` returned.
        told: the steps that its progress was told of.
    """

    output: Path
    written: Path
    told: Sequence[int]


@pytest.fixture(scope="module")
def straight(material: Path, tmp_path_factory: pytest.TempPathFactory) -> Finished:
    output = tmp_path_factory.mktemp("runs") / "straight"
    told: list[int] = []
    written = run_training(
        settings(material, output, keep_every=4), lambda done, _steps, _entry: told.append(done)
    )
    return Finished(output, written, told)


def content(path: Path) -> dict[str, Any]:
    checkpoint = read_checkpoint(path / "latest.pt")
    del checkpoint["settings"]
    return checkpoint


def assert_equal(ours: Any, theirs: Any) -> None:
    if isinstance(ours, torch.Tensor):
        assert torch.equal(ours, theirs)
    elif isinstance(ours, dict):
        assert ours.keys() == theirs.keys()
        for key in ours:
            assert_equal(ours[key], theirs[key])
    elif isinstance(ours, list | tuple):
        assert len(ours) == len(theirs)
        for one, other in zip(ours, theirs, strict=True):
            assert_equal(one, other)
    else:
        assert ours == theirs


def test_six_steps_are_three_and_three_more(straight: Finished, material: Path, tmp_path: Path) -> None:
    parted = settings(material, tmp_path / "parted", save_minutes=0.0)
    with pytest.raises(StopError):
        run_training(parted, stop_after(4))  # the checkpoint is of step 3
    assert content(parted.output)["step"] == 3
    append(parted.output / "log.jsonl", {"step": 4, "kind": "training"})  # logged, but lost with the power
    run_training(parted)

    assert_equal(content(straight.output), content(parted.output))
    model = [
        (folder / "model" / "model.safetensors").read_bytes() for folder in (straight.output, parted.output)
    ]
    assert model[0] == model[1]
    logs = [
        [entry for entry in read_log(folder / "log.jsonl") if entry["kind"] != "settings"]
        for folder in (straight.output, parted.output)
    ]
    for log in logs:
        for entry in log:
            entry.pop("seconds", None)
            entry.pop("elapsed", None)
    assert logs[0] == logs[1]


def test_goes_on_at_the_full_image_size(material: Path, tmp_path: Path) -> None:
    straight = settings(material, tmp_path / "straight", early_size=32, early_until=0.5)
    run_training(straight)
    parted = replace(straight, output=tmp_path / "parted", save_minutes=0.0)
    for steps in (3, 5):  # a power cut just after the change of size, and one later
        with pytest.raises(StopError):
            run_training(parted, stop_after(steps + 1))
    run_training(parted)
    log = [entry for entry in read_log(straight.output / "log.jsonl") if entry["kind"] == "training"]

    assert [entry["image_size"] for entry in log] == [32, 32, 32, 64, 64, 64]
    assert_equal(content(straight.output), content(parted.output))
    exported = json.loads((straight.output / "model" / "config.json").read_text())
    assert exported["image_size"] == 64


def test_teaching_comes_first_and_can_be_resumed(material: Path, tmp_path: Path) -> None:
    teaching = Teaching(until=0.5, pictures=4, weight=0.5)
    straight = settings(material, tmp_path / "straight", teaching=teaching, every_other=True)
    run_training(straight)
    parted = replace(straight, output=tmp_path / "parted", save_minutes=0.0)
    for steps in (1, 4):  # a power cut among the pictures, and one among the clips
        with pytest.raises(StopError):
            run_training(parted, stop_after(steps + 1))
    run_training(parted)
    log = [entry for entry in read_log(straight.output / "log.jsonl") if entry["kind"] == "training"]

    assert_equal(content(straight.output), content(parted.output))
    assert [entry.get("pictures") for entry in log] == [4, 4, 4, None, None, None]
    made_with = json.loads((straight.output / "model" / "training.json").read_text())
    assert (made_with["pictures"], made_with["clips"]) == (3 * 4, 3 * 2)
    assert all(entry["teaching"] > 0 for entry in log)
    for entry in log[3:]:
        weighed = {
            "focal": 20.0,
            "dice": 1.0,
            "iou": 1.0,
            "object_score": 3.0,
            "token_norm": 0.1,
            "balance": 0.03,
        }
        parts = sum(weight * entry[name] for name, weight in weighed.items())
        assert entry["total"] == pytest.approx(parts + 0.5 * entry["teaching"], rel=1e-4)


def test_teaching_leaves_the_track_alone_at_first(material: Path, tmp_path: Path) -> None:
    run = settings(material, tmp_path / "run", teaching=Teaching(until=0.5, pictures=4), save_minutes=0.0)
    before = new_learner(run, 64).network.state_dict()
    with pytest.raises(StopError):
        run_training(run, stop_after(4))
    after = content(run.output)["network"]

    assert content(run.output)["step"] == 3
    changed = {name for name in before if not torch.equal(before[name], after[name])}
    assert changed
    assert {name.split(".")[0] for name in changed} == {"vision_encoder", "mask_decoder"}
    assert {name for name in changed if name.startswith("mask_decoder")} == {
        "mask_decoder.conv_s1.weight", "mask_decoder.conv_s1.bias"
    }  # fmt: skip


def test_prompted_scenes_come_before_the_clips_and_beside_them(material: Path, tmp_path: Path) -> None:
    prompting = Prompting(until=0.5, scenes=2, prompts=2, weight=0.5)
    straight = settings(material, tmp_path / "straight", prompting=prompting)
    run_training(straight)
    parted = replace(straight, output=tmp_path / "parted", save_minutes=0.0)
    for steps in (1, 4):  # a power cut among the scenes, and one among the clips
        with pytest.raises(StopError):
            run_training(parted, stop_after(steps + 1))
    run_training(parted)
    log = [entry for entry in read_log(straight.output / "log.jsonl") if entry["kind"] == "training"]

    assert_equal(content(straight.output), content(parted.output))
    assert [entry.get("scenes") for entry in log] == [2, 2, 2, None, None, None]
    assert all(entry["prompting"] > 0 for entry in log)
    made_with = json.loads((straight.output / "model" / "training.json").read_text())
    assert (made_with["prompted_scenes"], made_with["clips"]) == (6 * 2, 3 * 2)


def test_moving_to_another_image_size_keeps_weights_and_state(material: Path, tmp_path: Path) -> None:
    run = settings(material, tmp_path / "run")
    learner = new_learner(run, 64)
    for parameter in learner.network.parameters():
        parameter.grad = torch.ones_like(parameter)
    learner.optimizer.step()
    moved = at_image_size(learner, run, 96)

    assert moved.image_size == 96
    assert at_image_size(learner, run, 64) is learner
    assert_equal(moved.network.state_dict(), learner.network.state_dict())
    assert_equal(moved.average.network.state_dict(), learner.average.network.state_dict())
    assert_equal(moved.optimizer.state_dict(), learner.optimizer.state_dict())
    parameters = {id(parameter) for parameter in moved.network.parameters()}
    assert {id(value) for group in moved.optimizer.param_groups for value in group["params"]} == parameters


def test_what_a_run_leaves(straight: Finished) -> None:
    log = read_log(straight.output / "log.jsonl")
    training = [entry for entry in log if entry["kind"] == "training"]
    held_out = [entry for entry in log if entry["kind"] == "held_out"]

    assert straight.written == straight.output / "model"
    assert straight.told == [entry["step"] for entry in training] == [1, 2, 3, 4, 5, 6]
    assert [entry["step"] for entry in held_out] == [3, 6]
    assert {"focal", "dice", "iou", "object_score", "gradient_norm", "seconds", "clips"} <= training[0].keys()
    assert all(len(entry["attention"]["pointer"]) == 2 for entry in held_out)
    assert [entry["frames"] for entry in training] == [2, 2, 2, 3, 3, 3]
    assert {path.name for path in straight.output.iterdir()} == {
        "log.jsonl", "latest.pt", "step-000004.pt", "model"
    }  # fmt: skip


def test_stops_in_time_and_goes_on(material: Path, tmp_path: Path) -> None:
    run = settings(material, tmp_path / "run", minutes=0.0)

    assert run_training(run) == run.output / "latest.pt"
    assert content(run.output)["step"] == 1
    assert run_training(replace(run, minutes=None)) == run.output / "model"


def test_an_interrupted_run_ends_its_step_and_goes_on_as_if_nothing_was(
    straight: Finished, material: Path, tmp_path: Path
) -> None:
    run = settings(material, tmp_path / "run", log_every=6)
    done: list[int] = []

    written = run_training(run, lambda step, *_: done.append(step), interrupted=lambda: len(done) == 3)
    assert (written, done) == (run.output / "latest.pt", [1, 2, 3, 4])
    assert content(run.output)["step"] == 4
    assert last_entry(run.output / "log.jsonl", "training")["step"] == 4
    assert run_training(run) == run.output / "model"
    assert_equal(content(straight.output), content(run.output))


def test_progress_hears_of_the_latest_evaluation(material: Path, tmp_path: Path) -> None:
    heard: list[Any] = []
    run = settings(material, tmp_path / "run", minutes=0.0)
    run_training(run)
    run_training(replace(run, minutes=None), lambda *told: heard.append(told))

    assert [entry["held_out"].get("step") for _, _, entry in heard] == [None, 3, 3, 3, 6]
    assert all(0 <= entry["held_out"]["overlap"] <= 1 for _, _, entry in heard[1:])


def test_skipped_sources_are_counted_over_the_whole_run(tmp_path: Path) -> None:
    folder = write_material(tmp_path / "material")
    damaged = next(path for path in (folder / "photos" / "images").iterdir() if in_training(path))
    damaged.write_bytes(damaged.read_bytes()[:100])
    reasons: Counter[str] = Counter()
    run = settings(folder, tmp_path / "run", steps=12, clips=ClipMix(footage=0.0))
    run_training(
        run,
        lambda _done, _steps, entry: reasons.update(entry["unusable"]),
        interrupted=lambda: reasons.total() > 0,
    )
    before = reasons.total()
    run_training(run, lambda _done, _steps, entry: reasons.update(entry["unusable"]))

    assert 0 < before < reasons.total()
    assert last_entry(run.output / "log.jsonl", "training")["skipped"] == reasons.total()
    assert any(damaged.name in reason for reason in reasons)


def in_training(path: Path) -> bool:
    return split_of(path.stem) is Split.TRAINING


def test_a_loss_that_is_not_finite_stops_the_run(
    material: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = settings(material, tmp_path / "run", save_minutes=0.0)
    with pytest.raises(StopError):
        run_training(run, stop_after(3))
    before = (run.output / "latest.pt").read_bytes()
    whole = clip_losses

    def poisoned(*arguments: Any) -> Losses:
        losses = whole(*arguments)
        return replace(losses, total=losses.total * float("nan"))

    monkeypatch.setattr(loop, "clip_losses", poisoned)
    with pytest.raises(SamscopeError, match=r"step 3: the loss is nan.*no weight was changed"):
        run_training(run)
    assert (run.output / "latest.pt").read_bytes() == before
    assert not (run.output / "model").exists()


def test_refuses_to_go_on_as_another_run(material: Path, tmp_path: Path) -> None:
    run = settings(material, tmp_path / "run", minutes=0.0)
    run_training(run)

    with pytest.raises(UsageError, match=r"seed: the checkpoint was made with 0, this run asks for 1"):
        run_training(replace(run, seed=1))
    with pytest.raises(UsageError, match="batch"):
        run_training(replace(run, batch=3))


def test_refuses_a_damaged_checkpoint(material: Path, tmp_path: Path) -> None:
    run = settings(material, tmp_path / "run", minutes=0.0)
    run_training(run)
    latest = run.output / "latest.pt"
    latest.write_bytes(latest.read_bytes()[:1000])

    with pytest.raises(SamscopeError, match=r"latest\.pt: cannot be read"):
        run_training(run)


def test_refuses_a_log_without_a_checkpoint(material: Path, tmp_path: Path) -> None:
    run = settings(material, tmp_path / "run")
    run.output.mkdir()
    append(run.output / "log.jsonl", {"step": 1})

    with pytest.raises(UsageError, match="holds a log of steps but no latest"):
        run_training(run)


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"architecture": "huge"}, "architecture 'huge'"),
        ({"steps": 0}, "steps is 0"),
        ({"seed": -1}, "seed is -1"),
        ({"hold": 1.0}, "hold is 1.0"),
        ({"teaching": Teaching(until=1.0)}, "teaching goes until 1.0; it must .* leave steps"),
        (
            {"prompting": Prompting(until=1.0)},
            "prompting goes until 1.0; it must .* leave steps to the track",
        ),
        ({"prompting": Prompting(scenes=9), "processes": 2}, "cannot share batches of 9 scenes"),
        ({"teaching": Teaching(pictures=9), "processes": 2}, "cannot share batches of 9 pictures"),
    ],
)
def test_wrong_settings(changes: dict[str, Any], complaint: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=complaint):
        TrainingSettings(tmp_path, tmp_path, **changes)


def test_image_sizes_never_exceed_the_architecture_s(tmp_path: Path) -> None:
    run = TrainingSettings(tmp_path, tmp_path, steps=10, early_size=128, early_until=0.5)
    light = replace(run, architecture="nano-light", early_size=160)

    assert [run.image_size_at(step) for step in range(10)] == [128] * 5 + [192] * 5
    assert {light.image_size_at(step) for step in range(10)} == {128}
    assert {replace(run, early_size=None).image_size_at(step) for step in range(10)} == {192}


def test_settings_are_stated_as_plain_values(tmp_path: Path) -> None:
    stated = TrainingSettings(tmp_path, tmp_path / "run").stated()

    assert json.loads(json.dumps(stated)) == stated


def test_a_log_is_rewound_and_a_cut_line_is_dropped(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    for step in (1, 2, 3):
        append(log, {"step": step})
    with log.open("a") as file:
        file.write('{"step": 4, "lo')
    rewind(log, 2)

    assert read_log(log) == [{"step": 1}, {"step": 2}]


def test_a_log_tells_what_was_changed_on_the_way() -> None:
    early, late = {"box": 0.1, "point": 0.2}, {"box": 0.3, "point": 0.2}
    entries: list[dict[str, Any]] = [
        {"step": 0, "kind": "settings", "settings": {"steps": 9, "rate": 1.0, "plans": early}},
        {"step": 1, "kind": "training"},
        {"step": 4, "kind": "settings", "settings": {"steps": 8, "rate": 1.0, "plans": late}},
    ]

    assert changes_of_settings(entries) == [
        {"step": 4, "before": {"steps": 9, "plans.box": 0.1}, "after": {"steps": 8, "plans.box": 0.3}}
    ]
    assert changes_of_settings(entries[:2]) == []


def test_a_log_tells_how_long_a_run_took_over_all_its_parts() -> None:
    entries = [{"kind": "training", "elapsed": elapsed} for elapsed in (10.0, 20.0, 5.0, 30.0, 2.0)]

    assert seconds_of_run([{"kind": "settings"}, *entries]) == 20 + 30 + 2
    assert seconds_of_run([]) == 0


def test_a_resumed_run_logs_its_settings_where_they_changed(material: Path, tmp_path: Path) -> None:
    run = settings(material, tmp_path / "run", minutes=0.0)
    run_training(run)
    run_training(run)
    run_training(replace(run, rate=5e-4, minutes=None))
    told = [entry for entry in read_log(run.output / "log.jsonl") if entry["kind"] == "settings"]
    made_with = json.loads((run.output / "model" / "training.json").read_text())

    assert [entry["step"] for entry in told] == [0, 2]
    assert made_with["changes"][0]["after"] == {"rate": 5e-4, "minutes": None}
    assert made_with["settings"] == told[-1]["settings"]


def test_a_damaged_log(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    log.write_text('{"step": 1}\nnonsense\n{"step": 2}\n')

    with pytest.raises(SamscopeError, match="line 2"):
        read_log(log)
