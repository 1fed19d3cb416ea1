"""Jobs are equal where their records are, and say what differs where not."""

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from samscope.clips.clip import Timeline
from samscope.clips.settings import ClipSettings
from samscope.clips.source import open_source, open_videos
from samscope.records.parts import UNREADABLE
from samscope.studies.identity import FileDigests, differences, job_digest, job_of
from samscope.studies.settings import StudySettings
from samscope.trackers.rules.gate import Gate
from samscope.trackers.rules.presence import PresenceMemory
from samscope.trackers.rules.sam2 import Sam2Memory
from samscope.trackers.sam2.loading import Model
from tests.command import save_videos
from tests.small_model import small_model


@pytest.fixture(scope="module")
def model() -> Model:
    return small_model()


def job(settings: StudySettings, model: Model) -> dict[str, Any]:
    return job_of(settings, open_source(settings.clips, open_videos(settings.clips)), model)


def study(videos: Path, out: Path) -> StudySettings:
    return StudySettings(out, ClipSettings(videos=videos, count=2, timeline=Timeline(3, 2, 3)))


def test_where_it_lies_and_where_it_goes_does_not_matter(tmp_path: Path, model: Model) -> None:
    one = job(study(save_videos(tmp_path / "a" / "videos"), tmp_path / "out"), model)
    two = job(study(save_videos(tmp_path / "b" / "videos"), tmp_path / "elsewhere"), model)
    assert differences(one, two) == []
    assert job_digest(one) == job_digest(two) == job_digest(json.loads(json.dumps(one)))


def test_attention_is_part_of_it_where_it_is_recorded(tmp_path: Path, model: Model) -> None:
    before = study(save_videos(tmp_path / "videos"), tmp_path / "out")
    plain, looked = job(before, model), job(replace(before, attention=True), model)
    assert "attention" not in plain
    assert differences(plain, looked) == ["attention was not set and is true"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"count": 3}, "clips was 2 and is 3"),
        ({"seed": 4}, "seed was 0 and is 4"),
        ({"source": "first"}, "source was not set and is first"),
        ({"sets": ("clean",)}, "sets was [clean, interjection, "),
        ({"timeline": Timeline(3, 2, 2)}, "suffix was 3 and is 2"),
    ],
)
def test_a_changed_setting_is_named_alone(
    changes: dict[str, Any], said: str, tmp_path: Path, model: Model
) -> None:
    before = study(save_videos(tmp_path / "videos"), tmp_path / "out")
    now = replace(before, clips=replace(before.clips, **changes))
    (found,) = differences(job(before, model), job(now, model))
    assert found.startswith(said)


def test_compiling_is_part_of_a_study_only_where_it_is_asked_for(tmp_path: Path, model: Model) -> None:
    settings = study(save_videos(tmp_path / "videos"), tmp_path / "out")
    plain = job(settings, model)
    assert "compile" not in plain
    assert differences(plain, job(replace(settings, compile=True), model)) == [
        "compile was not set and is true"
    ]


def test_changed_videos_and_weights_are_named(tmp_path: Path, model: Model) -> None:
    settings = study(save_videos(tmp_path / "videos"), tmp_path / "out")
    before = job(settings, model)
    for kind in ("JPEGImages", "Annotations"):
        shutil.rmtree(tmp_path / "videos" / kind / "480p" / "second")
    save_videos(tmp_path / "videos", ["second"], frames=14)
    save_videos(tmp_path / "videos", ["fourth"])
    other = small_model(object_score_bias=1.0)
    found = differences(before, job(settings, other))
    assert found[0].startswith("the model's weights differ (SHA-256 was ")
    assert "video second was 12 frames of 96x64 and is 14 frames of 96x64" in found
    assert "video fourth is new" in found
    assert len(found) == 3
    backwards = differences(job(settings, other), before)
    assert "video fourth is missing" in backwards


def test_a_memory_rule_is_part_of_the_job_unless_it_is_the_familys_own(tmp_path: Path, model: Model) -> None:
    settings = study(save_videos(tmp_path / "videos"), tmp_path / "out")
    own = job(settings, model)
    assert job(replace(settings, memory="sam2"), model.with_memory_rule(Sam2Memory())) == own
    strided = job(replace(settings, memory="sam2:stride=3"), model.with_memory_rule(Sam2Memory(3)))
    assert differences(own, strided) == ["memory was not set and is sam2:stride=3"]


def test_the_gate_of_a_fitted_rule_is_part_of_the_job_and_not_its_files_name_alone(
    tmp_path: Path, model: Model
) -> None:
    path = tmp_path / "gate.json"
    settings = study(save_videos(tmp_path / "videos"), tmp_path / "out")
    jobs = []
    for weight in (1.0, 2.0, 2.0):
        Gate(model.digest(), model.image_size, 0.0, {"object_score": weight}).write(path)
        rule = PresenceMemory(str(path))
        jobs.append(job(settings, model.with_memory_rule(rule)))
    assert jobs[1] == jobs[2]
    assert [line.split(" was ")[0] for line in differences(jobs[0], jobs[1])] == ["memory_sha256"]


def test_other_masks_are_told_by_their_draws(tmp_path: Path, model: Model) -> None:
    before = job(study(save_videos(tmp_path / "videos"), tmp_path / "out"), model)
    assert differences(before, {**before, "draws_sha256": "0"}) == [
        "the draws differ, since frames or masks of the videos have changed"
    ]
    versions = {**before["versions"], "torch": "1.0"}
    (found,) = differences(before, {**before, "versions": versions})
    assert found == f"torch was {before['versions']['torch']} and is 1.0"


def test_digests_tell_names_contents_and_what_cannot_be_read(tmp_path: Path) -> None:
    for name, content in (("a", b"1"), ("b", b"1"), ("c", b"2")):
        (tmp_path / name).write_bytes(content)
    a, b, c, missing = (tmp_path / name for name in ("a", "b", "c", "missing"))
    digests = FileDigests()
    found = [digests.digest_of(files) for files in ([a], [b], [c], [a, b], [b, a], [missing])]
    assert len(set(found)) == len(found)
    assert found[-1] == digests.digest_of([a, missing]) == UNREADABLE
    missing.write_bytes(b"3")
    assert digests.digest_of([missing]) not in found
    a.write_bytes(b"changed")
    assert digests.digest_of([a]) == found[0]
    assert FileDigests().digest_of([a]) != found[0]
