"""Compression on the tf_keras twin: pruning, clustering, quantization-aware training, and the chains of them.

Importing this package costs nothing; its rooms are imported for what they do:

    techniques   what there is, and what starts from what            standard library
    settings     sparsity, clusters, epochs                          pydantic
    selection    which layers a technique works on, and why not      standard library
    kept         what a technique kept, in weights and in bytes      NumPy
    weights_file weights on disk, whole or not there                 NumPy
    tuning       `tune`: a fine-tune with one technique              TensorFlow, TFMOT
    integer      the int8 files of a quantization-aware model        TensorFlow
"""

from builder.compress.techniques import TECHNIQUES, Technique

__all__ = ["TECHNIQUES", "Technique"]
