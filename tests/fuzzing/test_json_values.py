"""Every value of a JSON file from strangers may be any other: it is taken, or refused in one line."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzzing.readers import READERS
from tests.fuzzing.test_readers import refused_or_read

VALUES: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.integers(-3, 70),
    st.sampled_from([0, -1, 1e308, -0.0, 0.5, float("nan"), float("inf")]),
    st.text(max_size=12),
    st.lists(st.integers(-3, 300), max_size=6),
    st.dictionaries(st.text(max_size=5), st.integers(), max_size=3),
)

EXAMPLES = {"configuration": 25, "settings": 100}


def places(content: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Return the path to every value in a JSON file."""
    if path:
        yield path
    items = (
        content.items()
        if isinstance(content, dict)
        else enumerate(content)
        if isinstance(content, list)
        else ()
    )
    for key, value in items:
        yield from places(value, (*path, key))


def replaced(content: Any, path: tuple[str | int, ...], value: Any) -> Any:
    """Return a copy of a JSON file with another value at a path."""
    if not path:
        return value
    copy: Any = dict(content) if isinstance(content, dict) else list(content)
    copy[path[0]] = replaced(content[path[0]], path[1:], value)
    return copy


@pytest.mark.parametrize("name", EXAMPLES)
def test_any_values(name: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    reader = READERS[name]
    path = reader.place(tmp_path_factory.mktemp(name))
    good = json.loads(reader.seeds()[-1])
    everywhere = st.sampled_from(sorted(places(good), key=str))

    @settings(
        max_examples=EXAMPLES[name],
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.lists(st.tuples(everywhere, VALUES), min_size=1, max_size=2))
    def check(changes: list[tuple[tuple[str | int, ...], Any]]) -> None:
        content = good
        for place, value in changes:
            try:
                content = replaced(content, place, value)
            except (KeyError, IndexError, TypeError, ValueError):  # the first change took the second's place
                continue
        refused_or_read(reader, path, json.dumps(content).encode("utf-8", "surrogatepass"))

    check()
