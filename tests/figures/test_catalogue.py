import re
from dataclasses import replace
from itertools import product

import pytest

from samscope.analysis.absence.measurements import REFERENCE_TITLES
from samscope.figures.catalogue import catalogue, draw_figure, named_figure
from samscope.figures.choices import FigureChoices
from samscope.figures.entry import Asked
from samscope.figures.examples import example_pair, most_obscured
from samscope.records.schema import LATER
from samscope.records.store import Study
from samscope.support.errors import SamscopeError, UsageError
from samscope.trackers.positions import POSITION_NAMES
from tests.figures.drawn import clipped, words

PLAIN = FigureChoices()


def _written(study: Study, name: str, choices: FigureChoices = PLAIN, clip: int | None = None) -> str:
    figure = draw_figure(name, Asked(study, choices, clip))
    assert clipped(figure) == []
    return words(figure).replace("\n", " ")


def test_every_figure_of_the_paper_has_a_name() -> None:
    known = catalogue()
    numbers = [number for figure in known.values() for number in re.findall(r"\d+", figure.paper)]
    assert sorted(map(int, numbers)) == [2, 6, *range(7, 31)]
    assert all(name == figure.name and figure.title for name, figure in known.items())
    for position in POSITION_NAMES:
        assert f"features-over-time-{position}" in known


def test_a_heading_names_the_figures_of_the_paper() -> None:
    known = catalogue()
    assert known["clips"].heading == f"{known['clips'].title} (paper, figures 2 to 6)"
    assert (
        known["pointer-pca"].heading == "The pointers of two clips: clean and obscuration (paper, figure 9)"
    )
    assert known["separability-by-position"].heading == known["separability-by-position"].title


def test_figures_come_in_the_order_of_the_paper() -> None:
    entries = list(catalogue().values())
    strips = [entry for entry in entries if entry.kind == "separability" and entry.paper]
    assert [entry.paper for entry in strips] == ["18", "19", "21", "22", "24", "25", "26", "27", "29", "30"]
    assert all(entry.name == f"separability-{entry.set_name}-{entry.position}" for entry in strips)
    of_paper = [bool(entry.paper) for entry in entries]
    assert of_paper == sorted(of_paper, reverse=True)


def test_a_prepared_figure_holds_no_more_than_it_shows(study: Study) -> None:
    strip = named_figure("separability-interjection-memory_features").prepare(Asked(study)).study
    assert set(strip.features["position"]) == {"memory_features"}
    maps = named_figure("position-maps-clean").prepare(Asked(study))
    assert set(maps.study.clips["clip"]) == set(maps.study.frames["clip"]) == {maps.clip}
    assert maps.study.features.empty


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("clips", "The clips of draw 0"),
        ("position-maps-clean", "Clean: camel, clip 0, frame 14"),
        ("position-maps-obscuration", "Obscuration: camel, clip 0, frame 14"),
        ("pointer-pca", "% of the variance"),
        ("pointer-pca-overlay", "Overlay"),
        ("pointer-distance", "Spearman"),
        ("decoded-boxes-by-set", "frame 14"),
        ("decoded-boxes-through-time", "frame 12"),
        ("features-over-time-memory_features", "5 · Memory features"),
        ("separability-object_removal-image_embeddings", "Object removal, position 1"),
    ],
)
def test_a_figure_is_drawn_by_its_name(study: Study, name: str, said: str) -> None:
    assert said in _written(study, name)


def test_figures_follow_what_is_chosen(study: Study) -> None:
    chosen = FigureChoices("online", "variance_without_floor", robust_scale=True, outlines=True)
    few = replace(study, features=study.features.loc[study.features["position"] == "frame"])
    for name in ("features-over-time-frame", "separability-interjection-frame", "separability-by-position"):
        for choices in (PLAIN, chosen):
            written = _written(few, name, choices)
            assert f"References: {REFERENCE_TITLES[choices.references]}" in written
            assert ("variance without a floor" in written) == (choices == chosen)
    maps = (_written(study, "position-maps-clean", choices) for choices in (PLAIN, chosen))
    for written, expected in zip(maps, (False, True), strict=True):
        assert ("1st to 99th percentile" in written) == ("on the maps as well" in written) == expected


def test_the_clip_and_the_frame_can_be_named(study: Study) -> None:
    assert "clip 3" in _written(study, "pointer-pca", clip=3)
    assert "frame 5" in words(draw_figure("position-maps-clean", Asked(study, frame=5)))
    assert words(draw_figure("decoded-boxes-through-time", Asked(study, frame=5))).count("frame 5") == 1
    for name, frame in product(("position-maps-clean", "decoded-boxes-by-set"), (-1, 28)):
        with pytest.raises(UsageError, match=f"clip 0 has no frame {frame}; its frames are 0 to 27"):
            draw_figure(name, Asked(study, frame=frame))
    with pytest.raises(UsageError, match="has no clip 99; its last is 5"):
        draw_figure("position-maps-clean", Asked(study, clip=99))
    with pytest.raises(UsageError, match="no maps of clip 3 of clean"):
        draw_figure("position-maps-clean", Asked(study, clip=3))
    with pytest.raises(UsageError, match="no frames of clip 3; it has those of 0"):
        draw_figure("decoded-boxes-by-set", Asked(study, clip=3))


def test_examples_leave_the_prompted_frame_out(study: Study) -> None:
    frames = study.frames.assign(obscured=study.frames["obscured"].where(~study.frames["prompted"], 1.0))
    assert most_obscured(replace(study, frames=frames), 0) == most_obscured(study, 0) == 14
    assert example_pair(study, "overlay") == 0


def test_an_unknown_name_is_told_the_nearest(study: Study) -> None:
    with pytest.raises(UsageError, match="no figure 'pointer-pcs'; did you mean pointer-pca"):
        draw_figure("pointer-pcs", Asked(study))
    with pytest.raises(UsageError, match="name none to see them all"):
        draw_figure("x", Asked(study))


def test_what_the_records_do_not_hold_is_told(study: Study, small_study: Study) -> None:
    for name in ("position-maps-clean", "pointer-pca", "decoded-boxes-by-set"):
        with pytest.raises(SamscopeError, match=f"{small_study.path} does not hold what {name} shows: "):
            draw_figure(name, Asked(small_study))
    features = study.features.copy()
    features[[name for name in LATER["features"] if name.endswith("_online")]] = float("nan")
    features["long_variance_without_floor"] = float("nan")
    older = replace(study, features=features)
    with pytest.raises(SamscopeError, match="no features with the references 'online'"):
        draw_figure("features-over-time-frame", Asked(older, FigureChoices("online")))
    with pytest.raises(SamscopeError, match="no long-term distance with the spread 'variance_without_floor'"):
        draw_figure("features-over-time-frame", Asked(older, FigureChoices(spread="variance_without_floor")))


def test_a_model_without_pointers_has_no_figures_of_them(study: Study) -> None:
    without = replace(study, frames=study.frames.assign(object_pointer=None, object_pointer_ungated=None))
    for name in ("pointer-pca", "pointer-pca-overlay", "pointer-distance"):
        with pytest.raises(SamscopeError, match="This model has no object pointers"):
            draw_figure(name, Asked(without))
