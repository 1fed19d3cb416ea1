import os
from functools import partial

import pytest

from samscope.support.errors import SamscopeError
from samscope.support.side_by_side import InProcesses, Piece, doing, one_by_one, usual_processes


def _square(number: int) -> int:
    return number * number


def _fail() -> None:
    raise SamscopeError("a piece failed")


@pytest.mark.parametrize("processes", [1, 2])
def test_results_come_in_the_order_of_the_pieces(processes: int) -> None:
    heard: list[str] = []
    pieces = [Piece(f"piece {number}", partial(_square, number)) for number in range(5)]
    assert doing(processes)(pieces, heard.append) == [0, 1, 4, 9, 16]
    assert sorted(heard) == [piece.name for piece in pieces]


def test_one_process_is_this_one_and_others_are_not() -> None:
    assert doing(1) is one_by_one
    assert one_by_one([Piece("here", os.getpid)]) == [os.getpid()]
    assert os.getpid() not in InProcesses(2)([Piece("there", os.getpid)] * 2)


@pytest.mark.parametrize("processes", [1, 2])
def test_an_error_of_a_piece_arrives(processes: int) -> None:
    with pytest.raises(SamscopeError, match="a piece failed"):
        doing(processes)([Piece("fails", _fail)])


def test_no_piece_no_process() -> None:
    assert doing(2)([]) == []


def test_there_is_a_core() -> None:
    assert 1 <= usual_processes() <= 8
