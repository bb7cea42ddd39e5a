"""`builder batch`: many builds from one file, on all cores and GPUs there are."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from builder.cli import batch_options as asked
from builder.cli import options as given
from builder.cli.application import app, print_json, print_lines
from builder.errors import ConfigError, Interrupted, MissingTool, NothingFits, PartlyFailed

if TYPE_CHECKING:
    from builder.batch.file import Batch
    from builder.batch.options import Options
    from builder.batch.planning import BatchPlan
    from builder.batch.record import BatchRecord
    from builder.console.batch import BatchProgress
    from builder.events import Emit


@app.command(cls=asked.WithHalving)
def batch(
    file: asked.File,
    dry_run: asked.DryRun = False,
    detach: asked.Detach = False,
    workers: asked.Workers = None,
    per_gpu: asked.PerGpu = 1,
    ray: asked.Ray = None,
    storage: asked.Storage = None,
    stop_when: asked.StopWhen = None,
    max_hours: asked.MaxHours = None,
    halving: asked.Halving = None,
    track: asked.Track = None,
    exports: given.Exports = Path("exports"),
    json: given.Json = False,
    json_lines: asked.JsonLines = False,
) -> None:
    """Build everything that a file lists, several builds at a time; a build that fails is tried once more, the others go on.

    The same command again goes on after Ctrl-C, a crash or a power cut: what is done is not done again. While the batch runs, it
    shows how it goes on.

    Example: builder batch grid.yaml --dry-run, then builder batch grid.yaml --workers 2
    """
    from builder.batch.file import Batch
    from builder.batch.options import Options
    from builder.batch.record import is_running
    from builder.batch.running import place_of

    check_answers(dry_run, detach, json, json_lines)
    wanted = Batch.from_file(file)
    options = Options(workers, per_gpu, ray, stop_when, max_hours, halving, track, storage)
    if dry_run:
        rehearse(wanted, exports, options, json)
        return
    if detach:
        send_off(wanted, file, exports, options, json)
        return
    folder = place_of(wanted, exports)
    events = emit_of(json_lines)
    record = follow(folder, options, events) if is_running(folder) else run(wanted, exports, options, events)
    if json:
        print_lines(record.lines())
    elif not json_lines:
        from builder.console.batch_summary import print_batch

        print_batch(record, folder, same_command(file, exports, options), exports=wanted.exports)
    check_end(record)


def check_answers(dry_run: bool, detach: bool, json: bool, json_lines: bool) -> None:
    """Raises `ConfigError` where two options ask for different answers."""
    for first, second, both in (
        ("--json", "--json-lines", json and json_lines),
        ("--dry-run", "--json-lines", dry_run and json_lines),
        ("--detach", "--json-lines", detach and json_lines),
        ("--dry-run", "--detach", dry_run and detach),
    ):
        if both:
            raise ConfigError(f"{first} and {second} ask for different answers: choose one.")


def emit_of(json_lines: bool) -> Emit:
    """Who hears of events besides the terminal."""
    from builder.console.json_lines import JsonLines
    from builder.events import silent

    return JsonLines() if json_lines else silent


def both(first: Emit, second: Emit) -> Emit:
    """Tells two."""

    def emit(event: str, /, **values: Any) -> None:
        first(event, **values)
        second(event, **values)

    return emit


def rehearse(wanted: Batch, exports: Path, options: Options, json: bool) -> None:
    """Shows what would be built."""
    from builder.batch.planning import plan_batch
    from builder.console import ConsoleProgress
    from builder.console.batch_plan import print_batch_plan

    with ConsoleProgress() as progress:
        plan = plan_batch(wanted, exports, emit=progress)
    if json:
        print_json(plan.to_json())
    else:
        print_batch_plan(plan, workers=crew_size(options), options=options)
    check_planned(plan)


def check_planned(plan: BatchPlan) -> None:
    """Raises what the exit code of a dry run stands for where nothing can be built."""
    check_usable(plan)
    check_fits([planned.skipped if planned.counted_as == "skipped" else "" for planned in plan.cells], plan.counts())


def check_usable(plan: BatchPlan) -> None:
    """Raises `ConfigError` where none is done and none can be built, not only because it does not fit."""
    counts, cells = plan.counts(), len(plan.cells)
    invalid = next((planned for planned in plan.cells if planned.counted_as == "invalid"), None)
    if invalid is None or counts["invalid"] + counts["skipped"] + counts["duplicate"] < cells:
        return
    which = "the file's one cell cannot" if cells == 1 else f"none of the file's {cells:,} cells can"
    more = f" ({counts['skipped']:,} of them because they do not fit)" if counts["skipped"] else ""
    raise ConfigError(f"Nothing can be built: {which}{more}. {invalid.skipped}")


def run(wanted: Batch, exports: Path, options: Options, events: Emit) -> BatchRecord:
    """Runs the batch here, as `builder.run_batch` does; what is planned is told before anything is trained."""
    from builder import runs
    from builder.batch.running import held_folder
    from builder.batch.running import run as run_planned
    from builder.console.batch import BatchProgress

    runs.check_writable(exports)
    with held_folder(wanted, exports) as folder, BatchProgress() as progress:
        emit = both(progress, events)
        return run_planned(wanted, announced(wanted, exports, options, progress, events), folder, options, emit, progress.watch)


def announced(wanted: Batch, exports: Path, options: Options, progress: BatchProgress, events: Emit) -> BatchPlan:
    """The plan, once it was said how many builds come and about how long they take."""
    from builder.batch.planning import plan_batch
    from builder.console import ConsoleProgress
    from builder.console.batch_told import plan_of

    with ConsoleProgress() as listing:
        plan = plan_batch(wanted, exports, emit=both(listing, events))
    check_usable(plan)
    progress("note", message=plan_of(plan, crew_size(options)))
    for note in plan.notes:
        progress("warning", message=note)
    return plan


def crew_size(options: Options) -> int:
    """How many build at a time; of another machine's cluster one, unless somebody asked for more: its nodes are not known yet."""
    from builder.batch.workers import workers

    elsewhere = options.ray not in (None, "local")
    return options.workers or 1 if elsewhere else workers(options.workers, options.per_gpu).count


