"""The collections of videos that ``samscope download`` knows."""

from dataclasses import dataclass


@dataclass(frozen=True)
class PublishedArchive:
    """An archive that its authors have published.

    Attributes:
        url: where it is.
        page: the page that leads to it, for people.
        size: its bytes.
        sha256: its SHA-256, as hex.
        most_unpacked: bytes that it unpacks to at most.
        most_files: files and folders in it at most.
        licence: what to know before it is used.
    """

    url: str
    page: str
    size: int
    sha256: str
    most_unpacked: int
    most_files: int
    licence: str

    @property
    def file_name(self) -> str:
        """The last part of its address."""
        return self.url.rsplit("/", 1)[-1]


COLLECTIONS = {
    "davis-2017": PublishedArchive(
        url="https://data.vision.ee.ethz.ch/csergi/share/davis/DAVIS-2017-trainval-480p.zip",
        page="https://davischallenge.org/davis2017/code.html",
        size=832_766_765,
        sha256="e3d0b5b77c3d031b000a19e0e25e3e2cac65d183755601bc2cf066df1a2aa492",
        most_unpacked=2**32,
        most_files=100_000,
        licence="DAVIS is for research; see its page for the terms",
    )
}
"""By the name on the command line.

DAVIS' authors state no checksum; size and SHA-256 are those that TensorFlow Datasets has on record for the
same address (``tensorflow_datasets/video/davis/checksums.tsv``).
"""
