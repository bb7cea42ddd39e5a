"""How a run of a batch begins: what is known of each cell already, which ones take part, and what the schedule has to know."""

from __future__ import annotations

from dataclasses import replace

from builder.batch.options import Options
from builder.batch.planning import PlannedCell
from builder.batch.record import CellRecord
from builder.batch.standing import Standing
from builder.batch.waiting import Job


def first_record(planned: PlannedCell, standing: Standing, *, has_target: bool) -> CellRecord:
    """What is known of a cell before anything is begun; with a target, its figures are those of the file for it."""
    cell = CellRecord(
        number=planned.cell.number,
        values=dict(planned.cell.values),
        build=planned.build,
        message=planned.skipped,
        epochs=planned.epochs or 0,
        variant=planned.variant if has_target else "",
        device=planned.fits[0] if planned.fits else "",
        seconds_expected=planned.seconds.typical if planned.seconds is not None else 0.0,
    )
    if planned.state == "duplicate":
        return replace(cell, state="duplicate")
    if planned.skipped:
        return replace(cell, state="skipped" if planned.build else "failed")
    folder = standing.folder(planned.build)
    outcome = standing.outcome(planned.build, cell.variant, is_enforced=planned.cell.config.gate.mode == "enforce")
    cell = replace(cell, folder="" if folder is None else str(folder))
    return cell if outcome is None else replace(cell, state="done", outcome=outcome)


def takes_part(cell: CellRecord, options: Options) -> bool:
    """Whether a cell is to be built; finished ones take part where others are compared with them."""
    return cell.state == "waiting" or (cell.state == "done" and options.halving is not None)


def job_of(planned: PlannedCell) -> Job:
    """A cell for the schedule."""
    config = planned.cell.config
    training = config.training
    shape = (config.alpha, config.resolution, config.channels, config.data, training.epochs, training.batch_size)
    return Job(
        number=planned.cell.number,
        shape=shape,
        group=f"{config.data} {config.test_data} {config.split_seed}",
        seconds=planned.seconds.typical if planned.seconds is not None else 0.0,
        epochs=planned.epochs or 0,
    )
