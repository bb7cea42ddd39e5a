"""A folder that many machines share: a path, or anything else that fsspec has a name for, such as s3://bucket/builds."""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Self

from builder.addresses import shown
from builder.errors import BuilderError, ConfigError, MissingTool, StorageError
from builder.whole_files import whole_file

ADVICE = "make ray, or: pip install --no-deps -r requirements-ray.lock"
LOCAL = ("file", "local")
CALLS_MAX = 8


@dataclass(frozen=True, slots=True)
class Place:
    """A folder of builds, here or elsewhere.

    Args:
        filesystem: fsspec's, which speaks to it.
        root: the folder, as that filesystem names it.
        shown: the same as it may be shown: without the password in it.
    """

    filesystem: Any
    root: str
    shown: str

    @classmethod
    def open(cls, place: str) -> Self:
        """A place by its path or URL; nothing is read or written yet.

        Raises:
            ConfigError: no such protocol, or what speaks it is not installed.
            MissingTool: fsspec is not installed.
        """
        try:
            from fsspec.core import url_to_fs
        except ImportError:
            raise MissingTool(f"Shared storage needs fsspec, which is not installed. Get it: {ADVICE}") from None
        if not place.strip():
            raise ConfigError("Shared storage needs a place: a folder that all machines see, or a URL such as s3://bucket/builds.")
        try:
            filesystem, root = url_to_fs(place)
        except ImportError as error:  # it names the package
            raise ConfigError(
                f"{shown(place)} cannot be spoken to: {shown(str(error))}. Install that package on every machine."
            ) from None
        except Exception as error:  # of an unknown protocol, and of all that a protocol's own package refuses
            raise ConfigError(
                f"{shown(place)} is no place that fsspec knows ({shown(str(error))}). Give a folder that all machines see, or a "
                "URL such as s3://bucket/builds."
            ) from None
        return cls(filesystem, root.rstrip("/"), shown(place))

    @property
    def is_local(self) -> bool:
        """Whether it is a folder of this machine's, which may lie on a network disk: files can be renamed there."""
        protocol = self.filesystem.protocol
        return bool({protocol} & set(LOCAL) if isinstance(protocol, str) else set(protocol) & set(LOCAL))

    def at(self, *parts: str) -> str:
        """A path in it, as its filesystem names it."""
        return "/".join((self.root, *parts))

    def files(self, folder: str) -> dict[str, int]:
        """Bytes by path of every file below a folder of it; hidden ones, and those whose path leads elsewhere, are left out."""
        self.filesystem.invalidate_cache()
        home = self.at(folder)
        try:
            found = self.filesystem.find(home, detail=True)
        except FileNotFoundError:
            return {}
        paths = {PurePosixPath(path).relative_to(home).as_posix(): int(about["size"]) for path, about in found.items()}
        return {path: size for path, size in paths.items() if not any(part.startswith(".") for part in path.split("/"))}

    def read(self, *parts: str) -> bytes | None:
        """A file's content; None where there is none."""
        try:
            return bytes(self.filesystem.cat_file(self.at(*parts)))
        except (FileNotFoundError, NotADirectoryError):
            return None

    def write(self, path: str, content: bytes) -> None:
        """Writes a file whole or not at all, as far as the filesystem can do that; its folder is there."""
        if self.is_local:
            with whole_file(Path(self.at(path))) as out:
                out.write(content)
        else:
            self.filesystem.pipe_file(self.at(path), content)

    @property
    def calls_at_once(self) -> int:
        """How many threads may speak to it: each call to a store takes some 50 ms, and each file on a disk waits for it, too."""
        return CALLS_MAX if self.is_local or self.filesystem.async_impl else 1

    def remove(self, *parts: str) -> None:
        """Removes a file; one that is gone is no error."""
        with contextlib.suppress(FileNotFoundError):
            self.filesystem.rm_file(self.at(*parts))

    @contextlib.contextmanager
    def told(self, doing: str) -> Iterator[None]:
        """Whatever goes wrong with it in the body becomes a `StorageError` that names it; `doing` says what was to be done."""
        try:
            yield
        except BuilderError:
            raise
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise StorageError(
                    f"The disk is full: {self.shown} has no room for {doing}. Free some space and run the same command again."
                ) from None
            reason = error.strerror or shown(str(error)) or type(error).__name__
            raise StorageError(f"{self.shown} cannot be used for {doing} ({reason}). Make it reachable and writable.") from None
        except Exception as error:  # of a protocol's own package, which has no common type
            reason = shown(" ".join(str(error).split()))[:200] or type(error).__name__
            raise StorageError(f"{self.shown} cannot be used for {doing} ({reason}). Make it reachable and writable.") from None
