"""Whole tensors of a track, written to one safetensors file a clip while the track runs."""

import json
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import torch
from torch import Tensor

from samscope.support.disk import whole_file

_ROOM = 192
"""Bytes set aside for one tensor's entry in the header; a multiple of 8, so that the data begin at one."""

_TYPES = {torch.float32: "F32", torch.float16: "F16", torch.bfloat16: "BF16"}


class TensorFile:
    """A safetensors file that takes one tensor after another, so that none of them stays in memory.

    Libraries write such a file from all of its tensors at once. Its header, which lists them, comes first:
    room is left for it and it is filled in at the end.
    """

    def __init__(self, file: BinaryIO, count: int) -> None:
        self._file = file
        self._room = count * _ROOM
        self._header: dict[str, dict[str, object]] = {}
        self._end = 0
        file.write(bytes(8 + self._room))

    def add(self, name: str, tensor: Tensor) -> None:
        """Write one tensor.

        Args:
            name: its key; new to the file.
            tensor: float32, float16 or bfloat16, of any shape and on any device.
        """
        begin, self._end = self._end, self._end + tensor.numel() * tensor.element_size()
        self._header[name] = {
            "dtype": _TYPES[tensor.dtype],
            "shape": list(tensor.shape),
            "data_offsets": [begin, self._end],
        }
        data = tensor.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy().data
        self._file.write(data)

    def finish(self) -> None:
        """Write the header.

        Raises:
            ValueError: more tensors were added than there is room for.
        """
        header = json.dumps(self._header, separators=(",", ":")).encode().ljust(self._room)
        if len(header) > self._room:
            raise ValueError(f"the header takes {len(header)} bytes, {self._room} were set aside")
        self._file.seek(0)
        self._file.write(struct.pack("<Q", self._room) + header)


@contextmanager
def tensor_file(path: Path, count: int) -> Iterator[TensorFile]:
    """Open a safetensors file to add tensors to; it bears its name only once it is complete.

    Args:
        path: where it will be; missing folders are made.
        count: how many tensors it takes at most, at least 1.

    Raises:
        SamscopeError: the disk is full, or nothing can be written there.
    """
    with whole_file(path) as unfinished, unfinished.open("wb") as file:
        tensors = TensorFile(file, count)
        yield tensors
        tensors.finish()
