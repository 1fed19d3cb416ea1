from base64 import b64decode
from io import BytesIO
from urllib.parse import unquote
from xml.etree import ElementTree

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from samscope.figures.saving import rendered
from samscope.figures.style import new_figure
from samscope.report.pictures import PicturePool, figure_source, webp


def _photo(side: int, seed: int = 0) -> NDArray[np.uint8]:
    rows, columns = np.mgrid[:side, :side]
    smooth = 120 + 60 * np.sin(rows / 9 + seed)[..., None] * np.cos(columns / 7)[..., None]
    return np.repeat(smooth, 3, axis=2).astype(np.uint8)


def _decoded(source: str) -> NDArray[np.uint8]:
    media_type, content = source.split(";base64,")
    assert media_type == "data:image/webp"
    with Image.open(BytesIO(b64decode(content))) as picture:
        return np.asarray(picture.convert("RGB"))


def test_equal_pictures_are_carried_once() -> None:
    pool = PicturePool()
    numbers = [pool.number(_photo(64, seed), quality=60) for seed in (0, 1, 0, 2, 1)]
    assert numbers == [0, 1, 0, 2, 1]
    assert len(pool.sources) == 3
    assert pool.characters == sum(map(len, pool.sources))


def test_a_picture_of_another_shape_is_another_picture() -> None:
    pool = PicturePool()
    grey = np.full((8, 2, 3), 90, np.uint8)
    assert pool.number(grey, quality=60) != pool.number(grey.reshape(2, 8, 3), quality=60)


def test_small_pictures_are_kept_exactly_and_large_ones_nearly() -> None:
    pool = PicturePool()
    small = np.random.default_rng(0).integers(0, 256, size=(12, 12, 3), dtype=np.uint8)
    np.testing.assert_array_equal(_decoded(pool.sources[pool.number(small, quality=10)]), small)
    large = _photo(96)
    shown = _decoded(pool.sources[pool.number(large, quality=60)])
    assert shown.shape == large.shape
    assert np.abs(shown.astype(int) - large).mean() < 4
    assert len(webp(large, 60)) < large.nbytes / 10


def test_a_figure_of_few_marks_stays_vectors_and_one_of_many_becomes_pixels() -> None:
    for marks, kind in ((10, "svg"), (4000, "webp")):
        figure = new_figure(3, 2)
        axes = figure.subplots()
        axes.scatter(*np.random.default_rng(0).random((2, marks)))
        drawn = rendered(figure)
        svg = drawn.files["svg"]
        carried = figure_source(svg, drawn.pixels, photographic=False)
        source = carried.address
        assert carried.look == ("vectors" if kind == "svg" else "marks")
        assert source.startswith(f"data:image/{kind}")
        assert len(source) < 1.34 * min(len(svg) + 1000, 250_000)
        if kind == "svg":
            ElementTree.fromstring(unquote(source.partition(",")[2]))  # noqa: S314
            assert not set(source) & set("\"'<>\n")
        else:
            assert _decoded(source).shape == drawn.pixels.shape
