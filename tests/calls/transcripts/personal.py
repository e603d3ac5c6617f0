"""What is personal, as people say and write it: addresses, telephones, cards, accounts."""

from collections.abc import Callable

import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from calls.transcripts.vocabulary import words
from tests.calls.transcripts.draw import Draw

COUNTRIES = words("US GB DE FR ES IT NL BE CH AT SE NO DK FI PL CZ PT IE AU IN BR JP")
FIRST = words("jane tom anna peter maria lukas sofia james claire david emma paul ines marco julia henrik")
LAST = words(
    "doe miller schmidt rossi garcia dubois larsen novak silva kowalski jansen murphy weber brown keller evans"
)
COMPANIES = words("halden kestrel ardenpaper boltworks northwind finchley acmetools brightco lindqvist petrosoft")
HOSTS = [
    "gmail dot com",
    "outlook dot com",
    "hotmail dot co dot uk",
    "yahoo dot com",
    "icloud dot com",
    "gmx dot de",
    "web dot de",
    "aol dot com",
    "orange dot fr",
    "libero dot it",
    "proton dot me",
    "fastmail dot com",
    "live dot nl",
    "telia dot se",
    "wanadoo dot fr",
    "hey dot com",
]
DIGITS = {
    "en": words("zero one two three four five six seven eight nine"),
    "de": words("null eins zwei drei vier fünf sechs sieben acht neun"),
    "fr": words("zéro un deux trois quatre cinq six sept huit neuf"),
    "es": words("cero uno dos tres cuatro cinco seis siete ocho nueve"),
    "it": words("zero uno due tre quattro cinque sei sette otto nove"),
    "nl": words("nul een twee drie vier vijf zes zeven acht negen"),
}
IBANS = {
    **dict.fromkeys(("DE", "GB", "IE"), 22),
    **dict.fromkeys(("FR", "IT"), 27),
    **dict.fromkeys(("ES", "SE"), 24),
    **dict.fromkeys(("NL", "DK", "FI"), 18),
    **{"BE": 16, "AT": 20, "CH": 21, "PL": 28, "NO": 15, "PT": 25},
}


