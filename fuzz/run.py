"""Fuzz one reader of files from strangers with atheris, for a bounded time.

    pip install -e '.[fuzz]'
    python fuzz/run.py frame --seconds 600 --corpus fuzz-corpus

The names of the readers are in ``tests/fuzzing/readers.py``. Anything that a reader raises but SamscopeError,
a call of more than ten seconds, and more than 1 GB of memory end the run; the file is left beside the corpus.
"""

import argparse
import struct
import sys
import tempfile
import zlib
from pathlib import Path

import atheris

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

INSTRUMENTED = ["samscope", "PIL", "zipfile", "json"]

with atheris.instrument_imports(include=INSTRUMENTED):
    from samscope.support.errors import SamscopeError
    from tests.fuzzing.readers import READERS, Reader

SECONDS_A_CALL = 10
MEBIBYTES = 1024
LARGEST_FILE = 2**16
PNG_START = b"\x89PNG\r\n\x1a\n"


def main() -> None:
    """Fuzz the reader that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("reader", choices=READERS)
    parser.add_argument("--seconds", type=int, default=600)
    parser.add_argument("--corpus", type=Path, default=Path("fuzz-corpus"))
    asked = parser.parse_args()
    reader = READERS[asked.reader]
    corpus = asked.corpus / reader.name
    corpus.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(reader.seeds()):
        (corpus / f"seed-{number}").write_bytes(seed)
    with tempfile.TemporaryDirectory() as folder:
        limits = [
            f"-max_total_time={asked.seconds}",
            f"-timeout={SECONDS_A_CALL}",
            f"-rss_limit_mb={MEBIBYTES}",
            f"-max_len={LARGEST_FILE}",
            f"-artifact_prefix={corpus.parent}/{reader.name}-",
            "-print_final_stats=1",
        ]
        attempt = _attempt(reader, Path(folder))
        with atheris.instrument_imports(include=INSTRUMENTED):
            for seed in reader.seeds():
                attempt(seed)  # imports what it needs, which would count as a call of many seconds
        atheris.Setup([sys.argv[0], *limits, str(corpus)], attempt, custom_mutator=_mutate)
        atheris.Fuzz()


def _attempt(reader: Reader, folder: Path):
    path = reader.place(folder)

    def attempt(data: bytes) -> None:
        path.write_bytes(data)
        try:
            reader.read(path)
        except SamscopeError as error:
            if len(str(error).splitlines()) != 1:
                raise AssertionError(f"more than one line: {error}") from error

    return attempt


def _mutate(data: bytes, largest: int, seed: int) -> bytes:
    """Mutate a file; the checksums of a PNG are put right half of the time, so that its chunks are read."""
    mutated = atheris.Mutate(data, largest)
    return with_right_checksums(mutated) if seed % 2 and mutated.startswith(PNG_START) else mutated


def with_right_checksums(data: bytes) -> bytes:
    """Return a PNG with the checksum of every whole chunk put right."""
    mended, position = bytearray(data), len(PNG_START)
    while position + 12 <= len(mended):
        (length,) = struct.unpack_from(">I", mended, position)
        end = position + 12 + length
        if end > len(mended):
            break
        struct.pack_into(">I", mended, end - 4, zlib.crc32(mended[position + 4 : end - 4]))
        position = end
    return bytes(mended)


if __name__ == "__main__":
    main()
