import json
from pathlib import Path
from typing import Any

import pytest

from samscope.support.errors import SamscopeError, UsageError
from samscope.trackers.registry import load_model
from samscope.trackers.rules.gate import BUILT_IN, Gate, read_gate

GATE = Gate("ab" * 32, 192, -1.5, {"object_score": 0.25, "area_change": -3.0}, {"clips": 4})


def test_a_gate_is_read_as_it_was_written_and_equal_gates_have_equal_files(tmp_path: Path) -> None:
    GATE.write(tmp_path / "gate.json")
    assert read_gate(str(tmp_path / "gate.json")) == GATE
    read_gate(str(tmp_path / "gate.json")).write(tmp_path / "again.json")
    assert (tmp_path / "again.json").read_bytes() == (tmp_path / "gate.json").read_bytes()


def test_the_probability_is_logistic() -> None:
    assert GATE.probability([6.0, 0.0]) == pytest.approx(0.5)
    assert GATE.probability([6.0, 1.0]) == pytest.approx(0.04742587)
    assert GATE.probability([0.0, 1e6]) == 0.0
    assert GATE.probability([1e6, 0.0]) == 1.0


def test_gates_of_other_weights_have_other_digests_whatever_they_were_fitted_to() -> None:
    assert Gate("ab" * 32, 192, -1.5, dict(GATE.weights)).sha256 == GATE.sha256
    assert Gate("ab" * 32, 192, -1.6, dict(GATE.weights)).sha256 != GATE.sha256


def test_the_gate_that_comes_with_samscope_is_the_built_in_models() -> None:
    model = load_model("nano")
    read_gate(BUILT_IN).require_model(model.digest(), model.image_size, model.name)


def test_another_model_is_refused_and_both_digests_are_named() -> None:
    with pytest.raises(UsageError, match=rf"{'ab' * 32}.* those of mine have {'cd' * 32}"):
        GATE.require_model("cd" * 32, 192, "mine")
    with pytest.raises(UsageError, match="fitted at 192 pixels, and mine runs at 512"):
        GATE.require_model("ab" * 32, 512, "mine")


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"gate .*gate\.json: there is no such file"):
        read_gate(str(tmp_path / "gate.json"))


@pytest.mark.parametrize(
    ("changed", "complaint"),
    [
        ({"kind": "a cake"}, "is no presence gate"),
        ({"weights_sha256": 3}, "weights_sha256 is 3"),
        ({"image_size": "192"}, "image_size is '192'"),
        ({"image_size": True}, "image_size is True"),
        ({"intercept": None}, "intercept is None"),
        ({"intercept": float("nan")}, "intercept is nan"),
        ({"weights": {}}, "weights is {}"),
        (
            {"weights": {"colour": 1.0}},
            "weights is {'colour': 1.0}; expected a number for any of object_score",
        ),
        ({"weights": {"object_score": "1"}}, "the weight of object_score is '1'"),
        ({"weights": {"object_score": float("inf")}}, "the weight of object_score is inf"),
    ],
)
def test_a_damaged_file_is_refused(tmp_path: Path, changed: dict[str, Any], complaint: str) -> None:
    path = tmp_path / "gate.json"
    GATE.write(path)
    path.write_text(json.dumps(json.loads(path.read_text()) | changed))
    with pytest.raises(SamscopeError) as refused:
        read_gate(str(path))
    assert complaint in str(refused.value)
    assert "fit it again" in str(refused.value)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\xfe"])
def test_what_is_no_json_object_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "gate.json"
    path.write_bytes(content)
    with pytest.raises(SamscopeError, match="is damaged"):
        read_gate(str(path))
