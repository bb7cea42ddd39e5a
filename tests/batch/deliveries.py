"""A finished build to deliver, and looks at what arrived."""

from __future__ import annotations

from pathlib import Path

from builder.batch.place import Place
from builder.runs import Run

NAME = "hands-a0.25-r96-0123456789"
CARRIED = {
    "build.json": b'{"title": "Hands"}',
    "compressed/matrix.json": b'{"rows": []}',
    "compressed/pruned.tflite": b"pruned" * 500,
    "config.yaml": b"data: hands\n",
    "int8.tflite": b"weights" * 9000,
    "model.keras": bytes(range(256)) * 4000,
    "photos/3.png": b"picture",
    "report.json": b'{"format": 1}',
}
LEFT = {"lock": b"", "process.json": b"{}", "training/checkpoint.npz": b"state", ".int8.tflite.1-2.tmp": b"wei", ".half/x": b"x"}


def written(folder: Path, files: dict[str, bytes]) -> Run:
    """A build of these files."""
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return Run(folder)


def there(place: str, name: str = NAME) -> dict[str, bytes]:
    """Every file of a build at a place."""
    opened = Place.open(place)
    return {path: opened.filesystem.cat_file(opened.at(name, path)) for path in opened.files(name)}


def hidden(place: str) -> list[str]:
    """What lies hidden in a folder, builds included."""
    opened = Place.open(place)
    return [path.name for path in Path(opened.root).rglob(".*")] if opened.is_local else []
