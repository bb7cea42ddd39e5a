"""The command line: thin commands over the Python functions. Everything heavy is imported inside the command that needs it."""

from __future__ import annotations

import json as json_text
from pathlib import Path
from typing import Annotated, Any

import typer

from builder import options as given
from builder.config import BuildConfig

app = typer.Typer(
    name="builder",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="From photos to a verified MobileNet v1 .tflite that fits your device.\n\n"
    "Start with [bold]builder build[/] on the built-in digits, then [bold]builder build --data PHOTOS[/], where PHOTOS is a "
    "folder with one sub-folder a class.",
    epilog="Exit codes: 0 done, 1 something required is broken, 2 bad input, 3 nothing fits, 4 a batch partly failed, "
    "130 interrupted.",
)


def settings(config_file: Path | None, **options: Any) -> BuildConfig:
    """The YAML file's settings with the options that were given laid over them; `training__epochs` reaches into a section."""
    chosen = {key: value for key, value in options.items() if value is not None}
    values = BuildConfig.from_file(config_file).model_dump() if config_file else {}
    if "rho" in chosen and "resolution" not in chosen:
        values.pop("resolution", None)
    for key, value in chosen.items():
        section, _, name = key.rpartition("__")
        place = values.setdefault(section, {}) if section else values
        place[name] = value
    return BuildConfig(**values)


def channels(grayscale: bool | None) -> int | None:
    """Channels for the --grayscale/--colour option; None where it was not given."""
    return None if grayscale is None else 1 if grayscale else 3


def print_json(values: dict[str, Any]) -> None:
    """Prints the one JSON object of a --json command."""
    typer.echo(json_text.dumps(values, indent=2, ensure_ascii=False))


@app.command()
def plan(
    alpha: given.Alpha = None,
    rho: given.Rho = None,
    resolution: given.Resolution = None,
    grayscale: given.Grayscale = None,
    classes: given.Classes = None,
    data: given.Data = None,
    config: given.Config = None,
    json: given.Json = False,
) -> None:
    """Say what a network costs before anything is trained: parameters, mult-adds, activations by layer.

    Example: builder plan --alpha 0.25 --resolution 128 --classes 10
    """
    from builder import planner

    design = settings(config, alpha=alpha, rho=rho, resolution=resolution, channels=channels(grayscale), classes=classes, data=data)
    count = design.classes
    if count is None:
        from builder.data import open_source

        count = len(open_source(design.data).classes)
    planned = planner.plan(design, classes=count)
    if json:
        print_json(planned.to_json())
    else:
        from builder.console import print_plan

        print_plan(planned)


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
    )
    with ConsoleProgress() as progress:
        finished = start(design, exports, force=force, title=title, emit=progress, capture_output=True)
    if json:
        print_json(finished.report.to_json())
    else:
        print_summary(finished.report, finished.folder)


@app.command()
def predict(
    file: given.ModelFile,
    photos: given.PhotoFiles,
    top: Annotated[int, given.option(None, "How many labels a photo.", shown=True, min=1)] = 5,
    labels: given.LabelsFile = None,
    mean: given.Mean = None,
    std: given.Std = None,
    json: given.Json = False,
) -> None:
    """Name what is on photos, with the very file that a device would run."""
    from builder import verify

    predictions = verify.predict(file, photos, top=top, labels=labels, mean=mean, std=std)
    if json:
        print_json({"file": str(file), "photos": [prediction.to_json() for prediction in predictions]})
    else:
        from builder.console import print_predictions

        print_predictions(predictions)


@app.command()
def inspect(file: given.AnyModelFile, json: given.Json = False) -> None:
    """Look inside a .tflite: mult-adds, parameters, input and output, operators, labels, TFLite Micro's arena."""
    from builder import verify

    inspection = verify.inspect(file)
    if json:
        print_json(inspection.to_json())
    else:
        from builder.console import print_inspection

        print_inspection(file, inspection)


@app.command()
def evaluate(
    file: given.ModelFile,
    data: Annotated[str, given.option(None, "Photos, in the forms that `builder build --data` takes.")],
    split: Annotated[given.SplitName | None, given.option(None, "Only the photos of this split.", shown="all photos")] = None,
    split_seed: Annotated[int, given.option(None, "The split seed that the build used.", shown=True)] = 0,
    labels: given.LabelsFile = None,
    mean: given.Mean = None,
    std: given.Std = None,
    json: given.Json = False,
) -> None:
    """Measure a .tflite on a folder of photos: accuracy, in total and by class."""
    from builder import verify
    from builder.console import ConsoleProgress, print_evaluation

    with ConsoleProgress() as progress:
        evaluation = verify.evaluate(
            file,
            data,
            split=split,
            split_seed=split_seed,
            labels=labels,
            mean=mean,
            std=std,
            emit=progress,
        )
    if json:
        print_json(evaluation.to_json())
    else:
        print_evaluation(file, evaluation)


@app.command()
def cache(
    clear: Annotated[
        bool, given.option(None, "Delete everything in it; the next build decodes its photos again.", "--clear")
    ] = False,
    json: given.Json = False,
) -> None:
    """Show or clear the cache of decoded photos. Its place and size: BUILDER_CACHE_DIR, BUILDER_CACHE_MAX."""
    from builder.console import print_cache
    from builder.data import cache_info, clear_cache

    freed = clear_cache() if clear else None
    if json:
        print_json({**cache_info().to_json(), **({} if freed is None else {"freed_bytes": freed})})
    else:
        print_cache(cache_info(), freed)


@app.command()
def doctor(json: given.Json = False) -> int:
    """Check this machine: versions, Keras backend, GPUs, optional tools and how to get each.

    Exit code 1 when something required is broken.
    """
    from builder import doctor as examination

    return examination.run(json)


@app.command(name="config")
def show_config(
    file: Annotated[Path | None, typer.Argument(help="A YAML file to check.", metavar="FILE")] = None,
) -> None:
    """Print every setting as YAML: the defaults, or those of a file after checking it."""
    typer.echo((BuildConfig.from_file(file) if file else BuildConfig()).to_yaml(), nl=False)
