"""``samscope prompt``: a page on which prompts for a film are drawn."""

import shlex
from collections.abc import Iterable, Iterator
from pathlib import Path

from samscope.exports.prompt_page_settings import PromptPageSettings
from samscope.report.prompt_page import PromptFrame, spread_frames, write_prompt_page
from samscope.support.errors import UsageError
from samscope.support.progress import Advance, Progress
from samscope.support.result_folder import require_output_place
from samscope.videos.frame import Frame
from samscope.videos.opened import open_video


def run_prompt_page(settings: PromptPageSettings, progress: Progress) -> Path:
    """Write a page on which prompts for a film are drawn, and return where it is.

    The film is read once from its beginning; at most twice as many frames as are shown are held.

    Raises:
        UsageError: the page is there already, the film is a camera or a stream, or an argument asks for
            something that does not exist.
        SamscopeError: the film cannot be read, or nothing can be written there.
    """
    video = open_video(settings.film, **settings.reading)
    if video.live:
        raise UsageError(
            f"{settings.film}: a camera or a stream cannot be read again; record a film of it, and draw on "
            "that one"
        )
    page = settings.out or Path(f"{video.name}-prompts.html")
    require_output_place(page)
    if page.is_dir() or (page.exists() and not settings.overwrite):
        raise UsageError(f"--out {page}: it is there already; name another file, or give --overwrite")
    with progress.stage("frames", video.count) as advance:
        frames = spread_frames(_counted(video, advance), settings.frames)
    with progress.stage("page"):
        write_prompt_page(page, frames, video.name, tracking_command(settings))
    return page


def tracking_command(settings: PromptPageSettings) -> str:
    """Return the command that tracks a film with prompts that were drawn on frames read in the same way."""
    defaults = PromptPageSettings(settings.film).reading
    changed = {name: value for name, value in settings.reading.items() if value != defaults[name]}
    options = [
        word for name, value in changed.items() for word in (f"--{name.replace('_', '-')}", str(value))
    ]
    words = ["samscope", "track", settings.film, *options, "--prompts", "prompts.json", "--out", "masks"]
    return shlex.join(words)


def _counted(video: Iterable[Frame], advance: Advance) -> Iterator[PromptFrame]:
    """Yield the frames of a video as the page takes them, and tell of each."""
    for frame in video:
        advance(f"frame {frame.number}")
        yield PromptFrame(frame.index, frame.seconds, frame.pixels)
