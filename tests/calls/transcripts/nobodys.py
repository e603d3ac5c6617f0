"""Figures and sentences that look like something personal, and are nobody's: prices, orders, dates, places."""

from collections.abc import Callable

from calls.transcripts.vocabulary import words
from tests.calls.transcripts.draw import Draw
from tests.calls.transcripts.personal import COMPANIES

MONTHS = words("January February March April May June July August September October November December")
UNITS = words("users seats licenses employees orders pallets tickets calls hours square meters kilos boxes units")
COUNTED = words("one two three four five six seven eight nine ten eleven twelve fifteen twenty thirty forty fifty")


class Nobodys(Draw):
    def price(self) -> str:
        whole = self.number(1, 9999) * self.one([1, 5, 10, 100, 250])
        return self.one(
            [
                f"${whole:,}",
                f"€{whole}",
                f"{whole} euros a month",
                f"{whole:,} dollars",
                f"£{whole:,}.{self.digits(2)}",
                f"{whole:,}.{self.digits(2)} EUR".replace(",", " ") if whole > 999 else f"{whole},50 €",
                f"between {whole} and {whole + 500} dollars",
                f"USD {whole:,}",
                f"CHF {whole}.–",
                f"{whole / 10:.1f} million",
                f"{whole}k",
                f"₹{whole:,}",
                f"{whole} kronor, and {whole + 40} from March on",
                f"{whole} bucks each",
            ]
        )

    def spoken_price(self) -> str:
        tens, thousands = self.one(COUNTED[10:]), self.one(COUNTED)
        return self.one(
            [
                f"{thousands} thousand {tens} dollars",
                f"{tens} thousand euros",
                f"two hundred and {tens} thousand a year",
                "nineteen ninety nine a month",
                f"{thousands} point {self.one(COUNTED[:9])} million",
                f"{tens} {self.one(COUNTED[:9])} percent of {thousands} hundred",
                f"three fifty, maybe four {tens}",
                f"{thousands} hundred {tens} pounds per seat",
            ]
        )

    def quantity(self) -> str:
        count = self.number(1, 99999) * self.one([1, 10, 100])
        return self.one(
            [
                f"{count:,} {self.one(UNITS)}",
                f"{count} {self.one(UNITS)}",
                f"{count} {self.one(UNITS)} in {self.number(2, 30)} sites",
                f"{self.number(1, 99)} percent of {count:,} {self.one(UNITS)}",
                f"{self.number(2, 9)} to {self.number(10, 40)} {self.one(UNITS)}",
                f"a {self.number(2, 20)} by {self.number(2, 20)} meter hall",
                f"{self.number(100, 999)} gigabytes on {self.number(2, 64)} cores",
            ]
        )

    def spoken_quantity(self) -> str:
        few = [self.one(COUNTED) for _ in range(3)]
        return self.one(
            [
                f"{few[0]} or {few[1]}, maybe {few[2]} people",
                "one two three, go",
                f"step one, step two, step {few[2]}",
                f"{few[0]} in March, {few[1]} in April and {few[2]} in May",
                f"twenty four seven, {few[0]} times out of ten",
                f"number one, number two and number {few[1]}",
                f"a team of {few[0]}, then {few[1]}",
                "thirty, sixty or ninety days",
            ]
        )

    def order(self) -> str:
        """Numbers of orders and the like that are short, or have letters and years in them."""
        return self.one(
            [
                f"order {self.number(1000, 999999)}",
                f"PO-{self.number(2019, 2026)}-{self.digits(4)}",
                f"ticket INC{self.digits(5)}",
                f"invoice {self.number(2019, 2026)}/{self.digits(3)}",
                f"case {self.digits(5, '123456789')}",
                f"SKU AB-{self.digits(4)}-{self.digits(2)}",
                f"item {self.digits(4, '123456789')} and item {self.digits(4, '123456789')}",
                f"quote Q-{self.digits(6)}",
                f"room {self.digits(3, '1234')}",
                f"form W-{self.number(2, 9)}, section {self.number(100, 500)}",
                f"version {self.number(1, 20)}.{self.number(0, 12)}.{self.number(0, 9)}",
                f"ISO {self.one(['9001', '27001', '14001'])}",
            ]
        )

    def date(self) -> str:
        year, month, day = self.number(1995, 2029), self.number(1, 12), self.number(1, 28)
        name, hour = self.one(MONTHS), self.number(8, 18)
        return self.one(
            [
                f"{year}-{month:02d}-{day:02d}",
                f"{day:02d}.{month:02d}.{year}",
                f"{month}/{day}/{year}",
                f"{name} {day}, {year}",
                f"{day} {name} {year} at {hour}:30",
                f"from {year} to {year + 3}",
                f"{year}-{year + 1}",
                f"{hour}:00 to {hour + 1}:30",
                f"Q{self.number(1, 4)} {year}, week {self.number(1, 52)}",
                f"{year}, {year + 1} and {year + 2}",
                f"the {day}th of {name}, {hour} o'clock",
                f"{year}-{month:02d}-{day:02d}T{hour:02d}:15:00",
                f"{day}/{month}/{str(year)[2:]}",
                f"{hour}.30 on {day}.{month}.",
            ]
        )

    def spoken_date(self) -> str:
        return self.one(
            [
                "twenty twenty five, or twenty twenty six",
                f"the third of {self.one(MONTHS)} nineteen ninety eight",
                "two thousand and twelve",
                "half past ten, or ten forty five",
                f"{self.one(MONTHS)} twenty first, twenty twenty four",
                "nine thirty to eleven fifteen",
                "since nineteen eighty seven, or eighty eight",
                f"the first, the second and the third of {self.one(MONTHS)}",
            ]
        )

    def place(self) -> str:
        """Sentences with "at" and "dot" in them that name no mailbox."""
        company = self.one(COMPANIES)
        return self.one(
            [
                f"look at {company} dot com",
                f"we met at {company}. Coming back to it",
                f"our site is {company} dot io",
                f"I was at {company}, in {self.one(MONTHS)}",
                f"it is listed at {company} dot com slash pricing",
                f"everybody at {company} uses it",
                "at this point, dot the i",
                f"they work at {company} in London",
            ]
        )


NOBODYS: dict[str, Callable[[Nobodys], str]] = {
    "prices, written": Nobodys.price,
    "prices, spoken": Nobodys.spoken_price,
    "quantities, written": Nobodys.quantity,
    "quantities, spoken": Nobodys.spoken_quantity,
    "orders, versions, rooms": Nobodys.order,
    "dates and times, written": Nobodys.date,
    "dates and times, spoken": Nobodys.spoken_date,
    "places and sites": Nobodys.place,
}
