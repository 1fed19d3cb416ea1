"""The page on causes: its sites are those of the families, and its example runs and says what it says."""

import re

import pytest
import torch
from transformers import Sam2VideoModel, Sam3TrackerVideoModel

from samscope.trackers.edgetam.network import build_network
from samscope.trackers.edgetam.network import released_configuration as edgetam_configuration
from samscope.trackers.edgetam.tracker import EdgeTam
from samscope.trackers.network_tracker import NetworkTracker
from samscope.trackers.sam2.loading import Model
from samscope.trackers.sam2.released import HIERA_SIZES
from samscope.trackers.sam2.released import released_configuration as sam2_configuration
from samscope.trackers.sam3.loading import IMAGE_SIZE as SAM3_SIZE
from samscope.trackers.sam3.loading import released_configuration as sam3_configuration
from samscope.trackers.sam3.tracker import Sam3Tracker
from samscope.trackers.sites import SITES
from tests.docs.worked_examples import ROOT

PAGE = (ROOT / "docs" / "causes.md").read_text(encoding="utf-8")


def test_the_table_has_every_site_with_its_shape_in_each_family() -> None:
    device = torch.device("cpu")
    with torch.device("meta"):  # shapes alone: no weights are made
        sam2 = Sam2VideoModel(sam2_configuration(HIERA_SIZES[0], version_2_1=True))
        edgetam, sam3 = build_network(edgetam_configuration()), Sam3TrackerVideoModel(sam3_configuration())
    families: list[NetworkTracker] = [
        Model(sam2, "sam2", 1024, device),
        EdgeTam(edgetam, "edgetam", 1024, device),
        Sam3Tracker(sam3, "sam3", SAM3_SIZE, device),
    ]
    rows = re.findall(r"^\| `(\w+)` \| .* \| (.*) \| (.*) \| (.*) \|$", PAGE, re.MULTILINE)
    assert [name for name, *_ in rows] == [site.name for site in SITES]
    for row, *sites in zip(rows, *(model.sites for model in families), strict=True):
        for told, site in zip(row[1:], sites, strict=True):
            said = "" if site.shape is None else "a number" if site.shape == () else str(list(site.shape))
            assert told.strip() == said, site.name


EXAMPLES = re.findall(r"```python\n(.*?)```\n\n```text\n(.*?)```", PAGE, re.DOTALL)


def run(example: str) -> None:
    exec(example, {"__name__": "__main__"})  # noqa: S102  the page's own code


@pytest.mark.slow
def test_its_first_example_says_what_the_page_says(capsys: pytest.CaptureFixture[str]) -> None:
    example, said = EXAMPLES[0]
    run(example)
    names, numbers = _told(said)
    ran_names, ran_numbers = _told(capsys.readouterr().out)
    assert ran_names == names
    assert ran_numbers == pytest.approx(numbers, abs=0.05)


@pytest.mark.slow
def test_its_other_examples_say_what_the_page_says(capsys: pytest.CaptureFixture[str]) -> None:
    assert len(EXAMPLES) > 1
    for example, said in EXAMPLES[1:]:
        run(example)
        assert capsys.readouterr().out == said


def _told(text: str) -> tuple[list[str], list[float]]:
    lines = [line.rsplit(maxsplit=1) for line in text.splitlines()]
    return [name for name, _ in lines], [float(number) for _, number in lines]
