"""Shards, put together, are the study that a single run would have made."""

import json
import os
import shutil
import stat
import subprocess
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from samscope.clips.clip import SetName, Timeline
from samscope.clips.settings import ClipSettings
from samscope.records.store import open_study
from samscope.studies import merge
from samscope.studies.merge import run_merge
from samscope.studies.settings import StudySettings
from samscope.studies.sharding import Shard
from samscope.studies.stages import run_record
from samscope.support.progress import Silent
from samscope.support.result_folder import read_json
from tests.command import message, samscope
from tests.quick_decoding import quick_page

DRAWS = 5
SETS: tuple[SetName, ...] = ("clean", "interjection")
FIVE_FRAMES = ("--prefix", "2", "--middle", "1", "--suffix", "2")


def settings(out: Path, material: Path, shard: Shard | None = None, seed: int = 5) -> StudySettings:
    clips = ClipSettings(
        videos=material / "videos", count=DRAWS, seed=seed, sets=SETS, timeline=Timeline(2, 1, 2)
    )
    model = str(material / "model")
    return StudySettings(out, clips, model=model, threads=1, maps=2, keep=True, attention=True, shard=shard)


SLURM = Path(__file__).parents[2] / "examples" / "slurm.sh"


@pytest.fixture(scope="module")
def whole(material: Path) -> Path:
    return run_record(settings(material / "whole", material), Silent())


@pytest.fixture(scope="module")
def made(material: Path) -> list[Path]:
    return [
        run_record(settings(material / f"shard-{number}", material, Shard(number, 3)), Silent())
        for number in (1, 2, 3)
    ]


@pytest.fixture
def shards(made: list[Path], tmp_path: Path) -> list[Path]:
    """Return copies that a test may spoil."""
    return [Path(shutil.copytree(folder, tmp_path / folder.name)) for folder in made]


def equal(first: Path, second: Path) -> None:
    one, other = open_study(first), open_study(second)
    for table in ("clips", "frames", "features"):
        pd.testing.assert_frame_equal(getattr(one, table), getattr(other, table), check_exact=True)
    pd.testing.assert_frame_equal(one.attention(), other.attention(), check_exact=True)
    assert one.map_keys() == other.map_keys() != []
    for key in one.map_keys():
        for name, array in one.maps(*key).items():
            np.testing.assert_array_equal(array, other.maps(*key)[name])
    tensors = {path.relative_to(first): path.read_bytes() for path in (first / "tensors").rglob("*.s*")}
    assert tensors
    assert tensors == {
        path.relative_to(second): path.read_bytes() for path in (second / "tensors").rglob("*.s*")
    }


