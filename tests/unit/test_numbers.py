"""Numbers, percentages and counts."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bizextract.normalize.numbers import find_counts, find_percents, find_quantities, parse_number


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1,200", "1200"),
        ("1,00,000", "100000"),
        ("3.07 billion", "3070000000"),
        ("1.2bn", "1200000000"),
        ("12m", "12000000"),
        ("5 thousand crore", "50000000000"),
        ("eight", "8"),
        ("twenty-five", "25"),
        ("two hundred and fifty thousand", "250000"),
        ("half a million", "500000"),
        ("half-billion", "500000000"),
        ("two and a half", "2.5"),
    ],
)
def test_parse_number(text: str, value: str) -> None:
    assert parse_number(text) == Decimal(value)


@pytest.mark.parametrize("text", ["", "a", "many", "two three", "1 2", "million", "x12"])
def test_parse_number_of_no_number(text: str) -> None:
    assert parse_number(text) is None


@pytest.mark.parametrize(
    ("text", "words", "value"),
    [
        ("a 20 pct stake", "20 pct", 20.0),
        ("20 percent", "20 percent", 20.0),
        ("20.5%", "20.5%", 20.5),
        ("49.9 per cent", "49.9 per cent", 49.9),
        ("twenty-five percent", "twenty-five percent", 25.0),
        ("10-15 percent", "10-15 percent", 10.0),
        ("10% to 20%", "10% to 20%", 10.0),
        ("one third of it", "one third", 33.3),
        ("two-thirds", "two-thirds", 66.6),
        ("a quarter of its shares", "a quarter", 25.0),
        ("half of the firm", "half", 50.0),
        ("owns half the firm", "half", 50.0),
        ("a 50-50 venture", "50-50", 50.0),
    ],
)
def test_find_percents(text: str, words: str, value: float) -> None:
    (match,) = find_percents(text)
    assert (text[match.start : match.end], match.value) == (words, value)


@pytest.mark.parametrize(
    "text",
    [
        "in the first half of the year",
        "half a billion",
        "a half hour",
        "the third quarter of 2018",
        "a third party",
        "20 people",
        "",
    ],
)
def test_find_no_percents(text: str) -> None:
    assert find_percents(text) == []


@pytest.mark.parametrize(
    ("text", "words", "value"),
    [
        ("create 1,200 new jobs", "1,200 new jobs", 1200),
        ("more than 300 people", "300 people", 300),
        ("500-600 workers", "500-600 workers", 500),
        ("two thousand staff", "two thousand staff", 2000),
        ("500 highly skilled software engineers", "500 highly skilled software engineers", 500),
        ("1,200 of its 5,000 employees", "5,000 employees", 5000),
    ],
)
def test_find_counts(text: str, words: str, value: int) -> None:
    (match,) = find_counts(text)
    assert (text[match.start : match.end], match.value) == (words, value)


@pytest.mark.parametrize("text", ["20 percent of jobs", "$50 people", "the A320 staff", "jobs"])
def test_find_no_counts(text: str) -> None:
    assert find_counts(text) == []


@given(st.text(max_size=200))
def test_any_text_gives_ordered_numbers(text: str) -> None:
    for find in (find_quantities, find_percents, find_counts):
        last = 0
        for match in find(text):
            assert last <= match.start < match.end <= len(text)
            assert match.value >= 0
            last = match.end
