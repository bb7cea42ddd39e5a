"""The prior of accuracy against the tables that it comes from, and against others."""

from __future__ import annotations

import statistics
from itertools import pairwise

import pytest

from builder.accuracy import cross_validate, expected, landmarks, published
from builder.errors import ConfigError

# tensorflow/models:research/slim/nets/mobilenet_v1.md@02c04f49: (alpha, resolution): (float, quantization-aware)
SLIM = {
    (1.0, 224): (70.9, 69.7),
    (1.0, 128): (65.2, 64.0),
    (0.75, 192): (67.2, 66.2),
    (0.5, 160): (59.1, 57.7),
    (0.25, 224): (49.8, 48.2),
    (0.25, 128): (41.5, 39.9),
}


@pytest.mark.parametrize(("alpha", "resolution"), SLIM)
def test_published_points_are_returned_as_published(alpha: float, resolution: int) -> None:
    floating, aware = SLIM[alpha, resolution]
    assert expected(alpha, resolution, "float32").top1 == pytest.approx(floating)
    assert expected(alpha, resolution, "int8", quantization_aware=True).top1 == pytest.approx(aware)
    assert not expected(alpha, resolution).extrapolated


@pytest.mark.parametrize(("alpha", "before", "after"), [(0.25, 48.96, 46.34), (0.5, 62.11, 59.92), (1.0, 69.52, 68.64)])
def test_post_training_int8_loses_the_published_share(alpha: float, before: float, after: float) -> None:
    # STMicroelectronics/stm32ai-modelzoo mobilenetv1/README.md@6f10965e: Keras weights through the TFLite converter, 224 px.
    assert expected(alpha, 224, "int8").top1 / expected(alpha, 224).top1 == pytest.approx(after / before)


def test_dynamic_range_loses_half_a_point_at_full_width() -> None:
    # arXiv:1806.08342 table 2, weights only, asymmetric per-channel: 70.9 -> 70.4.
    assert expected(1.0, 224, "dynamic").top1 == pytest.approx(70.4)


def test_float16_is_float32() -> None:
    assert expected(0.6, 150, "float16") == expected(0.6, 150, "float32")


@pytest.mark.parametrize("variant", ["float32", "dynamic", "int8", "int8_micro"])
def test_more_width_or_more_pixels_never_hurt(variant: str) -> None:
    alphas = [0.05 * step for step in range(1, 41)]
    resolutions = range(32, 513, 16)
    for resolution in resolutions:
        assert all(low < high for low, high in pairwise(expected(alpha, resolution, variant).top1 for alpha in alphas))
    for alpha in alphas:
        assert all(low < high for low, high in pairwise(expected(alpha, resolution, variant).top1 for resolution in resolutions))


@pytest.mark.parametrize(("alpha", "resolution"), [(0.2, 128), (1.1, 224), (0.5, 96), (0.5, 256)])
def test_outside_the_published_plane_it_says_so(alpha: float, resolution: int) -> None:
    answer = expected(alpha, resolution)
    assert answer.extrapolated
    assert 0 < answer.top1 < 100


def test_it_is_named_a_prior_and_names_its_source() -> None:
    answer = expected(0.5, 160, "int8")
    assert "ImageNet" in answer.prior
    assert "mobilenet_v1.md" in answer.source
    assert "stm32ai-modelzoo" in answer.source


def test_points_that_were_left_out_are_met() -> None:
    errors = [abs(predicted - truth) for _, _, truth, predicted in cross_validate(published().float_)]
    assert len(errors) == 12
    assert statistics.median(errors) < 0.6
    assert max(errors) < 1.8


def test_other_trainings_of_the_same_networks_lie_within_two_errors() -> None:
    # arXiv:1704.04861 tables 6, 7 and 9.
    paper = {(1.0, 224): 70.6, (0.75, 224): 68.4, (0.5, 224): 63.7, (0.25, 224): 50.6, (1.0, 160): 67.2, (0.5, 160): 60.2}
    for (alpha, resolution), top1 in paper.items():
        answer = expected(alpha, resolution)
        assert abs(answer.top1 - top1) < 2 * answer.error


def test_landmarks_carry_their_published_figures() -> None:
    # arXiv:1704.04861 table 8.
    by_name = {landmark.name: landmark for landmark in landmarks()}
    assert (by_name["VGG 16"].million_multiply_adds, by_name["VGG 16"].top1) == (15300, 71.5)
    assert all(landmark.source for landmark in landmarks())


@pytest.mark.parametrize(("alpha", "resolution", "variant"), [(0, 128, "int8"), (0.5, 8, "int8"), (0.5, 128, "int9")])
def test_bad_input_is_refused(alpha: float, resolution: int, variant: str) -> None:
    with pytest.raises(ConfigError):
        expected(alpha, resolution, variant)
