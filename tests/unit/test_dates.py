"""Dates: value at the precision of the words, resolved against the document's date."""

from __future__ import annotations

import re
from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bizextract.errors import InputError
from bizextract.normalize.dates import find_dates, parse_anchor

SUNDAY = date(2017, 8, 20)

PAST = [
    ("August 19", "2017-08-19"),
    ("August 21", "2016-08-21"),
    ("Aug 19, 2017", "2017-08-19"),
    ("Sept. 30", "2016-09-30"),
    ("19 August 2017", "2017-08-19"),
    ("2017-08-19", "2017-08-19"),
    ("19.08.2017", "2017-08-19"),
    ("05/04/2017", "2017"),
    ("Thursday", "2017-08-17"),
    ("Sunday", "2017-08-20"),
    ("last Sunday", "2017-08-13"),
    ("next Thursday", "2017-08-24"),
    ("Thursday, August 17", "2017-08-17"),
    ("last May", "2017-05"),
    ("Last October", "2016-10"),
    ("December last year", "2016-12"),
    ("March, 2017", "2017-03"),
    ("August 19-21", "2017-08"),
    ("last year", "2016"),
    ("next year", "2018"),
    ("this month", "2017-08"),
    ("earlier this month", "2017-08"),
    ("last month", "2017-07"),
    ("second quarter", "2017-Q2"),
    ("fourth-quarter", "2016-Q4"),
    ("third quarter of 2018", "2018-Q3"),
    ("second quarter of next year", "2018-Q2"),
    ("last quarter of 2010", "2010-Q4"),
    ("this quarter", "2017-Q3"),
    ("last quarter", "2017-Q2"),
    ("Q3 2018", "2018-Q3"),
    ("1H 2012", "2012-H1"),
    ("first half of 2012", "2012-H1"),
    ("2025", "2025"),
    ("early 2013", "2013"),
    ("mid-2009", "2009"),
    ("fiscal 2010", "2010"),
    ("first quarter of fiscal 2010", "2010"),
    ("yesterday", "2017-08-19"),
    ("today", "2017-08-20"),
    ("tomorrow", "2017-08-21"),
    ("the day before yesterday", "2017-08-18"),
    ("three years ago", "2014"),
    ("18 months ago", "2016-02"),
    ("two days ago", "2017-08-18"),
    ("last week", "2017-08"),
    ("this week", "2017-08"),
    ("over the weekend", "2017-08"),
    ("last fall", "2016"),
    ("next summer", "2018"),
    ("this summer", None),
    ("two weeks ago", None),
    ("this fiscal year", None),
    ("fiscal third quarter", None),
    ("2009-2010", None),
    ("Feb 29", None),
]


@pytest.mark.parametrize(("words", "value"), PAST, ids=[case[0] for case in PAST])
@pytest.mark.parametrize("frame", ["{}", "It opened ({}), they said."])
def test_reads_a_date(words: str, value: str | None, frame: str) -> None:
    text = frame.format(words)
    (match,) = find_dates(text, SUNDAY)
    assert text[match.start : match.end] == words
    assert match.value == value


@pytest.mark.parametrize(
    ("text", "value"),
    [("in May", "2017-05"), ("by March", "2017-03"), ("the end of 2025", "2025")],
)
def test_reads_a_date_in_its_context(text: str, value: str) -> None:
    assert [match.value for match in find_dates(text, SUNDAY)] == [value]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("on Thursday", "2017-08-24"),
        ("on Sunday", "2017-08-20"),
        ("in May", "2018-05"),
        ("in August", "2017-08"),
        ("August 19", "2018-08-19"),
        ("September 1", "2017-09-01"),
        ("the second quarter", "2018-Q2"),
        ("the fourth quarter", "2017-Q4"),
        ("last May", "2017-05"),
    ],
)
def test_prefers_the_future_when_asked(text: str, value: str) -> None:
    assert [match.value for match in find_dates(text, SUNDAY, prefer="future")] == [value]


@pytest.mark.parametrize(
    ("day", "text", "value"),
    [
        ("2017-08-08", "last week", None),
        ("2017-08-01", "this week", None),
        ("2017-01-15", "last quarter", "2016-Q4"),
        ("2017-01-15", "last month", "2016-12"),
        ("2017-05-10", "last May", "2016-05"),
    ],
)
def test_borders_of_weeks_and_years(day: str, text: str, value: str | None) -> None:
    assert [match.value for match in find_dates(text, parse_anchor(day))] == [value]


@pytest.mark.parametrize(
    "text",
    [
        "It may rise",
        "May rose by two",
        "the past decade",
        "over three years",
        "2000 people",
        "$2016",
        "the 1980s",
        "the June quarter",
        "2,017",
        "",
    ],
)
def test_reads_no_date(text: str) -> None:
    assert find_dates(text, SUNDAY) == []


def test_without_an_anchor_only_full_dates_have_a_value() -> None:
    found = find_dates("on Thursday, last year, in May, Q3, yesterday; June 2016", None)
    assert [match.value for match in found] == [None] * 5 + ["2016-06"]


@pytest.mark.parametrize(
    "value",
    [
        "2017-08-20",
        " 2017-08-20 ",
        "2017-08-20T09:30:00",
        "2017-08-20T09:30:00Z",
        datetime(2017, 8, 20, 9),
        SUNDAY,
    ],
)
def test_parse_anchor(value: str | date) -> None:
    assert parse_anchor(value) == SUNDAY


@pytest.mark.parametrize("value", [None, "", "  "])
def test_parse_anchor_of_nothing(value: str | None) -> None:
    assert parse_anchor(value) is None


@pytest.mark.parametrize("value", ["20 August", "2017-13-01", "2017-02-30", "x" * 500, 7, date.min])
def test_parse_anchor_refuses(value: object) -> None:
    with pytest.raises(InputError, match="is not a date") as caught:
        parse_anchor(value)  # type: ignore[arg-type]
    assert len(str(caught.value)) < 250


VALUE = re.compile(r"\d{4}(-(Q[1-4]|H[12]|(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?))?")
PIECES = st.lists(
    st.sampled_from(
        ["in ", "last ", "next ", "this ", "May ", "August ", "19", "31 ", "2017 ", "Thursday",
         ", ", "first ", "quarter ", "half ", "of ", "year ", "week ", "-", "Q3 ", "three ", "ago ",
         "years ", "fiscal ", "Feb. ", "29 ", "the ", "end ", "earlier ", "\n", "٣"]
    ),
    max_size=15,
).map("".join)  # fmt: skip


@given(
    st.one_of(st.text(max_size=150), PIECES),
    st.one_of(st.none(), st.dates(date(1900, 1, 1), date(2100, 1, 1))),
    st.sampled_from(["past", "future"]),
)
def test_any_text_gives_ordered_valid_dates(text: str, anchor: date | None, prefer: str) -> None:
    last = 0
    for match in find_dates(text, anchor, prefer=prefer):  # type: ignore[arg-type]
        assert last <= match.start < match.end <= len(text)
        assert match.value is None or VALUE.fullmatch(match.value)
        last = match.end
