"""Traces from the command line: whole, gone on with after a stop, refused."""

import json
import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from samscope.analysis.causes.outcomes import OUTCOMES, read_outcomes
from samscope.studies.tracing.draw import Traced, trace_draw
from samscope.support.errors import SamscopeError
from samscope.trackers.family import Tracker
from tests.command import SHORT, message, samscope, save_model, save_videos

CELLS = ("--positions", "object_pointer,memory_features,object_pointer+memory_features", "--spans", "middle")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    save_videos(folder / "videos")
    save_model(folder / "model")
    return folder


def trace(made: Path, out: Path, *more: str | Path) -> tuple[str | Path, ...]:
    return (
        *("trace", "--videos", made / "videos", "--model", made / "model", "--image-size", "64"),
        *("--clips", "2", "--sets", "interjection,overlay", "--out", out, *SHORT, *CELLS, *more),
    )


@pytest.fixture(scope="module")
def traced(made: Path) -> Path:
    outcome = samscope(*trace(made, made / "traced"))
    assert outcome.status == 0, outcome.err
    assert outcome.out == f"open {made / 'traced' / 'trace.html'}\n"
    return made / "traced"


def test_a_trace_holds_every_run_once(traced: Path) -> None:
    table = read_outcomes(traced)
    assert list(table.columns) == OUTCOMES.names
    assert not table.duplicated(["set", "clip", "kind", "edited", "first", "last"]).any()
    cells = table.loc[table["kind"].isin(["restore", "spoil"])]
    assert (cells.groupby(["set", "clip"]).size() == 6).all()
    assert set(table["kind"]) == {
        *("clean", "transformed", "restore", "spoil", "clean_probe", "transformed_probe"),
    }
    assert {"without_pointers", "only_pointers", "other_pointers"} <= set(table["edited"])
    whole = cells.loc[(cells["edited"] == "object_pointer+memory_features") & (cells["kind"] == "restore")]
    clean = table.loc[table["kind"] == "clean"].set_index("clip")
    interjected = whole.loc[whole["set"] == "interjection"].set_index("clip")
    assert interjected["object_score"].to_dict() == pytest.approx(clean["object_score"].to_dict(), abs=1e-3)


def test_tables_figures_and_page_lie_beside_it(traced: Path) -> None:
    for name in ("effects", "totals", "pairs", "answers"):
        assert len(pd.read_csv(traced / "tables" / f"{name}.csv")), name
    assert (traced / "figures" / "causes-restore-gain.svg").is_file()
    page = (traced / "trace.html").read_text()
    assert page.count('<img src="data:') == 4
    assert "Position 2 decides between object and look-alike" in page
    manifest = json.loads((traced / "trace.json").read_text())
    assert manifest["positions"] == ["object_pointer", "memory_features", "object_pointer+memory_features"]
    assert manifest["spans"] == ["3-4"]
    assert manifest["clips_recorded"] == 4


def breaks(model: Tracker, clean: Traced, *given: Any, **named: Any) -> list[dict[str, Any]]:
    """Trace a draw, but fail at the second."""
    if clean.clip.draw.clip == 1:
        raise ValueError("a number is wrong")
    return trace_draw(model, clean, *given, **named)


TRACES = "samscope.studies.tracing.recording.trace_draw"


