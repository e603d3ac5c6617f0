"""Zips that are made to do harm cost a refusal: no memory, no file, no other's words."""

import io
import tracemalloc
import zipfile
from collections.abc import Iterable
from datetime import UTC, datetime

import pytest

from calls import archives, draft_files

NOW = datetime(2026, 3, 2, tzinfo=UTC)
MEGABYTE = 1024 * 1024
LIMIT = MEGABYTE
MOST_MEMORY = 8 * MEGABYTE
TALK = b"Rep: Good morning.\nCustomer: We want to sign this week.\n"


def packed(members: Iterable[tuple[str, bytes]], kind: int = zipfile.ZIP_DEFLATED) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", kind) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return target.getvalue()


def read(content: bytes) -> list[bytes]:
    return [member.read(LIMIT) for member in archives.zipped(io.BytesIO(content), "calls.zip", NOW)]


def bomb(kind: int) -> bytes:
    return packed([("call.txt", bytes(64 * MEGABYTE))], kind)


def lying() -> bytes:
    """Its lists call the 64 MB ten bytes."""
    size = (64 * MEGABYTE).to_bytes(4, "little")
    return bomb(zipfile.ZIP_DEFLATED).replace(size, (10).to_bytes(4, "little"))


def overlapping() -> bytes:
    """Ten names for the same 200 kB."""
    content = packed([("call-0.txt", bytes(200_000))])
    start = content.index(b"PK\x01\x02")
    end = content.index(b"PK\x05\x06")
    entries = b"".join(content[start:end].replace(b"call-0", b"call-%d" % number) for number in range(10))
    count, size = (10).to_bytes(2, "little"), len(entries).to_bytes(4, "little")
    return content[:start] + entries + content[end : end + 8] + count + count + size + content[end + 16 :]


BOMBS = {
    "deflated": (lambda: bomb(zipfile.ZIP_DEFLATED), "more than 1,048,576 bytes"),
    "bzip2": (lambda: bomb(zipfile.ZIP_BZIP2), "packed in an unusual way"),
    "lzma": (lambda: bomb(zipfile.ZIP_LZMA), "packed in an unusual way"),
    "lying": (lying, "damaged"),
    "overlapping": (overlapping, "damaged"),
    "of many files": (lambda: packed((f"{number}.txt", b"") for number in range(10_001)), "10,001 files"),
    "of a long list": (
        lambda: packed((f"{number:080}", b"") for number in range(60_000)),
        "far more than 10,000",
    ),
}


@pytest.mark.parametrize(("made", "said"), BOMBS.values(), ids=BOMBS)
def test_a_bomb_is_refused_and_takes_no_memory(made, said):
    content = made()
    tracemalloc.start()
    try:
        with pytest.raises(archives.UnreadableFile, match=said):
            read(content)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert most < MOST_MEMORY


def test_zips_in_a_zip_and_spreadsheets_are_not_opened():
    content = packed([("inner.zip", packed([("a.txt", TALK)])), ("book.xlsx", packed([("xl/workbook.xml", b"<x/>")]))])
    found = draft_files.conversations(content, "calls.zip", "", still=lambda: None)
    assert ["zip or office file" in each.reason for each in found] == [True, True]


def test_names_that_climb_out_and_links_are_words_like_others(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    link = zipfile.ZipInfo("link.txt")
    link.external_attr = 0o120777 << 16
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("../../etc/call.txt", TALK)
        archive.writestr(link, "/etc/passwd")
    assert read(target.getvalue()) == [TALK, b"/etc/passwd"]
    assert list(tmp_path.iterdir()) == []
