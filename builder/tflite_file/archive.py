"""The files behind a model: a stored zip, which is how metadata readers expect class names and their kind."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Mapping

from builder.errors import ModelFileError

FILES_MAX = 100  # an honest model carries one to three
FILES_BYTES_MAX = 64 * 1024**2  # of all together
DATE = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip can hold: the same files are the same bytes


def with_files(model: bytes, files: Mapping[str, bytes]) -> bytes:
    """The model with files behind it, in a stored zip of fixed date; without files, the model as it is."""
    if not files:
        return model
    stream = io.BytesIO(model)
    stream.seek(0, io.SEEK_END)
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, date_time=DATE), content)
    return stream.getvalue()


def files_behind(content: bytes) -> dict[str, bytes]:
    """The files behind a model by name; empty where there is no zip.

    Raises:
        ModelFileError: there is one, but damaged, or with too many or too large files.
    """
    stream = io.BytesIO(content)
    if not zipfile.is_zipfile(stream):
        return {}
    found: dict[str, bytes] = {}
    left = FILES_BYTES_MAX
    try:
        with zipfile.ZipFile(stream) as archive:
            entries = archive.infolist()
            if len(entries) > FILES_MAX:
                raise ModelFileError(f"The archive in the model file has {len(entries):,} files; {FILES_MAX} at most are read.")
            for entry in entries:
                with archive.open(entry) as file:
                    found[entry.filename] = file.read(left + 1)
                left -= len(found[entry.filename])
                if left < 0:
                    raise ModelFileError(f"The archive in the model file has more than {FILES_BYTES_MAX:,} bytes.")
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, zlib.error, EOFError, ValueError, OSError) as error:
        raise ModelFileError(f"The archive in the model file cannot be read: {error}.") from None
    return found
