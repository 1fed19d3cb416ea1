from dataclasses import replace
from typing import Any

import pytest

from samscope.analysis.comparison.shared_clips import only_clips, pair_studies, shared_clips
from samscope.records.store import Study
from tests.planted import NULL, planted


@pytest.fixture(scope="module")
def study() -> Study:
    return planted(clips=3, sets=["clean", "interjection"], positions=(NULL,), maps=False).study


def test_another_model_on_the_same_clips_shares_them_all(study: Study) -> None:
    other = replace(study, frames=study.frames.assign(j=0.1, object_score=3.0))
    assert shared_clips(study, other) == {
        (name, clip) for name in ("clean", "interjection") for clip in range(3)
    }
    assert pair_studies(study, other).paired


@pytest.mark.parametrize(
    ("column", "value"), [("origin", "elsewhere"), ("true_area", 0.2), ("present", False)]
)
def test_one_frame_that_differs_makes_another_clip(study: Study, column: str, value: Any) -> None:
    frames = study.frames.copy()
    of_clip = (frames["set"] == "clean") & (frames["clip"] == 1) & (frames["frame"] == 7)
    frames.loc[of_clip, column] = value
    assert ("clean", 1) not in shared_clips(study, replace(study, frames=frames))
    assert len(shared_clips(study, replace(study, frames=frames))) == 5


def test_order_of_rows_does_not_matter(study: Study) -> None:
    shuffled = study.frames.sample(frac=1, random_state=0)
    assert len(shared_clips(study, replace(study, frames=shuffled))) == 6


@pytest.mark.parametrize(("column", "value"), [("source_video", "zebra"), ("width", 97)])
def test_another_video_or_size_is_another_clip(study: Study, column: str, value: Any) -> None:
    clips = study.clips.assign(**{column: value})
    pair = pair_studies(replace(study, clips=clips), study)
    assert not pair.paired
    assert len(pair.study.clips) == len(pair.reference.clips) == 6


def test_only_what_both_have_is_kept_with_the_control_of_the_clean_clips(study: Study) -> None:
    fewer = only_clips(study, [("clean", 2), ("interjection", 0)])
    assert fewer.clips[["set", "clip"]].to_numpy().tolist() == [["interjection", 0], ["clean", 2]]
    assert set(fewer.frames["set"]) == {"clean", "interjection"}
    kept = fewer.features[["set", "clip"]].drop_duplicates().to_numpy().tolist()
    assert sorted(kept) == [["clean", 2], ["clean_gap", 2], ["interjection", 0]]
    pair = pair_studies(study, fewer)
    assert pair.paired
    assert len(pair.study.clips) == 2
