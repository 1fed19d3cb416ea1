import math
from typing import ClassVar

import numpy as np
import pytest
import torch

import samscope
from samscope.support.errors import UsageError
from samscope.trackers.memory import MemoryRule
from samscope.trackers.registry import load_model
from samscope.trackers.rules.dam4sam import Dam4SamMemory
from samscope.trackers.rules.naming import ENTRY_POINTS, memory_rule, memory_rules, rule_text
from samscope.trackers.rules.oracle import OracleMemory
from samscope.trackers.rules.sam2 import Sam2Memory
from samscope.trackers.rules.sam2long import Sam2LongMemory
from samscope.trackers.rules.sam3 import Sam3Memory
from samscope.trackers.rules.samurai import SamuraiMemory
from samscope.trackers.shared import PromptedClip, track_together
from tests.extension_package.samscope_example.family import COLOUR
from tests.extension_package.samscope_example.rule import ConfidentMemory
from tests.small_model import small_model
from tests.trackers.conftest import Adding

OWN = ["sam2", "sam3", "samurai", "dam4sam", "sam2long", "oracle", "presence"]
CONFIDENT = f"{ConfidentMemory.__module__}:ConfidentMemory"


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("sam2", Sam2Memory()),
        ("sam2:stride=3", Sam2Memory(3)),
        (" sam2 : stride = 3 ", Sam2Memory(3)),
        ("sam3", Sam3Memory()),
        ("sam3:mf_threshold=0.25", Sam3Memory(0.25)),
        ("sam2long:num_pathway=2,uncertainty=1.5", Sam2LongMemory(num_pathway=2, uncertainty=1.5)),
        ("samurai:kf_score_weight=0.5,kalman=none", SamuraiMemory(kf_score_weight=0.5, kalman="none")),
        ("samurai:kf_score_weight=none", SamuraiMemory()),
        ("samurai:memory_bank_kf_score_threshold=0.82", SamuraiMemory(memory_bank_kf_score_threshold=0.82)),
        ("dam4sam:max_cond_frames_in_attn=3", Dam4SamMemory(3)),
        ("oracle:write=absent", OracleMemory("absent")),
    ],
)
def test_a_line_of_text_names_a_rule_and_its_settings(text: str, rule: object) -> None:
    assert memory_rule(text) == rule


@pytest.mark.parametrize(
    "rule",
    [
        Sam2Memory(),
        Sam2Memory(4),
        Sam3Memory(),
        Sam3Memory(0.5),
        SamuraiMemory(),
        SamuraiMemory().sized(144),
        SamuraiMemory(kalman="none"),
        Dam4SamMemory(memory_temporal_stride_for_eval=3),
        OracleMemory("absent", "memories"),
    ],
)
def test_a_rule_is_what_its_text_names(rule: MemoryRule) -> None:
    text = rule_text(rule)
    assert text is not None
    assert memory_rule(text) == rule


def test_what_is_as_by_default_is_not_in_the_text() -> None:
    assert rule_text(memory_rule("sam2:stride=1")) == "sam2"
    assert rule_text(None) is None


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "there is no such rule; expected one of sam2, sam3, samurai"),
        ("samurai2", "there is no such rule; expected one of sam2, sam3, samurai"),
        ("sam2:steps=3", "'steps=3' is no setting of it; write sam2:stride=1"),
        ("sam2:stride", "'stride' is no setting of it; write sam2:stride=1"),
        ("sam2:stride=three", "stride is 'three'; expected a whole number"),
        ("sam2:stride=1.5", "stride is '1.5'; expected a whole number"),
        ("sam2:stride=2,stride=3", "stride is set twice"),
        ("sam3:mf_threshold=high", "mf_threshold is 'high'; expected a number"),
        ("samurai:kf_score_weight=much", "kf_score_weight is 'much'; expected a number"),
        ("samurai:kf_score_weight=1.5", "kf_score_weight is 1.5; it must be within 0 and 1"),
        ("oracle:write=never", "write is 'never'; it can be present or absent"),
        (f"sam3:mf_threshold={math.nan}", "it must be within 0 and 1"),
    ],
)
def test_what_names_no_rule_is_refused(text: str, complaint: str) -> None:
    with pytest.raises(UsageError, match=complaint):
        memory_rule(text)


def test_another_packages_rule_is_named_like_ones_own(add: Adding) -> None:
    add(ENTRY_POINTS, confident=CONFIDENT)
    assert list(memory_rules()) == [*OWN, "confident"]
    assert memory_rule("confident:least_iou=0.9") == ConfidentMemory(0.9)
    model = load_model("nano", memory="confident:least_iou=0.9")
    assert rule_text(model.memory_rule) == "confident:least_iou=0.9"


def test_another_package_cannot_take_a_name_that_is_taken(add: Adding) -> None:
    add(ENTRY_POINTS, sam2=CONFIDENT)
    assert memory_rule("sam2") == Sam2Memory()


def test_a_rule_that_cannot_be_imported_is_named_and_the_rest_goes_on(add: Adding) -> None:
    add(ENTRY_POINTS, broken="no_such_module:Rule", confident=CONFIDENT)
    with pytest.warns(RuntimeWarning, match=r"the memory rule 'broken' \(no_such_module:Rule\) cannot be"):
        assert list(memory_rules()) == [*OWN, "confident"]


def test_another_packages_class_that_is_no_dataclass_is_named(add: Adding) -> None:
    add(ENTRY_POINTS, plain="tests.trackers.rules.test_naming:PlainMemory")
    with pytest.raises(
        UsageError, match=r"memory rule plain: PlainMemory is no dataclass; .* frozen dataclass"
    ):
        memory_rule("plain")


class PlainMemory:
    """A rule without the decorator of a dataclass."""

    name: ClassVar[str] = "plain"


def test_a_family_without_rules_refuses_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("samscope.trackers.registry.families", lambda: (COLOUR,))
    with pytest.raises(UsageError, match="memory rule sam2: colour remembers one colour"):
        load_model("colour", memory="sam2")


def test_a_rule_may_choose_the_answer_and_pass_frames_over_also_in_batches() -> None:
    model = small_model()
    generator = np.random.default_rng(0)
    clips = [generator.integers(0, 256, (6, 48, 64, 3), dtype=np.uint8) for _ in range(3)]
    mask = np.zeros((48, 64), bool)
    mask[10:40, 12:50] = True
    rule = ConfidentMemory(0.5, margin=1.0)
    alone = [list(samscope.track(model, clip, mask=mask, memory=rule)) for clip in clips]
    plain = [list(samscope.track(model, clip, mask=mask)) for clip in clips]
    assert any(
        not torch.equal(one.mask_logits, other.mask_logits)
        for ours, theirs in zip(alone, plain, strict=True)
        for one, other in zip(ours, theirs, strict=True)
    )
    prompted = [PromptedClip(clip, mask) for clip in clips]
    for step in track_together(model.with_memory_rule(rule), prompted, batch=3):
        for place in step.clips:
            wanted = alone[place][step.seen.frame_index].at("object_pointer_ungated")
            assert (step.seen.at("object_pointer_ungated") - wanted).norm() <= 1e-3 * wanted.norm()
