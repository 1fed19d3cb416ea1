"""The clip on which two rules part most."""

from samscope.analysis.rules.parting import widest_parting
from tests.rule_tables import careless, rule_records


def worse_on_the_third(clip: int, frame: int) -> tuple[float, bool, list[int], bool]:
    j, *rest = careless(clip, frame)
    return (j / 2 if clip == 3 else j), *rest  # type: ignore[return-value]


def test_it_is_the_planted_one() -> None:
    parting = widest_parting(
        rule_records(
            {"sam2": careless, "sam3": careless, "dam4sam": worse_on_the_third}, sets=("object_removal",)
        )
    )
    assert parting is not None
    assert (parting.set, parting.clip, parting.rules) == ("object_removal", 3, ("sam2", "dam4sam"))
    assert parting.j[1] == parting.j[0] / 2


def test_there_is_none_where_all_agree() -> None:
    assert widest_parting(rule_records({"sam2": careless})) is None
    assert widest_parting(rule_records({"sam2": careless, "sam3": careless})) is None
