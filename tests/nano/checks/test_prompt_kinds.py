from dataclasses import replace

from transformers import Sam2VideoModel

from nano.checks.drawing import Drawing
from nano.checks.prompt_kinds import MIX, check_prompts
from nano.training.evaluate import score_clips
from nano.training.sources import Sources
from samscope.trackers.drawn_prompts import PromptKind


def test_every_kind_of_prompt_is_scored(network: Sam2VideoModel, sources: Sources) -> None:
    clips = Drawing(sources, 4, 4, 64, 1, MIX)
    kinds = {kind: replace(clips, prompt=kind) for kind in PromptKind}
    found = check_prompts(network, kinds)

    for kind, drawing in kinds.items():
        measure = getattr(found, kind.value)
        assert measure.value == score_clips(network, drawing).clip_means().mean()
        assert measure.clips == 4
