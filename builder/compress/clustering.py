"""Clustering: each kernel keeps a few distinct values, trained together with which weight takes which.

TFMOT knows no clustering of depthwise kernels: they stay as they are, 1 to 5 % of all weights.
"""

from __future__ import annotations

from typing import Any

import tf_keras

from builder.compress import tfmot
from builder.compress.twin import inner


def wrap(model: Any, clusters: int, *, keep_zeros: bool = False) -> Any:
    """A model whose kernels take their values from a table each.

    Args:
        model: a plain twin; its layers are wrapped, not copied.
        clusters: distinct values of a kernel. A kernel of no more weights than that is left alone.
        keep_zeros: weights that are zero stay zero, and zero is one of the values.
    """
    start = tfmot.clustering.CentroidInitialization.KMEANS_PLUS_PLUS
    if keep_zeros:

        def wrapper(layer: Any) -> Any:
            return tfmot.sparse_clustering.cluster_weights(layer, clusters, start, preserve_sparsity=True)

    else:

        def wrapper(layer: Any) -> Any:
            return tfmot.clustering.cluster_weights(layer, clusters, start)

    def clone(layer: Any) -> Any:
        return wrapper(layer) if type(layer) is tf_keras.layers.Conv2D and layer.kernel.shape.num_elements() > clusters else layer

    return tf_keras.models.clone_model(model, clone_function=clone)


def settle(model: Any) -> None:
    """Writes the shared values into the kernels; until then they hold what training moves, from which the values are looked up."""
    for layer in model.layers:
        if hasattr(layer, "update_clustered_weights_associations"):
            layer.update_clustered_weights_associations()
            for name, kernel in layer.original_clusterable_weights.items():
                kernel.assign(getattr(inner(layer), name))
