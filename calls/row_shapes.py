"""What an object in a JSON file is, told by its keys: a row about one call, a turn of one, or neither."""

from collections.abc import Mapping

from calls.models import Customer
from calls.transcripts import load_json
from calls.transcripts.json_shapes import ROLE_KEYS, SPEAKER_KEYS
from calls.transcripts.json_turns import KEYS, START_KEYS, STRICT_KEYS

WORDS = frozenset(["turns", "transcript"])
OF_CALLS = frozenset(["external_id", "group", "customer", "deal", "outcome", "known_at", "team"])  # never of a turn
MARKS = OF_CALLS | {"id", "source", "started_at", "rep", "metadata"}  # beside words, of a row
ROW_KEYS = MARKS | WORDS | {"language"}
CUSTOMER_KEYS = frozenset(["external_id", *Customer.TYPED, "metadata"])
LEFT_ALONE = frozenset(["split", "extra"])  # of a data set, for measuring only
READ_IN_FILES = frozenset(f"turns.{name}" for name in KEYS)  # a file's words are read as those of any transcript
OF_LANGUAGE = frozenset(["language", "turns.language"])
TURN_KEYS = frozenset([*SPEAKER_KEYS, *ROLE_KEYS, *START_KEYS])
EMPTY: tuple[object, ...] = (None, "", [], {})


def is_row(entry: object) -> bool:
    if not isinstance(entry, Mapping) or MARKS.isdisjoint(entry) or is_turn(entry):
        return False
    return isinstance(entry.get("turns"), list) or isinstance(entry.get("transcript"), str | list)


def is_turn(entry: object) -> bool:
    """One thing said, as in `{"speaker", "text"}`; some tools call its words "transcript", which then is one line."""
    if not isinstance(entry, Mapping) or "turns" in entry or not OF_CALLS.isdisjoint(entry):
        return False
    if "transcript" in entry:
        words = entry["transcript"]
        return isinstance(words, str) and "\n" not in words.strip() and not TURN_KEYS.isdisjoint(entry)
    return "text" in entry or "content" in entry


def entries_in(content: bytes) -> list[object]:
    """What a JSON file holds as one object, a list or lines; one None if it is no JSON."""
    document = load_json(content)
    return document if isinstance(document, list) else [document]


def unused_keys(row: Mapping[str, object], known: frozenset[str] = ROW_KEYS | LEFT_ALONE) -> frozenset[str]:
    """The filled keys of a row that a call has no place for, those of its customer as "customer.NAME", of its turns as
    "turns.NAME"."""
    customer = row.get("customer")
    inner = customer if isinstance(customer, Mapping) else {}
    names = [name for name in row if name not in known and row[name] not in EMPTY]
    names += [f"customer.{name}" for name in inner if name not in CUSTOMER_KEYS and inner[name] not in EMPTY]
    names += [f"turns.{name}" for name in unused_in_turns(row.get("turns") or row.get("transcript"))]
    aliases = {"id": row.get("external_id"), "group": inner.get("external_id")}
    names += [alias for alias, proper in aliases.items() if differs(row.get(alias), proper)]
    return frozenset(names)


def unused_in_turns(turns: object) -> frozenset[str]:
    """The filled keys that turns have no place for, as a program sends them."""
    sent = [turn for turn in turns if isinstance(turn, Mapping)] if isinstance(turns, list) else []
    unknown = frozenset().union(*sent) - STRICT_KEYS  # the keys of all: very many turns have very few
    return frozenset(name for name in unknown if any(turn.get(name) not in EMPTY for turn in sent))


def differs(alias: object, proper: object) -> bool:
    return alias not in EMPTY and proper not in EMPTY and str(alias) != str(proper)


def unused_of_transcript(entry: object) -> frozenset[str]:
    """The same for a transcript of our own shape that is no row; exports of other tools hold what they like."""
    if not isinstance(entry, Mapping) or WORDS.isdisjoint(entry) or is_turn(entry):
        return frozenset()
    return unused_keys(entry) - READ_IN_FILES - OF_LANGUAGE
