import json
import re
from pathlib import Path
from typing import Any

import pytest

from samscope.exports.prompt_page_of_film import run_prompt_page, tracking_command
from samscope.exports.prompt_page_settings import PromptPageSettings
from samscope.support.errors import SamscopeError, UsageError
from samscope.support.progress import Silent
from tests.clips.folders import moving_square
from tests.videos.films.making import save_film


@pytest.fixture
def film(tmp_path: Path) -> Path:
    frames, _ = moving_square(30, size=(48, 64))
    return save_film(tmp_path / "my film.mp4", frames)


def _data(page: Path) -> Any:
    data = re.search(r'id="prompt-data">(.*?)</script>', page.read_text(encoding="utf-8"), re.DOTALL)
    assert data is not None
    return json.loads(data[1])


def test_a_page_has_frames_as_tracking_counts_them(film: Path, tmp_path: Path) -> None:
    settings = PromptPageSettings(
        str(film), tmp_path / "page.html", frames=5, start="4", every=2, max_side=32
    )
    page = run_prompt_page(settings, Silent())
    data = _data(page)
    assert [frame["frame"] for frame in data["frames"]] == [0, 4, 8, 12]
    assert data["size"] == [24, 32]
    first, second = (data["frames"][place]["seconds"] for place in (0, 1))
    assert second - first == pytest.approx(8 / 25, abs=0.05)


def test_the_command_reads_the_film_in_the_same_way(film: Path) -> None:
    plain = PromptPageSettings(str(film))
    assert tracking_command(plain) == f"samscope track '{film}' --prompts prompts.json --out masks"
    part = PromptPageSettings("film.mp4", start="0:20", every=3, max_side=640)
    assert "film.mp4 --start 0:20 --every 3 --max-side 640 --prompts" in tracking_command(part)


def test_an_older_page_is_kept_unless_it_may_be_replaced(film: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text("mine")
    with pytest.raises(UsageError, match=r"page\.html: it is there already; name another file"):
        run_prompt_page(PromptPageSettings(str(film), page), Silent())
    assert page.read_text() == "mine"
    run_prompt_page(PromptPageSettings(str(film), page, overwrite=True), Silent())
    assert _data(page)["frames"]


def test_what_cannot_be_drawn_on(film: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--frames is 0"):
        PromptPageSettings(str(film), frames=0)
    with pytest.raises(UsageError, match=r"none\.mp4"):
        run_prompt_page(PromptPageSettings(str(tmp_path / "none.mp4"), tmp_path / "page.html"), Silent())
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"no film")
    with pytest.raises(SamscopeError, match=r"broken\.mp4"):
        run_prompt_page(PromptPageSettings(str(broken), tmp_path / "page.html"), Silent())
    assert not (tmp_path / "page.html").exists()
