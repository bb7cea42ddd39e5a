"""What finished builds of the same photos reached, so that a plan can say that instead of the published accuracy."""

from __future__ import annotations

from pathlib import Path

from builder.errors import BuilderError
from builder.planner import Builds
from builder.planner.expectation import Key, Measured
from builder.report.findings import interval95
from builder.report.json_file import read_report
from builder.runs import REPORT


def builds_of(exports: Path, fingerprint: str) -> Builds | None:
    """The accuracy of every file of every trained build of some photos.

    Args:
        exports: where builds are kept; one that is not there has none.
        fingerprint: of the photos, `open_source(data).fingerprint`.

    Returns:
        `Builds`, or None where there is no finished and trained build of these photos. Of several builds of one design the
        best counts. Reports that cannot be read are passed over: a plan does not need them.
    """
    accuracy: dict[Key, Measured] = {}
    for file in sorted(exports.glob(f"*/{REPORT}")):
        if file.parent.name.startswith("."):
            continue  # set aside by --force
        try:
            report = read_report(file)
        except BuilderError:
            continue
        if report.dataset.fingerprint != fingerprint or report.training.best_epoch is None:
            continue
        design = report.predicted
        photos = report.measured.keras.images
        for variant, made in report.measured.variants.items():
            span = None if made.accuracy is None else interval95(made.accuracy, photos)
            if made.accuracy is None or span is None:
                continue
            key = (float(design["alpha"]), int(design["resolution"]), int(design["channels"]), variant)
            if key not in accuracy or made.accuracy > accuracy[key].accuracy:
                accuracy[key] = Measured(made.accuracy, photos, *span, report.warm_start.kind)
    return Builds(accuracy) if accuracy else None
