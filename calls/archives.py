"""The files behind the paths that somebody names: single, in a folder, in a zip. Nothing is unpacked to disk."""

import gzip
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, cast

MOST_MEMBERS = 10_000
MOST_LISTED = 500 * MOST_MEMBERS  # bytes of the list of members
MOST_BYTES = 2 * 1024**3  # of all members of one zip, or all lines of one file, as they are when unpacked
READ_IN_PARTS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # of the others a few bytes become any number at once
DAMAGED = (zipfile.BadZipFile, zlib.error, gzip.BadGzipFile, EOFError, NotImplementedError, RuntimeError)


class UnreadableFile(Exception):
    """A file that cannot be opened, or that is not what it says it is."""


@dataclass(frozen=True)
class Found:
    """One file: what to call it when talking to its owner, and how to read it."""

    place: str
    name: str
    modified: datetime
    open: Callable[[], AbstractContextManager[IO[bytes]]]

    def read(self, limit: int) -> bytes:
        """All bytes, unzipped like `lines`: at most `limit` of them, whatever the file claims of itself."""
        try:
            with self.open() as raw:
                content = self.unzipped(raw).read(limit + 1)
        except DAMAGED as error:
            raise UnreadableFile(f"The file is damaged or protected ({error}).") from None
        except OSError as error:
            raise UnreadableFile(f"The file cannot be opened ({error.strerror or error}).") from None
        if len(content) > limit:
            raise UnreadableFile(f"The file has more than {limit:,} bytes.")
        return content

    def unzipped(self, raw: IO[bytes]) -> IO[bytes]:
        return cast("IO[bytes]", gzip.GzipFile(fileobj=raw)) if self.name.lower().endswith(".gz") else raw

    def lines(self, limit: int) -> Iterator[bytes]:
        """One line after the other, unzipped if the name ends in .gz; UnreadableFile past the bounds."""
        total = 0
        try:
            with self.open() as raw:
                file = self.unzipped(raw)
                while line := file.readline(limit + 1):
                    total += len(line)
                    if len(line) > limit:
                        raise UnreadableFile(f"A line has more than {limit:,} bytes.")
                    if total > MOST_BYTES:
                        raise UnreadableFile(f"The file has more than {MOST_BYTES:,} bytes when unpacked.")
                    yield line
        except DAMAGED as error:
            raise UnreadableFile(f"The file is damaged or protected ({error}).") from None
        except OSError as error:
            raise UnreadableFile(f"The file cannot be opened ({error.strerror or error}).") from None


def walk(path: Path) -> list[Path]:
    """The path itself, or all that is in a folder but folders, in the order of their names, hidden ones left out.

    Links to folders and what is no file are named, too, so that `files` says why nothing comes of them.
    """
    if not path.is_dir():
        return [path]
    found = (each for each in sorted(path.rglob("*")) if each.is_symlink() or not each.is_dir())
    return [each for each in found if not hidden(str(each.relative_to(path)))]


def files(path: Path) -> Iterator[Found]:
    """The file, or those in a zip; UnreadableFile if there is none, or if the zip goes beyond the bounds."""
    if not path.is_file():
        raise UnreadableFile(why_no_file(path))
    if path.suffix.lower() == ".zip":
        yield from members(path)
    else:
        modified = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        yield Found(str(path), path.name, modified, lambda: path.open("rb"))


def why_no_file(path: Path) -> str:
    if path.is_dir():
        return "This is a link to a folder, which is not followed; name that folder itself."
    if path.exists():
        return "This is no file but a pipe, a socket or a device."
    return "This is a link to nothing." if path.is_symlink() else "There is no such file or folder."


def members(path: Path) -> Iterator[Found]:
    try:
        modified = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        with path.open("rb") as file:
            yield from zipped(file, str(path), modified)
    except OSError as error:
        raise UnreadableFile(f"The zip cannot be opened ({error.strerror or error}).") from None


def zipped(file: IO[bytes], place: str, modified: datetime) -> Iterator[Found]:
    """The files in a zip; UnreadableFile if it is damaged or beyond the bounds."""
    try:
        if listed(file) > MOST_LISTED:
            raise UnreadableFile(f"The zip lists far more than {MOST_MEMBERS:,} files, which are accepted at most.")
        archive = zipfile.ZipFile(file)
    except DAMAGED as error:
        raise UnreadableFile(f"The zip is damaged ({error}).") from None
    with archive:
        infos = [info for info in archive.infolist() if not info.is_dir() and not hidden(info.filename)]
        if len(infos) > MOST_MEMBERS:
            raise UnreadableFile(f"The zip has {len(infos):,} files; at most {MOST_MEMBERS:,} are accepted.")
        if sum(info.file_size for info in infos) > MOST_BYTES:
            raise UnreadableFile(f"The zip unpacks to more than {MOST_BYTES:,} bytes.")
        for info in sorted(infos, key=lambda each: each.filename):
            yield Found(f"{place}: {info.filename}", info.filename, modified, member(archive, info))


def listed(file: IO[bytes]) -> int:
    """Bytes of the list of members, as its end tells: to open a zip is to read all of it, 230 MB for 420,000 names."""
    end: list[Any] | None = zipfile._EndRecData(file)  # type: ignore[attr-defined]  # nothing public tells it alone
    return end[zipfile._ECD_SIZE] if end else 0  # type: ignore[attr-defined]  # the same


def member(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Callable[[], AbstractContextManager[IO[bytes]]]:
    def opened() -> AbstractContextManager[IO[bytes]]:
        if info.compress_type not in READ_IN_PARTS:
            raise UnreadableFile("The zip is packed in an unusual way; pack it with Deflate, as most programs do.")
        return archive.open(info)

    return opened


def hidden(name: str) -> bool:
    """What an operating system leaves behind; names are only shown, so a path that climbs out does no harm."""
    return any(part.startswith((".", "__MACOSX")) and part != ".." for part in name.split("/"))
