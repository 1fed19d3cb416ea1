import torch

from samscope.observation.known import KnownOfStep, same_tensors


def test_what_is_known_is_not_measured_again() -> None:
    known, measured = KnownOfStep(), []

    def measure() -> int:
        measured.append(1)
        return len(measured)

    assert [known.get("J", measure), known.get("J", measure), known.get("F", measure)] == [1, 1, 2]


def test_nothing_can_be_a_value() -> None:
    known = KnownOfStep()
    assert known.get("box", lambda: None) is None
    assert known.get("box", lambda: 1) is None


def test_tensors_are_known_by_identity_and_order() -> None:
    one, equal = torch.ones(2), torch.ones(2)
    assert same_tensors((one, equal)) == same_tensors((one, equal))
    assert same_tensors((one, equal)) != same_tensors((equal, one))
    assert same_tensors((one,)) != same_tensors((equal,))
    assert same_tensors(()) == same_tensors(())
