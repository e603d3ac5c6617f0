"""Text as people meant it: repaired characters, no markup, no noise marks, one space between words."""

import html
import re
import unicodedata

import ftfy

from calls.transcripts.vocabulary import words

CLEANING_VERSION = 1

_REPAIRS = ftfy.TextFixerConfig(explain=False, unescape_html=False, normalization="NFC")
_AMPERSANDS = re.compile(r"&(?:amp;|#38;|#x26;)+", re.IGNORECASE)
_TAG = re.compile(
    r"</?(?:c|v|i|b|u|s|em|strong|span|font|ruby|rt|lang|p|div|br|hr|a|li|ul|ol|code|pre|small|big|sub|sup|h[1-6])"
    r"(?:\.[\w.-]{0,100})?(?:[ \t][^<>]{0,300})?/?>"
    r"|<\d{1,3}:\d\d[\d:.]{0,12}>"  # karaoke times of WebVTT
    r"|\{\\[^{}]{0,100}\}",  # {\an8} of SRT
    re.IGNORECASE,
)
_INVISIBLE = re.compile(
    "[\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
    "|[\ud800-\udfff]"
    "|[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f]"
    # Joiners belong to Indic and Persian words and to emoji, but never beside ASCII.
    "|(?<=[\x00-\x7f])[\u200c\u200d]+|[\u200c\u200d]+(?=[\x00-\x7f]|$)|^[\u200c\u200d]+"
)
_SURROGATES = re.compile("[\ud800-\udbff][\udc00-\udfff]")
_NOISE_WORDS = (
    "inaudible unintelligible indiscernible crosstalk overlapping overlap laughter laughs laugh laughing chuckles "
    "chuckle chuckling giggles music noise noises silence pause pauses long cough coughs coughing sigh sighs sighing "
    "sneeze sneezes applause static beep beeps ringing ringtone blank_audio blank breath breathes breathing typing "
    "clears throat sniffs sniffles snorts gasps groans mumbles mumbling muffled garbled click clicks dial tone hold "
    "background phone keyboard audio sound speech talk talking speaking foreign language no gap skips "
    "and of in the unverständlich gelächter lachen inaudible risas rires"
)
_NOISE = frozenset(_NOISE_WORDS.split())
_NOISE_ALONE = _NOISE - frozenset(
    words("long hold background phone keyboard audio sound speech talk talking language no tone dial and of in the")
)
_BRACKETED = re.compile(r"\[([^\[\]]{1,60})\]|\(([^()]{1,60})\)|\*([^*\n]{1,60})\*|<([^<>]{1,60})>")
_SONG = re.compile("[♪♫♬]+")
_TIMES_AND_MARKS = re.compile(r"[\d:.,;/!?-]+")
_FILLER = re.compile(
    r"(?<![\w'\u2019-])(?:[Uu]+[hm]+|[Uu]hm+|[Ee]rm+|[Ee]r|[Ee]hm+|[Hh]m{2,}|[Ää]hm?|[Ee]uh)(?![\w'\u2019-])(?:\s*(?:,|\.{2,}|…))?\s*"
)
_DOUBLED_COMMA = re.compile(r",(?:\s*,)+")
_SPACE_BEFORE_MARK = re.compile(r"\s{1,20}(?=[,.;!?](?:\s|$))")


def clean(text: str, *, keep_fillers: bool = True) -> str:
    """The text cleaned; cleaning it again changes nothing. `keep_fillers` False leaves out um, uh, erm (English)."""
    for _ in range(8):  # a repair can bring a tag or an entity to light; twice is the rule
        before = text
        text = _cleaned_once(text, keep_fillers)
        if text == before:
            break
    return text


def _cleaned_once(text: str, keep_fillers: bool) -> str:
    text = _SURROGATES.sub(lambda pair: pair[0].encode("utf-16", "surrogatepass").decode("utf-16"), text)
    text = _INVISIBLE.sub("", text)
    if not text.isascii():
        text = unicodedata.normalize("NFC", ftfy.fix_text(text, _REPAIRS))
        text = _INVISIBLE.sub("", text)
    if "&" in text:
        text = html.unescape(_AMPERSANDS.sub("&", text))
    if "<" in text or "{" in text:
        text = _TAG.sub(" ", text)
    text = _SONG.sub(" ", _BRACKETED.sub(_without_noise, text))
    if not keep_fillers:
        text = _DOUBLED_COMMA.sub(",", _FILLER.sub("", text))
        text = text if any(letter.isalnum() for letter in text) else ""
    return _SPACE_BEFORE_MARK.sub("", " ".join(text.split()))


def _without_noise(match: re.Match[str]) -> str:
    inside = next(group for group in match.groups() if group is not None).casefold()
    words = _TIMES_AND_MARKS.sub(" ", inside).split()
    is_noise = not _NOISE_ALONE.isdisjoint(words) and _NOISE.issuperset(words)
    return " " if is_noise else match[0]
