"""Claims on memories without the object, on planted records."""

import pytest

from samscope.analysis.rules.hypothesis import CLAIMS, rule_claims
from tests.rule_tables import Answer, careful, careless, rule_records


def shifted(by: float) -> Answer:
    """What ``careless`` answers, with J higher by ``by`` and a little that differs from clip to clip."""

    def answer(clip: int, frame: int) -> tuple[float, bool, list[int], bool]:
        j, *rest = careless(clip, frame)
        return j + by + 0.01 * (-1) ** clip, *rest

    return answer


def test_each_verdict_is_the_planted_one() -> None:
    records = rule_records(
        {
            "sam2": careless,
            "oracle": careful,
            "oracle:write=absent": shifted(-0.1),
            "oracle:gates=memories": shifted(0.05),
            "oracle:gates=pointers": shifted(-0.05),
        }
    )
    claims = rule_claims(records).set_index("claim")
    assert claims["verdict"].to_dict() == {
        "absent_frames_spoil_the_suffix": "holds",
        "absent_frames_alone_are_worse": "holds",
        "memories_spoil_the_suffix": "holds",
        "pointers_spoil_the_suffix": "fails",
        "memories_more_than_pointers": "holds",
    }
    assert claims.loc["memories_more_than_pointers", "difference"] == pytest.approx(0.1)
    assert (claims["p_family"] >= claims["p"]).all()


def test_no_difference_decides_nothing() -> None:
    (claim,) = rule_claims(rule_records({"sam2": careless, "oracle": shifted(0.0)})).to_dict("records")
    assert claim["verdict"] == "undecided"
    assert claim["low"] < 0 < claim["high"]


def test_few_videos_decide_nothing() -> None:
    (claim,) = rule_claims(rule_records({"sam2": careless, "oracle": careful}, clips=7)).to_dict("records")
    assert claim["verdict"] == "too few videos"


def test_claims_whose_rules_were_not_run_are_left_out() -> None:
    assert rule_claims(rule_records({"sam2": careless, "samurai": careful})).empty
    assert rule_claims(rule_records({"sam2": careless, "oracle": careful}, sets=("clean",))).empty
    assert len({claim.id for claim in CLAIMS}) == len(CLAIMS)
