from collections.abc import Iterator
from pathlib import Path

import pytest

from samscope.report.page import write_report
from tests.made_once import made_once
from tests.planted import FEW_POSITIONS, Planted, planted, with_attention
from tests.quick_decoding import quick_decoding

HOSTILE = (
    '<img src=x onerror="alert(1)">&amp;{{ 7*7 }}</script><script>window.hacked = 1</script>'
    "'; $x$ \n\x1b[31mred\x1b[0m"
)


@pytest.fixture(scope="session", autouse=True)
def _quick_decoding() -> Iterator[None]:
    with quick_decoding():
        yield


@pytest.fixture(scope="session")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a planted study with its report; one source video has a hostile name."""
    return made_once(tmp_path_factory, "report", _write_hostile_study)


def _write_hostile_study(folder: Path) -> None:
    study = planted(clips=4, videos=["camel", HOSTILE, "goat"], positions=(*FEW_POSITIONS, "memory_features"))
    study.settings["collection"] = f"videos of {HOSTILE}"
    study.settings["rejected"] = {HOSTILE: 3}
    # The example clip bears the name too.
    swapped = study.clips["source_video"].replace({"camel": HOSTILE, HOSTILE: "camel"})
    clips = study.clips.assign(source_video=swapped)
    named = Planted(clips, study.frames, study.features, study.settings, study.maps)
    with_attention(named).write(folder)
    assert write_report(folder) == folder / "report.html"
