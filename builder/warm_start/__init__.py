"""Where training starts from: published weights, a model file, or seeded noise."""

from builder.warm_start.applying import apply, seeded, seeded_head
from builder.warm_start.resolving import WarmStart, resolve

__all__ = ["WarmStart", "apply", "resolve", "seeded", "seeded_head"]
