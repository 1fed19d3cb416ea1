"""What tests of trackers share."""

from collections.abc import Callable
from importlib.metadata import EntryPoint, EntryPoints

import pytest

from samscope.support import added_by_packages

Adding = Callable[..., None]


@pytest.fixture
def add(monkeypatch: pytest.MonkeyPatch) -> Adding:
    """Return what adds entry points to a group, by name and module:object."""

    def entry_points(group: str, **values: str) -> None:
        added = EntryPoints(EntryPoint(name, value, group) for name, value in values.items())
        monkeypatch.setattr(added_by_packages, "entry_points", lambda *, group: added.select(group=group))

    return entry_points
