"""Dates in text, each as precise as its words: a day, a month, a quarter, a half or a year.

Pure: text and the document's date in, values and character offsets out. Cheap patterns find the
candidates. Calendar dates, quarters and weeks are worked out here; counted spans of time ("three
years ago") go to dateparser, whose precision is kept.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Literal

from bizextract import _lexicon
from bizextract.errors import InputError, quote

Prefer = Literal["past", "future"]

_EARLIEST, _LATEST = 1500, 2500
_YEAR = r"(?:19|20)\d\d"
_DAY = r"(?:3[01]|[12]\d|0?[1-9])(?:st|nd|rd|th)?(?![\w%]|[.,:]\d)"
_WHEN = rf"(?:,?\s+(?:of\s+)?(?P<year>{_YEAR})\b|\s+(?:of\s+)?(?P<turn>last|this|next)\s+year\b)"
_APPOSED = re.compile(r",?\s(?:the\s)?\(?")
_DASH = r"[-\u2013]"
_TURNS = {"last": -1, "previous": -1, "past": -1, "this": 0, "current": 0, "next": 1, "coming": 1}


@dataclass(frozen=True, slots=True)
class DateMatch:
    """Words that name a date.

    Attributes:
        start: Offset of the first character.
        end: Offset after the last character.
        value: "2017", "2017-05", "2017-08-19", "2017-Q3" or "2017-H1"; None where the words are
            not precise enough or the document's date is needed and not known.
    """

    start: int
    end: int
    value: str | None


@dataclass(frozen=True, slots=True)
class _Found(DateMatch):
    kind: str


def parse_anchor(value: str | date | datetime | None) -> date | None:
    """Read the date of a document.

    Args:
        value: A date, or an ISO 8601 date with or without a time ("2017-08-20",
            "2017-08-20T09:30:00Z"); None or "" where it is not known.

    Returns:
        The date, or None where it is not known.

    Raises:
        InputError: The value is not a date.

    Example:
        >>> parse_anchor("2017-08-20T09:30:00Z")
        datetime.date(2017, 8, 20)
    """
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    day = _as_date(value)
    if day is not None and _EARLIEST <= day.year <= _LATEST:
        return day
    raise InputError(
        f"{quote(value)} is not a date between {_EARLIEST} and {_LATEST}; give an ISO date such as "
        "'2017-08-20', with or without a time, or None"
    )


def _as_date(value: object) -> date | None:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, str):
        try:
            return datetime.fromisoformat(value.strip()).date()
        except ValueError:
            return None
    return value if isinstance(value, date) else None


def _alternatives(words: list[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


def _titled(words: list[str]) -> str:
    return _alternatives([form for word in words for form in (word.capitalize(), word.upper())])


@lru_cache(maxsize=1)
def _patterns() -> dict[str, re.Pattern[str]]:
    data = _lexicon.read_json("dates.json")
    full = _titled(list(data["months"]))
    month = rf"(?:(?P<month>{full})|(?P<short>{_titled(list(data['short_months']))})\.?)"
    ordinal = _alternatives(list(data["ordinals"]))
    turn = r"last|previous|this|current|next|coming"
    units = rf"{_alternatives(['day', 'week', 'month', 'year'])}"
    count = r"\d{1,3}|a|an|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve"
    either = re.IGNORECASE
    return {
        "iso": re.compile(
            rf"(?<![\w/.-])(?:(?P<year>{_YEAR})([-/])(?P<month>\d\d)\2(?P<day>\d\d)"
            rf"|(?P<one>\d{{1,2}})([/.])(?P<two>\d{{1,2}})\6(?P<late>{_YEAR}))(?!(?!T\d)[\w/-]|\.\d)"
        ),
        "month_day": re.compile(
            rf"\b{month}\s+(?P<day>{_DAY})(?P<more>\s?{_DASH}\s?{_DAY})?{_WHEN}?"
        ),
        "day_month": re.compile(
            rf"(?<![\w$€£.,-])(?P<more>{_DAY}\s?{_DASH}\s?)?(?P<day>{_DAY})(?:\s+of)?\s+{month}"
            rf"(?!\w){_WHEN}?"
        ),
        "month": re.compile(
            rf"\b(?:(?P<shift>(?i:{turn}))\s+)?(?:(?:mid|late|early|end)[\s-])?"
            rf"(?:{month}{_WHEN}|(?P<bare>{full})\b(?!\s+quarter))"
        ),
        "weekday": re.compile(
            rf"\b(?:(?P<shift>(?i:{turn}|past))\s+)?(?P<day>{_titled(list(data['weekdays']))})\b"
        ),
        "part": re.compile(
            rf"\b(?:(?P<fiscal>fiscal|financial|business)[\s-])?"
            rf"(?:(?P<ordinal>{ordinal})|(?P<shift>{turn}))[\s-]"
            rf"(?:(?P<fiscal2>fiscal|financial|business)[\s-])?(?P<part>quarter|half)\b(?!-)"
            rf"(?:(?:\s+of|,?\s+in|,)?(?:\s+the)?(?:\s+(?P<fiscal3>fiscal|financial))?"
            rf"(?:\s+year)?(?:\s+(?P<year>{_YEAR})\b"
            rf"|\s+(?P<turn>last|this|next)\s+(?P<fiscal4>fiscal\s+|financial\s+)?year\b))?",
            either,
        ),
        "part_code": re.compile(
            rf"(?<![\w-])(?:(?P<year>{_YEAR})\s?)?(?:(?P<part>[QH])(?P<number>[1-4])"
            rf"|(?P<number2>[1-4])(?P<part2>[QH]))(?:[\s-]?(?:of\s)?'?(?P<late>{_YEAR}|\d\d))?"
            rf"(?![\w])"
        ),
        "relative": re.compile(
            r"\b(?:(?P<side>earlier|later)\s+)?(?:in\s+)?(?P<shift>last|this|next|"
            r"the\s+current|the\s+coming)\s+"
            r"(?P<fiscal>(?:fiscal|financial|business)\s+)?"
            r"(?P<unit>year|month|week|weekend|summer|winter|autumn|spring|fall|decade|century)\b"
            r"|\b(?:earlier|later|end|close|middle|rest|remainder)\s+(?:in|of)\s+the\s+"
            r"(?P<within>year|month)\b|\b(?P<year_end>year-end)\b"
            r"|\b(?:over|at|during)\s+the\s+(?P<weekend>weekend)\b",
            either,
        ),
        "counted": re.compile(
            rf"\b(?P<ago>(?:{count})\s+(?:{units})s?\s+ago)\b"
            rf"|\b(?P<ahead>in\s+(?:{count})\s+(?:{units})s?)['\u2019]?s?\s+time\b"
            r"|\b(?P<plain>(?:the\s+)?day\s+(?:before\s+yesterday|after\s+tomorrow)"
            r"|yesterday|tomorrow|today|tonight)\b(?!['\u2019]s)",
            either,
        ),
        "year": re.compile(
            rf"(?<![\w$€£¥.,/-])(?:(?:fiscal|financial)\s(?:year\s)?|FY\s?)?"
            rf"(?:(?:mid|late|early|end)[\s-])?(?P<year>{_YEAR})"
            rf"(?P<more>[-\u2013/](?:{_YEAR}|\d\d)(?!\w))?(?![\w%$€£]|[.,:/]\d|-\d)"
        ),
    }


def _month_number(match: re.Match[str]) -> int:
    data = _lexicon.read_json("dates.json")
    name = (match["month"] or match["short"]).lower()
    number: int = data["months"].get(name) or data["short_months"][name]
    return number


def _day_value(year: int, month: int, day: int) -> str | None:
    if not 1 <= month <= 12 or not 1 <= day <= monthrange(year, month)[1]:
        return None
    return f"{year:04}-{month:02}-{day:02}"


def _month_value(year: int, month: int) -> str:
    return f"{year:04}-{month:02}"


def _shared_month(first: date, last: date) -> str | None:
    """The month in which both days lie, if it is one."""
    if (first.year, first.month) != (last.year, last.month):
        return None
    return _month_value(first.year, first.month)


def _shift_month(anchor: date, months: int) -> str:
    index = anchor.year * 12 + anchor.month - 1 + months
    return _month_value(index // 12, index % 12 + 1)


def _year_near(anchor: date, at: tuple[int, ...], prefer: Prefer) -> int:
    """The year in which a recurring date falls: at or before the anchor, or at or after it."""
    here = (anchor.month, anchor.day)[: len(at)]
    if prefer == "past":
        return anchor.year - (at > here)
    return anchor.year + (at < here)


def _turned_year(match: re.Match[str], anchor: date | None) -> int | None:
    """The year that "2017", "last year" or the like after a date names."""
    if match["year"]:
        return int(match["year"])
    if match["turn"] and anchor:
        return anchor.year + _TURNS[match["turn"].lower()]
    return None


class _Reader:
    """Gives each kind of match its value, for one text, anchor and preference."""

    def __init__(self, text: str, anchor: date | None, prefer: Prefer) -> None:
        self.text = text
        self.anchor = anchor
        self.prefer = prefer

    def iso(self, match: re.Match[str]) -> str | None:
        if match["year"]:
            return _day_value(int(match["year"]), int(match["month"]), int(match["day"]))
        one, two, year = int(match["one"]), int(match["two"]), int(match["late"])
        if "." in match[0] or one > 12 or one == two:
            return _day_value(year, two, one)
        # 05/04/2017 is a day in April or in May: only the year is sure.
        return _day_value(year, one, two) if two > 12 else str(year)

    def month_day(self, match: re.Match[str]) -> str | None:
        month = _month_number(match)
        day = int(re.sub(r"\D", "", match["day"]))
        year = _turned_year(match, self.anchor)
        if year is None:
            if self.anchor is None or match["turn"]:
                return None
            year = _year_near(self.anchor, (month, day), self.prefer)
            if (month, day) == (2, 29) and monthrange(year, 2)[1] < 29:
                return None
        if match["more"]:
            return _month_value(year, month)
        return _day_value(year, month, day)

    day_month = month_day

    def month(self, match: re.Match[str]) -> str | None:
        anchor = self.anchor
        if match["bare"]:
            month = _lexicon.read_json("dates.json")["months"][match["bare"].lower()]
        else:
            month = _month_number(match)
            year = _turned_year(match, anchor)
            return None if year is None else _month_value(year, month)
        if anchor is None:
            return None
        turn = _TURNS[match["shift"].lower()] if match["shift"] else None
        if turn == 0:
            return _month_value(anchor.year, month)
        if turn:
            year = anchor.year
            year += (month <= anchor.month) if turn > 0 else -(month >= anchor.month)
        else:
            year = _year_near(anchor, (month,), self.prefer)
        return _month_value(year, month)

    def weekday(self, match: re.Match[str]) -> str | None:
        data = _lexicon.read_json("dates.json")
        before = self.text[max(0, match.start() - 12) : match.start()].lower().split()
        if self.anchor is None or (before and before[-1] in data["named_weekdays"]):
            return None
        shift = (match["shift"] or "").lower()
        turn = _TURNS.get(shift, 0)
        days = (data["weekdays"][match["day"].lower()] - self.anchor.weekday()) % 7
        if turn > 0 or (self.prefer == "future" and turn == 0):
            days += 7 if turn > 0 and days == 0 else 0
        elif days:
            days -= 7
        elif turn < 0:
            days = -7
        return _moved(self.anchor, days)

    def part(self, match: re.Match[str]) -> str | None:
        fiscal = any(match[group] for group in ("fiscal", "fiscal2", "fiscal3", "fiscal4"))
        year = _turned_year(match, self.anchor)
        if fiscal:
            # A fiscal quarter need not be one of the calendar.
            return str(year) if match["year"] else None
        size = 4 if match["part"].lower() == "quarter" else 2
        letter = "Q" if size == 4 else "H"
        shift = (match["shift"] or "").lower()
        if shift:
            if match["year"] or match["turn"]:
                known = shift == "last" and year is not None
                return f"{year}-{letter}{size}" if known else None
            if self.anchor is None:
                return None
            index = self.anchor.year * size + (self.anchor.month - 1) * size // 12
            index += _TURNS[shift]
            return f"{index // size}-{letter}{index % size + 1}"
        number = _lexicon.read_json("dates.json")["ordinals"][match["ordinal"].lower()]
        if match["ordinal"].lower() == "final":
            number = size
        return self._numbered_part(letter, number, year)

    def _numbered_part(self, letter: str, number: int, year: int | None) -> str | None:
        size = 4 if letter == "Q" else 2
        if number > size:
            return None
        if year is None:
            if self.anchor is None:
                return None
            here = (self.anchor.month - 1) * size // 12 + 1
            year = self.anchor.year
            year += -(number > here) if self.prefer == "past" else number < here
        return f"{year}-{letter}{number}"

    def part_code(self, match: re.Match[str]) -> str | None:
        letter = match["part"] or match["part2"]
        written = match["year"] or match["late"]
        year = None if written is None else int(written) + (2000 if len(written) == 2 else 0)
        return self._numbered_part(letter, int(match["number"] or match["number2"]), year)

    def relative(self, match: re.Match[str]) -> str | None:
        anchor = self.anchor
        if anchor is None or match["fiscal"]:
            return None
        if match["within"] or match["year_end"]:
            unit, turn = (match["within"] or "year").lower(), 0
        elif match["weekend"]:
            unit, turn = "weekend", -1
        else:
            unit, turn = match["unit"].lower(), _TURNS[match["shift"].lower().split()[-1]]
        if unit == "year":
            return str(anchor.year + turn)
        if unit == "month":
            return _shift_month(anchor, turn)
        if unit in ("week", "weekend"):
            return self._week(unit, turn, (match["side"] or "").lower())
        season = _lexicon.read_json("dates.json")["seasons"].get(unit)
        if season is None or turn == 0:
            return None
        # "last fall": the season lies in one year, though its months are not known.
        over, begun = anchor.month > season[1], anchor.month >= season[0]
        return str(anchor.year - (not over) if turn < 0 else anchor.year + begun)

    def _week(self, unit: str, turn: int, side: str) -> str | None:
        """The month of a week or weekend, where the whole of it lies in one."""
        if self.anchor is None:
            return None
        monday = self.anchor + timedelta(days=7 * turn - self.anchor.weekday())
        first, last = monday, monday + timedelta(days=6)
        if unit == "weekend":
            first = monday + timedelta(days=5)
        elif side == "earlier":
            last = self.anchor
        elif side == "later":
            first = self.anchor
        return _shared_month(first, last)

    def counted(self, match: re.Match[str]) -> str | None:
        if self.anchor is None:
            return None
        words = match["ago"] or match["ahead"] or match["plain"]
        words = " ".join(words.lower().split())
        return _counted("today" if words == "tonight" else words, self.anchor)

    def year(self, match: re.Match[str]) -> str | None:
        if not match["more"]:
            return match["year"]
        return match["year"] if match[0].lower().startswith(("fiscal", "financial", "fy")) else None


def _moved(anchor: date, days: int) -> str:
    return (anchor + timedelta(days=days)).isoformat()


@lru_cache(maxsize=4096)
def _counted(words: str, anchor: date) -> str | None:
    """What dateparser makes of "three years ago" or "yesterday", at the precision it reports."""
    from dateparser.date import DateDataParser

    settings = {"RELATIVE_BASE": datetime.combine(anchor, time())}
    read = DateDataParser(languages=["en"], settings=settings).get_date_data(words)
    if read.date_obj is None:
        return None
    day = read.date_obj.date()
    if read.period == "day":
        return str(day.isoformat())
    if read.period == "week":
        monday = day - timedelta(days=day.weekday())
        return _shared_month(monday, monday + timedelta(days=6))
    return _month_value(day.year, day.month) if read.period == "month" else f"{day.year:04}"


def _is_month(text: str, match: re.Match[str]) -> bool:
    """Whether a month's bare name is one: "May" and "March" need a word such as "in" before."""
    data = _lexicon.read_json("dates.json")
    if not match["bare"] or match["bare"].lower() not in data["word_months"]:
        return True
    if match["shift"] or match["bare"] != match[0]:
        return True
    before = text[max(0, match.start() - 16) : match.start()].lower().split()
    return bool(before) and before[-1] in data["before_month"]


