"""Whose turn it is to build on this machine: slots, and the queue of those who wait for one."""

from builder.jobs.queue import turn, waiting_words
from builder.jobs.slots import builds_per_gpu, restrict_to, slot_names, try_slots, visible_gpus

__all__ = ["builds_per_gpu", "restrict_to", "slot_names", "try_slots", "turn", "visible_gpus", "waiting_words"]
