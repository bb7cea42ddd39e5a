"""Commands about this machine and about settings: `cache`, `doctor`, `config`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from builder.cli import options as given
from builder.cli.application import app, print_json
from builder.config import BuildConfig


@app.command()
def cache(
    clear: Annotated[
        bool, given.option(None, "Delete the decoded photos that no build is using; fetched weights stay.", "--clear")
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
