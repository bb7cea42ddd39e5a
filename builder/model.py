"""The table of layers as a Keras network: `keras` for training, its twin in `tf_keras` for compression.

One function makes both, so that `twin.set_weights(model.get_weights())` carries a trained network over. Padding is "same":
equal to the hand-padded layers of `keras.applications.MobileNet` where a map's side is even, and without their PAD operators.
"""

from __future__ import annotations

from typing import Any

from builder.architecture import Layer

BATCH_NORM_EPSILON = 1e-3  # as keras.applications.MobileNet: the published weights were trained with it
BATCH_NORM_MOMENTUM = 0.99  # Keras's default; training sets its own from the number of steps
RELU_MAX = 6.0


def build(
    K: Any,
    table: tuple[Layer, ...],
    *,
    dtype_policy: str | None = None,
    momentum: float = BATCH_NORM_MOMENTUM,
    seed: int = 0,
) -> Any:
    """Builds the network that a table describes.

    Args:
        K: the module `keras` (3) or `tf_keras`.
        table: rows of `architecture.layers`, input to output.
        dtype_policy: precision of the convolutions, such as "mixed_float16"; float32 when None. Variables, the pooling,
            the classifier and the softmax are float32 in any case.
        momentum: how much of its moving averages batch normalization keeps at each step, in [0, 1).
        seed: seeds the initial kernels, each layer apart; the same seed gives the same weights with the same K.

    Returns:
        A functional model from float32 (N, height, width, channels) in [-1, 1] to float32 class scores (N, classes) that
        add up to 1. Layers are named as in `keras.applications.MobileNet`.

    Example:
        >>> build(keras, layers(Network(alpha=0.25, resolution=96, classes=10))).count_params()
        221770
    """
    policy = dtype_policy or "float32"
    inputs = outputs = K.Input(shape=table[0].input_shape, name="input")
    for number, layer in enumerate(table):
        initializer = K.initializers.GlorotUniform(seed=seed * len(table) + number)
        if layer.kind == "pool":
            outputs = K.layers.GlobalAveragePooling2D(keepdims=True, dtype="float32", name=layer.name)(outputs)
        elif layer.kind == "classifier":
            convolution = K.layers.Conv2D(
                layer.output_shape[2], 1, kernel_initializer=initializer, dtype="float32", name=layer.name
            )
            outputs = convolution(outputs)
        else:
            outputs = convolved(K, layer, outputs, initializer, policy, momentum)
    outputs = K.layers.Flatten(dtype="float32", name="flatten")(outputs)
    outputs = K.layers.Softmax(dtype="float32", name="predictions")(outputs)
    return K.Model(inputs, outputs, name="mobilenet")


def convolved(K: Any, layer: Layer, inputs: Any, initializer: Any, policy: str, momentum: float) -> Any:
    """A convolution without bias, batch normalization and ReLU6."""
    options = {"strides": layer.stride, "padding": "same", "use_bias": False, "dtype": policy, "name": layer.name}
    if layer.kind == "depthwise":
        convolution = K.layers.DepthwiseConv2D(layer.kernel, depthwise_initializer=initializer, **options)
    else:
        convolution = K.layers.Conv2D(layer.output_shape[2], layer.kernel, kernel_initializer=initializer, **options)
    outputs = convolution(inputs)
    outputs = K.layers.BatchNormalization(momentum=momentum, epsilon=BATCH_NORM_EPSILON, dtype=policy, name=f"{layer.name}_bn")(
        outputs
    )
    return K.layers.ReLU(RELU_MAX, dtype=policy, name=f"{layer.name}_relu")(outputs)


def batch_norms(model: Any) -> list[Any]:
    """The model's batch normalization layers, input to output."""
    return [layer for layer in model.layers if hasattr(layer, "moving_mean")]


def set_momentum(model: Any, momentum: float) -> None:
    """Sets how much of its moving averages each batch normalization keeps at a step; call it before the model is compiled.

    Those inside the wrappers that compression puts around layers count too.
    """
    for layer in [*batch_norms(model), *(layer.layer for layer in model.layers if hasattr(layer, "layer"))]:
        if hasattr(layer, "moving_mean"):
            layer.momentum = momentum
