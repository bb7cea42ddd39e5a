"""Photos: from a folder, an archive or a built-in set to three splits of decoded pixels. Needs NumPy and Pillow only."""

from builder.data.augmentation import Augmenter, strength_for
from builder.data.cache import CacheInfo, cache_info, clear_cache
from builder.data.dataset import Dataset, Rows, Split, prepare
from builder.data.decode import load_photo
from builder.data.health import BadPhoto, DataReport
from builder.data.photo import Photo
from builder.data.source import Source, open_source

__all__ = [
    "Augmenter",
    "BadPhoto",
    "CacheInfo",
    "DataReport",
    "Dataset",
    "Photo",
    "Rows",
    "Source",
    "Split",
    "cache_info",
    "clear_cache",
    "load_photo",
    "open_source",
    "prepare",
    "strength_for",
]
