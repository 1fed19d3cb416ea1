import io
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from samscope.support.errors import SamscopeError
from samscope.videos.downloads.archives import unpack_zip

Fill = Callable[[zipfile.ZipFile], None]


def pack(path: Path, fill: Fill) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        fill(archive)
    return path


def unpack(archive: Path, *, most_bytes: int = 10_000_000, most_files: int = 100) -> list[str]:
    """Unpack an archive and return what was unpacked."""
    folder = archive.with_name("unpacked")
    folder.mkdir()
    unpack_zip(archive, folder, lambda _: None, most_bytes=most_bytes, most_files=most_files)
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def entry(name: str, mode: int = 0) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo("x")
    info.filename = info.orig_filename = name
    info.external_attr = mode << 16
    return info


def test_the_one_folder_that_all_lies_in_is_left_out(tmp_path: Path) -> None:
    def fill(archive: zipfile.ZipFile) -> None:
        archive.mkdir("DAVIS")
        archive.writestr("DAVIS/a/b.txt", "one")
        archive.writestr("DAVIS/c.txt", "two" * 1_000_000)

    assert unpack(pack(tmp_path / "a.zip", fill)) == ["a/b.txt", "c.txt"]
    assert (tmp_path / "unpacked" / "c.txt").read_text() == "two" * 1_000_000


def test_several_folders_are_kept(tmp_path: Path) -> None:
    def fill(archive: zipfile.ZipFile) -> None:
        archive.writestr("JPEGImages/a.jpg", "one")
        archive.writestr("Annotations/a.png", "two")

    assert unpack(pack(tmp_path / "a.zip", fill)) == ["Annotations/a.png", "JPEGImages/a.jpg"]


def test_permissions_are_not_kept(tmp_path: Path) -> None:
    mode = stat.S_IFREG | stat.S_ISUID | 0o777
    archive = pack(tmp_path / "a.zip", lambda archive: archive.writestr(entry("a", mode), "#!/bin/sh"))
    assert unpack(archive) == ["a"]
    assert not (tmp_path / "unpacked" / "a").stat().st_mode & 0o7111


@pytest.mark.parametrize(
    ("name", "mode", "said"),
    [
        ("../out", 0, "leads out of the folder"),
        ("a/../../out", 0, "leads out of the folder"),
        ("/etc/out", 0, "leads out of the folder"),
        ("c:/out", 0, "leads out of the folder"),
        ("a//b", 0, "leads out of the folder"),
        ("..\\out", 0, "cannot be shown or written"),
        ("a\nb", 0, "cannot be shown or written"),
        ("a\x1b[2J", 0, "cannot be shown or written"),
        ("a\x00b", 0, "cannot be shown or written"),
        ("a" * 300, 0, "has a name too long"),
        ("/".join("a" * 40), 0, "has a name too long"),
        ("link", stat.S_IFLNK | 0o777, "is a link or a device"),
        ("pipe", stat.S_IFIFO | 0o644, "is a link or a device"),
        ("device", stat.S_IFCHR | 0o644, "is a link or a device"),
    ],
)
def test_entries_that_would_do_harm(tmp_path: Path, name: str, mode: int, said: str) -> None:
    def fill(archive: zipfile.ZipFile) -> None:
        archive.writestr("good", "good")
        archive.writestr(entry(name, mode), "/etc/passwd")

    archive = pack(tmp_path / "a.zip", fill)
    with pytest.raises(SamscopeError, match=f"a.zip: .* {said}; nothing was unpacked") as refused:
        unpack(archive)
    assert str(refused.value).isprintable()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.zip", "unpacked"]
    assert list((tmp_path / "unpacked").iterdir()) == []


@pytest.mark.parametrize("names", [["a", "a"], ["a", "A"], ["a", "a/b"]])
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_entries_that_would_write_over_each_other(tmp_path: Path, names: list[str]) -> None:
    def fill(archive: zipfile.ZipFile) -> None:
        for name in names:
            archive.writestr(name, "x")

    with pytest.raises(SamscopeError, match=r"two entries for .*; nothing was unpacked"):
        unpack(pack(tmp_path / "a.zip", fill))


def test_an_archive_that_unpacks_to_far_more_than_it_is(tmp_path: Path) -> None:
    archive = pack(tmp_path / "a.zip", lambda archive: archive.writestr("a", bytes(20_000_000)))
    assert archive.stat().st_size < 50_000
    with pytest.raises(SamscopeError, match="would unpack to 1 files of 20,000,000 bytes; expected at most"):
        unpack(archive)


def test_an_archive_of_too_many_files(tmp_path: Path) -> None:
    def fill(archive: zipfile.ZipFile) -> None:
        for number in range(101):
            archive.writestr(str(number), "")

    with pytest.raises(SamscopeError, match="would unpack to 101 files"):
        unpack(pack(tmp_path / "a.zip", fill))


def test_an_archive_that_the_disk_has_no_room_for(tmp_path: Path) -> None:
    archive = pack(tmp_path / "a.zip", lambda archive: archive.writestr("a", bytes(1000)))
    data = archive.read_bytes()
    place = data.rindex(b"PK\x01\x02") + 24
    archive.write_bytes(data[:place] + (2**32 - 2).to_bytes(4, "little") + data[place + 4 :])
    with pytest.raises(SamscopeError, match=r"room for|has not the"):
        unpack(archive, most_bytes=2**40)


def test_an_entry_that_is_larger_than_it_claims(tmp_path: Path) -> None:
    """The directory of the archive says 10 bytes, as a bomb's would that wants to pass."""
    archive = pack(tmp_path / "a.zip", lambda archive: archive.writestr("a", bytes(20_000_000)))
    data = archive.read_bytes()
    size = (20_000_000).to_bytes(4, "little")
    archive.write_bytes(data.replace(size, (10).to_bytes(4, "little")))
    with pytest.raises(SamscopeError, match=r"damaged|has not the 10 bytes"):
        unpack(archive)
    written = tmp_path / "unpacked" / "a"
    assert not written.exists() or written.stat().st_size <= 10


def test_an_encrypted_entry(tmp_path: Path) -> None:
    archive = pack(tmp_path / "a.zip", lambda archive: archive.writestr("a", b"secret"))
    data = bytearray(archive.read_bytes())
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.rindex(mark) + offset] |= 1
    archive.write_bytes(data)
    with pytest.raises(SamscopeError, match="'a' is encrypted"):
        unpack(archive)


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_uncommon_ways_of_packing(tmp_path: Path, method: int) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w", method) as archive:
        archive.writestr("a", bytes(1000))
    with pytest.raises(SamscopeError, match="'a' is packed in an uncommon way"):
        unpack(tmp_path / "a.zip")


@pytest.mark.parametrize("cut", [0, 10, 100, -1, -30])
def test_an_archive_that_breaks_off(tmp_path: Path, cut: int) -> None:
    archive = pack(tmp_path / "a.zip", lambda archive: archive.writestr("a", bytes(range(256)) * 100))
    archive.write_bytes(archive.read_bytes()[:cut])
    with pytest.raises(SamscopeError, match=r"a\.zip: no zip archive, or damaged"):
        unpack(archive)


def test_a_flipped_bit_is_found(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("a", b"content" * 100)
    data = bytearray(buffer.getvalue())
    data[200] ^= 4
    (tmp_path / "a.zip").write_bytes(data)
    with pytest.raises(SamscopeError, match=r"damaged .*CRC"):
        unpack(tmp_path / "a.zip")
