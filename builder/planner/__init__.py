"""What a design costs before it exists, whether it fits, and what would.

ram         RAM while a file runs, with the kernels' scratch memory (scratch)
compute     standard convolutions, binary ones, where mult-adds and parameters sit
expectation the accuracy to expect
verdict     a file held against a budget
remedies    the nearest change of each dial that would fit
plan        one design, all of the above: `plan`
plane       many designs at once
frontier    what fits a budget best: `fit`
"""

from builder.planner.compute import Binary, Separable, Share
from builder.planner.expectation import Expectation
from builder.planner.frontier import Candidate, Fit, NextStep, NothingFits
from builder.planner.plan import Plan, VariantPlan, plan
from builder.planner.plane import Cell
from builder.planner.ram import Ram
from builder.planner.remedies import Remedy
from builder.planner.verdict import Check, Verdict

__all__ = [
    "Binary",
    "Candidate",
    "Cell",
    "Check",
    "Expectation",
    "Fit",
    "NextStep",
    "NothingFits",
    "Plan",
    "Ram",
    "Remedy",
    "Separable",
    "Share",
    "VariantPlan",
    "Verdict",
    "plan",
]
