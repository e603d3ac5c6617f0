"""The base of every error that tells a person or a program what was wrong and what to do."""

from collections.abc import Mapping


class Refusal(Exception):
    """Something asked for that is not done. Each boundary has one subclass; salesconv/api.py maps them to statuses.

    `code` is stable and for programs, the message and `hint` are for people, `fields` names what was wrong where.
    """

    code = "refused"

    def __init__(
        self, message: str, *, code: str = "", hint: str = "", fields: Mapping[str, object] | None = None
    ) -> None:
        super().__init__(message)
        self.code = code or self.code
        self.hint = hint
        self.fields = dict(fields or {})

    @property
    def in_words(self) -> str:
        """The message, what was wrong where, and what to do, as one paragraph for a page."""
        found = [said for said in self.fields.values() if isinstance(said, str) and said not in str(self)]
        return " ".join(part for part in (str(self), *found, self.hint) if part)
