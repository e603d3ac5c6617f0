"""Writes word lists as running text, which keeps them readable."""


def words(text: str) -> tuple[str, ...]:
    return tuple(text.split())
