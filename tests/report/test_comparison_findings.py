import pandas as pd

from samscope.analysis.comparison.aurocs import COLUMNS
from samscope.analysis.comparison.measures import ACCURACY_COLUMNS
from samscope.report.comparison import Comparison
from samscope.report.comparison_findings import comparison_findings

_DIFFERENCE = {"study": "large", "reference": "tiny", "value": 0.8, "reference_value": 0.7, "paired": True}


def _comparison(
    claims: dict[str, list[str | None]],
    accuracy: dict[str, float] | None = None,
    separability: dict[str, tuple[float, float, float]] | None = None,
) -> Comparison:
    """Return a comparison of ``large`` with ``tiny`` that has nothing but these numbers."""
    verdicts = [
        {"study": name, "claim": f"claim-{number}", "definition": definition, "verdict": verdict}
        for definition in ("paper", "gap control")
        for name, of_study in claims.items()
        for number, verdict in enumerate(of_study)
    ]
    masks = [{**_DIFFERENCE, "set": "clean", "segment": "whole", "measure": "j_and_f", **(accuracy or {})}]
    told = [
        {
            **_DIFFERENCE,
            "set": "interjection",
            "position": position,
            "feature": "combination",
            "spread": "std",
            "references": "present",
            "against": "clean_gap",
            "pooling": "pooled",
            "difference": difference,
            "low": low,
            "high": high,
        }
        for position, (difference, low, high) in (separability or {}).items()
    ]
    named = ["study", "reference"]
    tables = {
        "claims": pd.DataFrame(verdicts, columns=["study", "claim", "definition", "verdict"]),
        "accuracy_differences": pd.DataFrame(masks if accuracy else [], columns=[*named, *ACCURACY_COLUMNS]),
        "separability_differences": pd.DataFrame(told, columns=[*named, *COLUMNS]),
    }
    return Comparison(("tiny", "large"), {}, {}, tables)


def _text(comparison: Comparison) -> str:
    return " ".join(finding.text for finding in comparison_findings(comparison))


def test_claims_on_which_two_studies_oppose_each_other_are_named() -> None:
    verdicts = {
        "tiny": ["holds", "fails", "holds", "undecided", None],
        "large": ["fails", "fails", "holds", "holds", None],
    }
    text = _text(_comparison(verdicts))
    assert "Of the paper's 4 claims, 3 are decided in both studies" in text
    assert "they oppose each other on 1 (claim-0)." in text
    many = _text(_comparison({"tiny": ["holds"] * 7, "large": ["fails"] * 7}))
    assert "on 7 (claim-0, claim-1, claim-2 and claim-3 and 3 more)" in many
    assert "they oppose on none" in _text(_comparison({"tiny": ["holds"], "large": ["holds"]}))
    assert "None of the paper's 1 claims is decided" in _text(
        _comparison({"tiny": ["undecided"], "large": ["holds"]})
    )


def test_a_difference_is_sure_where_its_interval_leaves_out_0() -> None:
    claims: dict[str, list[str | None]] = {"tiny": [], "large": []}
    for difference, low, high, said in (
        (0.1, 0.05, 0.2, "higher, by +0.10 (0.05\N{EN DASH}0.20)"),
        (-0.1, -0.2, -0.05, "lower, by -0.10 (-0.20 to -0.05)"),
        (0.1, -0.05, 0.2, "no sure difference, +0.10 (-0.05 to 0.20)"),
        (0.0, 0.0, 0.0, "no difference"),
        (0.1, float("nan"), float("nan"), "no sure difference, +0.10"),
    ):
        text = _text(_comparison(claims, {"difference": difference, "low": low, "high": high}))
        assert f"J&F on the clean clips is 0.80 against 0.70: {said}." in text


def test_positions_that_tell_absence_better_or_worse_are_named() -> None:
    claims: dict[str, list[str | None]] = {"tiny": [], "large": []}
    text = _text(
        _comparison(
            claims,
            separability={
                "image_embeddings": (0.2, 0.1, 0.3),
                "memory_features": (-0.2, -0.3, -0.1),
                "frame": (0.1, -0.1, 0.3),
            },
        )
    )
    assert "is told better at 1 · Image embeddings (+0.20 (0.10\N{EN DASH}0.30)) and worse at 5 · Mem" in text
    assert "Frame" not in text


def test_nothing_in_common_says_nothing() -> None:
    assert comparison_findings(_comparison({"tiny": [], "large": []})) == []
