"""The command line's options, named once: what `--help` teaches, and which setting each one fills."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from builder.config import VARIANTS

Strength = Literal["auto", "none", "light", "medium", "strong"]
TrainingDtype = Literal["auto", "float32", "mixed_float16", "mixed_bfloat16"]
SplitName = Literal["train", "validation", "test"]


def option(panel: str | None, text: str, *names: str, shown: str | bool = False, **rest: Any) -> Any:
    """A Typer option with its panel in `--help`; `shown` is the default that the settings apply when it is left out."""
    if isinstance(shown, str):  # Typer would put its own text for a default into parentheses
        text, shown = rf"{text} [dim]\[default: {shown}][/]", False
    return typer.Option(*names, help=text, rich_help_panel=panel, show_default=shown, **rest)


DIALS, PHOTOS, TRAINING, OUTPUT = "The two dials", "Photos", "Training", "Output"

Alpha = Annotated[
    float | None,
    option(
        DIALS,
        "Width multiplier, in (0, 2]: every layer has alpha times the channels; size and compute go with its square. "
        "0.25, 0.5, 0.75 and 1.0 have ImageNet weights.",
        shown="0.25",
    ),
]
Rho = Annotated[
    float | None,
    option(DIALS, "Resolution multiplier: resolution / 224. Compute and RAM go with its square; the file's size does not change."),
]
Resolution = Annotated[
    int | None, option(DIALS, "Input height and width in pixels, from 32; multiples of 32 waste none.", shown="96")
]
Grayscale = Annotated[bool | None, option(DIALS, "One input channel instead of three.", "--grayscale/--colour", shown="colour")]
Classes = Annotated[int | None, option(DIALS, "Number of classes; by default as many as the data has.")]

Data = Annotated[
    str | None,
    option(
        PHOTOS,
        "A folder with one sub-folder a class (train/, val/ and test/ above them are taken as given), a .zip of one, "
        "[bold]digits[/] (built in), or [bold]keras:cifar10[/] and its kind.",
        shown="digits",
    ),
]
TestData = Annotated[str | None, option(PHOTOS, "Photos to measure on instead of a share of --data, in the same forms.")]
BadShareMax = Annotated[float | None, option(PHOTOS, "More unreadable photos than this share stop the build.", shown="0.1")]
SplitSeed = Annotated[int | None, option(PHOTOS, "Draws another split into training, validation and test photos.", shown="0")]

Init = Annotated[
    str | None,
    option(
        TRAINING,
        "Where the weights start: [bold]auto[/], [bold]scratch[/], [bold]imagenet[/], or a .keras, .h5, .weights.h5 or float "
        ".tflite file of a MobileNet v1 of the same alpha.",
        shown="auto",
    ),
]
Epochs = Annotated[
    int | None,
    option(TRAINING, "Passes over the training photos; 0 exports the initialised network.", shown="sized to the photos"),
]
BatchSize = Annotated[int | None, option(TRAINING, "Photos a step; halved when memory runs out.", shown="32")]
LearningRate = Annotated[float | None, option(TRAINING, "Peak learning rate.", shown="from the warm start")]
Patience = Annotated[
    int | None, option(TRAINING, "Epochs without a better validation score before training stops.", shown="from the epochs")
]
AugmentationStrength = Annotated[
    Strength | None, option(TRAINING, "Shift, zoom, rotation, brightness and contrast of training photos.", shown="auto")
]
Mirror = Annotated[
    bool | None,
    option(
        TRAINING,
        "Mirror training photos left to right; switch it off where that changes the class, as with text.",
        "--mirror/--no-mirror",
        shown="mirror, except the built-in digits",
    ),
]
Freeze = Annotated[bool | None, option(TRAINING, "Train the classifier only.", "--freeze/--fine-tune", shown="fine-tune")]
Dtype = Annotated[
    TrainingDtype | None,
    option(TRAINING, "Precision while training; auto is float32 on a CPU and mixed on a GPU.", "--training-dtype", shown="auto"),
]
Seed = Annotated[int | None, option(TRAINING, "Seeds initialisation, order and augmentation.", shown="0")]

Variants = Annotated[
    list[str] | None,
    option(OUTPUT, f"A file to write; give it several times for several: {', '.join(VARIANTS)}.", "--variant", shown="all of them"),
]
Author = Annotated[str | None, option(OUTPUT, "Written into the metadata.")]
License = Annotated[str | None, option(OUTPUT, "Written into the metadata.", "--license")]
Title = Annotated[str | None, option(OUTPUT, "What people see; it can be changed later and is no part of the build's identity.")]
Exports = Annotated[Path, option(OUTPUT, "Where builds are kept, one folder each.", shown=True, metavar="DIR")]
Force = Annotated[
    bool, option(OUTPUT, "Build anew although the same build is done; the old one stays until the new one is done.", "--force")
]
Config = Annotated[
    Path | None,
    option(
        OUTPUT,
        "A YAML file of settings, as every build writes one; options given here win over it.",
        "--config",
        metavar="FILE",
    ),
]
Json = Annotated[bool, option(OUTPUT, "Print one JSON object on stdout and nothing else there.", "--json")]

ModelFile = Annotated[Path, typer.Argument(help="A .tflite image classifier.", metavar="FILE.tflite")]
AnyModelFile = Annotated[Path, typer.Argument(help="Any .tflite of a convolutional network.", metavar="FILE.tflite")]
PhotoFiles = Annotated[list[Path], typer.Argument(help="One photo or more, or folders of photos.", metavar="PHOTO…")]
MODEL = "What the file does not say itself"
LabelsFile = Annotated[Path | None, option(MODEL, "A text file with one label a line.", "--labels", metavar="FILE")]
Mean = Annotated[float | None, option(MODEL, "A float input is (pixel - mean) / std.")]
Std = Annotated[float | None, option(MODEL, "See --mean.")]

BUDGET = "What it may cost"
DeviceName = Annotated[
    str | None,
    option(BUDGET, "A device whose flash and RAM are the limit; [bold]builder devices[/] lists them.", "--device", metavar="NAME"),
]
Flash = Annotated[str | None, option(BUDGET, "Flash for the model: 300KiB, 1.5MB, 262144.", "--flash", metavar="SIZE")]
RamSize = Annotated[str | None, option(BUDGET, "RAM while the model runs, in the same forms.", "--ram", metavar="SIZE")]
LatencyLimit = Annotated[
    str | None, option(BUDGET, "The most that one photo may take on the device: 50ms.", "--latency", metavar="TIME")
]
MultiplyAdds = Annotated[
    str | None, option(BUDGET, "The most mult-adds that one photo may take: 7.5M.", "--multiply-adds", metavar="COUNT")
]
ReserveFlash = Annotated[
    str | None,
    option(BUDGET, "Flash that the rest keeps: the runtime's code, the app.", "--reserve-flash", shown="none", metavar="SIZE"),
]
ReserveRam = Annotated[
    str | None,
    option(BUDGET, "RAM that the rest keeps: stack, camera frame, the app.", "--reserve-ram", shown="none", metavar="SIZE"),
]
ClassNames = Annotated[
    Path | None,
    option(
        PHOTOS,
        "A text file with one class name a line, for the exact size of the files.",
        "--labels",
        shown="the data's",
        metavar="FILE",
    ),
]
Photos = Annotated[
    int | None, option(PHOTOS, "How many photos there are to train on.", "--photos", shown="as many as the data has", min=1)
]
AnyAlpha = Annotated[
    bool,
    option(
        DIALS,
        "Offer alphas without ImageNet weights too; below 50,000 photos they come after the others.",
        "--any-alpha",
    ),
]
Html = Annotated[Path | None, option(OUTPUT, "Write a page with pictures of the plan.", "--html", metavar="FILE")]
Png = Annotated[Path | None, option(OUTPUT, "Write the pictures as one image.", "--png", metavar="FILE")]

LIMITS = "The gate"
MaxDrop = Annotated[
    float | None,
    option(
        LIMITS,
        "Points of accuracy that a file may lose against the trained network, rounded up to whole photos.",
        "--max-drop",
        shown="1",
    ),
]
MaxClassDrop = Annotated[
    float | None,
    option(LIMITS, "Points that one class may lose; they count from three lost photos on.", "--max-class-drop", shown="5"),
]
MaxFlash = Annotated[str | None, option(LIMITS, "The largest file: 300KiB.", "--max-flash", metavar="SIZE")]
MaxGzip = Annotated[str | None, option(LIMITS, "The largest file as a download, compressed by gzip.", "--max-gzip", metavar="SIZE")]
GateMode = Annotated[
    Literal["off", "report", "enforce"] | None,
    option(
        LIMITS,
        "[bold]report[/] says whether the int8 file keeps enough accuracy, on validation photos; [bold]enforce[/] then compresses "
        "by other techniques, the cheapest first, until one passes, and ends with exit code 3 where none does; [bold]off[/] asks "
        "nothing.",
        "--gate",
        shown="report",
    ),
]
