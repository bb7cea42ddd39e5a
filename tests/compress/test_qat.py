"""Quantization-aware training: the model computes as its file does, from exact ranges, whatever is dead."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from builder.compress.integer import quantized_files
from builder.tflite_file import operators, parse
from tests.train.stripes import Stripes

from .conftest import NETWORK, Weights, Workshop
from .test_pruning import kernels


def scores_of(content: bytes, images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """What a file says, with kernels that are defined to the bit."""
    from ai_edge_litert.interpreter import Interpreter, OpResolverType

    interpreter = Interpreter(model_content=content, experimental_op_resolver_type=OpResolverType.BUILTIN_REF)
    interpreter.allocate_tensors()
    entry, end = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
    signed = entry["dtype"] == np.int8
    scores = []
    for image in images:
        values = (image.astype(np.int16) - 128).astype(np.int8) if signed else image
        interpreter.set_tensor(entry["index"], values[np.newaxis])
        interpreter.invoke()
        scores.append(interpreter.get_tensor(end["index"])[0].astype(np.int32) + (128 if signed else 0))
    return np.asarray(np.asarray(scores) / 256, np.float32)


def accuracy(scores: NDArray[np.float32], labels: NDArray[np.int32]) -> float:
    """Share of photos that scores get right."""
    return float((scores.argmax(axis=1) == labels).mean())


@pytest.mark.parametrize("name", ["qat", "pruned_qat", "clustered_qat", "pruned_clustered_qat", "clustered"])
def test_the_file_says_what_the_model_says(name: str, tuned: Workshop, int8: Callable[[str], bytes]) -> None:
    images, labels = tuned.photos.validation.images, tuned.photos.validation.labels
    scores = scores_of(int8(name), images)
    expected = tuned(name).model.predict((images / 127.5 - 1).astype(np.float32), verbose=0)
    assert accuracy(scores, labels) >= 0.9
    assert np.abs(scores - expected).mean() < 0.02


@pytest.mark.parametrize("name", ["qat", "pruned_clustered_qat"])
def test_every_tensor_is_an_integer(name: str, tuned: Workshop) -> None:
    for variant, content in quantized_files(tuned(name).model):
        model = parse(content)
        assert {tensor.dtype for tensor in model.main.tensors} <= {"int8", "int32", "uint8"}
        outside = {tensor.dtype for tensor in (*model.inputs, *model.outputs)}
        assert outside == ({"uint8"} if variant == "int8" else {"int8"})
        assert ("QUANTIZE" in operators(model)) is (variant == "int8")


def test_both_files_say_the_same(tuned: Workshop) -> None:
    images = tuned.photos.validation.images[:8]
    phone, micro = (scores_of(content, images) for _, content in quantized_files(tuned("qat").model))
    np.testing.assert_array_equal(phone, micro)


def test_a_raw_pixel_is_the_quantized_input(int8: Callable[[str], bytes]) -> None:
    (image,) = parse(int8("qat")).inputs
    assert image.quantization is not None
    assert image.quantization.scales == pytest.approx([2 / 255], rel=1e-6)
    assert image.quantization.zero_points[0] in (127, 128)


def test_every_kernel_has_a_scale_a_channel_also_depthwise_ones(int8: Callable[[str], bytes]) -> None:
    graph = parse(int8("qat")).main
    for operator in graph.operators:
        kernel = graph.tensor(operator, 1) if "CONV" in operator.name else None
        if kernel is not None:
            assert kernel.quantization is not None
            channels = kernel.shape[3] if operator.name == "DEPTHWISE_CONV_2D" else kernel.shape[0]
            assert len(set(kernel.quantization.scales)) > channels // 2


def test_the_weights_are_those_of_a_plain_twin(tuned: Workshop) -> None:
    outcome = tuned("qat")
    assert [value.shape for value in outcome.weights] == [value.shape for value in tuned.trained]
    assert all(np.abs(after - before).max() < 0.2 for after, before in zip(outcome.weights[:1], tuned.trained[:1], strict=True))


def test_zeros_stay_zero(tuned: Workshop) -> None:
    for name in ("pruned_qat", "pruned_clustered_qat"):
        for before, after in zip(kernels(tuned.start(name)), kernels(tuned(name).weights), strict=True):
            assert (after[before == 0] == 0).all()


def wrapped(weights: Weights, photos: Stripes, **options: bool) -> Any:
    """A quantization-aware model that is not trained."""
    from builder.compress import qat
    from builder.compress.twin import plain

    return qat.wrap(plain(NETWORK, weights), photos.train.images, momentum=0.9, **options)


def test_untrained_ranges_are_those_of_the_photos(trained: Weights, photos: Stripes) -> None:
    from builder.compress import qat

    model = wrapped(trained, photos)
    qat.settle(model)
    labels = photos.validation.labels
    assert accuracy(scores_of(dict(quantized_files(model))["int8"], photos.validation.images), labels) >= 0.9


def test_dead_channels_and_dead_layers_give_a_file_that_runs(trained: Weights, photos: Stripes) -> None:
    """A channel of zeros in a pruned kernel, and a layer that gives nothing but zeros."""
    from ai_edge_litert.interpreter import Interpreter

    from builder.compress import qat

    weights = [value.copy() for value in trained]
    pointwise = next(number for number, value in enumerate(weights) if value.shape == (1, 1, 16, 32))
    weights[pointwise][..., :3] = 0
    weights[-6][:] = 0  # the last normalization's gamma
    weights[-5][:] = -1  # and beta: ReLU6 of -1
    model = wrapped(weights, photos, keep_zeros=True)
    qat.settle(model)
    for _, content in quantized_files(model):
        Interpreter(model_content=content).allocate_tensors()  # with the kernels that phones run, which refuse such scales
        assert np.isfinite(scores_of(content, photos.validation.images[:2])).all()
        smallest = min(min(t.quantization.scales) for t in parse(content).main.tensors if t.quantization)
        assert smallest > 1e-9


def test_a_channel_of_zeros_keeps_its_bias(trained: Weights, photos: Stripes) -> None:
    """Its kernel gives nothing, and what normalization adds must come through as it is: 32 bits hold it at the scale chosen."""
    from builder.compress import qat

    weights = [value.copy() for value in trained]
    pointwise = next(number for number, value in enumerate(weights) if value.shape == (1, 1, 32, 64))
    weights[pointwise][..., ::2] = 0
    model = wrapped(weights, photos, keep_zeros=True)
    qat.settle(model)
    images = photos.validation.images
    expected = model.predict((images / 127.5 - 1).astype(np.float32), verbose=0)
    assert np.abs(scores_of(dict(quantized_files(model))["int8"], images) - expected).mean() < 0.02


def test_ranges_in_octaves_are_the_widest_halved() -> None:
    from builder.compress.qat import in_octaves

    largest = np.array([4.0, 3.9, 2.0, 1.9, 0.3], np.float32)
    np.testing.assert_allclose(in_octaves(largest), [4, 4, 2, 2, 0.5])


def test_a_kernel_without_zeros_leaves_the_zeros_of_the_others(trained: Weights, photos: Stripes) -> None:
    """TFMOT's one quantizer for all layers gives up at the first kernel that has none."""
    from builder.compress import qat

    weights = [value.copy() for value in trained]
    clustered = [number for number, value in enumerate(weights) if value.ndim == 4 and value.shape[3] > 1]
    for number in clustered:
        weights[number] = np.asarray(np.sign(weights[number]) / 4, np.float32)
    weights[clustered[1]][..., ::2, :] = 0
    model = wrapped(weights, photos, keep_zeros=True, keep_clusters=True)
    kept = [layer._weight_vars[0][1].preserve_sparsity for layer in model.layers if qat.kernel_of(layer) and "dw" not in layer.name]
    assert kept == [False, True, False, False]
