"""What changes while a training run goes on, and moving it to another image size."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import nn
from torch.optim import AdamW, Optimizer
from transformers import Sam2VideoModel

from nano.training.averaging import WeightAverage
from nano.training.configuration import configuration
from nano.training.initialisation import equalise_image, initial_network
from nano.training.settings import TrainingSettings
from nano.training.start import load_start
from nano.training.teaching import new_heads


@dataclass(frozen=True, eq=False)
class Learner:
    """What changes while a run goes on.

    Attributes:
        network: the network in training.
        average: of its weights.
        optimizer: with its state.
        heads: from the encoder's features to its teacher's; empty without teaching.
    """

    network: Sam2VideoModel
    average: WeightAverage
    optimizer: Optimizer
    heads: nn.ModuleList

    @property
    def learning(self) -> nn.Module:
        """Everything that gradients go to."""
        return nn.ModuleList((self.network, self.heads))

    @property
    def image_size(self) -> int:
        """Side of the square frames that the network takes, in pixels."""
        return int(self.network.config.image_size)


def new_learner(settings: TrainingSettings, image_size: int) -> Learner:
    """Return a run's learner as it is before the first step, for frames of a size."""
    architecture = configuration(settings.full_architecture.at(image_size))
    network = initial_network(architecture, settings.seed, settings.priors).to(torch.device(settings.device))
    if settings.start is not None:
        load_start(network, settings.start, settings.afresh)
        equalise_image(network, settings.priors)
    heads = new_heads(network, settings.seed) if settings.teaching.needed else nn.ModuleList()
    heads = heads.to(network.device)
    parameters = [*network.parameters(), *heads.parameters()]
    decaying = [parameter for parameter in parameters if parameter.ndim > 1]
    not_decaying = [parameter for parameter in parameters if parameter.ndim <= 1]
    groups: list[dict[str, Any]] = [{"params": decaying}, {"params": not_decaying, "weight_decay": 0.0}]
    optimizer = AdamW(groups, lr=settings.rate, betas=settings.betas, weight_decay=settings.weight_decay)
    return Learner(network, WeightAverage(network, settings.average_decay), optimizer, heads)


def at_image_size(learner: Learner, settings: TrainingSettings, image_size: int) -> Learner:
    """Return the learner for frames of another size, with the same weights, average and optimizer state.

    The size shows in no weight: only in the attention windows and in the position encodings of memory
    attention and the prompt.
    """
    if learner.image_size == image_size:
        return learner
    moved = new_learner(settings, image_size)
    moved.network.load_state_dict(learner.network.state_dict())
    moved.average.network.load_state_dict(learner.average.network.state_dict())
    moved.heads.load_state_dict(learner.heads.state_dict())
    moved.optimizer.load_state_dict(learner.optimizer.state_dict())
    return moved