def _is_year(text: str, match: re.Match[str]) -> bool:
    """Whether four digits are a year: "2000 people" are none."""
    following = re.compile(r"\s([a-z]+)").match(text, match.end())
    return following is None or following[1] not in _lexicon.read_json("dates.json")["not_years"]


_KEPT: dict[str, Callable[[str, re.Match[str]], bool]] = {"month": _is_month, "year": _is_year}


def _candidates(reader: _Reader) -> Iterator[_Found]:
    for kind, pattern in _patterns().items():
        value: Callable[[re.Match[str]], str | None] = getattr(reader, kind)
        kept = _KEPT.get(kind)
        for match in pattern.finditer(reader.text):
            if kept is None or kept(reader.text, match):
                yield _Found(match.start(), match.end(), value(match), kind)


def find_dates(
    text: str, anchor: date | str | None = None, *, prefer: Prefer = "past"
) -> list[DateMatch]:
    """Find the dates that a text names.

    Args:
        text: Any text.
        anchor: The document's date, against which "on Thursday" or "last year" is resolved; None
            where it is not known.
        prefer: Which Thursday or May is meant where the words leave it open: the last one up to
            the anchor ("past") or the first one from the anchor on ("future").

    Returns:
        The dates in order, not overlapping, never more precise than the words.

    Raises:
        InputError: The anchor is not a date.

    Example:
        >>> [m.value for m in find_dates("opened in May; full in Q3 2018", date(2017, 8, 20))]
        ['2017-05', '2018-Q3']
    """
    reader = _Reader(text, parse_anchor(anchor), prefer)
    kept: list[_Found] = []
    for found in sorted(_candidates(reader), key=lambda m: (m.start, -m.end)):
        last = kept[-1] if kept else None
        if last and found.start < last.end:
            continue
        if (
            last
            and last.kind == "weekday"
            and found.kind in ("month_day", "day_month", "iso")
            and _APPOSED.fullmatch(text, last.end, found.start)
        ):
            kept.pop()
            found = _Found(last.start, found.end, found.value, found.kind)
        kept.append(found)
    return [DateMatch(found.start, found.end, found.value) for found in kept]
