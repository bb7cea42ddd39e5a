"""Photos in a .zip, read where they lie: nothing is extracted, so no name in an archive ever becomes a path that is written."""

from __future__ import annotations

import hashlib
import os
import re
import stat
import threading
import zipfile
import zlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from builder.data.cache import write_json
from builder.data.decode import BYTES_MAX
from builder.data.fingerprints import VERSION, FileDigest, load, store_of
from builder.data.folder import has_sidecar_name
from builder.data.layout import arrange, is_junk, is_sidecar
from builder.data.photo import Listing, Photo, class_order
from builder.data.progress import Progress
from builder.errors import DataError
from builder.events import Emit
from builder.threads import processors

# A bomb is stopped by what the archive's directory states: reading a member never yields more than its stated size.
FILES_MAX = 150_000
TOTAL_BYTES_MAX = 200 * 1024**3
# Photos shrink little in a .zip (flat drawings as BMP perhaps 50 times); deflate's own limit is 1,030 times.
RATIO_MAX = 100
RATIO_FREE_BYTES = 1024**3  # below this size no ratio does harm

Parts = tuple[str, ...]


@dataclass(slots=True)
class ZipOrigin:
    """Reads members of one archive, opened at the first photo; the key is the member's number."""

    path: Path
    archive: zipfile.ZipFile | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def opened(self) -> zipfile.ZipFile:
        """The archive; several threads may read members at once."""
        with self.lock:
            if self.archive is None:
                self.archive = zipfile.ZipFile(self.path)
            return self.archive

    def read(self, key: str) -> bytes:
        """The bytes of one member."""
        archive = self.opened()
        return read_member(archive, archive.infolist()[int(key)])


def list_archive(path: Path, data: str, emit: Emit) -> Listing:
    """Lists and hashes the photos in a .zip.

    Raises:
        DataError: no .zip, a damaged or encrypted one, one with unsafe names, links or a bomb's proportions, or no class folders.
    """
    origin = ZipOrigin(path)
    members = safe_members(origin, data)
    files: dict[Parts, int] = {}
    sidecars = 0
    for number, member in enumerate(members):
        parts = safe_parts(member, data)
        if member.is_dir() or not parts or any(is_junk(part) for part in parts):
            continue
        if has_sidecar_name(parts[-1]) and is_sidecar(parts[-1], start_of(origin, member)):
            sidecars += 1
            continue
        files[parts] = number
    if not files:
        raise DataError(f"The archive {data} holds no photos. Needed: one folder a class with photos inside.")
    layout = arrange(list(files), empty_folders(members, files), data)
    places = sorted(layout.places, key=lambda place: place.parts)
    if not places:
        raise DataError(f"The archive {data} has no class folders. Put the photos of each class into a folder of its own.")
    numbers = [files[place.parts] for place in places]
    digests = digest_members(origin, [members[number] for number in numbers], emit)
    items = tuple(
        Photo("/".join(place.parts), place.label, place.given, digest.sha256, origin, str(number), digest.problem)
        for place, number, digest in zip(places, numbers, digests, strict=True)
    )
    notes = layout.notes + ((f"Passed over {sidecars:,} text or table file(s) beside the photos.",) if sidecars else ())
    return Listing(class_order(items), items, notes)


def safe_members(origin: ZipOrigin, data: str) -> list[zipfile.ZipInfo]:
    """The archive's directory; nothing of it is unpacked.

    Raises:
        DataError: no .zip, a damaged one, or one with a bomb's proportions.
    """
    try:
        members = origin.opened().infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, EOFError) as error:
        raise DataError(f"{data} is not a .zip archive that can be read ({error}). Give a folder or a .zip file.") from None
    check_size(members, data)
    return members


