"""English ways of saying that something is needed or will be done, and when.

Trackers are a team's own words and may be in any language. What stands here depends on grammar rather than on a word
alone: "we need a faster report" is a need, "that is what we need to keep by law" is not.
"""

import re

from predictions.trackers import pattern

WHO = r"(?:we|i|they|(?:our|my|the)\s+\w+)"
# "that is what we need", "the one the team wants": the sentence describes something and asks for nothing.
DESCRIBING = r"(?<!\bwhat )(?<!\bthat )(?<!\bwhich )(?<!\bthan )(?<!\bone )(?<!\bif )"
SURELY = r"(?:\s+(?:really|also|urgently|just|still|definitely|badly|mostly|all))?"
IMPROVING = (
    r"(?:be able|cut|reduce|save|improve|speed|automate|replace|fix|solve|stop|avoid|get rid|grow|find|track|see|know)"
)
NEEDED = re.compile(
    rf"\b{DESCRIBING}{WHO}{SURELY}\s+"
    rf"(?:(?:need|needs|must)\s+to\s+{IMPROVING}\b|(?:need|needs)(?!\s+to\b)|want|wants|would\s+like|hope\s+to)\b",
    re.IGNORECASE,
)
TROUBLED = pattern((
    "looking for", "struggle with", "struggling", "trouble with", "our problem is", "biggest problem", "takes too long",
    "too slow", "too many errors", "tired of", "fed up with", "costs us", "wastes", "waste of time", "went wrong",
    "goes wrong", "keeps breaking", "by hand", "error-prone", "headache", "bottleneck", "cannot keep up",
    "can't keep up", "cannot go on", "can't go on", "must have", "important to us", "would help us",
))  # fmt: skip

NEAR = r"(?:today|tonight|tomorrow|next\s+week|(?:on|by|next|this)\s+(?:mon|tues|wednes|thurs|fri|satur|sun)day)"
COUNT = r"(?:a|one|two|three|four|five|six|seven|eight|nine|ten|twelve|\d+)"
MONTH = (
    r"(?:january|february|march|april|may|june|july|august|september|october|november|december|(?:the\s+)?new\s+year)"
)
DATE = re.compile(
    rf"\b(?:{NEAR}|(?:mon|tues|wednes|thurs|fri|satur|sun)day|(?:next|this)\s+(?:month|quarter|year)|"
    rf"(?:by\s+|at\s+)?(?:the\s+)?end\s+of\s+(?:the\s+)?(?:day|week|month|quarter|year)|"
    rf"(?:in|within)\s+{COUNT}\s+(?:days?|weeks?|months?)|(?:in|by|until|before)\s+{MONTH})\b",
    re.IGNORECASE,
)

WILL = pattern(("i will", "i'll", "we will", "we'll", "let me", "i can", "we can", "i am going to", "i'm going to"))
YOU = pattern(("can you", "could you", "will you", "please", "send me", "send us", "come back to me", "call me"))
# Only what is done after the call: "let me share my screen" is no next step.
LATER = (
    r"(?:send|write(?!\s+down)|call|phone|mail|email|e-mail|forward|draft|invite|meet|get\s+back|come\s+back|follow\s+up|"
    r"prepare|check\s+with|talk\s+to|speak\s+to|be\s+in\s+touch|confirm|let\s+you\s+know|arrange|book|block|"
    r"(?:schedule|set\s+up)\s+an?)"
)
PROMISE = r"(?:(?:i|we)(?:\s+will|['’]ll|\s+am\s+going\s+to|['’]m\s+going\s+to|\s+are\s+going\s+to)|let\s+me)"
REQUEST = r"(?:(?:can|could|will|would)\s+you|please|(?:let\s+us|let['’]s|shall\s+we|can\s+we|could\s+we))"
COMMITMENT = re.compile(
    rf"\b(?:(?:{PROMISE}|{REQUEST})(?:\s+(?:then|also|just|please|both|all))?\s+{LATER}\b|"
    rf"(?:let\s+us|let['’]s|shall\s+we)\s+(?:talk|speak|meet|see\s+each\s+other)\b|"
    rf"(?:come|get)\s+back\s+to\s+(?:me|us|you)\b|send\s+(?:me|us)\b|"
    rf"(?:meet|talk|speak|see\s+you|start)\b[^.!?,;]{{0,60}}\b{NEAR}\b|"
    rf"{NEAR}\s+(?:suits|works|would\s+suit|is\s+fine)\b)",
    re.IGNORECASE,
)
