"""Which texts the database can hold."""

UNSTORABLE = "Holds a NUL character or half a surrogate pair; expected plain text."


def is_storable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return "\0" not in text


def without_nul(text: str) -> str:
    return text.replace("\0", "")
