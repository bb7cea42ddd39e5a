"""What somebody would write today without the builder: Keras's own MobileNet, its folder reader, its fit, one converter a file.

Run by side_by_side.py; prints one JSON object with the seconds of each part and the accuracy.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf


def read(folder: Path, resolution: int, *, shuffle: bool) -> tf.data.Dataset:
    """Photos of one split, decoded and resized anew each epoch, as image_dataset_from_directory does."""
    dataset = keras.utils.image_dataset_from_directory(
        folder, image_size=(resolution, resolution), batch_size=32, shuffle=shuffle, seed=0
    )
    return dataset.prefetch(tf.data.AUTOTUNE)


def network(alpha: float, resolution: int, classes: int, warm_start: Path) -> keras.Model:
    """Keras's MobileNet without its top, the warm start's weights, and a new classifier."""
    base = keras.applications.MobileNet(
        input_shape=(resolution, resolution, 3), alpha=alpha, include_top=False, weights=None, pooling="avg"
    )
    base.set_weights(keras.saving.load_model(warm_start).get_weights())
    inputs = keras.Input((resolution, resolution, 3))
    features = base(keras.layers.Rescaling(1 / 127.5, offset=-1)(inputs))
    return keras.Model(inputs, keras.layers.Dense(classes, activation="softmax")(features))


class EpochTimes(keras.callbacks.Callback):  # type: ignore[misc]
    """Seconds of each epoch, validation included."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds: list[float] = []

    def on_epoch_begin(self, *_: Any) -> None:
        self.started = time.perf_counter()

    def on_epoch_end(self, *_: Any) -> None:
        self.seconds.append(time.perf_counter() - self.started)


def export(model: keras.Model, calibration: np.ndarray, folder: Path) -> None:
    """Five files, one converter each, as the TensorFlow Lite guides show."""

    def photos() -> Any:
        for photo in calibration:
            yield [photo[None].astype(np.float32)]

    for variant in ("float32", "float16", "dynamic", "int8", "int8_micro"):
        converter = tf.lite.TFLiteConverter.from_keras_model(model)
        if variant != "float32":
            converter.optimizations = [tf.lite.Optimize.DEFAULT]
        if variant == "float16":
            converter.target_spec.supported_types = [tf.float16]
        if variant in ("int8", "int8_micro"):
            converter.representative_dataset = photos
            converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
            converter.inference_input_type = converter.inference_output_type = tf.uint8 if variant == "int8" else tf.int8
        (folder / f"{variant}.tflite").write_bytes(converter.convert())


def main() -> None:
    """Trains, measures and exports; prints the seconds of each part."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with train/, val/ and test/")
    parser.add_argument("--alpha", type=float, default=0.25)
    parser.add_argument("--resolution", type=int, default=128)
    parser.add_argument("--epochs", type=int, default=6)
    parser.add_argument("--init", type=Path, required=True, help="a .keras file of MobileNet without its top")
    parser.add_argument("--exports", type=Path, required=True)
    options = parser.parse_args()

    train = read(options.data / "train", options.resolution, shuffle=True)
    validation = read(options.data / "val", options.resolution, shuffle=False)
    test = read(options.data / "test", options.resolution, shuffle=False)
    classes = len(list((options.data / "train").iterdir()))
    model = network(options.alpha, options.resolution, classes, options.init)
    model.compile(keras.optimizers.Adam(1e-3), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    times = EpochTimes()
    started = time.perf_counter()
    model.fit(train, validation_data=validation, epochs=options.epochs, callbacks=[times], verbose=0)
    fitted = time.perf_counter()
    accuracy = model.evaluate(test, verbose=0)[1]
    calibration = np.concatenate([photos for photos, _ in train.take(7)])[:200]
    options.exports.mkdir(parents=True, exist_ok=True)
    exporting = time.perf_counter()
    export(model, calibration, options.exports)
    done = time.perf_counter()
    print(
        json.dumps(
            {
                "epoch_seconds": times.seconds,
                "train_seconds": fitted - started,
                "export_seconds": done - exporting,
                "accuracy": accuracy,
            }
        )
    )


if __name__ == "__main__":
    main()
