"""Commands that say what a design costs before it exists, what fits a budget, and which devices there are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from builder.cli import options as given
from builder.cli.application import app, channels, print_json, settings
from builder.errors import EXIT_DONE, EXIT_NOTHING_FITS, ConfigError
from builder.limits import budget as budget_of

if TYPE_CHECKING:
    from builder.config import BuildConfig
    from builder.flash import Texts
    from builder.planner import Builds


@app.command()
def plan(
    alpha: given.Alpha = None,
    rho: given.Rho = None,
    resolution: given.Resolution = None,
    grayscale: given.Grayscale = None,
    classes: given.Classes = None,
    data: given.Data = None,
    labels: given.ClassNames = None,
    device: given.DeviceName = None,
    flash: given.Flash = None,
    ram: given.RamSize = None,
    latency: given.LatencyLimit = None,
    multiply_adds: given.MultiplyAdds = None,
    reserve_flash: given.ReserveFlash = None,
    reserve_ram: given.ReserveRam = None,
    exports: given.Exports = Path("exports"),
    config: given.Config = None,
    html: given.Html = None,
    png: given.Png = None,
    json: given.Json = False,
) -> None:
    """Say what a network costs before anything is trained, whether it fits a device, and what would.

    Example: builder plan --alpha 0.25 --resolution 128 --classes 10 --device "Raspberry Pi Pico"
    """
    from builder import planner

    design = settings(config, alpha=alpha, rho=rho, resolution=resolution, channels=channels(grayscale), classes=classes, data=data)
    budget = budget_of(device, flash, ram, latency, multiply_adds, reserve_flash, reserve_ram)
    known = known_of(design, labels, data, exports)
    planned = planner.plan(
        design, classes=known.classes, labels=known.labels, budget=budget, texts=known.texts, builds=known.builds
    )
    if html is not None or png is not None:
        from builder import pictures

        write(html, png, lambda: pictures.plan_page(planned), lambda: pictures.plan_png(planned))
    if json:
        print_json(planned.to_json())
    else:
        from builder.console import print_plan

        print_plan(planned)


@app.command()
def fit(
    device: given.DeviceName = None,
    flash: given.Flash = None,
    ram: given.RamSize = None,
    latency: given.LatencyLimit = None,
    multiply_adds: given.MultiplyAdds = None,
    reserve_flash: given.ReserveFlash = None,
    reserve_ram: given.ReserveRam = None,
    classes: given.Classes = None,
    data: given.Data = None,
    photos: given.Photos = None,
    labels: given.ClassNames = None,
    alpha: Annotated[float | None, given.option(given.DIALS, "Only this width multiplier.", shown="any")] = None,
    rho: Annotated[float | None, given.option(given.DIALS, "Only this resolution multiplier.", shown="any")] = None,
    resolution: Annotated[int | None, given.option(given.DIALS, "Only this input height and width.", shown="any")] = None,
    grayscale: given.Grayscale = None,
    variant: Annotated[
        list[str] | None,
        given.option(given.OUTPUT, "Only this file; several times for several.", "--variant", shown="all that the device runs"),
    ] = None,
    any_alpha: given.AnyAlpha = False,
    exports: given.Exports = Path("exports"),
    html: given.Html = None,
    png: given.Png = None,
    json: given.Json = False,
) -> int:
    """Find the best network for a device or a budget: every design that no other one beats, the most accurate first.

    Exit code 3 when nothing fits; it says what is the smallest and which device would hold it.

    Example: builder fit --device "Raspberry Pi Pico" --classes 10
    """
    from builder import planner

    design = settings(None, alpha=alpha, rho=rho, resolution=resolution, channels=channels(grayscale), classes=classes, data=data)
    budget = budget_of(device, flash, ram, latency, multiply_adds, reserve_flash, reserve_ram)
    if budget is None:
        raise ConfigError("Give a device or a limit: --device, --flash, --ram, --latency or --multiply-adds.")
    known = known_of(design, labels, data, exports)
    found = planner.fit(
        budget,
        classes=known.classes,
        channels=design.channels,
        photos=known.photos if photos is None else photos,
        any_alpha=any_alpha,
        labels=known.labels,
        builds=known.builds,
        alphas=None if alpha is None else (design.alpha,),
        resolutions=None if rho is None and resolution is None else (design.resolution,),
        variants=variant,
    )
    if html is not None or png is not None:
        from builder import pictures

        write(html, png, lambda: pictures.fit_page(found), lambda: pictures.fit_png(found))
    if json:
        print_json(found.to_json())
    else:
        from builder.console import print_fit

        print_fit(found)
    return EXIT_DONE if found.candidates else EXIT_NOTHING_FITS


@app.command()
def devices(
    text: Annotated[list[str] | None, typer.Argument(help="Words to search for, such as: stm32 m7.", metavar="WORD…")] = None,
    kind: Annotated[str | None, given.option(None, "Only this class: mcu, npu, tpu, sbc, gpu, phone.", "--class")] = None,
    min_flash: Annotated[str | None, given.option(None, "At least so much flash.", metavar="SIZE")] = None,
    min_ram: Annotated[str | None, given.option(None, "At least so much RAM.", metavar="SIZE")] = None,
    precision: Annotated[str | None, given.option(None, "Only devices that run this file.", metavar="VARIANT")] = None,
    json: given.Json = False,
) -> None:
    """List the devices that models can be planned for, each with its source.

    Your own go into a TOML file: BUILDER_DEVICES names it, or devices.toml in ~/.config/mobilenet-builder.

    Example: builder devices stm32 --min-ram 512KiB
    """
    from builder.devices import find, search
    from builder.sizes import parse_size

    words = " ".join(text or ())
    found = search(
        words,
        kind=kind,
        min_flash=None if min_flash is None else parse_size(min_flash, "--min-flash"),
        min_ram=None if min_ram is None else parse_size(min_ram, "--min-ram"),
        precision=precision,
    )
    if words and not search(words):
        find(words)  # a misspelt name: the message has the nearest
    if json:
        from dataclasses import asdict

        print_json({"devices": [asdict(device) for device in found]})
    else:
        from builder.console import print_devices

        print_devices(found)


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of the photos; `texts` has the author and license that the metadata will hold."""

    classes: int
    labels: tuple[str, ...] | None
    photos: int | None
    builds: Builds | None
    texts: Texts


