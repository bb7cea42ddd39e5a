"""What the files of a build say about themselves."""

from __future__ import annotations

from collections.abc import Sequence

from builder.architecture import Network
from builder.config import BuildConfig
from builder.export.metadata import ModelMetadata
from builder.flash import Texts


def about(config: BuildConfig, network: Network, classes: Sequence[str], build_id: str) -> ModelMetadata:
    """The metadata of a build's files, at the resolution of `network`."""
    return ModelMetadata(
        labels=tuple(classes),
        name=name_of(build_id),
        description=f"MobileNet v1, alpha {network.alpha:g}, {network.resolution} px, {len(classes)} classes.",
        author=config.author,
        license=config.license,
        version="1",
        config_hash=build_id,
    )


def texts(config: BuildConfig, build_id: str) -> Texts:
    """The same for the planner, which knows the description's form."""
    return Texts(name_of(build_id), author=config.author, license=config.license, config_hash=build_id)


def name_of(build_id: str) -> str:
    """The model's name: no title, since the same build has the same bytes, whatever people call it."""
    return f"mobilenet-{build_id}"
