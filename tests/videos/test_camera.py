import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from samscope.support.errors import UsageError
from samscope.videos.camera import Camera, address_of, in_rgb, open_camera
from samscope.videos.moments import Span
from samscope.videos.opened import OpenedVideo, open_video


@dataclass(eq=False)
class FakeCapture:
    """Gives ``count`` frames, each as soon as ``ready`` says so, then what ``afterwards`` gives."""

    count: int
    ready: Callable[[int], object] = lambda _: None
    afterwards: Callable[[], tuple[bool, None]] = lambda: (False, None)
    rate: float = 30.0
    given: int = 0
    released: threading.Event = field(default_factory=threading.Event)

    def isOpened(self) -> bool:  # noqa: N802
        return self.count > 0

    def read(self) -> tuple[bool, NDArray[np.uint8] | None]:
        if self.given >= self.count:
            return self.afterwards()
        self.ready(self.given)
        pixels = np.full((48, 64, 3), (10, 20, self.given), np.uint8)
        self.given += 1
        return True, pixels

    def get(self, what: int) -> float:
        return self.rate if what == cv2.CAP_PROP_FPS else 0.0

    def release(self) -> None:
        self.released.set()


def opened(capture: FakeCapture) -> Camera:
    return open_camera(0, lambda _: capture)


class Paced:
    """Lets a frame come when the one before it was taken."""

    def __init__(self) -> None:
        self.taken = threading.Semaphore(1)

    def __call__(self, number: int) -> None:
        if number:
            assert self.taken.acquire(timeout=20)


def test_frames_come_as_they_are_taken() -> None:
    pace = Paced()
    capture = FakeCapture(6, ready=pace)
    camera = opened(capture)
    assert (camera.name, camera.size, camera.rate, camera.count, camera.live) == (
        "camera:0",
        (48, 64),
        30.0,
        None,
        True,
    )
    said: list[str] = []
    shown = []
    for frame in camera.read(0, None, 1, said.append):
        shown.append(frame)
        pace.taken.release()
    assert [int(frame.pixels[0, 0, 0]) for frame in shown] == [frame.number for frame in shown]
    assert shown[0].number == 0
    assert shown[-1].number <= 5
    times = [frame.seconds for frame in shown]
    assert times == sorted(times)  # type: ignore[type-var]
    assert said == ["camera:0: ended after 6 frames"]
    assert capture.released.wait(20)


def test_a_slow_reader_gets_the_newest_frame_and_nothing_grows() -> None:
    capture = FakeCapture(500)
    shown = []
    for frame in opened(capture).read(0, None, 1, lambda _: None):
        shown.append(frame.number)
        time.sleep(0.05)
    assert len(shown) < 100
    assert shown == sorted(set(shown))


def test_a_camera_that_stalls_leaves_what_was_read() -> None:
    stuck = threading.Event()
    capture = FakeCapture(3, afterwards=lambda: (stuck.wait(20), None))
    camera = opened(capture)
    camera.stall_seconds = 0.2
    said: list[str] = []
    shown = list(camera.read(0, None, 1, said.append))
    assert shown[0].number == 0
    assert said == ["camera:0: stalled: no frame for 0.2 s"]
    stuck.set()
    assert capture.released.wait(20)


def test_a_camera_that_breaks_leaves_what_was_read() -> None:
    def breaks() -> tuple[bool, None]:
        raise RuntimeError("the cable\nis out")

    capture = FakeCapture(3, afterwards=breaks)
    said: list[str] = []
    assert list(opened(capture).read(0, None, 1, said.append))
    assert said == ["camera:0: broke after 3 frames (the cable is out)"]
    assert capture.released.wait(20)


def test_it_is_read_once_and_given_back_when_it_is_left() -> None:
    capture = FakeCapture(10**9, ready=lambda _: time.sleep(0.001))
    video = OpenedVideo(opened(capture), Span(every=5, until=0.1))
    numbers = [frame.number for frame in video]
    assert all(after - one >= 5 for one, after in pairwise(numbers))
    assert video.ended_early is None
    assert capture.released.wait(20)
    with pytest.raises(UsageError, match="camera:0: live, and was read already"):
        list(video)


def test_numbers_end_a_live_source_too() -> None:
    video = OpenedVideo(opened(FakeCapture(10**9, ready=lambda _: time.sleep(0.001))), Span(0, 20))
    assert max(frame.number for frame in video) < 20


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("camera:0", 0),
        ("camera:12", 12),
        ("rtsp://host/live", "rtsp://host/live"),
        ("rtsp:/host/live", "rtsp://host/live"),
        ("camera", None),
        ("camera:front", None),
        ("film.mp4", None),
        ("s3://bucket/film.mp4", None),
    ],
)
def test_addresses(text: str, address: int | str | None) -> None:
    assert address_of(text) == address


def test_a_camera_that_is_not_there() -> None:
    with pytest.raises(UsageError, match="camera:0: no such camera, or no frame comes; name another number"):
        opened(FakeCapture(0))
    with pytest.raises(UsageError, match="camera:97: no such camera"):
        open_video("camera:97")


def test_a_stream_that_is_not_there_is_named_without_its_password() -> None:
    with pytest.raises(UsageError, match="rtsp://host/live: no such stream") as error:
        open_camera("rtsp://me:secret@host/live", lambda _: FakeCapture(0))
    assert "secret" not in str(error.value)


def test_colours_are_turned_round() -> None:
    assert in_rgb(np.full((2, 3, 3), (1, 2, 3), np.uint8))[1, 2].tolist() == [3, 2, 1]
    assert in_rgb(np.full((2, 3), 7, np.uint8)).tolist() == [[[7, 7, 7]] * 3] * 2
