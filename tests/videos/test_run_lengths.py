from contextlib import suppress
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pycocotools import mask as coco

from samscope.videos.run_lengths import coco_mask, vot_mask
from tests.videos.layouts.making import vot_line


def some_masks() -> list[Any]:
    rng = np.random.default_rng(0)
    sizes, shares = ((7, 5), (40, 60), (1, 9), (9, 1)), (0, 0.1, 0.6, 1.1)
    blobs = [rng.random(size) < share for size in sizes for share in shares]
    square = np.zeros((480, 854), bool)
    square[100:300, 200:700] = True
    return [*blobs, square]


@pytest.mark.parametrize("mask", some_masks())
def test_cocos_run_lengths_are_those_of_pycocotools(mask: Any) -> None:
    runs = coco.encode(np.asfortranarray(mask, np.uint8))
    assert np.array_equal(coco_mask(runs["counts"].decode(), mask.shape), mask)
    flat = np.concatenate([[False], mask.T.ravel()])
    plain = np.diff(np.concatenate([[0], np.flatnonzero(flat[1:] != flat[:-1]), [mask.size]])).tolist()
    assert np.array_equal(coco_mask(plain, mask.shape), mask)


@pytest.mark.parametrize("mask", some_masks())
def test_vots_run_lengths(mask: Any) -> None:
    assert np.array_equal(vot_mask(vot_line(mask), mask.shape), mask)


def test_vots_masks_are_cut_at_the_border() -> None:
    mask = vot_mask("m-1,1,3,2,0,6", (3, 4))
    assert mask.astype(int).tolist() == [[0, 0, 0, 0], [1, 1, 0, 0], [1, 1, 0, 0]]
    assert not vot_mask("m9,9,2,2,0,4", (3, 4)).any()
    assert vot_mask("m0,0,3,1,1,1", (1, 3)).tolist() == [[False, True, False]]


@pytest.mark.parametrize(
    "counts", ["", "\x00", "zzz", "o", "ooooooooooooooo0", "é", [5], [-1, 13], [2, 11], [1, 12, 3]]
)
def test_counts_that_are_none_of_the_size_are_refused(counts: str | list[int]) -> None:
    with pytest.raises(ValueError, match=r".+"):
        coco_mask(counts, (3, 4))


@pytest.mark.parametrize(
    "text", ["", "1,2,3,4", "m", "m1,2,3", "m0,0,2,2,5", "m0,0,-1,2", "mx,0,1,1", "m0,0,9999999,9999999,1"]
)
def test_lines_that_are_no_masks_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        vot_mask(text, (3, 4))


@settings(max_examples=200, deadline=None)
@given(st.text(st.characters(max_codepoint=255), max_size=40))
def test_any_text_is_a_mask_or_refused(text: str) -> None:
    for read in (coco_mask, vot_mask):
        with suppress(ValueError):
            assert read(text, (6, 5)).shape == (6, 5)
