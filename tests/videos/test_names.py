import re
from pathlib import Path

import pytest

from samscope.support.errors import SamscopeError
from samscope.videos.names import MOST_NAME_BYTES, name_fault, require_safe_names


@pytest.mark.parametrize(
    "name",
    [
        "goat",
        "car-shadow",
        "-Ls3Zl_0",
        "00a1.b",
        "größe",
        "山羊",
        "two words",
        "<b>goat",
        'it\'s "a"',
        "[red]",
    ],
)
def test_names_that_are_taken(name: str) -> None:
    assert name_fault(name) is None


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("", "is a path"),
        ("..", "is a path"),
        ("../goat", "is a path"),
        ("/etc/passwd", "is a path"),
        ("c:\\goat", "is a path"),
        (".hidden", "is a path"),
        ("goat\n", "line breaks"),
        ("\x1b[2Jgoat", "control characters"),
        ("\u202etaog", "cannot be shown"),
        ("\udcff", "cannot be shown"),
        ("\x00", "control characters"),
        ("g" * (MOST_NAME_BYTES + 1), "longer than 200 bytes"),
        ("山" * 67, "longer than 200 bytes"),
        ("=1+1", "formula"),
        ("@SUM(A1)", "formula"),
        ("-1+cmd|' C'!A0", "formula"),
    ],
)
def test_names_that_are_refused(name: str, said: str) -> None:
    assert said in (name_fault(name) or "")
    with pytest.raises(SamscopeError, match=re.escape(said)) as refused:
        require_safe_names(["goat", name], Path("videos"))
    assert str(refused.value).isprintable()
    assert str(refused.value).endswith("; rename it")
