import pytest
from transformers import Sam2VideoConfig

from samscope.support.errors import UsageError
from samscope.trackers.sam2.image_size import with_image_size


def test_all_four_sizes_are_set_and_the_original_is_left_alone() -> None:
    original = Sam2VideoConfig()
    resized = with_image_size(original, 512)
    assert resized.image_size == 512
    assert resized.prompt_encoder_config.image_size == 512
    assert resized.memory_attention_rope_feat_sizes == [32, 32]
    assert resized.vision_config.backbone_feature_sizes == [[128, 128], [64, 64], [32, 32]]
    assert original.image_size == 1024
    assert original.prompt_encoder_config.image_size == 1024


@pytest.mark.parametrize("size", [0, -64, 100, 1000, 1023])
def test_sizes_that_do_not_divide_are_refused(size: int) -> None:
    with pytest.raises(UsageError, match=r"choose a positive multiple of 32"):
        with_image_size(Sam2VideoConfig(), size)