def follow(folder: Path, options: Options, events: Emit) -> BatchRecord:
    """Shows a batch that another process runs. Ctrl-C ends the showing, not the batch."""
    from builder.batch.following import follow as to_its_end
    from builder.console.batch import BatchProgress
    from builder.console.summary import command

    with BatchProgress() as progress:
        progress("note", message=f"This batch is running already, in {folder}: here is how it goes on. Ctrl-C leaves it running.")
        for warning in unheeded(folder, options):
            progress("warning", message=warning)
        try:
            return to_its_end(folder, both(progress, events), progress.watch)
        except KeyboardInterrupt:
            raise Interrupted(
                f"The batch goes on without this terminal. The same command shows it again; `{command()} stop "
                f"{shlex.quote(str(folder))}` stops it."
            ) from None


def unheeded(folder: Path, options: Options) -> list[str]:
    """What to say where a running batch is joined with other options than it runs with: it keeps its own."""
    from builder.batch.launching import readable
    from builder.console.summary import command

    given, record = options.to_json(), readable(folder)
    is_known = record is not None and record.state == "running"  # else it is an earlier run's: this one plans
    rules = record.rules if record is not None and is_known else {}
    if all(rules.get(name) == value for name, value in given.items()):
        return []
    own = ", ".join(f"--{name.replace('_', '-')} {value}" for name, value in rules.items()) or "none"
    return [
        f"A running batch keeps the options it was started with{f' ({own})' if is_known else ''}; those given now change nothing. "
        f"To run it with them, stop it first: {command()} stop {shlex.quote(str(folder))}"
    ]


def send_off(wanted: Batch, file: Path, exports: Path, options: Options, json: bool) -> None:
    """Starts the batch as a process of its own and says how to watch and stop it."""
    from builder import runs
    from builder.batch.launching import launch_batch
    from builder.batch.planning import plan_batch
    from builder.batch.record import is_running
    from builder.batch.running import place_of
    from builder.console import ConsoleProgress
    from builder.console.summary import command
    from builder.formats import printable

    runs.check_writable(exports)
    joined = is_running(place_of(wanted, exports))
    warnings = unheeded(place_of(wanted, exports), options) if joined else []
    if not joined:
        with ConsoleProgress() as progress:
            check_planned(plan_batch(wanted, exports, emit=progress))
    folder = launch_batch(wanted, exports, options)
    if json:
        print_json({"folder": str(folder), "joined": joined, "warnings": warnings})
        return
    for warning in warnings:
        typer.echo(printable(f"Warning: {warning}"), err=True)
    typer.echo(printable(f"The batch {'is running already' if joined else 'has begun'}, in {folder}."))
    typer.echo(printable(f"Watch it: {command()} batch {shlex.quote(str(file))}{place_option(exports)}"))
    typer.echo(printable(f"Stop it:  {command()} stop {shlex.quote(str(folder))}"))


def same_command(file: Path, exports: Path, options: Options) -> str:
    """The command line that goes on with a batch; a password in it is masked, and a comment says so."""
    from builder.addresses import MASK
    from builder.console.summary import command

    kept = options.to_json()
    words = (f" --{name.replace('_', '-')} {shlex.quote(f'{value}')}" for name, value in kept.items())
    hint = "" if kept == options.given() else f"  # with the password in place of {MASK}"
    return f"{command()} batch {shlex.quote(str(file))}{place_option(exports)}{''.join(words)}{hint}"


def place_option(exports: Path) -> str:
    """The option for an exports folder that is not the usual one."""
    return "" if exports == Path("exports") else f" --exports {shlex.quote(str(exports))}"


def check_end(record: BatchRecord) -> None:
    """Raises what the exit code stands for where a batch did not end well."""
    from builder.batch.record import FROM_OUTSIDE
    from builder.console.batch_summary import failures

    if record.state == "failed":
        raise MissingTool(record.message)
    if record.message in FROM_OUTSIDE:
        raise Interrupted(record.message)
    if record.counts.get("failed"):
        raise PartlyFailed(failures(record))
    check_fits([cell.message if cell.state == "skipped" else "" for cell in record.cells], record.counts)


def check_fits(reasons: list[str], counts: dict[str, int]) -> None:
    """Raises `NothingFits` where every cell is skipped because it does not fit.

    Args:
        reasons: of each cell, why it is skipped; empty where it is not.
        counts: cells by state.
    """
    skipped = [reason for reason in reasons if reason]
    if skipped and len(skipped) + counts.get("duplicate", 0) == len(reasons):
        raise NothingFits(
            f"Nothing fits: all {len(skipped):,} cells are skipped. {skipped[0]} Allow more in the file's budget or devices, or "
            "add smaller alphas and resolutions to its grid."
        )
