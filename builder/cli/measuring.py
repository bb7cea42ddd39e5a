"""Commands that hold estimates against the truth: `calibrate` and `npu`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from builder.architecture import Network
from builder.cli import options as given
from builder.cli.application import app, channels, print_json, settings
from builder.errors import ConfigError, InvalidInput

if TYPE_CHECKING:
    from builder.devices import Device
    from builder.truth import Reported

MEASURED, NETWORK = "A latency that you measured", "The network that you measured"
DEFAULT_EXPORTS = Path("exports")


@app.command()
def calibrate(
    exports: Annotated[
        Path | None, given.option(given.OUTPUT, "Where builds are kept, one folder each.", shown="exports", metavar="DIR")
    ] = None,
    device: Annotated[
        str | None, given.option(MEASURED, "Where you measured, as `builder devices` lists it; alone, it shows that device only.")
    ] = None,
    measured_ms: Annotated[float | None, given.option(MEASURED, "Milliseconds of one inference.", "--measured-ms")] = None,
    variant: Annotated[
        str | None, given.option(MEASURED, "The file that ran.", shown="int8_micro where the device runs it, else int8")
    ] = None,
    build: Annotated[
        str | None,
        given.option(NETWORK, "The build that the file came from: its folder, its name or the start of its id.", metavar="BUILD"),
    ] = None,
    alpha: Annotated[float | None, given.option(NETWORK, "Its width multiplier, in place of --build.")] = None,
    rho: Annotated[float | None, given.option(NETWORK, "Its resolution multiplier.")] = None,
    resolution: Annotated[int | None, given.option(NETWORK, "Its input in pixels.")] = None,
    grayscale: Annotated[
        bool | None, given.option(NETWORK, "Whether it has one input channel.", "--grayscale/--colour", shown="colour")
    ] = None,
    classes: Annotated[int | None, given.option(NETWORK, "Its number of classes.", shown="10")] = None,
    json: given.Json = False,
) -> None:
    """Show how far off the estimates were: sizes and accuracy of your builds, latencies that you measured.

    A latency is kept on this machine and shown beside the estimates; it changes none of them.

    Example: builder calibrate --device NUCLEO-L4R5ZI --measured-ms 92 --alpha 0.25 --resolution 96
    """
    from builder import devices, truth

    folder = exports_folder(exports)
    dials = {"alpha": alpha, "rho": rho, "resolution": resolution, "channels": channels(grayscale), "classes": classes}
    target = devices.find(device) if device is not None else None
    recorded = None
    if measured_ms is not None:
        truth.check_milliseconds(measured_ms)
        if target is None:
            raise ConfigError("--measured-ms needs the device too: add --device NAME; `builder devices` lists them.")
        recorded = measured(target, measured_ms, variant, build, dials, folder)
        truth.record(recorded)
    elif variant or build or any(value is not None for value in dials.values()):
        raise ConfigError("--build, --variant and the dials say what was measured: add --device NAME and --measured-ms 123, say.")
    found, latencies = truth.collect(folder), truth.read_latencies()
    if target is not None:
        latencies = latencies.of(target.name)
    if json:
        values = {"exports": str(folder), **found.to_json(), "latencies": latencies.to_json()}
        print_json(values | ({"recorded": recorded.to_json()} if recorded else {}))
    else:
        from builder.console.measuring import print_calibration

        print_calibration(folder, found, latencies, recorded=recorded)


def exports_folder(exports: Path | None) -> Path:
    """The folder of builds; one that was asked for must be there."""
    folder = exports or DEFAULT_EXPORTS
    if not folder.is_dir() and (exports is not None or folder.exists()):
        raise InvalidInput(f"There is no folder {folder}. Give the one that builds were made in: --exports DIR.")
    return folder


def measured(
    device: Device, measured_ms: float, variant: str | None, build: str | None, dials: dict[str, float | int | None], exports: Path
) -> Reported:
    """The latency with its prediction, of a build, of the dials, or of the only build that there is."""
    from builder import truth
    from builder.runs import resolve_build

    given_dials = {name: value for name, value in dials.items() if value is not None}
    if build is not None and given_dials:
        raise ConfigError(f"--build names the network already: leave out --{next(iter(given_dials))}, or --build.")
    if given_dials:
        return truth.reported(device, network_of(given_dials), measured_ms, variant=variant)
    folder = resolve_build(build, exports).folder if build is not None else only_build(exports)
    network, made = truth.network_of_build(folder)
    if variant is not None and variant not in made:
        raise ConfigError(f"{folder.name} has no file {variant}; it has {', '.join(made)}. Say which ran: --variant {made[0]}.")
    return truth.reported(device, network, measured_ms, variant=variant or truth.usual_variant(device, made), build=folder.name)


def network_of(dials: dict[str, float | int]) -> Network:
    """The network of the dials; both its width and its resolution must be said, or the comparison would be with a guess."""
    for names, what in ((("alpha",), "--alpha 0.25"), (("rho", "resolution"), "--resolution 96")):
        if not any(name in dials for name in names):
            raise ConfigError(f"Which network was measured? Add {what}, say, or name its build: --build BUILD.")
    design = settings(None, **{"classes": 10, **dials})
    return Network(alpha=design.alpha, resolution=design.resolution, channels=design.channels, classes=design.classes or 10)


def only_build(exports: Path) -> Path:
    """The one build that there is, so that it need not be named."""
    from builder.truth.builds import finished

    builds = finished(exports)
    if len(builds) == 1:
        return builds[0]
    there = (
        f"{len(builds)} builds are in {exports}: " + ", ".join(each.name for each in builds[:5])
        if builds
        else f"no build is in {exports}"
    )
    raise ConfigError(f"Which network was measured? Name its build with --build, or give --alpha and --resolution; {there}.")


@app.command()
def npu(
    file: given.ModelFile,
    device: Annotated[
        str,
        given.option(None, "A device with an Ethos-U, as `builder devices` lists it, or the NPU itself, such as ethos-u55-128."),
    ],
    output: Annotated[
        Path | None, given.option(given.OUTPUT, "Write the compiled .tflite there.", "--output", "-o", metavar="FILE")
    ] = None,
    json: given.Json = False,
) -> None:
    """Compile an int8 .tflite for Arm's Ethos-U with Vela: memory, cycles, what falls back to the CPU.

    Example: builder npu exports/…/int8_micro.tflite --device "Alif Ensemble E7 DK"
    """
    from builder import npu as compiler

    where = compiler.target(device)
    place = compiler.check_output(output, file) if output is not None else None
    found, compiled = compiler.compile_for(file, where)
    if place is not None:
        compiler.write_compiled(compiled, place, file)
    if json:
        print_json(found.to_json() | {"output": str(place) if place else None})
    else:
        from builder.console.measuring import print_npu

        print_npu(found, place)
