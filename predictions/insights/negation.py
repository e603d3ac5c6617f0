"""Whether a sentence turns a phrase round: "we do not need this" speaks of no need."""

import re

REACH = 6  # words; a negation further back belongs to something else
CLAUSE = re.compile(
    r"[,;:.!?()–—]|\b(?:but|and|because|so|although|though|however|while|since)\b", re.IGNORECASE
)  # fmt: skip
NEGATOR = re.compile(
    r"\b(?:not|never|no|nobody|none|nothing|neither|nor|without|cannot|hardly|\w+n['’]t)\b",
    re.IGNORECASE,
)
AFTER = re.compile(r"\s+(?:no|nothing|nobody|none)\b", re.IGNORECASE)
# They have the form of a negation and deny nothing.
AFFIRMING = re.compile(
    r"\b(?:not\s+(?:only|just|merely)|no\s+doubt|(?:cannot|can['’]t|can\s+not)\s+wait\s+to)\b",
    re.IGNORECASE,
)
LATEST = ("before", "until", "till")


def denied(text: str, phrase: re.Match[str]) -> bool:
    """A negation stands before the phrase in its clause, or right behind it.

    "Not before March" is March all the same; "we cannot wait until March" is not.
    """
    if AFTER.match(text, phrase.end()):
        return True
    clause = AFFIRMING.sub(" ", CLAUSE.split(text[: phrase.start()])[-1])
    words = clause.casefold().split()[-REACH:]
    if not NEGATOR.search(" ".join(words)):
        return False
    is_latest = phrase.group().casefold().startswith(LATEST) or (words and words[-1] in LATEST)
    return "wait" in words if is_latest else True
