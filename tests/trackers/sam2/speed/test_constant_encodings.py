import torch
from torch.overrides import TorchFunctionMode

from samscope.trackers.sam2.speed.constant_encodings import ConstantEncoding, keep_constant_encodings
from tests.small_model import small_network


def test_equals_the_encoding_it_stands_for() -> None:
    encoding = keep_constant_encodings(small_network()).vision_encoder.neck.position_encoding
    for batch in (1, 3, 1):
        for dtype in (torch.float32, torch.bfloat16):
            shape = torch.Size((batch, 8, 4, 6))
            ours = encoding(shape, torch.device("cpu"), dtype)
            assert torch.equal(ours, encoding.encoding(shape, torch.device("cpu"), dtype))


def test_computes_each_size_once() -> None:
    encoding = keep_constant_encodings(small_network()).memory_encoder.position_encoding
    shape = torch.Size((2, 8, 5, 5))
    first = encoding(shape, torch.device("cpu"), torch.float32)
    sines: list[object] = []

    class Watch(TorchFunctionMode):
        def __torch_function__(self, function, types, args=(), kwargs=None):  # type: ignore[no-untyped-def]
            if getattr(function, "__name__", "") == "sin":
                sines.append(function)
            return function(*args, **(kwargs or {}))

    with Watch():
        again = encoding(shape, torch.device("cpu"), torch.float32)
        assert not sines
        encoding.encoding(shape, torch.device("cpu"), torch.float32)
    assert again.data_ptr() == first.data_ptr()


def test_what_is_kept_in_inference_mode_can_be_trained_with() -> None:
    encoding = keep_constant_encodings(small_network()).memory_encoder.position_encoding
    weight = torch.ones(1, requires_grad=True)
    with torch.inference_mode():
        encoding(torch.Size((1, 8, 3, 3)), torch.device("cpu"), torch.float32)
    (weight * encoding(torch.Size((1, 8, 3, 3)), torch.device("cpu"), torch.float32)).sum().backward()

    assert weight.grad is not None


def test_a_network_keeps_its_weights_and_is_wrapped_once() -> None:
    network = small_network()
    names = list(network.state_dict())
    keep_constant_encodings(network)
    keep_constant_encodings(network)

    assert list(network.state_dict()) == names
    assert not isinstance(network.memory_encoder.position_encoding.encoding, ConstantEncoding)
