"""The bytes of each .tflite file, before it exists.

layout      how many bytes a FlatBuffer takes
names       the names of tensors
converter   float32, float16, dynamic: what is in them, in order
quantizer   int8, int8_micro
metadata    what the description and the labels add
estimate    the answer for a network
"""

from builder.flash.estimate import VARIANTS, flash_bytes, flash_sizes, st_weight_bytes
from builder.flash.metadata import Texts

__all__ = ["VARIANTS", "Texts", "flash_bytes", "flash_sizes", "st_weight_bytes"]
