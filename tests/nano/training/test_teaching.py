import torch

from nano.training.configuration import configuration
from nano.training.initialisation import initial_network
from nano.training.teacher import Teacher, load_teacher
from nano.training.teaching import new_heads, teaching_loss
from samscope.trackers.sam2.encoding import encode_frame
from tests.nano.training.material import TINY

PICTURES = torch.randn(4, 3, 64, 64, generator=torch.Generator().manual_seed(0))


def test_the_encoder_learns_what_the_teacher_tells() -> None:
    network = initial_network(configuration(TINY), seed=0)
    heads, teacher = new_heads(network, seed=0), load_teacher(PICTURES)
    learning = [*network.vision_encoder.parameters(), *heads.parameters()]
    optimizer = torch.optim.AdamW(learning, lr=2e-3)
    losses = []
    for _ in range(30):
        loss = teaching_loss(heads, teacher, [encode_frame(network, PICTURES)])
        losses.append(float(loss.detach()))
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()

    assert losses[-1] < 0.6 * losses[0]


def test_heads_that_tell_it_all_leave_nothing_to_learn() -> None:
    network = initial_network(configuration(TINY), seed=0)
    heads = new_heads(network, seed=0)
    with torch.no_grad():
        frame = encode_frame(network, PICTURES)
        levels = (frame.half, frame.top, torch.nn.functional.avg_pool2d(frame.top, 2))
        told = [head(level) for head, level in zip(heads, levels, strict=True)]

    class Parrot(Teacher):
        def features(self, pixels: torch.Tensor) -> tuple[torch.Tensor, ...]:
            assert torch.equal(pixels, PICTURES)
            return tuple(told)

    loss = teaching_loss(heads, Parrot(torch.nn.Identity(), (), ()), [frame])
    assert abs(float(loss.detach())) < 1e-5


def test_same_seed_same_heads() -> None:
    network = initial_network(configuration(TINY), seed=0)
    first, again, other = (new_heads(network, seed).state_dict() for seed in (1, 1, 2))

    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not all(torch.equal(first[name], other[name]) for name in first)