@pytest.mark.parametrize("draws_a_file", [1, 2, 256])
def test_the_records_are_those_of_one_run(
    whole: Path, shards: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, draws_a_file: int
) -> None:
    monkeypatch.setattr(merge, "DRAWS_A_FILE", draws_a_file)
    out = run_merge([shards[1], shards[2], shards[0]], tmp_path / "merged", Silent())
    equal(whole, out)
    assert len(list((out / "records" / "frames").iterdir())) == -(-DRAWS // draws_a_file)
    lines = (out / "parts" / "merged.jsonl").read_text().splitlines()
    assert [json.loads(line)["draw"] for line in lines] == list(range(DRAWS))
    before, after = read_json(whole / "study.json"), read_json(out / "study.json")
    changed = {name for name in before if before[name] != after.get(name)}
    assert changed <= {"out", "created", "seconds", "work", "peak_memory_bytes", "command"}
    assert (after["shards"], after["out"]) == (3, str(out))


@pytest.mark.slow
def test_the_command_line_merges_and_draws(shards: list[Path], material: Path, tmp_path: Path) -> None:
    out = tmp_path / "study"
    asked = (
        "record", "--videos", material / "videos", "--model", material / "model", "--clips", str(DRAWS),
        "--seed", "5", "--sets", ",".join(SETS), *FIVE_FRAMES, "--threads", "1", "--maps", "2", "--keep",
        "--attention",
    )  # fmt: skip
    shutil.rmtree(shards[2])
    tracked = samscope(*asked, "--shard", "3/3", "--out", shards[2])
    assert (tracked.status, tracked.out) == (
        0,
        f"shard 3/3 is in {shards[2]}; with the others: samscope merge SHARD...\n",
    )
    assert not (shards[2] / "study.json").exists()
    assert "is a shard; put it together" in message(samscope("report", shards[2]))
    with quick_page():
        merged = samscope("merge", *shards, "--report", "--out", out)
    assert (merged.status, merged.out.splitlines()[-1]) == (0, f"open {out / 'report.html'}")
    assert message(samscope("merge", *shards, "--out", out)).startswith(f"--out {out}: exists")
    again = samscope(*asked, "--out", out, "--resume")
    assert again.status == 0, "the merged study is the finished one that was asked for"
    other = samscope(*asked, "--shard", "2/3", "--out", shards[2], "--resume")
    assert (other.status, "shard was 3/3 and is 2/3" in message(other)) == (2, True)


def test_each_wrong_set_of_shards_is_told_apart(
    shards: list[Path], whole: Path, material: Path, tmp_path: Path
) -> None:
    def refused(*folders: Path) -> str:
        outcome = samscope("merge", *folders, "--out", tmp_path / "out")
        assert outcome.status == 2
        assert not (tmp_path / "out").exists()
        return message(outcome)

    first, second, third = shards
    assert refused(first, third).startswith("shard 2/3 is missing; run `samscope record --shard 2/3`")
    assert refused(third).startswith("shard 1/3 and 1 more are missing")
    twice = Path(shutil.copytree(second, tmp_path / "twice"))
    assert refused(first, second, twice, third).startswith("shard 2/3 is there twice: ")
    assert refused(first, whole, third).startswith(f"{whole} is a whole study")
    assert "is no shard: it has no shard.json" in refused(first, tmp_path)
    half = run_record(settings(tmp_path / "half", material, Shard(1, 2)), Silent())
    assert f"{half} is shard 1/2" in refused(half, second, third)
    other = run_record(settings(tmp_path / "other", material, Shard(2, 3), seed=6), Silent())
    assert "is of another study than" in refused(first, other, third)
    assert "seed was 5 and is 6" in refused(first, other, third)
    third.rename(tmp_path / "shard-3.partial")
    (tmp_path / "shard-3.partial" / "shard.json").unlink()
    assert f"{tmp_path / 'shard-3.partial'} is unfinished" in refused(first, second, third)


def test_a_damaged_shard_is_refused(shards: list[Path], tmp_path: Path) -> None:
    def failed() -> str:
        outcome = samscope("merge", *shards, "--out", tmp_path / "out")
        assert outcome.status == 1
        assert sorted(path.name for path in tmp_path.iterdir()) == ["shard-1", "shard-2", "shard-3"]
        return message(outcome)

    part = next((shards[1] / "parts").glob("part-*.json"))
    values = json.loads(part.read_text())
    table = shards[1] / "records" / "frames" / f"{part.stem}.parquet"
    content = table.read_bytes()
    table.write_bytes(content[:-3])
    assert "are missing or damaged; run shard 2/3 again" in failed()
    table.write_bytes(b"x" * len(content))
    assert f"{table} is damaged" in failed()
    table.write_bytes(content)
    name = "records/../../../secret"
    part.write_text(json.dumps({**values, "files": {name: 1}}))
    assert "are missing or damaged" in failed()
    part.unlink()
    assert "but its shard.json tells of" in failed()
    (shards[1] / "shard.json").write_text('{"samscope": "0", "shard": {"number": 4, "of": 3}}')
    assert "shard.json: damaged" in failed()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("array", "options"),
    [
        ({"SLURM_ARRAY_TASK_MIN": "1", "SLURM_ARRAY_TASK_MAX": "2"}, []),
        (
            {"SLURM_ARRAY_TASK_MIN": "0", "SLURM_ARRAY_TASK_MAX": "6"},
            ["--mode", "fast", "--batch", str(len(SETS))],
        ),
        (
            {"SLURM_ARRAY_TASK_MIN": "10", "SLURM_ARRAY_TASK_MAX": "14", "SLURM_ARRAY_TASK_STEP": "2"},
            ["--clips", str(DRAWS)],
        ),
    ],
)
def test_the_slurm_example_makes_a_study(
    whole: Path, material: Path, tmp_path: Path, array: dict[str, str], options: list[str]
) -> None:
    """``samscope`` and ``sbatch`` note how they are called; the calls are made here, one after another."""
    tools = tmp_path / "tools"
    tools.mkdir()
    scripts = {
        "sbatch": 'for last; do :; done; printf "%s\\n" "${last#--wrap=}" >> "$NOTED"',
        "samscope": 'printf "%s\\0" "$@" > "$CALLED"',
    }
    for name, line in scripts.items():
        (tools / name).write_text(f"#!/usr/bin/env bash\n{line}\n")
        (tools / name).chmod(stat.S_IRWXU)
    step = int(array.get("SLURM_ARRAY_TASK_STEP", "1"))
    tasks = range(int(array["SLURM_ARRAY_TASK_MIN"]), int(array["SLURM_ARRAY_TASK_MAX"]) + 1, step)
    noted, called = tmp_path / "noted", tmp_path / "called"
    environment = {
        **os.environ,
        **array,
        "PATH": f"{tools}:{os.environ['PATH']}",
        "NOTED": str(noted),
        "CALLED": str(called),
        "SLURM_ARRAY_TASK_COUNT": str(len(tasks)),
        "SLURM_ARRAY_JOB_ID": "12",
        "CLIPS": "1" if "--clips" in options else str(DRAWS),
        "DEVICE": "cpu",
    }

    def call(*words: str | Path, **more: str) -> list[str]:
        """Return the arguments that a bash command gives to samscope."""
        called.unlink(missing_ok=True)
        subprocess.run(["bash", *words], env={**environment, **more}, check=True, capture_output=True)
        return called.read_text().split("\0")[:-1]

    out = tmp_path / "a study"
    study = ("--seed", "5", "--sets", ",".join(SETS), *FIVE_FRAMES, "--maps", "2", "--keep", "--attention")
    told = []
    for task in tasks:
        arguments = call(
            SLURM, material / "videos", material / "model", out, *options, SLURM_ARRAY_TASK_ID=str(task)
        )
        tracked = samscope(*arguments, *study)
        assert tracked.status == 0, tracked.err
        told.append(tracked.out)
    assert sum(", empty, as there are fewer draws" in one for one in told) == max(len(tasks) - DRAWS, 0)
    (merge_command,) = noted.read_text().splitlines()
    arguments = call("-c", merge_command)
    assert arguments[:2] == ["merge", "--report"]
    merged = samscope("merge", *arguments[2:])  # the page is another test's
    assert merged.status == 0, merged.err
    equal(whole, out)


@pytest.mark.parametrize(
    ("array", "arguments", "said"),
    [
        ({}, ["videos", "model", "study"], "start this script with sbatch and an array"),
        ({"SLURM_ARRAY_TASK_ID": "1"}, ["videos", "model"], "usage: sbatch"),
        (
            {
                "SLURM_ARRAY_TASK_ID": "1",
                "SLURM_ARRAY_TASK_COUNT": "3",
                "SLURM_ARRAY_TASK_MIN": "1",
                "SLURM_ARRAY_TASK_MAX": "9",
            },
            ["videos", "model", "study"],
            "the array has gaps: 3 tasks from 1 to 9; give a range, such as --array=1-3",
        ),
    ],
)
def test_the_slurm_example_refuses_by_name(array: dict[str, str], arguments: list[str], said: str) -> None:
    ran = subprocess.run(
        ["bash", SLURM, *arguments],
        env={"PATH": os.environ["PATH"], **array},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode != 0
    assert said in ran.stderr
