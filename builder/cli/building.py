"""`builder build`: from photos to verified files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from builder.cli import options as given
from builder.cli.application import app, channels, print_json, settings
from builder.errors import BuilderError, NothingFits

if TYPE_CHECKING:
    from builder.events import Emit
    from builder.matrix import Matrix


@app.command()
def build(
    data: given.Data = None,
    test_data: given.TestData = None,
    bad_share_max: given.BadShareMax = None,
    split_seed: given.SplitSeed = None,
    alpha: given.Alpha = None,
    rho: given.Rho = None,
    resolution: given.Resolution = None,
    grayscale: given.Grayscale = None,
    classes: given.Classes = None,
    init: given.Init = None,
    epochs: given.Epochs = None,
    batch_size: given.BatchSize = None,
    learning_rate: given.LearningRate = None,
    patience: given.Patience = None,
    augmentation: given.AugmentationStrength = None,
    mirror: given.Mirror = None,
    freeze: given.Freeze = None,
    training_dtype: given.Dtype = None,
    seed: given.Seed = None,
    variant: given.Variants = None,
    author: given.Author = None,
    license_text: given.License = None,
    gate: given.GateMode = None,
    max_drop: given.MaxDrop = None,
    max_class_drop: given.MaxClassDrop = None,
    max_flash: given.MaxFlash = None,
    max_gzip: given.MaxGzip = None,
    title: given.Title = None,
    exports: given.Exports = Path("exports"),
    force: given.Force = False,
    config: given.Config = None,
    json: given.Json = False,
) -> None:
    """Train a MobileNet on photos, export every .tflite variant, and verify the bytes.

    The same command again joins a running build, resumes a stopped one, and prints the report of a finished one.

    Example: builder build --data photos/ --alpha 0.5 --resolution 128
    """
    from builder.console import ConsoleProgress, print_summary
    from builder.start import build as start

    design = settings(
        config,
        data=data,
        test_data=test_data,
        bad_share_max=bad_share_max,
        split_seed=split_seed,
        alpha=alpha,
        rho=rho,
        resolution=resolution,
        channels=channels(grayscale),
        classes=classes,
        init=init,
        seed=seed,
        variants=variant,
        author=author,
        license=license_text,
        training__epochs=epochs,
        training__batch_size=batch_size,
        training__learning_rate=learning_rate,
        training__patience=patience,
        training__freeze=freeze,
        training__dtype=training_dtype,
        augmentation__strength=augmentation,
        augmentation__mirror=mirror,
        gate__mode=gate,
        gate__max_drop=max_drop,
        gate__max_class_drop=max_class_drop,
        gate__max_flash=max_flash,
        gate__max_gzip=max_gzip,
    )
    with ConsoleProgress() as progress:
        finished = start(design, exports, force=force, title=title, emit=progress, capture_output=True)
        bundle = bundled(finished.folder, progress)
    matrix = finished.matrix
    if json:
        print_json(finished.report.to_json() | ({} if matrix is None else {"matrix": matrix.to_json()}))
    else:
        print_summary(finished.report, finished.folder, bundle=bundle)
    if matrix is not None:
        if not json:
            from builder.console.compressing import print_matrix

            print_matrix(matrix, finished.folder)
        check_chosen(matrix)


def bundled(folder: Path, emit: Emit) -> Path | None:
    """The build as one zip for phone and board; a zip that cannot be made is told, and spoils no build."""
    from builder.packing import pack
    from builder.runs import Run

    emit("stage", stage="bundle", state="start")
    try:
        place = pack(Run(folder))
    except BuilderError as error:
        emit("warning", message=f"No bundle was made: {error}")
        return None
    emit("stage", stage="bundle", state="done")
    return place


def check_chosen(matrix: Matrix) -> None:
    """Raises `NothingFits` where the gate was enforced and nothing passed."""
    if matrix.chosen is None:
        raise NothingFits(f"No file passes the gate ({matrix.gate.text}). {matrix.shortfall}")


@app.command()
def stop(
    name: Annotated[
        str,
        typer.Argument(
            help="A build: its folder, the folder's name, or the start of its id. A batch: its folder, its name or its id.",
            metavar="BUILD",
        ),
    ],
    exports: given.Exports = Path("exports"),
) -> None:
    """Stop a running or waiting build, the work on a finished one, or a batch, whoever started it; the same command goes on.

    What is whole is kept: every epoch that was trained, every stage, technique and resolution that was done, every build.

    Example: builder stop photos-a0.5-r128-0a1b2c3d4e
    """
    from builder.batch.finding import batch_called, batches_near, find_batch
    from builder.errors import InvalidInput, MissingTool
    from builder.formats import printable
    from builder.launch import stop as end
    from builder.runs import resolve_build

    folder = find_batch(name, exports)
    if folder is None:
        try:
            run = resolve_build(name, exports)
        except InvalidInput as error:
            folder = batch_called(name, exports)
            if folder is None:
                raise InvalidInput(f"{error}{batches_near(name, exports)}") from None
    if folder is not None:
        stop_batch(folder)
        return
    known = printable(run.folder.name)
    was_done = run.status() == "done"
    if not run.is_locked():
        typer.echo(f"{known} is not running.")
    elif not end(run):
        raise MissingTool(f"{known} could not be stopped: its process belongs to another user or another machine. Stop it there.")
    elif was_done:
        typer.echo(f"The work on {known} is stopped; the build itself is done, as before.")
    else:
        typer.echo(f"{known} is {'done' if run.status() == 'done' else 'stopped'}.")


def stop_batch(folder: Path) -> None:
    """Stops a running batch with the builds at hand."""
    from builder.batch.launching import readable
    from builder.batch.launching import stop_batch as end
    from builder.batch.record import is_running
    from builder.errors import MissingTool
    from builder.formats import printable

    known = printable(folder.absolute().name)
    if not is_running(folder):
        typer.echo(f"The batch {known} is not running.")
    elif not end(folder):
        raise MissingTool(f"The batch {known} could not be stopped: its process belongs to another user or machine. Stop it there.")
    else:
        record = readable(folder)
        was_done = record is not None and record.state == "done"
        typer.echo(f"The batch {known} is {'done' if was_done else 'stopped'}.")