class Personal(Draw):
    def written_email(self) -> str:
        joint = self.one([".", "_", "-", ""])
        mailbox = f"{self.one(FIRST)}{joint}{self.one(LAST)}" + (self.digits(2) if self.chance(0.3) else "")
        host = (
            self.one(HOSTS).replace(" dot ", ".")
            if self.chance(0.5)
            else f"{self.one(COMPANIES)}.{self.one(['com', 'de', 'co.uk', 'io'])}"
        )
        return f"{mailbox}@{host}"

    def spoken_email(self) -> str:
        first, last = self.one(FIRST), self.one(LAST)
        mailbox = self.one(
            [
                f"{first} dot {last}",
                f"{first} underscore {last}",
                f"{first} dash {last}",
                f"{first[0]} dot {last}",
                f"{first} {self.one(DIGITS['en'])} {self.one(DIGITS['en'])}",
                f"{first}{last}",
                f"{first} dot {last} {self.number(10, 99)}",
                ", ".join(first),
                f"{first} point {last}",
                f"{first} hyphen {last}",
            ]
        )
        host = (
            self.one(HOSTS)
            if self.chance(0.6)
            else f"{self.one(COMPANIES)} dot {self.one(['com', 'de', 'io', 'co dot uk', 'net'])}"
        )
        said = f"{mailbox} at {host}"
        return said.replace(" dot ", ". ") if self.chance(0.1) and "underscore" not in said else said

    # Telephones

    def phone(self) -> phonenumbers.PhoneNumber:
        """Like a number of that country, and valid."""
        kind = self.one([PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE])
        like = phonenumbers.example_number_for_type(self.one(COUNTRIES), kind)
        national = phonenumbers.national_significant_number(like)
        for _ in range(200):
            kept = self.number(2, 4)
            changed = national[:kept] + self.digits(len(national) - kept)
            number = phonenumbers.PhoneNumber(
                like.country_code, int(changed), italian_leading_zero=like.italian_leading_zero
            )
            if phonenumbers.is_valid_number(number):
                return number
        return like

    def written_phone(self) -> str:
        number = self.phone()
        form = self.one([PhoneNumberFormat.INTERNATIONAL, PhoneNumberFormat.NATIONAL, PhoneNumberFormat.E164])
        written = phonenumbers.format_number(number, form)
        if self.chance(0.2) and written.startswith("+"):
            written = "00" + written[1:]
        return written.replace(" ", self.one([" ", "-", ".", " "]))

    def spoken_digits(self, digits: str, language: str = "en") -> str:
        """In groups of two to four, with pauses, "double" and "oh" now and then."""
        words, at = [], 0
        while at < len(digits):
            size = self.number(2, 4)
            words.append(self.spoken_group(digits[at : at + size], language))
            at += size
        return self.one([" ", ", ", ", ", " um ", ". "] if language == "en" else [" ", ", "]).join(words)

    def spoken_group(self, group: str, language: str) -> str:
        if language == "en" and len(group) == 2 and group[0] == group[1] and self.chance(0.5):
            return f"double {DIGITS['en'][int(group[0])]}"
        said = [DIGITS[language][int(digit)] for digit in group]
        return " ".join("oh" if word == "zero" and language == "en" and self.chance(0.5) else word for word in said)

    def spoken_phone(self) -> str:
        national = phonenumbers.national_significant_number(self.phone())
        language = self.random.choice(["en"] * 5 + list(DIGITS))
        return self.spoken_digits(self.one(["", "0"]) + national, language)

    def read_out_phone(self) -> str:
        """As speech recognition writes single digits."""
        national = phonenumbers.national_significant_number(self.phone())
        return self.one([" ", ", ", "-", ". "]).join(national)

    # Cards, accounts, other long numbers

    def card_digits(self) -> str:
        body = self.one(["4", "51", "37", "6011"])
        body += self.digits((14 if body == "37" else 15) - len(body))
        return next(body + last for last in "0123456789" if passes_luhn(body + last))

    def written_card(self) -> str:
        digits = self.card_digits()
        groups = (
            [digits[:4], digits[4:10], digits[10:]]
            if len(digits) == 15
            else [digits[at : at + 4] for at in range(0, 16, 4)]
        )
        return self.one([" ", "-", "", ", "]).join(groups)

    def spoken_card(self) -> str:
        return self.spoken_digits(self.card_digits())

    def iban(self) -> str:
        country = self.one(list(IBANS))
        body = self.digits(IBANS[country] - 4)
        if country in ("GB", "NL", "IE"):
            body = "".join(self.random.choices("ABCDEFGHIJKLMNOPQRSTUVWXYZ", k=4)) + body[4:]
        code = int("".join(str(int(sign, 36)) for sign in body + country + "00"))
        return f"{country}{98 - code % 97:02d}{body}"

    def written_iban(self) -> str:
        code = self.iban()
        grouped = " ".join(code[at : at + 4] for at in range(0, len(code), 4))
        return self.one([code, grouped, grouped, code.lower(), grouped.replace(" ", "-")])

    def spoken_iban(self) -> str:
        """Letters one by one; between them words or figures."""
        code = self.iban()
        if self.chance(0.5):
            return " ".join(code)
        return " ".join(sign if sign.isalpha() else DIGITS["en"][int(sign)] for sign in code)

    def long_number(self) -> str:
        """An account or an insurance number."""
        return self.one(
            [
                self.digits(8, "123456789"),
                self.digits(10, "123456789"),
                f"{self.digits(3, '123456')}-{self.digits(2)}-{self.digits(4)}",
                f"{self.digits(2)} {self.digits(6)} {self.digits(3)}",
            ]
        ).replace("000", "417")


PERSONAL: dict[str, Callable[[Personal], str]] = {
    "e-mail addresses, written": Personal.written_email,
    "e-mail addresses, spoken": Personal.spoken_email,
    "telephones of 22 countries, written": Personal.written_phone,
    "telephones, spoken in six languages": Personal.spoken_phone,
    "telephones, digit by digit": Personal.read_out_phone,
    "cards, written": Personal.written_card,
    "cards, spoken": Personal.spoken_card,
    "IBANs, written": Personal.written_iban,
    "IBANs, spelled": Personal.spoken_iban,
    "other long numbers": Personal.long_number,
}


def passes_luhn(digits: str) -> bool:
    total = 0
    for place, sign in enumerate(reversed(digits)):
        doubled = int(sign) * (1 + place % 2)
        total += doubled - 9 * (doubled > 9)
    return total % 10 == 0
