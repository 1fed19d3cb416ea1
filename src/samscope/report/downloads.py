"""The numbers of the page as CSV files, carried in the page where they are small."""

from dataclasses import dataclass
from urllib.parse import quote

import pandas as pd

MOST_BYTES = 300_000
"""A larger file is left beside the page, so that the page can still be sent."""

_PLAIN = ",;:.()_-+*/!@$[]="


@dataclass(frozen=True)
class Download:
    """A CSV file.

    Attributes:
        name: its file name.
        address: the file itself as a data URI; empty where it is too large to be carried in the page.
        size: its size in words.
    """

    name: str
    address: str
    size: str


def csv(table: pd.DataFrame) -> bytes:
    """Return a table as the content of a CSV file, numbers with six significant digits."""
    return table.to_csv(index=False, float_format="%.6g", lineterminator="\n").encode()


def download(name: str, content: bytes) -> Download:
    """Return a CSV file as the page offers it."""
    carried = len(content) <= MOST_BYTES
    address = f"data:text/csv;charset=utf-8,{quote(content, safe=_PLAIN)}" if carried else ""
    size = f"{len(content) / 1000:.0f} kB" if len(content) >= 1000 else f"{len(content)} bytes"
    return Download(f"{name}.csv", address, size)
