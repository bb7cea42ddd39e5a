"""The network as it is trained: it takes raw pixels, and on TensorFlow its batch normalization is the fused kernel.

Measured on 2 cores (alpha 0.25, 128 px, batch 32): Keras 3's own batch normalization 530-580 images/s, fused 810. XLA on a CPU: 80.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from builder.config import Training
from builder.model import set_momentum
from builder.preprocessing import MEAN, STD
from builder.train.devices import Devices
from builder.train.recipe import Recipe

FLOAT32_LAYERS = ("input", "global_average_pooling", "conv_preds", "flatten", "predictions")


@dataclass(frozen=True, slots=True)
class TrainingNetwork:
    """A compiled network over raw pixels and the parts of it that a checkpoint holds.

    Args:
        whole: what is fitted, from raw pixels.
        core: the network that is built around.
        optimizer: of `whole`.
        at_start: the optimizer's variables before the first step.
    """

    whole: Any
    core: Any
    optimizer: Any
    at_start: list[NDArray[Any]]

    def weights(self) -> list[NDArray[Any]]:
        """The network's weights, in the order of `model.get_weights()`."""
        return [np.asarray(value) for value in self.core.get_weights()]

    def optimizer_values(self) -> list[NDArray[Any]]:
        """The optimizer's variables, its count of steps first."""
        return [np.asarray(variable.numpy()) for variable in self.optimizer.variables]

    def start_anew(self, weights: list[NDArray[Any]]) -> None:
        """Puts other start weights in and forgets what was learnt."""
        self.restore(weights, self.at_start, steps=0)
        self.whole.reset_metrics()

    def restore(self, weights: list[NDArray[Any]], optimizer_values: list[NDArray[Any]], steps: int) -> None:
        """Puts weights and the optimizer's variables back and sets how many steps are done.

        The scale of the loss comes before the other variables, and in float16 only: training that goes on in another precision
        (a build begun on a GPU, taken up on a CPU) leaves it out, or starts with a new one.
        """
        self.core.set_weights(weights)
        inner = getattr(self.optimizer, "inner_optimizer", self.optimizer)
        common = len(inner.variables)
        scale, scale_values = self.optimizer.variables[:-common], optimizer_values[:-common]
        if len(scale) == len(scale_values):
            for variable, value in zip(scale, scale_values, strict=True):
                variable.assign(value)
        for variable, value in zip(inner.variables, optimizer_values[-common:], strict=True):
            variable.assign(value)
        inner.iterations.assign(steps)


def training_network(K: Any, model: Any, training: Training, recipe: Recipe, devices: Devices) -> TrainingNetwork:
    """Compiles what is trained.

    Args:
        K: the module `keras` or `tf_keras`.
        model: a network over float32 in [-1, 1]. Keras's is copied and left as it is; the twin's is trained in place, because
            compression wraps its layers in ways that a copy would lose.
        training: the user's settings.
        recipe: the numbers of this training.
        devices: what it runs on.
    """
    core = model
    if K.__name__ == "keras":
        core = copied(K, model, devices, recipe.momentum)
    else:
        set_momentum(core, recipe.momentum)
    if training.freeze:
        for layer in core.layers:
            layer.trainable = layer.name == "conv_preds"
    pixels = K.Input(core.input_shape[1:], dtype="uint8")
    whole = K.Model(pixels, core(K.layers.Rescaling(1 / STD, -MEAN / STD, dtype="float32")(pixels)))
    schedule = K.optimizers.schedules.CosineDecay(
        recipe.learning_rate if recipe.warmup_steps == 0 else 0.0,
        decay_steps=max(1, recipe.steps - recipe.warmup_steps),
        warmup_target=recipe.learning_rate if recipe.warmup_steps else None,
        warmup_steps=recipe.warmup_steps,
    )
    optimizer = K.optimizers.AdamW(schedule, weight_decay=training.weight_decay)
    optimizer.exclude_from_weight_decay(var_list=[value for value in core.trainable_variables if not is_decayed(value)])
    if devices.policy == "mixed_float16":
        optimizer = K.optimizers.LossScaleOptimizer(optimizer)
    optimizer.build(core.trainable_variables)
    whole.compile(
        optimizer=optimizer,
        loss=K.losses.CategoricalCrossentropy(label_smoothing=training.label_smoothing),
        metrics=["accuracy"],
        **compile_options(K, devices),
    )
    if K.__name__ == "keras" and devices.backend == "tensorflow" and devices.count == 1:
        make_metrics(K, whole)
    return TrainingNetwork(whole, core, optimizer, [np.array(variable.numpy()) for variable in optimizer.variables])


def make_metrics(K: Any, whole: Any) -> None:
    """Makes the variables of the metrics, which Keras would make in the first step: TensorFlow then traces that step twice."""
    scores = K.ops.zeros((1, whole.output_shape[-1]))
    whole.compute_metrics(None, scores, scores)
    whole.reset_metrics()


def is_decayed(variable: Any) -> bool:
    """Kernels of convolutions are; depthwise ones are not: they have too few values (arXiv:1704.04861, section 3.2).

    Nor is what compression adds: a kernel's centroids, its range, the step of its pruning.
    """
    name = getattr(variable, "path", variable.name).partition(":")[0]
    return name.rpartition("/")[2] == "kernel" and "conv_dw" not in name


def compile_options(K: Any, devices: Devices) -> dict[str, Any]:
    """How the step is compiled: XLA's depthwise kernels are ten times slower on a CPU, so TensorFlow goes without it there."""
    if devices.backend == "tensorflow" and K.__name__ == "keras":
        return {"jit_compile": "auto" if devices.accelerators else False}
    return {}


def copied(K: Any, model: Any, devices: Devices, momentum: float) -> Any:
    """A copy of a Keras 3 network in the training precision, with fused batch normalization where there is a kernel for it."""

    def clone(layer: Any) -> Any:
        config = layer.get_config()
        kind = type(layer)
        if layer.name not in FLOAT32_LAYERS:
            config["dtype"] = devices.policy
        if isinstance(layer, K.layers.BatchNormalization):
            config["momentum"] = momentum
            kind = fused_batch_normalization(K) if devices.backend == "tensorflow" else kind
        return kind.from_config(config)

    copy = K.models.clone_model(model, clone_function=clone)
    copy.set_weights(model.get_weights())
    return copy


@cache
def fused_batch_normalization(K: Any) -> Any:
    """Keras 3's batch normalization with TensorFlow's fused kernel in training."""
    import tensorflow as tf

    class FusedBatchNormalization(K.layers.BatchNormalization):  # type: ignore[misc]
        """Same variables, same outputs; the moving variance takes the unbiased estimate, as tf_keras does."""

        def call(self, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
            if not (training and self.trainable):
                return super().call(inputs, training=training, mask=mask)
            outputs, mean, variance = tf.compat.v1.nn.fused_batch_norm(
                inputs,
                tf.cast(tf.convert_to_tensor(self.gamma), tf.float32),
                tf.cast(tf.convert_to_tensor(self.beta), tf.float32),
                epsilon=self.epsilon,
                is_training=True,
            )
            for moving, value in ((self.moving_mean, mean), (self.moving_variance, variance)):
                moving.assign(moving * self.momentum + value * (1 - self.momentum))
            return outputs

    return FusedBatchNormalization
