import json
from pathlib import Path

import pytest

from samscope.benchmark.settings import BenchmarkSettings
from samscope.benchmark.stages import PARTS
from samscope.errors import UsageError
from tests.command import SHORT, samscope, save_videos

SETS = "clean,interjection"
TIMED = ["transformers", "alone", "exact", "fast", "fast_observed"]


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A benchmark of two sets of one draw, by the command line."""
    folder = tmp_path_factory.mktemp("benchmark")
    outcome = samscope(
        "bench", "--videos", save_videos(folder / "videos"), *SHORT, "--clips", "1", "--sets", SETS,
        "--contenders", ",".join(TIMED), "--out", folder / "bench",
    )  # fmt: skip
    assert outcome.status == 0, outcome.err
    return folder / "bench"


@pytest.mark.slow
def test_every_contender_is_timed_on_the_same_frames(out: Path) -> None:
    measured = json.loads((out / "benchmark.json").read_text())["measured"]
    assert [one["contender"] for one in measured] == TIMED
    assert len({one["frames"] for one in measured}) == 1
    assert measured[0]["ratio"] == 1
    for one in measured:
        assert one["frames_per_second"] == pytest.approx(one["frames"] / one["seconds"])
        assert 0 < sum(one["stage_seconds"].values()) < one["seconds"]
        assert one["peak_memory"] > 2**26


@pytest.mark.slow
def test_shared_work_is_done_once_and_changes_no_pixel(out: Path) -> None:
    transformers, alone, exact, fast, observed = json.loads((out / "benchmark.json").read_text())["measured"]
    for part in ("image encoder", "memory attention"):
        assert exact["stage_calls"][part] < alone["stage_calls"][part]
        assert exact["operations"][part] < alone["operations"][part]
        assert exact["stage_calls"] == fast["stage_calls"] == observed["stage_calls"]
    assert (alone["equal_pixels"], exact["equal_pixels"]) == (1, 1)
    assert fast["equal_pixels"] > 0.999
    assert observed["equal_pixels"] is None
    assert transformers["stage_calls"]["image encoder"] == alone["stage_calls"]["image encoder"]


@pytest.mark.slow
def test_table_and_figure_are_there(out: Path) -> None:
    table = (out / "benchmark.md").read_text()
    assert all(part in table for part in PARTS)
    assert table.count("| samscope") == 4
    assert (out / "benchmark.png").read_bytes().startswith(b"\x89PNG")
    assert b"<svg" in (out / "benchmark.svg").read_bytes()


@pytest.mark.parametrize(
    ("contenders", "threads", "message"),
    [
        ((), 1, "--contenders names none"),
        (("exact", "sam3"), 1, "--contenders names 'sam3'; they are transformers, alone"),
        (("exact", "exact"), 1, "one of them twice"),
        (("exact",), 0, "--threads is 0"),
    ],
)
def test_what_cannot_be_timed(contenders: tuple[str, ...], threads: int, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        BenchmarkSettings(Path("out"), contenders=contenders, threads=threads)  # type: ignore[arg-type]


@pytest.mark.slow
def test_a_model_that_is_nowhere_is_one_line_and_leaves_nothing(tmp_path: Path) -> None:
    outcome = samscope("bench", "--model", tmp_path / "sam2.pt", "--out", tmp_path / "bench")
    assert outcome.status == 2
    assert "sam2.pt: no such file" in outcome.err
    assert not (tmp_path / "bench").exists()
