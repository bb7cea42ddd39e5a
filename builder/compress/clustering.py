"""Clustering: each kernel keeps a few distinct values, trained together with which weight takes which.

TFMOT knows no clustering of depthwise kernels: they stay as they are, 1 to 5 % of all weights.
"""

from __future__ import annotations

from collections.abc import Set
from typing import Any

import tf_keras

from builder.compress import tfmot
from builder.compress.twin import inner, wrapped


def wrap(model: Any, layers: Set[str], clusters: int, *, keep_zeros: bool = False) -> Any:
    """A model whose kernels take their values from a table each.

    Args:
        model: a plain twin; its layers are wrapped, not copied.
        layers: names of those to cluster; each has more weights that are not zero than there are clusters.
        clusters: distinct values of a kernel.
        keep_zeros: weights that are zero stay zero, and zero is one of the values. Other convolutions are not trained.
    """
    # Of hands at alpha 0.25 and 128 px, 3 epochs: 99.5 % of the validation photos right, 95.9 % by density, 93.4 % evenly spaced.
    start = tfmot.clustering.CentroidInitialization.KMEANS_PLUS_PLUS
    if keep_zeros:
        for layer in model.layers:
            if type(layer) is tf_keras.layers.Conv2D and layer.name not in layers:
                layer.trainable = False  # it has zeros, and no table that would keep them
        return wrapped(
            model, layers, lambda layer: tfmot.sparse_clustering.cluster_weights(layer, clusters, start, preserve_sparsity=True)
        )
    return wrapped(model, layers, lambda layer: tfmot.clustering.cluster_weights(layer, clusters, start))


def settle(model: Any) -> None:
    """Writes the shared values into the kernels; until then they hold what training moves, from which the values are looked up."""
    for layer in model.layers:
        if hasattr(layer, "update_clustered_weights_associations"):
            layer.update_clustered_weights_associations()
            for name, kernel in layer.original_clusterable_weights.items():
                kernel.assign(getattr(inner(layer), name))
