"""Hands batches to the backend in the form that it reads best."""

from __future__ import annotations

from typing import Any

from builder.train.batches import Feed
from builder.train.devices import Devices


def delivered(devices: Devices, feed: Feed, epoch: int | None) -> Any:
    """Batches in the form that the backend reads best: tf.data on TensorFlow, a generator elsewhere. No epoch: in order."""
    batches = feed.in_order if epoch is None else lambda: feed.training(epoch)
    if devices.backend != "tensorflow":
        return batches()
    import tensorflow as tf

    size = None if epoch is None else feed.batch_size
    shape = tuple(feed.photos.images.shape[1:])
    signature: tuple[Any, ...] = (tf.TensorSpec((size, *shape), tf.uint8), tf.TensorSpec((size, feed.classes), tf.float32))
    if epoch is not None and feed.weights is not None:
        signature += (tf.TensorSpec((size,), tf.float32),)
    dataset = tf.data.Dataset.from_generator(batches, output_signature=signature)
    options = tf.data.Options()
    options.experimental_distribute.auto_shard_policy = tf.data.experimental.AutoShardPolicy.OFF
    return dataset.apply(tf.data.experimental.assert_cardinality(feed.steps)).with_options(options).prefetch(2)
