import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageFile

from samscope.support.errors import SamscopeError
from samscope.videos.images import image_size, read_cut_out, read_frame, read_mask

RAMP = np.add.outer(np.arange(48), np.arange(64)).astype(np.uint8)
COLOURS = np.stack([RAMP, RAMP[::-1], RAMP[:, ::-1]], axis=2)


def save(path: Path, pixels: NDArray[np.generic]) -> Path:
    Image.fromarray(pixels).save(path)
    return path


def test_png_frame_is_read_exactly(tmp_path: Path) -> None:
    frame = read_frame(save(tmp_path / "a.png", COLOURS))
    np.testing.assert_array_equal(frame, COLOURS)
    assert frame.dtype == np.uint8


def test_grey_frame_becomes_rgb_and_alpha_is_dropped(tmp_path: Path) -> None:
    np.testing.assert_array_equal(
        read_frame(save(tmp_path / "grey.png", RAMP)), np.repeat(RAMP[..., None], 3, axis=2)
    )
    with_alpha = np.dstack([COLOURS, np.full_like(RAMP, 7)])
    np.testing.assert_array_equal(read_frame(save(tmp_path / "alpha.png", with_alpha)), COLOURS)


def test_size_is_height_and_width(tmp_path: Path) -> None:
    assert image_size(save(tmp_path / "a.png", COLOURS)) == (48, 64)


@pytest.mark.parametrize("mode", ["P", "L"])
def test_mask_values_are_untouched(tmp_path: Path, mode: str) -> None:
    image = Image.fromarray(RAMP)
    if mode == "P":
        image.putpalette(np.random.default_rng(0).bytes(768))
    image.save(tmp_path / "mask.png")
    np.testing.assert_array_equal(read_mask(tmp_path / "mask.png"), RAMP)


def test_one_bit_mask_is_0_and_255(tmp_path: Path) -> None:
    Image.fromarray((RAMP > 40).astype(np.uint8) * 255).convert("1").save(tmp_path / "mask.png")
    np.testing.assert_array_equal(read_mask(tmp_path / "mask.png"), np.where(RAMP > 40, 255, 0))


def test_grey_mask_saved_as_rgb_is_read(tmp_path: Path) -> None:
    np.testing.assert_array_equal(
        read_mask(save(tmp_path / "mask.png", np.repeat(RAMP[..., None], 3, axis=2))), RAMP
    )


def test_coloured_mask_without_palette_is_refused(tmp_path: Path) -> None:
    with pytest.raises(
        SamscopeError, match=r"mask\.png: a mask of mode RGB; expected a PNG of 8-bit palette"
    ):
        read_mask(save(tmp_path / "mask.png", COLOURS))


def test_frame_of_16_bits_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SamscopeError, match=r"deep\.png: a frame of more than 8 bits a channel"):
        read_frame(save(tmp_path / "deep.png", RAMP.astype(np.uint16) * 256))


@pytest.mark.parametrize("tolerant", [False, True])
@pytest.mark.parametrize("suffix", [".jpg", ".png"])
@pytest.mark.parametrize("share", [0.5, 0.97])
def test_truncated_file_is_an_error_even_where_pillow_is_told_to_tolerate_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str, share: float, *, tolerant: bool
) -> None:
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", tolerant)
    noise = np.random.default_rng(0).integers(0, 256, (60, 80, 3), np.uint8)
    path = save(tmp_path / f"cut{suffix}", noise)
    assert read_frame(path).shape == (60, 80, 3)
    data = path.read_bytes()
    path.write_bytes(data[: int(share * len(data))])
    with pytest.raises(
        SamscopeError, match=rf"cut\{suffix}: the file breaks off after \d+ bytes \(truncated\)"
    ):
        read_frame(path)


def test_truncation_is_seen_behind_a_thumbnail_that_is_whole(tmp_path: Path) -> None:
    thumbnail = io.BytesIO()
    Image.fromarray(COLOURS).resize((16, 12)).save(thumbnail, "JPEG")
    path = tmp_path / "cut.jpg"
    Image.fromarray(COLOURS).save(path, comment=thumbnail.getvalue())
    assert read_frame(path).shape == COLOURS.shape
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(SamscopeError, match="truncated"):
        read_frame(path)


def test_what_follows_the_end_of_a_jpeg_is_no_truncation(tmp_path: Path) -> None:
    path = save(tmp_path / "motion.jpg", COLOURS)
    frame = read_frame(path)
    path.write_bytes(path.read_bytes() + b"\xff\xda and what a telephone adds")
    np.testing.assert_array_equal(read_frame(path), frame)


def test_progressive_jpeg_has_many_scans(tmp_path: Path) -> None:
    path = tmp_path / "progressive.jpg"
    Image.fromarray(COLOURS).save(path, progressive=True)
    assert read_frame(path).shape == COLOURS.shape
    data = path.read_bytes()
    path.write_bytes(data[: int(0.8 * len(data))])
    with pytest.raises(SamscopeError, match="truncated"):
        read_frame(path)


def test_flipped_bits_in_a_png_are_found(tmp_path: Path) -> None:
    path = save(tmp_path / "mask.png", RAMP)
    data = bytearray(path.read_bytes())
    data[data.index(b"IDAT") + 20] ^= 0x10
    path.write_bytes(data)
    with pytest.raises(SamscopeError, match=r"mask\.png: damaged"):
        read_mask(path)


@pytest.mark.parametrize("content", [b"", b"not a picture", b"\xff\xd8\xff", b"GIF89a" + bytes(40)])
def test_what_is_no_picture_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "00003.jpg"
    path.write_bytes(content)
    for read in (read_frame, read_mask, image_size):
        with pytest.raises(SamscopeError, match=r"00003\.jpg: not a JPEG or PNG picture, or damaged"):
            read(path)


def test_decompression_bomb_is_refused(tmp_path: Path) -> None:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    for side in (11_000, 60_000):
        header = chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0))
        path = tmp_path / "bomb.png"
        path.write_bytes(
            b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
        )
        for read in (read_frame, image_size):
            with pytest.raises(SamscopeError, match=r"bomb\.png: the picture claims .* pixels; at most"):
                read(path)


def test_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SamscopeError, match=r"gone\.jpg: cannot be read: No such file"):
        read_frame(tmp_path / "gone.jpg")


def test_a_cut_out_has_an_alpha_channel_and_is_no_other_kind_of_file(tmp_path: Path) -> None:
    pixels = np.dstack([COLOURS, RAMP])
    Image.fromarray(pixels).save(tmp_path / "a.png")
    Image.fromarray(pixels).save(tmp_path / "a.webp", lossless=True, exact=True)
    for suffix in (".png", ".webp"):
        np.testing.assert_array_equal(read_cut_out(tmp_path / f"a{suffix}"), pixels)
    with pytest.raises(SamscopeError, match=r"b\.png: no alpha channel"):
        read_cut_out(save(tmp_path / "b.png", COLOURS))
    (tmp_path / "c.png").write_bytes(
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\nshowpage\n"
    )
    with pytest.raises(SamscopeError, match=r"c\.png: not a JPEG or PNG"):
        read_cut_out(tmp_path / "c.png")
