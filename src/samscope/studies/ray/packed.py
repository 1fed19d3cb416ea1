"""A finished part as bytes, so that it can travel between machines that share no file system."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from samscope.records.parts import Part, Parts
from samscope.support.disk import write_whole


@dataclass(frozen=True, eq=False)
class PackedPart:
    """A part with its records.

    Attributes:
        part: what is known of it.
        contents: of each of its files, by the path within the study's folder.
    """

    part: Part
    contents: Mapping[str, bytes]


def pack(folder: Path, part: Part) -> PackedPart:
    """Read the records of a part that lie in a folder.

    Raises:
        OSError: they cannot be read.
    """
    return PackedPart(part, {name: (folder / name).read_bytes() for name in part.files})


def unpack(parts: Parts, packed: PackedPart) -> Part:
    """Write a part where the study's records lie; the part's own file comes last.

    Returns:
        The part; or the one that ``Parts.standing`` names, which is left as it is.

    Raises:
        SamscopeError: the disk is full, or nothing can be written there.
    """
    if (before := parts.standing(packed.part.draw, packed.part.clips)) is not None:
        return before
    for name, content in packed.contents.items():
        write_whole(parts.folder / name, content)
    parts.finish(packed.part)
    return packed.part
