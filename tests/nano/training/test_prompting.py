from collections import Counter

import torch

from nano.training.configuration import configuration
from nano.training.initialisation import initial_network
from nano.training.losses import LossWeights
from nano.training.prompting import PromptedScenes, Prompting, draw_prompted_scenes, prompting_loss
from nano.training.sources import Sources
from tests.nano.training.material import TINY

PROMPTING = Prompting(scenes=3, prompts=2, shapes_until=0.5)


def drawn(sources: Sources, step: int, progress: float = 1.0, scenes: int = 3) -> PromptedScenes:
    return draw_prompted_scenes(
        sources, PROMPTING, places=range(scenes), side=64, seed=0, step=step, progress=progress
    )


def test_same_step_same_scenes(sources: Sources) -> None:
    first, again, other = (drawn(sources, step) for step in (5, 5, 6))

    assert first.pixels.shape == (3, 3, 64, 64)
    assert first.masks.shape == (6, 64, 64)
    assert torch.equal(first.pixels, again.pixels)
    assert torch.equal(first.masks, again.masks)
    assert not torch.equal(first.pixels, other.pixels)


def test_prompts_point_at_what_they_ask_for(sources: Sources) -> None:
    kinds: Counter[tuple[int, ...]] = Counter()
    for step in range(12):
        for progress in (0.0, 1.0):
            scenes = drawn(sources, step, progress)
            points, labels = scenes.prompt.points, scenes.prompt.labels
            assert points is not None
            assert labels is not None
            kinds[tuple(labels[0].tolist())] += 1
            for mask, given in zip(scenes.masks, points, strict=True):
                rows, columns = mask.nonzero(as_tuple=True)
                if len(given) == 1:
                    assert mask[int(given[0, 1]), int(given[0, 0])]
                else:
                    middle = torch.stack([columns.float().mean(), rows.float().mean()])
                    assert (given[0] <= middle).all()
                    assert (middle <= given[1]).all()
    assert set(kinds) == {(1,), (2, 3)}


def test_at_first_shapes_are_asked_for_whatever_the_frame_shows(sources: Sources) -> None:
    early, late = drawn(sources, 3, 0.49), drawn(sources, 3, 0.5)

    assert torch.equal(early.pixels, late.pixels)
    assert not torch.equal(early.masks, late.masks)


def test_the_decoder_learns_from_places_to_listen_and_the_encoder_nothing(sources: Sources) -> None:
    torch.manual_seed(0)
    network = initial_network(configuration(TINY), seed=0)
    optimizer = torch.optim.AdamW(network.parameters(), lr=2e-3)
    before = {name: value.clone() for name, value in network.state_dict().items()}
    scenes = drawn(sources, 3, 0.0)
    losses = []
    for _ in range(40):
        loss = prompting_loss(network, scenes, LossWeights())
        losses.append(float(loss.detach()))
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    changed = {
        name.split(".")[0]
        for name, value in network.state_dict().items()
        if not torch.equal(before[name], value)
    }

    assert losses[-1] < 0.7 * losses[0]
    assert changed == {"mask_decoder", "prompt_encoder", "no_memory_embedding"}
