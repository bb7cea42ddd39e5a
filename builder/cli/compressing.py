"""The command that turns one build into the whole shelf of compressed files: `compress`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from builder.cli import options as given
from builder.cli.application import app, print_json
from builder.cli.building import check_chosen
from builder.errors import ConfigError, PartlyFailed
from builder.formats import counted

if TYPE_CHECKING:
    from builder.matrix import Matrix

HOW_MUCH = "How much"


def check_made(matrix: Matrix, asked: tuple[str, ...]) -> None:
    """Raises `PartlyFailed` where a technique that was asked for made no file."""
    failed = [row for name in asked if (row := matrix.row(name)) is not None and row.failure]
    if failed:
        raise PartlyFailed(
            f"{counted(len(failed), 'technique')} made no file: {'; '.join(f'{row.title}: {row.failure}' for row in failed)}"
        )


@app.command()
def compress(
    build: Annotated[str, typer.Argument(help="A finished build: its folder, its name or the start of its id.", metavar="BUILD")],
    technique: Annotated[
        list[str] | None,
        given.option(
            None,
            "One technique; give it several times for several: float32, float16, dynamic, int8, int8_more, int16 (nothing is "
            "trained); qat, pruned, pruned_2_4, clustered, pruned_qat, clustered_qat, pruned_clustered, pruned_clustered_qat (a "
            "short fine-tune).",
            shown="those that train nothing",
        ),
    ] = None,
    everything: Annotated[bool, given.option(None, "Every technique.", "--all")] = False,
    sparsity: Annotated[
        float | None, given.option(HOW_MUCH, "Share of zeros that pruning makes in each kernel, in [0, 1).", shown="0.5")
    ] = None,
    clusters: Annotated[
        int | None, given.option(HOW_MUCH, "Distinct values that clustering leaves in each kernel, 2 to 256.", shown="16")
    ] = None,
    epochs: Annotated[
        int | None, given.option(HOW_MUCH, "Passes over the training photos of each fine-tune.", shown="2 to 20, by the photos")
    ] = None,
    learning_rate: Annotated[
        float | None, given.option(HOW_MUCH, "Peak learning rate of fine-tunes.", shown="by the technique")
    ] = None,
    calibration_photos: Annotated[
        int | None, given.option(HOW_MUCH, "Training photos that set the value ranges of int8.", shown="200")
    ] = None,
    gate: Annotated[
        Literal["report", "enforce"],
        given.option(
            given.LIMITS,
            "[bold]report[/] says which files pass; [bold]enforce[/] tries one technique after the other, the cheapest "
            "first, stops at the first that passes, and ends with exit code 3 where none does.",
            shown=True,
        ),
    ] = "report",
    max_drop: given.MaxDrop = None,
    max_class_drop: given.MaxClassDrop = None,
    max_flash: given.MaxFlash = None,
    max_gzip: given.MaxGzip = None,
    force: Annotated[bool, given.option(given.OUTPUT, "Do again what is done already.", "--force")] = False,
    exports: given.Exports = Path("exports"),
    json: given.Json = False,
) -> None:
    """Compress a finished build by many techniques, measure each file on the same photos, name the smallest that passes.

    Nothing of the build changes; files, table and page lie in its folder below compressed/. What is done already is not done again.

    Example: builder compress photos-a0.25-r128-0a1b2c3d4e --all --max-drop 1
    """
    from builder.compress.settings import Compression
    from builder.console import ConsoleProgress
    from builder.gate import Gate
    from builder.lab import Request, compress_build
    from builder.matrix import shelf
    from builder.runs import resolve_build

    if everything and technique:
        raise ConfigError("--all is every technique: leave out --technique, or --all.")
    amounts = {"sparsity": sparsity, "clusters": clusters, "epochs": epochs, "learning_rate": learning_rate}
    chosen = shelf.NAMES if everything else tuple(technique or (shelf.LADDER if gate == "enforce" else shelf.POST_TRAINING))
    request = Request(
        techniques=chosen,
        compression=Compression(**{name: value for name, value in amounts.items() if value is not None}),
        gate=Gate.of(max_drop, max_class_drop, max_flash, max_gzip),
        calibration_photos=calibration_photos,
        ladder=gate == "enforce",
        force=force,
    )
    run = resolve_build(build, exports)
    with ConsoleProgress() as progress:
        matrix = compress_build(run, request, progress, capture_output=True)
    if json:
        print_json(matrix.to_json())
    else:
        from builder.console.compressing import print_matrix

        print_matrix(matrix, run.folder)
    if gate == "enforce":
        check_chosen(matrix)
    check_made(matrix, request.techniques if gate == "report" else ())
