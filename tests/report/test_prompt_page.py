from pathlib import Path

import numpy as np
import pytest

from samscope.report.prompt_page import PromptFrame, spread_frames, write_prompt_page
from samscope.support.errors import UsageError


def _frames(count: int, size: tuple[int, int] = (12, 20)) -> list[PromptFrame]:
    return [
        PromptFrame(index, index / 25, np.full((*size, 3), index % 256, np.uint8)) for index in range(count)
    ]


@pytest.mark.parametrize("most", [1, 2, 3, 7, 12])
@pytest.mark.parametrize("count", [1, 2, 5, 12, 13, 100, 1001])
def test_frames_are_spread_evenly_from_the_first_on(most: int, count: int) -> None:
    indexes = [frame.index for frame in spread_frames(_frames(count, (1, 1)), most)]
    assert indexes[0] == 0
    assert min(most, count) / 2 < len(indexes) <= most
    assert len(set(np.diff(indexes))) <= 1
    assert most == 1 or indexes[-1] + indexes[-1] - indexes[-2] >= count if len(indexes) > 1 else True


def test_a_page_without_frames_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"film\.mp4: there is no frame"):
        write_prompt_page(tmp_path / "prompts.html", [], "film.mp4", "samscope track film.mp4")
    with pytest.raises(UsageError, match="at least 1"):
        spread_frames(_frames(3), 0)


def test_a_page_names_film_and_command_as_text(tmp_path: Path) -> None:
    page = tmp_path / "prompts.html"
    write_prompt_page(page, _frames(2), "<b>film</b>", "samscope track '<b>film</b>'")
    html = page.read_text(encoding="utf-8")
    assert "<b>film</b>" not in html
    assert "samscope track &#39;&lt;b&gt;film&lt;/b&gt;&#39;" in html
    assert "Content-Security-Policy" in html
    assert "http://" not in html.replace("http://www.w3.org/2000/svg", "")


def test_pictures_are_no_larger_than_shown_and_coordinates_stay_the_frames_own(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (900, 1600, 3), np.uint8)
    large, small = tmp_path / "large.html", tmp_path / "small.html"
    write_prompt_page(
        large, [PromptFrame(0, None, np.kron(noise, np.ones((2, 2, 1), np.uint8)))], "film", "go"
    )
    write_prompt_page(small, [PromptFrame(0, None, noise)], "film", "go")
    assert '"size":[1800,3200]' in large.read_text(encoding="utf-8")
    assert large.stat().st_size < 1.2 * small.stat().st_size
