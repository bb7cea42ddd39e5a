"""What a pixel becomes at a model's input."""

from __future__ import annotations

import numpy as np
import pytest

from builder.preprocessing import MEAN, STD, normalize
from builder.verify.pixels import input_values, real_scores

PIXELS = np.arange(256, dtype=np.uint8)
OURS = ([MEAN], [STD])
FLOAT, UINT8, INT8 = np.dtype(np.float32), np.dtype(np.uint8), np.dtype(np.int8)


def test_float_pixels_are_to_the_last_bit_those_of_training() -> None:
    values = input_values(FLOAT, 0.0, 0, OURS, channels=3)
    for channel in range(3):
        np.testing.assert_array_equal(values[:, channel], normalize(PIXELS))


def test_float_needs_a_normalization() -> None:
    with pytest.raises(ValueError, match="normalization"):
        input_values(FLOAT, 0.0, 0, None, channels=3)


@pytest.mark.parametrize(("scale", "zero_point"), [(2 / 255, 127), (2 / 255, 128), (0.0078125, 128)])
def test_uint8_takes_raw_pixels(scale: float, zero_point: int) -> None:
    np.testing.assert_array_equal(input_values(UINT8, scale, zero_point, OURS, channels=1)[:, 0], PIXELS)


@pytest.mark.parametrize(("scale", "zero_point"), [(2 / 255, -1), (2 / 255, 0)])
def test_int8_takes_pixels_less_128(scale: float, zero_point: int) -> None:
    np.testing.assert_array_equal(input_values(INT8, scale, zero_point, OURS, channels=1)[:, 0], PIXELS.astype(int) - 128)


def test_without_a_normalization_8_bits_are_the_pixel() -> None:
    np.testing.assert_array_equal(input_values(INT8, 1 / 255, -128, None, channels=3)[:, 2], PIXELS.astype(int) - 128)


def test_a_normalization_that_does_not_fit_the_scale_is_quantized() -> None:
    values = input_values(INT8, 0.05, 10, ([0.0], [255.0]), channels=1)[:, 0]
    assert values.tolist() == np.rint(PIXELS / 255 / 0.05 + 10).astype(int).tolist()


def test_what_lies_outside_is_clipped() -> None:
    values = input_values(INT8, 1 / 255, -128, OURS, channels=1)[:, 0]
    assert (values[0], values[255]) == (-128, 127)


def test_channels_may_differ() -> None:
    values = input_values(FLOAT, 0.0, 0, ([0.0, 128.0, 255.0], [1.0, 2.0, 4.0]), channels=3)
    assert values[255].tolist() == [255.0, 127 / 2, 0.0]


def test_scores_are_dequantized() -> None:
    stored = np.array([[-128, 127]], np.int8)
    assert real_scores(stored, 1 / 256, -128).tolist() == [[0.0, 255 / 256]]
