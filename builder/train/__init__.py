"""Training: one loop for Keras and its twin, on TensorFlow or JAX, resumable at every epoch."""

from builder.train.loop import FitResult, fit

__all__ = ["FitResult", "fit"]
