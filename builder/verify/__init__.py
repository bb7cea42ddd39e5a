"""What a .tflite file does, found out from its bytes alone: no setting of the build can fool it.

    inspect(file)                     its graph, counts, labels, TFLite Micro's arena
    predict(file, photos)             what is on photos
    evaluate(file, data)              accuracy on a folder of photos
    verify_variants(files, ...)       every variant of a build, against Keras and against other interpreters

Files are parsed and run in child processes (see `isolation`): a crash there is an error message here. Names are resolved when
they are first used, so that the child itself starts in no time.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from builder.verify.check import verify_variants as verify_variants
    from builder.verify.evaluation import Evaluation as Evaluation
    from builder.verify.evaluation import evaluate as evaluate
    from builder.verify.inspection import Inspection as Inspection
    from builder.verify.inspection import inspect as inspect
    from builder.verify.prediction import Prediction as Prediction
    from builder.verify.prediction import predict as predict
    from builder.verify.verdict import VariantCheck as VariantCheck

_HOMES = {
    "Evaluation": "evaluation",
    "Inspection": "inspection",
    "Prediction": "prediction",
    "VariantCheck": "verdict",
    "evaluate": "evaluation",
    "inspect": "inspection",
    "predict": "prediction",
    "verify_variants": "check",
}

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'builder.verify' has no attribute '{name}'")
    return getattr(importlib.import_module(f"builder.verify.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return list(__all__)
