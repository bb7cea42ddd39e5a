"""The choice as a plan: figures, a verdict where there is a budget, and the file that is looked at."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from builder.architecture import Network
from builder.budget import Budget
from builder.errors import BuilderError
from builder.flash import Texts
from builder.pictures.designs import shown_variant
from builder.planner import Plan, Setting, VariantPlan
from builder.planner import plan as plan_of
from ui.choice import Choice
from ui.photos import Photos
from ui.wording import in_app

PLANS_KEPT = 256


@dataclass(frozen=True, slots=True)
class Planned:
    """A design, its budget and its plan.

    Args:
        choice: what it was made of.
        budget: None without one, or where it is refused.
        plan: all figures.
        variant: the file that is looked at.
        setting: what stays the same while the dials move.
        problem: why there is no budget, in words; empty where there is one or none was asked for.
    """

    choice: Choice
    budget: Budget | None
    plan: Plan
    variant: str
    setting: Setting
    problem: str = ""

    @property
    def shown(self) -> VariantPlan:
        """The file that is looked at."""
        return self.plan.variants[self.variant]


def planned(choice: Choice, photos: Photos) -> Planned:
    """Plans the choice; a budget that is refused leaves the figures without a verdict.

    Args:
        choice: dials, classes and budget.
        photos: their class names count where there are as many as classes were chosen.
    """
    network = choice.network()
    labels = photos.labels if photos.classes == choice.classes else None
    problem, budget = "", None
    try:
        budget = choice.budget()
        setting = Setting(network.classes, network.channels, labels, Texts(), budget, photos.builds)
    except BuilderError as error:
        problem, budget = in_app(str(error)), None
        setting = Setting(network.classes, network.channels, labels, Texts(), None, photos.builds)
    if photos.builds is None:
        found = kept(network, budget, labels)
    else:
        found = plan_of(network, budget=budget, labels=labels, builds=photos.builds)
    return Planned(choice, budget, found, choice.variant or shown_variant(found, budget), setting, problem)


@lru_cache(maxsize=PLANS_KEPT)
def kept(network: Network, budget: Budget | None, labels: tuple[str, ...] | None) -> Plan:
    """A plan, kept for the next visitor with the same dials."""
    return plan_of(network, budget=budget, labels=labels)
