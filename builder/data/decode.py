"""From the bytes of a photo to pixels: one path for training, calibration, evaluation and prediction.

By content, never by name: JPEG (CMYK too), PNG (alpha, palette, 16 bit), WEBP, BMP, GIF (first frame), TIFF, HEIC, AVIF. The
orientation that a camera wrote is applied. What is transparent is laid on white, as a browser or a document shows it. Colour
profiles are left alone, as TensorFlow's decoders leave them.

Every photo is squashed to the asked height and width, antialiased; nothing is cut off. That is what
`keras.utils.image_dataset_from_directory` does by default, and what an app does that hands the whole frame to the model.
"""

from __future__ import annotations

import io
import warnings
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, UnidentifiedImageError

from builder.errors import DataError, MissingTool

DECODER_VERSION = 1  # raise it when the same bytes would become other pixels: cached photos are then decoded anew

FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "GIF", "TIFF", "AVIF")  # Pillow's JPEG reader also takes MPO, a phone's depth pairs
HEIF_BRANDS = (b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1")

# 100 million pixels are 300 MB decoded, in each thread. Only a JPEG may be larger, as it is scaled down while it is decoded; Pillow
# refuses what is above 178,956,970 pixels before decoding.
PIXELS_MAX = 100_000_000
BYTES_MAX = 512 * 1024**2  # no photo is larger; a file that is would be read into memory for nothing

# A large JPEG is decoded at 1/2, 1/4 or 1/8 of its size (scales that the format offers), but never below this many pixels a side
# and never below twice the asked resolution, so that the antialiased resize after it still decides how the photo looks.
DRAFT_SIDE = 512

# What undoes each EXIF orientation (EXIF 2.3, tag 274); 1 is upright.
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


class Unreadable(Exception):
    """A photo that cannot be decoded; the message is the reason, as the list of bad photos shows it."""


def decode(content: bytes, *, side: int = DRAFT_SIDE) -> Image.Image:
    """Decodes a photo to RGB or gray pixels, upright.

    Args:
        content: the bytes of the file.
        side: pixels that height and width keep at least where a large JPEG is decoded at a fraction of its size.

    Returns:
        An image in mode "RGB", or "L" when the photo itself is gray.

    Raises:
        Unreadable: no photo, a damaged one, or one too large to decode.
    """
    if not content:
        raise Unreadable("the file is empty (0 bytes)")
    try:
        image = opened(content)
        width, height = image.size
        # A progressive JPEG is held in memory whole even when it is scaled down, so there its full size counts.
        if image.format in ("JPEG", "MPO") and not (image.info.get("progressive") and width * height > PIXELS_MAX):
            image.draft(None, (side, side))
        if image.size[0] * image.size[1] > PIXELS_MAX:
            raise Unreadable(f"{width:,} x {height:,} px is larger than the {PIXELS_MAX:,} pixels that are decoded at most")
        image.load()
        return flattened(upright(image))
    except (Unreadable, MissingTool):
        raise
    except Image.DecompressionBombError:
        raise Unreadable("too many pixels to decode safely (more than 178,956,970); save it smaller") from None
    except UnidentifiedImageError:
        raise Unreadable(f"not a photo in a known format{guess(content)}") from None
    except MemoryError:
        raise Unreadable("not enough memory to decode it") from None
    except Exception as error:  # Pillow's readers raise nearly anything on damaged bytes: struct, index, value and syntax errors
        raise Unreadable(f"damaged: {' '.join(str(error).split())[:200] or type(error).__name__}") from None


def opened(content: bytes) -> Image.Image:
    """Reads the header only. HEIC's reader is registered with Pillow at the first photo that needs it."""
    formats: tuple[str, ...] = FORMATS
    if content[4:8] == b"ftyp" and content[8:12] in HEIF_BRANDS and b"avif" not in content[8:64]:
        try:
            import pillow_heif
        except ImportError:
            raise MissingTool("HEIC photos need the package pillow-heif: pip install pillow-heif.") from None

        pillow_heif.register_heif_opener()
        formats = ("HEIF", *FORMATS)
    return Image.open(io.BytesIO(content), formats=formats)


def upright(image: Image.Image) -> Image.Image:
    """Turned as the camera says; a photo whose EXIF block is damaged is taken as it lies."""
    try:
        orientation = image.getexif().get(ExifTags.Base.Orientation, 1)
    except Exception:  # readers of EXIF raise nearly anything on damaged bytes, and the pixels are fine
        return image
    turn = TURNS.get(orientation)
    return image if turn is None else image.transpose(turn)


def guess(content: bytes) -> str:
    """What the bytes look like instead, where that is easy to see."""
    head = content[:256].lstrip()
    if head[:5].lower() in (b"<!doc", b"<html"):
        return ": it is a web page"
    if b"\0" not in head and not any(byte < 9 for byte in head):
        return ": it looks like text"
    return ""


def flattened(image: Image.Image) -> Image.Image:
    """Any mode to RGB or L: 16 bits to 8, what is transparent onto white."""
    if image.mode.startswith("I"):
        values = np.clip(np.asarray(image).astype(np.int64), 0, 65535)
        return Image.fromarray(((values * 255 + 32767) // 65535).astype(np.uint8))
    if image.mode == "F":
        raise Unreadable("pixels are floating-point numbers of unknown range; save it with 8 or 16 bits")
    if image.has_transparency_data:
        image = image.convert("RGBA")
        white = Image.new("RGBA", image.size, "white")
        return Image.alpha_composite(white, image).convert("RGB")
    if image.mode in ("L", "1"):
        return image.convert("L")
    return image.convert("RGB")


def resized(image: Image.Image, height: int, width: int, channels: int) -> NDArray[np.uint8]:
    """Squashes to uint8 (height, width, channels), antialiased bicubic; gray is ITU-R 601 luma."""
    image = image.convert("L" if channels == 1 else "RGB")
    if image.size != (width, height):
        # A box filter first, down to 3 times the target, saves most of the time on large photos; the eye cannot tell.
        image = image.resize((width, height), Image.Resampling.BICUBIC, reducing_gap=3.0)
    return np.asarray(image, np.uint8).reshape(height, width, channels)


def load_photo(photo: str | Path | bytes, *, resolution: int | tuple[int, int], channels: int) -> NDArray[np.uint8]:
    """Decodes and resizes one photo exactly as training does.

    Args:
        photo: a file, or its bytes.
        resolution: pixels a side, or (height, width).
        channels: 3 (RGB) or 1 (gray).

    Returns:
        uint8 (H, W, C), 0..255.

    Raises:
        DataError: the file is missing, unreadable, or no photo.
    """
    height, width = (resolution, resolution) if isinstance(resolution, int) else resolution
    name = "the photo" if isinstance(photo, bytes) else str(photo)
    try:
        if isinstance(photo, bytes):
            content = photo
        elif (size := Path(photo).stat().st_size) > BYTES_MAX:
            raise DataError(f"{name} cannot be used: {size:,} bytes are more than any photo has.")
        else:
            content = Path(photo).read_bytes()
    except OSError as error:
        raise DataError(f"{name} cannot be read ({error.strerror}). Give the path of a photo.") from None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow warns about odd metadata and large photos; neither is news to the user
        try:
            return resized(decode(content, side=draft_side(height, width)), height, width, channels)
        except Unreadable as reason:
            raise DataError(f"{name} cannot be used: {reason}.") from None


def draft_side(height: int, width: int) -> int:
    """Pixels a side that a reduced JPEG keeps at least for this resolution."""
    return max(DRAFT_SIDE, 2 * max(height, width))
