"""TensorFlow's model optimization toolkit: the only module that imports it, and the parts of it that are used.

It takes and gives tf_keras models only. Some parts have no public name; the release is the last one (0.8.1) and will not move.
"""

from __future__ import annotations

import warnings

with warnings.catch_warnings():
    # It compares versions by means of distutils.
    warnings.filterwarnings("ignore", "distutils Version classes are deprecated", DeprecationWarning)
    import tensorflow_model_optimization as public
    from tensorflow_model_optimization.python.core.clustering.keras.experimental import cluster as sparse_clustering
    from tensorflow_model_optimization.python.core.quantization.keras import quant_ops
    from tensorflow_model_optimization.python.core.quantization.keras.collab_opts.cluster_preserve import (
        cluster_preserve_quantize_registry as cluster_registry,
    )
    from tensorflow_model_optimization.python.core.quantization.keras.collab_opts.cluster_preserve import (
        default_8bit_cluster_preserve_quantize_scheme as cluster_scheme,
    )
    from tensorflow_model_optimization.python.core.quantization.keras.collab_opts.prune_preserve import (
        default_8bit_prune_preserve_quantize_scheme as prune_scheme,
    )
    from tensorflow_model_optimization.python.core.quantization.keras.default_8bit import default_8bit_quantizers

clustering, sparsity, quantization = public.clustering.keras, public.sparsity.keras, public.quantization.keras

__all__ = [
    "cluster_registry",
    "cluster_scheme",
    "clustering",
    "default_8bit_quantizers",
    "prune_scheme",
    "quant_ops",
    "quantization",
    "sparse_clustering",
    "sparsity",
]
