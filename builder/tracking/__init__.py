"""Finished builds logged to MLflow: settings, figures, files, each build once.

Tracker     what a batch holds: `Tracker.open(uri, experiment)`, `tracker.log(run, tags)`
child       the process that MLflow lives in (`python -m builder.tracking.child`): it takes some 200 MB, which the driver of a
            batch must not
entry       what is logged of a build, read from its folder
store       the calls of MLflow's client
"""

from __future__ import annotations

from builder.tracking.tracker import Logged, Tracker

__all__ = ["Logged", "Tracker"]
