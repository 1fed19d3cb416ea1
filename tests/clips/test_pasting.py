"""What is pasted is seen as much as its alpha says, in the part of the picture that it lies on."""

import numpy as np

from samscope.clips.pasting import paste


def test_alpha_goes_from_the_picture_to_the_surface() -> None:
    picture = np.full((4, 5, 3), 100, np.float32)
    alpha = np.array([[0, 0.25], [0.5, 1]], np.float32)
    paste(picture[1:3, 2:4], np.full((2, 2, 3), 200, np.uint8), alpha)
    assert picture[1:3, 2:4, 0].tolist() == [[100, 125], [150, 200]]
    assert (picture[..., 0] == picture[..., 2]).all()
    picture[1:3, 2:4] = 100
    assert (picture == 100).all(), "nothing else is touched"


def test_one_colour_is_spread() -> None:
    picture = np.zeros((2, 2, 3), np.float32)
    paste(picture, np.array([[[10, 20, 30]]], np.float32), np.ones((2, 2), np.float32))
    assert (picture == (10, 20, 30)).all()
