"""Attempts whose errors are values, so that threads hand both results and errors on in order."""

from collections.abc import Callable
from typing import TypeVar

Result = TypeVar("Result")
Error = TypeVar("Error", bound=Exception)


def attempted(do: Callable[[], Result], expected: type[Error]) -> Result | Error:
    """Return what a call returns, or the error of a kind that it raises; any other is raised.

    Args:
        do: the call.
        expected: the kind of error.
    """
    try:
        return do()
    except expected as error:
        return error
