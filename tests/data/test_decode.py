"""Every format, really written and decoded; every kind of damage."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pillow_heif
import pytest
from PIL import Image

from builder.data.decode import Unreadable, decode, load_photo
from builder.errors import DataError

RED, BLUE = (200, 30, 40), (20, 60, 180)


def two_halves(mode: str = "RGB") -> Image.Image:
    """64 x 48, the left half red, the right half blue: lossy formats keep it nearly, and a turn or a mirror shows."""
    image = Image.new("RGB", (64, 48), RED)
    image.paste(BLUE, (32, 0, 64, 48))
    return image.convert(mode)


def encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def heic(image: Image.Image) -> bytes:
    pillow_heif.register_heif_opener()
    return encoded(image, "HEIF", quality=95)


FILES = {
    "jpeg": lambda: encoded(two_halves(), "JPEG", quality=95),
    "progressive jpeg": lambda: encoded(two_halves(), "JPEG", quality=95, progressive=True),
    "cmyk jpeg": lambda: encoded(two_halves("CMYK"), "JPEG", quality=95),
    "png": lambda: encoded(two_halves(), "PNG"),
    "palette png": lambda: encoded(two_halves().quantize(8), "PNG"),
    "opaque rgba png": lambda: encoded(two_halves("RGBA"), "PNG"),
    "webp": lambda: encoded(two_halves(), "WEBP", lossless=True),
    "bmp": lambda: encoded(two_halves(), "BMP"),
    "gif": lambda: encoded(two_halves(), "GIF"),
    "tiff": lambda: encoded(two_halves(), "TIFF"),
    "heic": lambda: heic(two_halves()),
    "avif": lambda: encoded(two_halves(), "AVIF", quality=95),
}


@pytest.mark.parametrize("kind", FILES)
def test_each_format_gives_its_colours(kind: str) -> None:
    pixels = load_photo(FILES[kind](), resolution=(48, 64), channels=3)
    assert pixels.shape == (48, 64, 3)
    assert pixels.dtype == np.uint8
    np.testing.assert_allclose(pixels[24, 10], RED, atol=12)
    np.testing.assert_allclose(pixels[24, 54], BLUE, atol=12)


def test_the_name_of_a_file_does_not_matter(tmp_path: Path) -> None:
    path = tmp_path / "photo.jpg"
    path.write_bytes(FILES["webp"]())
    assert tuple(load_photo(path, resolution=(48, 64), channels=3)[24, 10]) == RED


def test_gray_is_luma() -> None:
    pixels = load_photo(FILES["png"](), resolution=(48, 64), channels=1)
    assert pixels.shape == (48, 64, 1)
    assert pixels[24, 10, 0] == round((200 * 299 + 30 * 587 + 40 * 114) / 1000)


def test_a_gray_photo_becomes_three_equal_channels() -> None:
    pixels = load_photo(encoded(two_halves("L"), "JPEG"), resolution=32, channels=3)
    assert (pixels[..., 0] == pixels[..., 1]).all()
    assert (pixels[..., 0] == pixels[..., 2]).all()


@pytest.mark.parametrize(
    ("value", "expected"), [(0, 0), (257, 1), (128 * 257, 128), (65535, 255), (40000, round(40000 * 255 / 65535))]
)
def test_16_bit_gray_is_scaled_not_clipped(value: int, expected: int) -> None:
    image = Image.fromarray(np.full((8, 8), value, np.uint16))
    assert load_photo(encoded(image, "PNG"), resolution=8, channels=1)[4, 4, 0] == expected


def test_16_bit_colour_png() -> None:
    row = b"\0" + struct.pack(">HHH", 0x1234, 0xFFFF, 0x8000) * 4
    chunks = [(b"IHDR", struct.pack(">IIBBBBB", 4, 4, 16, 2, 0, 0, 0)), (b"IDAT", zlib.compress(row * 4)), (b"IEND", b"")]
    body = b"".join(struct.pack(">I", len(d)) + k + d + struct.pack(">I", zlib.crc32(k + d)) for k, d in chunks)
    pixels = load_photo(b"\x89PNG\r\n\x1a\n" + body, resolution=4, channels=3)
    assert tuple(pixels[0, 0]) == (0x12, 0xFF, 0x80)


@pytest.mark.parametrize("mode", ["RGBA", "LA", "PA"])
def test_what_is_transparent_lies_on_white(mode: str) -> None:
    image = Image.new("RGBA", (8, 8), (0, 0, 0, 0))
    image.paste((0, 0, 0, 255), (0, 0, 4, 8))
    content = encoded(image.quantize(4) if mode == "PA" else image.convert(mode), "PNG")
    pixels = load_photo(content, resolution=8, channels=3)
    assert tuple(pixels[4, 1]) == (0, 0, 0)
    assert tuple(pixels[4, 6]) == (255, 255, 255)


def test_half_transparent_is_mixed_with_white() -> None:
    pixels = load_photo(encoded(Image.new("RGBA", (4, 4), (0, 0, 0, 128)), "PNG"), resolution=4, channels=1)
    assert abs(int(pixels[0, 0, 0]) - 127) <= 1


def test_only_the_first_frame_of_a_gif_counts() -> None:
    frames = [Image.new("RGB", (8, 8), RED), Image.new("RGB", (8, 8), BLUE)]
    content = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert tuple(load_photo(content, resolution=8, channels=3)[0, 0]) == RED


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "HEIF", "AVIF"])
def test_the_cameras_orientation_is_applied(kind: str) -> None:
    pillow_heif.register_heif_opener()
    exif = Image.Exif()
    exif[0x0112] = 6  # the stored picture must be turned a quarter clockwise to stand upright
    image = np.asarray(decode(encoded(two_halves(), kind, exif=exif.tobytes(), quality=95)))
    assert image.shape == (64, 48, 3)
    np.testing.assert_allclose(image[5, 24], RED, atol=12)  # what was left is now on top
    np.testing.assert_allclose(image[58, 24], BLUE, atol=12)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_all_eight_orientations_agree_with_pillow(orientation: int) -> None:
    from PIL import ImageOps

    exif = Image.Exif()
    exif[0x0112] = orientation
    image = two_halves()
    image.paste((255, 255, 0), (0, 0, 10, 5))
    content = encoded(image, "PNG", exif=exif)
    assert decode(content).tobytes() == ImageOps.exif_transpose(Image.open(io.BytesIO(content))).tobytes()


def test_damaged_exif_does_not_cost_the_photo() -> None:
    content = encoded(two_halves(), "JPEG", exif=b"Exif\0\0II*\0\xff\xff\xff\xff garbage")
    assert load_photo(content, resolution=(48, 64), channels=3).shape == (48, 64, 3)


def test_a_photo_is_squashed_whole_never_cropped() -> None:
    pixels = load_photo(encoded(two_halves(), "PNG"), resolution=32, channels=3)
    assert tuple(pixels[16, 3]) == RED
    assert tuple(pixels[16, 28]) == BLUE


def test_shrinking_is_antialiased() -> None:
    stripes = np.zeros((256, 256), np.uint8)
    stripes[:, ::2] = 255
    pixels = load_photo(encoded(Image.fromarray(stripes), "PNG"), resolution=32, channels=1)
    assert pixels.min() >= 120
    assert pixels.max() <= 135


def test_a_large_jpeg_decoded_small_looks_like_one_decoded_whole() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (32, 32, 3)).astype(np.uint8)
    large = Image.fromarray(noise).resize((2048, 2048), Image.Resampling.BICUBIC)
    content = encoded(large, "JPEG", quality=95)
    fast = load_photo(content, resolution=128, channels=3).astype(int)
    whole = np.asarray(decode(content, side=10_000).resize((128, 128), Image.Resampling.BICUBIC)).astype(int)
    assert decode(content).size == (512, 512)
    assert np.abs(fast - whole).mean() < 1


def test_decoding_again_gives_the_same_pixels(hands: Path) -> None:
    path = next((hands / "3").iterdir())
    one = load_photo(path, resolution=96, channels=3)
    assert (one == load_photo(path.read_bytes(), resolution=(96, 96), channels=3)).all()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "0 bytes"),
        (b"this is no photo at all, but a note", "looks like text"),
        (b"<!DOCTYPE html><html>404</html>", "web page"),
        (bytes(range(256)), "not a photo in a known format"),
        (b"\xff\xd8\xff\xe0" + bytes(100), "damaged|known format"),
    ],
)
def test_what_is_no_photo_is_told(content: bytes, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        decode(content)


@pytest.mark.parametrize("kind", FILES)
def test_a_truncated_photo_is_unreadable(kind: str) -> None:
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 256, (64, 64, 3)).astype(np.uint8))
    kinds = {"heic": "HEIF", "progressive jpeg": "JPEG", "cmyk jpeg": "JPEG", "palette png": "PNG", "opaque rgba png": "PNG"}
    content = encoded(noise, kinds.get(kind, kind.upper()))
    with pytest.raises(Unreadable):
        decode(content[: len(content) // 2])


def bomb(width: int, height: int) -> bytes:
    """A PNG of a few bytes that says it has so many pixels."""
    chunks = [
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(bytes(1000))),
        (b"IEND", b""),
    ]
    body = b"".join(struct.pack(">I", len(d)) + k + d + struct.pack(">I", zlib.crc32(k + d)) for k, d in chunks)
    return b"\x89PNG\r\n\x1a\n" + body


@pytest.mark.parametrize(("width", "height"), [(50_000, 50_000), (12_000, 12_000), (11_000, 10_000)])
def test_a_bomb_is_refused_before_it_is_decoded(width: int, height: int) -> None:
    with pytest.raises(DataError, match="pixels"):
        load_photo(bomb(width, height), resolution=32, channels=3)


def test_a_missing_photo_is_named() -> None:
    with pytest.raises(DataError, match=r"nowhere\.jpg cannot be read"):
        load_photo("nowhere.jpg", resolution=32, channels=3)