def known_of(design: BuildConfig, labels: Path | None, data: str | None, exports: Path) -> Known:
    """Classes, labels and earlier builds: from the file of labels, the number of classes, or the photos.

    Raises:
        ConfigError: a file of labels that cannot be read, or numbers of classes that disagree.
    """
    from builder.flash import Texts

    names = None if labels is None else read_labels(labels)
    count, photos, builds = design.classes, None, None
    if data is not None or (count is None and names is None):
        from builder.data import open_source
        from builder.history import builds_of

        source = open_source(design.data)
        photos, builds = source.photos, builds_of(exports, source.fingerprint)
        if count is not None and count != len(source.classes):
            raise ConfigError(
                f"--classes says {count:,}, but {design.data} has {len(source.classes):,} classes: leave --classes out."
            )
        count, names = len(source.classes), source.classes if names is None else names
    count = len(names or ()) if count is None else count
    if names is not None and len(names) != count:
        raise ConfigError(f"There must be a label for each of the {count:,} classes, but {labels} has {len(names):,}.")
    return Known(count, names, photos, builds, Texts(author=design.author, license=design.license))


def read_labels(path: Path) -> tuple[str, ...]:
    """The class names in a text file.

    Raises:
        ConfigError: it cannot be read, or is empty.
    """
    from builder.export.labels import from_text

    try:
        names = from_text(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise ConfigError(f"--labels {path} cannot be read: {reason}. It is a text file with one class name a line.") from None
    if not names:
        raise ConfigError(f"--labels {path} is empty. It is a text file with one class name a line.")
    return names


def write(html: Path | None, png: Path | None, page: Callable[[], str], image: Callable[[], bytes]) -> None:
    """Writes the pictures that were asked for."""
    from builder.runs import write_atomically

    for path in (html, png):
        if path is not None and (path.is_dir() or not path.absolute().parent.is_dir()):
            raise ConfigError(f"{path} cannot be written: name a file in a folder that exists.")
    if html is not None:
        write_atomically(html, page())
    if png is not None:
        write_atomically(png, image())
