import os
from pathlib import Path

import pytest

from samscope.support.errors import SamscopeError
from samscope.support.reading import open_regular, read_json_object, read_regular, require_within


def test_a_file_is_read_up_to_its_limit(tmp_path: Path) -> None:
    file = tmp_path / "a"
    file.write_bytes(b"12345")
    assert read_regular(file, 5) == b"12345"
    with pytest.raises(SamscopeError, match=r"a: 5 bytes; expected at most 4; get the right file"):
        read_regular(file, 4)


def test_a_file_that_claims_to_be_large_is_not_read(tmp_path: Path) -> None:
    file = tmp_path / "a"
    with file.open("wb") as hole:
        hole.truncate(2**40)
    with pytest.raises(SamscopeError, match="1,099,511,627,776 bytes"):
        read_regular(file, 2**20)


def test_pipes_devices_and_folders_are_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "zero").symlink_to("/dev/zero")
    for name, what in (("pipe", "a pipe"), ("zero", "a device"), (".", "a folder")):
        with pytest.raises((SamscopeError, IsADirectoryError), match=f"{what}|directory"):
            open_regular(tmp_path / name, 100)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"{", "Expecting"),
        (b"", "Expecting"),
        (b"\xff\xfe\xff", "codec|Expecting"),
        (b"[1]", "it is list"),
        (b"null", "it is NoneType"),
        (b"[" * 100_000, "nested too deeply|Expecting"),
        (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "nested too deeply"),
        (b'{"a": ' + b"9" * 10_000 + b"}", "digits"),
    ],
)
def test_json_that_is_no_object(tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / "a.json").write_bytes(content)
    with pytest.raises(ValueError, match=said):
        read_json_object(tmp_path / "a.json")


def test_links_within_a_folder_are_followed_and_others_are_not(tmp_path: Path) -> None:
    inside, outside = tmp_path / "inside", tmp_path / "outside"
    inside.mkdir()
    (inside / "file").write_bytes(b"")
    outside.write_bytes(b"secret")
    (inside / "good").symlink_to("file")
    (inside / "out").symlink_to(outside)
    (inside / "gone").symlink_to("nowhere")
    (inside / "circle").symlink_to("circle")
    (tmp_path / "entrance").symlink_to(inside)
    require_within(inside / "good", inside)
    require_within(tmp_path / "entrance" / "good", tmp_path / "entrance")
    with pytest.raises(SamscopeError, match=r"out: a link out of .*; .* put a copy in the link's place"):
        require_within(inside / "out", inside)
    for name in ("gone", "circle"):
        with pytest.raises(SamscopeError, match=f"{name}: a link that leads nowhere"):
            require_within(inside / name, inside)