def check_size(members: list[zipfile.ZipInfo], data: str) -> None:
    """Stops a bomb before a byte of it is unpacked.

    Raises:
        DataError: too many files, too many bytes, or proportions that photos do not have.
    """
    if len(members) > FILES_MAX:
        raise DataError(
            f"The archive {data} has {len(members):,} files; at most {FILES_MAX:,} are read. Unpack it and give the folder."
        )
    total = sum(member.file_size for member in members)
    packed = sum(member.compress_size for member in members)
    largest = max((member.file_size for member in members), default=0)
    if total > TOTAL_BYTES_MAX or (total > RATIO_FREE_BYTES and (total > RATIO_MAX * packed or largest > BYTES_MAX)):
        raise DataError(
            f"The archive {data} would unpack to {total:,} bytes from {packed:,} ({largest:,} in one file), which photos "
            "do not. It was not opened. If it is what you want, unpack it and give the folder."
        )


def safe_parts(member: zipfile.ZipInfo, data: str) -> Parts:
    """A member's name as parts.

    Raises:
        DataError: an absolute name, one that climbs out of the archive, a link, or an encrypted member.
    """
    name = member.filename.replace("\\", "/")  # some tools on Windows write backslashes
    parts = tuple(part for part in name.split("/") if part not in ("", "."))
    what = None
    if name.startswith("/") or re.match(r"[A-Za-z]:/", name):
        what = "an absolute name"
    elif ".." in parts:
        what = 'a name with ".." in it'
    elif stat.S_ISLNK(member.external_attr >> 16):
        what = "a link"
    elif member.flag_bits & 0x1:
        what = "an encrypted file"
    if what:
        raise DataError(
            f"The archive {data} holds {what}: {name[:200]!r}. Make a plain .zip of the photos and their class folders."
        )
    return parts


def empty_folders(members: list[zipfile.ZipInfo], files: dict[Parts, int]) -> list[Parts]:
    """Folders that the archive names, or that hold other files, but no photo at any depth."""
    filled = {parts[:depth] for parts in files for depth in range(1, len(parts))}
    named: set[Parts] = set()
    for member in members:
        parts = tuple(part for part in member.filename.replace("\\", "/").split("/") if part not in ("", "."))
        folder = parts if member.is_dir() else parts[:-1]
        if folder and not any(is_junk(part) for part in folder):
            named.update(folder[:depth] for depth in range(1, len(folder) + 1))
    return sorted(named - filled)


def digest_members(origin: ZipOrigin, members: list[zipfile.ZipInfo], emit: Emit) -> list[FileDigest]:
    """Hashes members in threads, unless the archive is the one that was hashed last time."""
    state = origin.path.stat()
    stamp = f"{state.st_size} {state.st_mtime_ns} {state.st_ctime_ns}"
    store = store_of("archive", os.fsencode(origin.path.resolve()))
    known = load(store)
    keys = [str(member.header_offset) for member in members]
    if all(known.get(key, ("", ""))[0] == stamp for key in keys):
        return [FileDigest(known[key][1]) for key in keys]
    archive = origin.opened()
    progress = Progress(emit, total=len(members), unit="files")

    def digest(member: zipfile.ZipInfo) -> FileDigest:
        if member.file_size > BYTES_MAX:
            return FileDigest("", f"{member.file_size:,} bytes are more than any photo has")
        try:
            return FileDigest(hashlib.sha256(read_member(archive, member)).hexdigest())
        except (zipfile.BadZipFile, zlib.error, OSError, EOFError, NotImplementedError, RuntimeError) as error:
            return FileDigest("", f"cannot be unpacked ({error})")
        finally:
            progress.advance()

    with ThreadPoolExecutor(processors()) as pool:
        digests = list(pool.map(digest, members))
    entries = {key: (stamp, digest.sha256) for key, digest in zip(keys, digests, strict=True) if digest.sha256}
    write_json(store, {"version": VERSION, "entries": entries})
    return digests


def read_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    """A member's bytes, never more than its stated size even for a moment: asked for all, zipfile unpacks up to 2 GiB at once."""
    with archive.open(member) as file:
        return file.read(member.file_size)


def start_of(origin: ZipOrigin, member: zipfile.ZipInfo) -> bytes:
    """The first bytes of a member; none when it is damaged."""
    try:
        with origin.opened().open(member) as file:
            return file.read(16)
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, NotImplementedError, RuntimeError):
        return b""
