from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from nano.checks.card import results, write_card
from nano.training.prompting import UNPROMPTED
from nano.training.settings import TrainingSettings
from nano.training.teaching import UNTAUGHT


def check(value: float | None, low: float | None = None, high: float | None = None) -> dict[str, Any]:
    return {
        "value": value,
        "interval": None if low is None else [low, high],
        "clips": 8,
        "meaning": "planted",
    }


def evaluations(**changes: dict[str, Any]) -> dict[str, Any]:
    """Return evaluations that reach every bar, but for what is changed."""
    names = ("j_and_f", "j_mean", "copied_j", "drift")
    summary = {name: {"value": 0.9, "low": 0.85, "high": 0.95} for name in names}
    probe = {"overlap": check(0.6), "gain": check(0.3, 0.2, 0.4), "explained": check(0.5)}
    composed = {
        "absence": {
            "auroc": check(0.95, 0.9, 0.99),
            "missed_absences": check(0.2, 0.1, 0.3),
            "false_absences": check(0.03, 0.01, 0.05),
        },
        "pointer_use": {
            "overlap": check(0.7, 0.6, 0.8),
            "lost_foreign": check(0.05, 0.02, 0.08),
            "lost_none": check(0.02, 0.0, 0.04),
            "pointer_share": [0.25, 0.5],
            "logit_gap": [1.5, -2.0],
        },
        "box_probe": {
            "ungated": probe, "stored": probe, "mean_box": check(0.3), "predicted_box": check(0.7)
        },
        "near_static": {"difference": check(0.01, -0.01, 0.03)},
        "foreign_prompt": {"overlap": check(0.05, 0.03, 0.07)},
        "made_up": {"overlap": check(0.9, 0.8, 0.95)},
        "propagation": {"real": [check(0.51), check(0.42)], "composed": [check(0.63), check(0.44)]},
    }  # fmt: skip
    mask = {
        "summary": summary,
        "composed": composed | changes,
        "frame_time_ms": {"median": 30.0, "low": 29.0, "high": 31.0},
        "machine": {"processor": "a processor"},
        "sequences": [{"video": "dog", "j_mean": 0.91, "f_mean": 0.92, "copied_j": 0.4}],
    }
    other = {"summary": {"j_mean": {"value": 0.6, "low": None, "high": None}}}
    return {"mask": mask, "point": other, "box": other}


def unmet(given: dict[str, Any]) -> list[str]:
    return [row.label for row in results(given) if row.met is False]


def test_every_bar_can_be_reached() -> None:
    assert unmet(evaluations()) == []
    assert sum(row.met is True for row in results(evaluations())) == 11


def absence(auroc: float = 0.95, missed: float | None = 0.2, false: float = 0.0) -> dict[str, Any]:
    return {
        "absence": {
            "auroc": check(auroc), "missed_absences": check(missed), "false_absences": check(false)
        }
    }  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        (absence(auroc=0.94), "AUROC"),
        (absence(false=0.06), "missed"),
        (absence(missed=None), "missed"),
        ({"near_static": {"difference": check(-0.01, -0.1, 0.1)}}, "near-static"),
        ({"foreign_prompt": {"overlap": check(0.2)}}, "another clip's mask"),
        ({"made_up": {"overlap": check(0.79)}}, "made-up"),
    ],
)
def test_a_bar_that_is_missed(changes: dict[str, Any], word: str) -> None:
    (missed,) = unmet(evaluations(**changes))

    assert word in missed


@pytest.mark.parametrize("lost", [check(0.04, 0.01, 0.06), check(0.05, -0.01, 0.1), check(0.05)])
def test_pointers_must_count_for_certain(lost: dict[str, Any]) -> None:
    given = evaluations()
    given["mask"]["composed"]["pointer_use"]["lost_foreign"] = lost

    assert unmet(given) == ["J lost among similar objects with another clip's pointers"]


def test_the_card() -> None:
    settings = TrainingSettings(Path("material"), Path("run"), early_size=128)
    change = {"step": 40, "before": {"steps": 9, "plans.box": 0.1}, "after": {"steps": 8, "plans.box": 0.3}}
    training = {
        "settings": settings.stated(),
        "changes": [change],
        "steps": 4000,
        "before": [{"clips": 90_000, "hours": 5.0}, {"clips": 1_500, "hours": 0.25}],
        "prompted_scenes": 64_000,
        "hours": 1.25,
        "processor": "a processor",
        "object_score_shift": -0.5,
    }
    card = write_card(training, evaluations(), 6_450_000, 192)
    untaught = replace(settings, teaching=UNTAUGHT, prompting=UNPROMPTED, every_other=False).stated()
    plain = write_card(training | {"settings": untaught}, evaluations(), 6_450_000, 192)
    begun = write_card(
        training | {"settings": untaught | {"start": "ab" * 32}}, evaluations(), 6_450_000, 192
    )

    assert card.startswith("---\nlicense: cc-by-nc-4.0\n")
    for said in (
        "6.45 million parameters, 192 x 192 pixels",
        "| J, first-frame mask | 0.900 [0.850, 0.950] | at least 0.66 (0.74) | yes |",
        "| J, first-frame point | 0.600 | at least 0.45 (0.60) | yes |",
        "| absences missed at score 0 | 20 % [10 %, 30 %] |",
        "| dog | 0.910 | 0.920 | 0.400 |",
        "by layer, 25 %, 50 %",
        "frames of 128 pixels until",
        "0.51 and 0.42 on real clips, 0.63 and 0.44 on composed clips of the test split",
        "after step 40 (steps 9 to 8, plans.box 0.1 to 0.3).",
        "1.2 hours of a processor, in the last part on 1 core.",
        "-0.50 was added",
        "64,000 frames\n  with 3 prompts each, by decoder and prompt encoder alone until 40 % of the steps",
        f"{settings.priors.same_place_logits} logits more than an average one",
        "between\n  5 % and 95 %",
    ):
        assert said in card
    for said in ("**Teacher**", "**Clicks and boxes**", "**ImageNet.**", "**Economy**"):
        assert said in card
        assert said not in plain
    assert "SHA-256 of their last file begins with abababababab" in begun
    assert "the weights of 2 earlier runs one after the other, 91,500 clips in 5.2 hours" in begun
    assert "**Beginning**" not in card
    for written in (card, plain, begun):
        assert "\n\n\n" not in written
