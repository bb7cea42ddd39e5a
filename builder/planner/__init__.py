"""What a design costs before it exists, whether it fits, and what would.

counts       exact counts without walking layers
scratch      working memory of kernel libraries
ram          RAM while a file runs
compute      standard convolutions, binary ones, where mult-adds and parameters sit
expectation  the accuracy to expect
setting      what stays the same while the dials move
plane        many designs at once
verdict      a design held against a budget
remedies     the nearest change of each dial that would fit
plan         one design, all of the above: `plan`
frontier     designs that no other one beats
candidate    one of those, with its next step
nothing      what to say where nothing fits
fit          what fits a budget best: `fit`
"""

from builder.planner.candidate import Candidate, NextStep
from builder.planner.compute import Binary, Separable, Share
from builder.planner.expectation import Builds, Expectation, Measured
from builder.planner.fit import Fit, fit
from builder.planner.nothing import NothingFits
from builder.planner.plan import Design, Plan, VariantPlan, plan
from builder.planner.plane import ALPHAS, RESOLUTIONS, Cell, cells
from builder.planner.ram import Ram
from builder.planner.remedies import Remedy
from builder.planner.setting import WARM_ALPHAS, Setting
from builder.planner.verdict import Check, Verdict

__all__ = [
    "ALPHAS",
    "RESOLUTIONS",
    "WARM_ALPHAS",
    "Binary",
    "Builds",
    "Candidate",
    "Cell",
    "Check",
    "Design",
    "Expectation",
    "Fit",
    "Measured",
    "NextStep",
    "NothingFits",
    "Plan",
    "Ram",
    "Remedy",
    "Separable",
    "Setting",
    "Share",
    "VariantPlan",
    "Verdict",
    "cells",
    "fit",
    "plan",
]
