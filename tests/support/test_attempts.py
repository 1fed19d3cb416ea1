import pytest

from samscope.support.attempts import attempted


def test_what_is_returned_is_returned() -> None:
    assert attempted(lambda: 3, OSError) == 3


def test_an_expected_error_is_a_value_and_another_is_raised() -> None:
    def fail() -> None:
        raise FileNotFoundError("gone")

    assert isinstance(attempted(fail, OSError), FileNotFoundError)
    with pytest.raises(FileNotFoundError, match="gone"):
        attempted(fail, ValueError)
