import pytest

from samscope.analysis.causes.cells import (
    BANK,
    SPANS,
    USUAL_SPANS,
    Cell,
    Span,
    cells_of,
    check_positions,
    parse_spans,
    usual_positions,
)
from samscope.clips.clip import Timeline
from samscope.support.errors import UsageError

TIMELINE = Timeline(12, 4, 12)
SITES = ("memory_conditioned", "object_pointer", "memory_features")


def test_spans_are_named_or_numbered() -> None:
    spans = parse_spans(USUAL_SPANS, TIMELINE)
    assert [str(span) for span in spans] == ["11", "12", "12-15", "12-27", "13", "14", "15", "16"]
    further = set(parse_spans(SPANS, TIMELINE)) - set(spans)
    assert further == {Span(16, 27)}
    assert parse_spans(["13", "12-14", "13"], TIMELINE) == (Span(12, 14), Span(13, 13))


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ([], "--spans names none"),
        (["end"], "--spans names 'end'; expected some of prefix-end"),
        (["0"], "--spans names 0; expected frames from 1"),
        (["28"], "to 27"),
        (["14-12"], "the earlier one first"),
        (["-3"], "--spans names '-3'"),
    ],
)
def test_spans_that_are_none_are_refused(names: list[str], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        parse_spans(names, TIMELINE)


@pytest.mark.parametrize(
    ("positions", "message"),
    [
        ([], "--positions names none; expected some of memory_conditioned, object_pointer, memory_features"),
        (["pointer"], "--positions names 'pointer'"),
        (["recalled_memory"], "--positions names 'recalled_memory'"),
        (["mask_tokens"], "which the model lacks"),
        (["object_pointer+object_pointer"], "names a position twice"),
    ],
)
def test_positions_that_are_none_are_refused(positions: list[str], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        check_positions(positions, SITES)


def test_what_is_patched_is_what_the_family_has() -> None:
    assert usual_positions(SITES) == ("memory_conditioned", "object_pointer", "memory_features", BANK)
    check_positions(usual_positions(SITES), SITES)
    assert usual_positions(("memory_features",)) == ("memory_features",)


def test_every_cell_is_there_once() -> None:
    cells = cells_of([BANK, "frame"], parse_spans(["middle"], TIMELINE), ["restore", "spoil"])
    assert len(cells) == len(set(cells)) == 4
    assert Cell("spoil", BANK, Span(12, 15)).sites == ("object_pointer", "memory_features")
