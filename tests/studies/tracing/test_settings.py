from pathlib import Path
from typing import Any

import pytest

from samscope.clips.sets.options import TransformOptions
from samscope.clips.settings import ClipSettings
from samscope.studies.settings import StudySettings
from samscope.studies.tracing.settings import TraceSettings
from samscope.support.errors import UsageError

REPLACED = TransformOptions("replace")


def settings(*sets: str, options: TransformOptions = REPLACED, **more: Any) -> TraceSettings:
    clips = ClipSettings(sets=sets, options=options)  # type: ignore[arg-type]
    return TraceSettings(StudySettings(Path("out"), clips), **more)


def test_the_clean_clips_are_made_beside_those_that_are_traced() -> None:
    assert settings("overlay").study.clips.sets == ("clean", "object_removal", "overlay")
    assert settings("overlay", probes=False).study.clips.sets == ("clean", "overlay")
    assert settings("overlay", "interjection").traced == ("interjection", "overlay")
    assert len(settings("overlay").cells(["frame", "object_pointer"])) == 2 * 8 * 2


@pytest.mark.parametrize(
    ("sets", "more", "message"),
    [
        (("object_removal",), {}, "--sets names object_removal, whose object is not the clean clip's"),
        (("clean",), {}, "no set to trace"),
        (("interjection",), {"options": TransformOptions()}, "take --splice replace"),
        (("overlay",), {"directions": ("back",)}, "--directions is 'back'"),
        (("overlay",), {"directions": ()}, "--directions is ''"),
        (("overlay",), {"spans": ("40",)}, "--spans names 40"),
    ],
)
def test_what_cannot_be_traced_is_refused(sets: tuple[str, ...], more: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        settings(*sets, **more)