def test_a_draw_whose_runs_fail_is_left_out_and_listed(
    made: Path, traced: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    monkeypatch.setattr(TRACES, breaks)
    outcome = samscope(*trace(made, out))
    assert outcome.status == 1
    assert "2 of 4 clips failed and are left out; the reasons are in" in message(outcome)
    listed = pd.read_csv(out / "failures.csv")
    assert list(listed["set"]) == ["interjection", "overlay"]
    assert set(listed["draw"]) == {1}
    assert set(listed["stage"]) == {"tracking"}
    assert set(listed["reason"]) == {"ValueError: a number is wrong"}
    manifest = json.loads((out / "trace.json").read_text())
    assert (manifest["clips_recorded"], manifest["clips_failed"]) == (2, 2)
    whole = read_outcomes(traced)
    pd.testing.assert_frame_equal(read_outcomes(out), whole.loc[whole["clip"] == 0].reset_index(drop=True))


def test_a_stopped_trace_goes_on_to_the_same_outcomes(
    made: Path, traced: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    with monkeypatch.context() as patched:
        patched.setattr(TRACES, breaks)
        outcome = samscope(*trace(made, out, "--fail-fast"))
    assert outcome.status == 1
    assert "stopped at the first failure" in message(outcome)
    assert "1 of 2 draws done" in message(outcome)
    assert "--resume" in message(outcome)
    assert not out.exists()
    other = samscope(*trace(made, out, "--resume", "--directions", "spoil"))
    assert other.status == 2
    assert "directions was" in message(other)
    outcome = samscope(*trace(made, out, "--resume"))
    assert outcome.status == 0, outcome.err
    pd.testing.assert_frame_equal(read_outcomes(out), read_outcomes(traced))
    assert (out / "tables" / "effects.csv").read_bytes() == (traced / "tables" / "effects.csv").read_bytes()
    before = (out / "trace.json").read_bytes()
    assert samscope(*trace(made, out, "--resume")).status == 0
    assert (out / "trace.json").read_bytes() == before


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (("--sets", "object_removal"), "--sets names object_removal"),
        (("--sets", "clean"), "no set to trace"),
        (("--positions", "pointer"), "--positions names 'pointer'"),
        (("--spans", "20"), "--spans names 20; expected frames from 1"),
        (("--directions", "forth"), "--directions is 'forth'"),
        (("--memory", "sam2long"), "keeps several paths"),
        (("--clips", "0"), "0"),
    ],
)
def test_what_cannot_be_is_refused_and_leaves_nothing(
    made: Path, tmp_path: Path, more: tuple[str, ...], told: str
) -> None:
    outcome = samscope(*trace(made, tmp_path / "out", *more))
    assert outcome.status == 2
    assert told in message(outcome)
    assert list(tmp_path.iterdir()) == []


def test_a_trace_is_replaced_when_asked_and_is_no_study(made: Path, traced: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    shutil.copytree(traced, out)
    assert samscope(*trace(made, out)).status == 2
    assert samscope(*trace(made, out, "--overwrite", "--no-probes", "--directions", "restore")).status == 0
    assert "spoil" not in set(read_outcomes(out)["kind"])
    outcome = samscope("report", out)
    assert outcome.status == 2
    assert "is a trace, not a study" in message(outcome)


def test_its_maps_are_drawn_again_alone(traced: Path, tmp_path: Path) -> None:
    listed = samscope("figure", traced)
    assert [word for word in listed.out.split() if word.startswith("causes-")] == [
        *("causes-restore-share", "causes-restore-gain", "causes-spoil-share", "causes-spoil-gain"),
    ]
    outcome = samscope("figure", traced, "causes-restore-gain", "--out", tmp_path)
    assert outcome.out.split() == [str(tmp_path / f"causes-restore-gain.{kind}") for kind in ("png", "svg")]
    for name in ("causes-restore-gain.png", "causes-restore-gain.svg"):
        assert (tmp_path / name).read_bytes() == (traced / "figures" / name).read_bytes()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("clips",), "there is no figure 'clips' of a trace; expected one of causes-restore-share"),
        (("causes-spoil-gain", "--frame", "3"), "is drawn in one way: leave out --clip, --frame"),
        (("causes-spoil-gain", "--outlines"), "is drawn in one way"),
    ],
)
def test_a_figure_that_a_trace_has_not_is_refused(
    traced: Path, arguments: tuple[str, ...], told: str
) -> None:
    outcome = samscope("figure", traced, *arguments)
    assert outcome.status == 2
    assert told in message(outcome)


def test_outcomes_that_are_not_there_are_told(tmp_path: Path) -> None:
    with pytest.raises(SamscopeError, match="no trace; name a folder"):
        read_outcomes(tmp_path)


@pytest.mark.slow
def test_nano_on_a_made_up_video(tmp_path: Path) -> None:
    out = tmp_path / "out"
    outcome = samscope(
        *("trace", "--clips", "1", "--sets", "interjection", "--out", out, "--directions", "restore"),
        *("--positions", "object_pointer,memory_features,object_pointer+memory_features"),
        *("--prefix", "6", "--middle", "2", "--suffix", "4"),
    )
    assert outcome.status == 0, outcome.err
    table = read_outcomes(out)
    interjected = table.loc[(table["set"] == "interjection") & (table["kind"] == "restore")]
    assert not interjected.loc[interjected["last"] == 5, "tracked"].any()
    assert interjected.loc[interjected["last"] > 5, "tracked"].all()
    both = interjected["edited"] == "object_pointer+memory_features"
    whole = interjected.loc[both & (interjected["first"] == 6) & (interjected["last"] == 7)]
    clean = table.loc[table["kind"] == "clean"].set_index("clip")["j"]
    assert whole.set_index("clip")["j"].to_dict() == pytest.approx(clean.to_dict(), abs=1e-3)
    assert table.loc[table["edited"] == "without_frame", "first"].nunique() == 7
    assert len(pd.read_csv(out / "tables" / "answers.csv")) > 10
