"""`builder app`: the app in the browser."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from builder.cli import options as given
from builder.cli.application import app

REACH = "Who can reach it"


@app.command(name="app")
def serve(
    exports: Annotated[
        Path | None,
        given.option(
            given.OUTPUT, "Where builds are kept, one folder each.", "--exports", shown="BUILDER_EXPORTS, or exports", metavar="DIR"
        ),
    ] = None,
    port: Annotated[int, given.option(REACH, "Port to listen on.", shown=True)] = 8501,
    host: Annotated[
        str,
        given.option(
            REACH,
            "Address to listen on. Any other than the default lets other machines in: see docs/sharing.md.",
            "--host",
            "--address",
            shown=True,
            metavar="ADDRESS",
        ),
    ] = "127.0.0.1",
    name: Annotated[
        list[str] | None,
        given.option(
            REACH,
            "A host name that the app is reached by, such as that of a proxy before it; give it several times for several.",
            "--name",
            shown="this machine's",
        ),
    ] = None,
    photos: Annotated[
        Path | None,
        given.option(
            REACH,
            "Let visitors train on folders below this one, and no others.",
            "--photos",
            shown="BUILDER_APP_PHOTOS, or anywhere; nowhere where other machines are let in",
            metavar="DIR",
        ),
    ] = None,
    browser: Annotated[
        bool | None, given.option(None, "Open a browser.", "--browser/--no-browser", shown="where there is a display")
    ] = None,
) -> None:
    """Open the app in the browser: design, train, try and download without a command line.

    Ctrl-C ends it; running builds go on.
    """
    from builder import server_photos, serving

    photos = photos or server_photos.root()
    wanted = serving.Serving(
        exports=(exports or Path(os.environ.get(serving.EXPORTS) or "exports")).expanduser().absolute(),
        host=host,
        port=port,
        photos=photos.expanduser().absolute() if photos else None,
        names=tuple(name or ()),
        browser=serving.has_display() if browser is None else browser,
    )
    serving.check(wanted)
    words = serving.warning(wanted)
    if words:
        typer.secho(f"Warning: {words}", fg="yellow", err=True)
    typer.echo(f"The app is at {wanted.address} and keeps builds in {wanted.exports}. Ctrl-C ends it; running builds go on.")
    serving.serve(wanted)
