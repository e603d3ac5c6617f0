"""From bytes to text: what is no text is refused by name, what is not UTF-8 is guessed and said so."""

import codecs
import re

from charset_normalizer import from_bytes

from calls.transcripts.findings import Findings
from calls.transcripts.turns import UnreadableTranscript

EXPECTED = "Expected a transcript as text: VTT, SRT, CSV, JSON, or lines such as “Rep: Good morning”."

# First bytes -> what such a file is called. A match is certain enough to refuse the file.
BINARY = (
    (b"%PDF-", "a PDF"),
    (b"PK\x03\x04", "a zip archive or office document"),
    (b"PK\x05\x06", "an empty zip archive"),
    (b"\xd0\xcf\x11\xe0", "an old office document"),
    (b"{\\rtf", "an RTF document"),
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"RIFF", "a sound or video file"),
    (b"ID3", "an MP3 recording"),
    (b"\xff\xfb", "an MP3 recording"),
    (b"OggS", "an Ogg recording"),
    (b"fLaC", "a FLAC recording"),
    (b"\x1aE\xdf\xa3", "a Matroska or WebM video"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"7z\xbc\xaf", "a 7z archive"),
    (b"Rar!", "a rar archive"),
    (b"BZh9", "a bzip2 archive"),
    (b"\x7fELF", "a program"),
    (b"SQLite format", "a database"),
)
HTML = re.compile(rb"\s*<(?:!doctype\s+html|html[\s>])", re.IGNORECASE)
MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
SAMPLE = 64_000  # bytes; enough to tell encodings apart


def decoded(content: bytes, findings: Findings) -> str:
    """The text with \\n line ends and without NULs; UnreadableTranscript if the file is empty or no text."""
    if not content.strip(b"\0 \t\r\n"):
        raise UnreadableTranscript("The file is empty.", hint=EXPECTED)
    text = _marked(content, findings)
    if text is None:
        _refuse_binary(content)
        text = _unmarked(content, findings)
    return tidy(text, findings)


def tidy(text: str, findings: Findings) -> str:
    if nuls := text.count("\0"):
        findings.note("nul_removed", count=nuls)
        text = text.replace("\0", "")
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    for separator in "\u2028\u2029\x0b\x0c\x85":
        text = text.replace(separator, "\n")
    if not text.strip():
        raise UnreadableTranscript("There is no text in it.", hint=EXPECTED)
    return text


def _marked(content: bytes, findings: Findings) -> str | None:
    for mark, encoding in MARKS:
        if content.startswith(mark):
            return _lenient(content[len(mark) :], encoding, findings)
    return None


def _lenient(content: bytes, encoding: str, findings: Findings) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError:
        text = content.decode(encoding, errors="replace")
        findings.note("broken_characters", count=max(1, text.count("\ufffd")))
        return text


def _refuse_binary(content: bytes) -> None:
    kind = next((name for magic, name in BINARY if content.startswith(magic)), "")
    if content[4:8] == b"ftyp":
        kind = "a video or sound recording"
    if HTML.match(content[:200]):
        kind = "a web page"
    sample = content[:SAMPLE]
    controls = sum(sample.count(bytes([code])) for code in range(1, 32) if code not in (9, 10, 11, 12, 13, 27))
    if not kind and controls > 8 + len(sample) / 50:
        kind = "a binary file"
    if not kind and sample.count(0) > 8 + len(sample) / 20 and not _sixteen_bit(sample):
        kind = "a binary file"
    if kind:
        raise UnreadableTranscript(f"This is {kind}, not text.", hint=EXPECTED)


def _sixteen_bit(sample: bytes) -> str:
    """The UTF-16 flavour of a text without a mark, known by NULs on one side only; empty if it is none."""
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    half = max(1, len(sample) // 2)
    if odd > half * 0.4 and even < half * 0.05:
        return "utf-16-le"
    if even > half * 0.4 and odd < half * 0.05:
        return "utf-16-be"
    return ""


def _unmarked(content: bytes, findings: Findings) -> str:
    if encoding := _sixteen_bit(content[:SAMPLE]):
        return _lenient(content, encoding, findings)
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        pass
    text = content.decode("utf-8", errors="replace")
    broken = text.count("\ufffd")
    if sum(1 for letter in text if letter > "\x7f") - broken > broken:  # UTF-8 after all, with a few bad bytes
        findings.note("broken_characters", count=broken)
        return text
    findings.note("encoding_guessed")
    return _guessed(content, findings)


def _guessed(content: bytes, findings: Findings) -> str:
    """Western European when bytes beyond ASCII are rare, as accents are; else what charset-normalizer says."""
    sample = content[:SAMPLE]
    if sum(1 for byte in sample if byte > 127) < len(sample) / 5:
        try:
            return content.decode("cp1252")
        except UnicodeDecodeError:
            return content.decode("latin-1")
    best = from_bytes(sample).best()
    return _lenient(content, best.encoding if best else "latin-1", findings)
