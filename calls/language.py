"""Which language a conversation is in, guessed offline."""

import re

from django.conf.locale import LANG_INFO

LETTERS = 2000  # enough to be sure, and cheap however long the call
ENOUGH = 20  # fewer letters are a guess into the blue


def tidy(tag: str) -> str:
    """The bare language of a tag such as "en-US" or "DE_de"; empty for what is no tag."""
    found = re.match(r"[a-zA-Z]{2,3}(?=$|[-_])", tag.strip())
    return found[0].lower() if found else ""


def in_english(code: str) -> str:
    """Its name; the code itself where none is known here."""
    return str(LANG_INFO.get(code, {}).get("name", code))


def detect(text: str) -> str:
    """An ISO 639-1 code, or empty where there is too little text to tell."""
    if sum(letter.isalpha() for letter in text[:LETTERS]) < ENOUGH:
        return ""
    import py3langid  # noqa: PLC0415  # its model takes half a second to load, and only parsing needs it

    return str(py3langid.classify(text[:LETTERS])[0])
