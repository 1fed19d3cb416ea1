import pandas as pd

from samscope.report.printable_study import printable_study
from tests.planted import FEW_POSITIONS, planted


def test_a_study_has_names_that_can_be_printed() -> None:
    planted_study = planted(clips=2, videos=["a\nb", "\x1bc"], positions=FEW_POSITIONS[:1], maps=False)
    planted_study.settings["deep"] = {"key\n": ["value\r", 3, None]}
    study = planted_study.study
    shown = printable_study(study)
    assert set(shown.clips["source_video"]) == {r"a\nb", r"\x1bc"}
    assert shown.settings["deep"] == {r"key\n": [r"value\r", 3, None]}
    assert set(study.clips["source_video"]) == {"a\nb", "\x1bc"}
    pd.testing.assert_frame_equal(shown.frames, study.frames)
