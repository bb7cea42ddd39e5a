"""Commands that say what a design costs before it exists."""

from __future__ import annotations

from builder.cli import options as given
from builder.cli.application import app, channels, print_json, settings


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
