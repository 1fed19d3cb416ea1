"""The command that compares memory rules: what it leaves, how it goes on, and what it refuses."""

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

from samscope.clips.clip import Clip
from samscope.observation.observe_rules import observe_rules
from samscope.records.parting_pictures import PARTING_FILE
from samscope.records.record_checks import check_rule_tables
from samscope.records.rule_records import read_rule_records
from samscope.studies import rule_recording
from samscope.studies.rule_costs import bank_bytes
from samscope.support.errors import SamscopeError
from samscope.trackers.memory import Bank, Limits, Memory, Paths
from samscope.trackers.rules.sam2 import Sam2Memory
from tests.command import SHORT, message, samscope

RULES = ("sam2", "sam2:stride=2", "oracle")


def command(
    material: Path, out: Path, *more: str, rules: Sequence[str] = RULES, model: str | Path | None = None
) -> tuple[str | Path, ...]:
    """Return what is typed; the model is the small one of ``material``, under which rules hardly part."""
    sets = ("--sets", "interjection,clean", "--clips", "2")
    inputs = ("--videos", material / "videos", "--model", model or material / "model")
    return ("rules", *inputs, "--out", out, "--rules", ",".join(rules), *sets, *SHORT, *more)


@pytest.fixture(scope="module")
def result(material: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("results") / "rules"
    outcome = samscope(*command(material, out, model="nano"))
    assert outcome.status == 0, outcome.err
    assert outcome.out == f"open {out / 'rules.html'}\n"
    return out


@pytest.fixture(scope="module")
def by_itself(material: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A comparison whose clips were tracked one at a time, so that it is the same in parts."""
    out = tmp_path_factory.mktemp("results") / "by-itself"
    assert samscope(*command(material, out, "--batch", "1")).status == 0
    return out


def test_every_rule_has_every_frame_of_every_clip(result: Path) -> None:
    records = read_rule_records(result, RULES)
    assert len(records.clips) == 4
    assert (records.frames.groupby("rule").size() == 4 * 8).all()
    assert set(records.frames["rule"]) == set(RULES)
    shown = records.under("oracle")
    tracked = shown.loc[~shown["prompted"]]
    assert (tracked["written"] == tracked["present"]).all()
    gone = shown.loc[~shown["present"], ["set", "clip", "frame"]]
    assert len(gone)
    for row in gone.itertuples():
        same = shown.loc[(shown["set"] == row.set) & (shown["clip"] == row.clip)]
        assert all(row.frame not in read for read in same["read"])


def test_its_page_and_tables_say_it(result: Path) -> None:
    page = (result / "rules.html").read_text()
    assert all(rule in page for rule in RULES)
    assert "J while present" in page
    assert "<script" not in page
    scores = pd.read_csv(result / "tables" / "rule_scores.csv")
    assert set(scores["rule"]) == set(RULES)
    costs = pd.read_csv(result / "tables" / "rule_costs.csv").set_index("rule")
    assert (costs["milliseconds"] > costs["encoding_milliseconds"]).all()
    assert (costs["bank_bytes"] > 0).all()
    claims = pd.read_csv(result / "tables" / "rule_claims.csv")
    assert claims["verdict"].tolist() == ["too few videos"]
    told = json.loads((result / "rules.json").read_text())
    assert (told["rules"], told["clips_recorded"], told["clips_failed"]) == ([*RULES], 4, 0)


def test_a_stopped_one_goes_on_to_the_same_records(
    material: Path, by_itself: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    observe = observe_rules

    def stopping(model: Any, clips: Sequence[Clip], *rest: Any, **options: Any) -> Any:
        if any(clip.draw.clip == 1 for clip in clips):
            raise OSError(28, "No space left on device")
        return observe(model, clips, *rest, **options)

    out = tmp_path / "rules"
    monkeypatch.setattr(rule_recording, "observe_rules", stopping)
    stopped = samscope(*command(material, out, "--batch", "1"))
    assert stopped.status == 1
    assert "--resume" in message(stopped)
    monkeypatch.setattr(rule_recording, "observe_rules", observe)
    other = samscope(*command(material, out, "--batch", "1", "--resume", rules=("sam2", "oracle")))
    assert other.status == 2
    assert "rules was" in message(other)
    assert samscope(*command(material, out, "--batch", "1", "--resume")).status == 0
    for part in sorted((by_itself / "records").rglob("*.parquet")):
        assert (out / part.relative_to(by_itself)).read_bytes() == part.read_bytes()
    before = (out / "rules.html").stat().st_mtime_ns
    assert samscope(*command(material, out, "--batch", "1", "--resume")).status == 0
    assert (out / "rules.html").stat().st_mtime_ns == before


def contents(folder: Path) -> dict[str, bytes]:
    """Return page, tables and figures of a comparison."""
    drawn = [folder / "rules.html", *(folder / "tables").iterdir(), *(folder / "figures").iterdir()]
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in drawn}


def test_it_is_drawn_again_from_its_folder_alone(result: Path, tmp_path: Path) -> None:
    again = tmp_path / "again"
    shutil.copytree(result, again)
    (again / "rules.html").unlink()
    shutil.rmtree(again / "figures")
    for name in ("rule_scores", "rule_claims"):
        (again / "tables" / f"{name}.csv").unlink()
    outcome = samscope("report", again)
    assert outcome.status == 0, outcome.err
    assert outcome.out == f"open {again / 'rules.html'}\n"
    assert contents(again) == contents(result)


def test_what_a_folder_lacks_is_said_and_made_by_resume(material: Path, result: Path, tmp_path: Path) -> None:
    older = tmp_path / "older"
    shutil.copytree(result, older)
    (older / PARTING_FILE).unlink()
    (older / "tables" / "rule_costs.csv").unlink()
    assert samscope("report", older).status == 0
    page = (older / "rules.html").read_text()
    assert "its pictures are not in the folder" in page
    assert "the folder has no table of costs" in page
    shutil.copy(result / "tables" / "rule_costs.csv", older / "tables")
    assert samscope(*command(material, older, "--resume", model="nano")).status == 0
    assert (older / PARTING_FILE).read_bytes() == (result / PARTING_FILE).read_bytes()
    assert contents(older) == contents(result)


@pytest.mark.parametrize(
    ("file", "content", "said"),
    [
        ("tables/rule_costs.csv", b"rule\nsam2\n", "rule_costs.csv is damaged"),
        ("tables/rule_costs.csv", b"", "rule_costs.csv is damaged"),
        (
            "tables/rule_costs.csv",
            b"rule,milliseconds,encoding_milliseconds,bank_bytes\nsam3,1,1,1\n",
            "its rules are not those",
        ),
        ("rules.json", b'{"samscope": "1", "rules": ["sam2", 3]}', "expected distinct names"),
        ("rules.json", b'{"samscope": "1", "rules": ["sam3"]}', "rule is"),
        ("rules.json", b"{", "rules.json"),
        (PARTING_FILE, b"no pictures", "is damaged"),
    ],
)
def test_a_folder_that_is_damaged_is_not_drawn(
    result: Path, tmp_path: Path, file: str, content: bytes, said: str
) -> None:
    folder = tmp_path / "damaged"
    shutil.copytree(result, folder)
    before = (folder / "rules.html").read_bytes()
    (folder / file).write_bytes(content)
    outcome = samscope("report", folder)
    assert outcome.status == 1
    assert said in message(outcome)
    assert (folder / "rules.html").read_bytes() == before


def test_choices_of_a_study_s_figures_are_refused(result: Path) -> None:
    outcome = samscope("report", result, "--outlines")
    assert outcome.status == 2
    assert "comparison of memory rules" in message(outcome)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda frames: frames.assign(read=[[99]] * len(frames)), "a frame was read"),
        (lambda frames: frames.iloc[1:], "are not those under"),
        (lambda frames: frames.assign(clip=frames["clip"] + 5), "which is no clip"),
        (lambda frames: frames.assign(written=None), "written of a frame is missing"),
        (lambda frames: frames.loc[frames["rule"] != "oracle"], "are not those under"),
        (lambda frames: pd.concat([frames, frames.iloc[:1]]), "occurs twice"),
        (lambda frames: frames.loc[frames["clip"] == 0], "are missing"),
    ],
)
def test_records_that_no_comparison_has_made_are_refused(result: Path, change: Any, said: str) -> None:
    records = read_rule_records(result, RULES)
    with pytest.raises(SamscopeError, match=said):
        check_rule_tables(records.clips, change(records.frames), RULES, result)


def test_shards_put_together_are_the_whole(material: Path, by_itself: Path, tmp_path: Path) -> None:
    shards = [tmp_path / f"shard-{number}" for number in (1, 2)]
    for number, out in enumerate(shards, start=1):
        outcome = samscope(*command(material, out, "--batch", "1", "--shard", f"{number}/2"))
        assert outcome.status == 0, outcome.err
        assert outcome.out == f"shard {number}/2 is in {out}; with the others: samscope merge SHARD...\n"
        assert not (out / "rules.html").exists()
    merged = tmp_path / "merged"
    outcome = samscope("merge", *shards, "--report", "--out", merged)
    assert outcome.status == 0, outcome.err
    assert outcome.out == f"open {merged}/rules.html\n"
    records, expected = (read_rule_records(folder, RULES) for folder in (merged, by_itself))
    pd.testing.assert_frame_equal(records.clips, expected.clips)
    pd.testing.assert_frame_equal(records.frames, expected.frames)
    for name in ("rule_scores", "rule_claims"):
        table = Path("tables") / f"{name}.csv"
        assert (merged / table).read_bytes() == (by_itself / table).read_bytes()
    assert "the folder has no table of costs" in (merged / "rules.html").read_text()
    assert samscope(*command(material, merged, "--batch", "1", "--resume")).status == 0
    assert "the folder has no table of costs" not in (merged / "rules.html").read_text()
    assert pd.read_csv(merged / "tables" / "rule_costs.csv")["rule"].tolist() == [*RULES]
    other = tmp_path / "other"
    few = command(material, other, "--batch", "1", "--shard", "2/2", rules=("sam2", "oracle"))
    assert samscope(*few).status == 0
    refused = samscope("merge", shards[0], other, "--out", tmp_path / "refused")
    assert refused.status == 2
    assert "rules was" in message(refused)


def test_one_rule_alone_has_its_page(material: Path, tmp_path: Path) -> None:
    outcome = samscope(*command(material, tmp_path / "one", rules=("sam2",)))
    assert outcome.status == 0, outcome.err
    assert "There is one rule." in (tmp_path / "one" / "rules.html").read_text()


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        (("sam2", "sam2"), "stands there twice"),
        (("sam2", "nobody"), "there is no such rule"),
        (("oracle:write=often",), "write"),
    ],
)
def test_rules_that_cannot_be_are_refused_before_any_work(
    material: Path, tmp_path: Path, rules: Sequence[str], said: str
) -> None:
    outcome = samscope(*command(material, tmp_path / "refused", rules=rules))
    assert outcome.status == 2
    assert said in message(outcome)
    assert not list(tmp_path.iterdir())


def test_videos_without_labels_are_refused(material: Path, tmp_path: Path) -> None:
    (tmp_path / "film").mkdir()
    arguments = command(material, tmp_path / "refused")
    outcome = samscope(*(tmp_path / "film" if word == material / "videos" else word for word in arguments))
    assert outcome.status in {1, 2}
    assert str(tmp_path / "film") in message(outcome)
    assert not (tmp_path / "refused").exists()


def test_records_that_are_gone_are_named(tmp_path: Path) -> None:
    with pytest.raises(SamscopeError, match="has no records"):
        read_rule_records(tmp_path, RULES)


def test_what_paths_share_takes_its_room_once() -> None:
    features, pointer = torch.zeros(1, 64, 4, 4, dtype=torch.bfloat16), torch.zeros(1, 32)
    prompt, later = Memory(0, features, pointer), Memory(1, features.clone(), None)
    one = Bank(Sam2Memory(), Limits(), (prompt,))
    other = one.keeping((later,))
    assert bank_bytes(one) == 2 * 64 * 16 + 4 * 32
    assert bank_bytes(Paths((one, other))) == bank_bytes(other) == 2 * 2 * 64 * 16 + 4 * 32
    assert bank_bytes(None) == 0


@pytest.mark.slow
def test_the_built_in_model_on_a_made_up_video(tmp_path: Path) -> None:
    out = tmp_path / "rules"
    asked = ("--rules", "sam2,samurai,dam4sam,oracle", "--clips", "1", "--sets", "interjection")
    timeline = ("--prefix", "6", "--middle", "2", "--suffix", "4")
    assert samscope("rules", "--out", out, *asked, *timeline).status == 0
    scores = pd.read_csv(out / "tables" / "rule_scores.csv").set_index(["set", "rule", "measure"])["mean"]
    assert scores["interjection", "sam2", "written_absent"] > 0
    assert scores["interjection", "oracle", "written_absent"] == 0
    assert scores["interjection", "oracle", "read_absent"] == 0
    assert np.isfinite(scores["interjection", "dam4sam", "j_suffix"])
