"""Amounts of money: value, currency, range, restatements and offsets."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bizextract.normalize.money import find_money

ONE = [
    ("RMB20.5 billion", "20500000000", "CNY"),
    ("€1.2bn", "1200000000", "EUR"),
    ("Rs 1,200 crore", "12000000000", "INR"),
    ("Rs. 500 cr", "5000000000", "INR"),
    ("₹1,00,000 crore", "1000000000000", "INR"),
    ("C$40m", "40000000", "CAD"),
    ("eight million euros", "8000000", "EUR"),
    ("20 billion won", "20000000000", "KRW"),
    ("1,200 won", "1200", "KRW"),
    ("5 bln euros", "5000000000", "EUR"),
    ("1.5 trillion yen", "1500000000000", "JPY"),
    ("$500,000", "500000", "USD"),
    ("£800m", "800000000", "GBP"),
    ("US$ 3.07 bn", "3070000000", "USD"),
    ("U.S.$5bn", "5000000000", "USD"),
    ("half a billion dollars", "500000000", "USD"),
    ("a quarter of a billion dollars", "250000000", "USD"),
    ("two and a half million pounds", "2500000", "GBP"),
    ("a billion dollars", "1000000000", "USD"),
    ("HK$5 billion", "5000000000", "HKD"),
    ("A$1bn", "1000000000", "AUD"),
    ("NT$3 million", "3000000", "TWD"),
    ("R$2.5 bln", "2500000000", "BRL"),
    ("R1.2 billion", "1200000000", "ZAR"),
    ("2 billion Swiss francs", "2000000000", "CHF"),
    ("3.5 billion Danish crowns", "3500000000", "DKK"),
    ("41 billion rouble", "41000000000", "RUB"),
    ("41 billion roubles", "41000000000", "RUB"),
    ("6 billion reais", "6000000000", "BRL"),
    ("2 billion rand", "2000000000", "ZAR"),
    ("300 million dirhams", "300000000", "AED"),
    ("10 million-euro", "10000000", "EUR"),
    ("150-million-dollar", "150000000", "USD"),
    ("$12m", "12000000", "USD"),
    ("$.5 million", "500000", "USD"),
    ("12 million U.S. dollars", "12000000", "USD"),
    ("6.4 million United States dollars", "6400000", "USD"),
    ("45 million Australian dollars", "45000000", "AUD"),
    ("$45 million Canadian dollars", "45000000", "CAD"),
    ("2 billion new Taiwan dollars", "2000000000", "TWD"),
    ("USD 12 million", "12000000", "USD"),
    ("EUR5m", "5000000", "EUR"),
    ("INR 500 crore", "5000000000", "INR"),
    ("12 million USD", "12000000", "USD"),
    ("5 million €", "5000000", "EUR"),
    ("$7.5\n billion", "7500000000", "USD"),
    ("$14.50", "14.5", "USD"),
]


@pytest.mark.parametrize(("words", "value", "currency"), ONE, ids=[case[0] for case in ONE])
@pytest.mark.parametrize("frame", ["{}", "It will spend {} there.", "a ({}) plan"])
def test_reads_an_amount(words: str, value: str, currency: str, frame: str) -> None:
    text = frame.format(words)
    (match,) = find_money(text)
    assert (match.value, match.currency) == (Decimal(value), currency)
    assert text[match.start : match.end] == words
    assert match.value_max is None
    assert match.equivalents == ()


RANGES = [
    ("between $2 million and $3 million", "$2 million and $3 million", "2000000", "3000000"),
    ("between 20 and 30 million euros", "20 and 30 million euros", "20000000", "30000000"),
    ("$2-3 billion", "$2-3 billion", "2000000000", "3000000000"),
    ("$400-$700 million", "$400-$700 million", "400000000", "700000000"),
    ("$16-to-$17 billion", "$16-to-$17 billion", "16000000000", "17000000000"),
    ("$2 million to $3 million", "$2 million to $3 million", "2000000", "3000000"),
    ("20 to 30 million euros", "20 to 30 million euros", "20000000", "30000000"),
    ("two or three billion dollars", "two or three billion dollars", "2000000000", "3000000000"),
]


@pytest.mark.parametrize(("text", "words", "low", "high"), RANGES, ids=[c[0] for c in RANGES])
def test_reads_a_range(text: str, words: str, low: str, high: str) -> None:
    (match,) = find_money(text)
    assert text[match.start : match.end] == words
    assert (match.value, match.value_max) == (Decimal(low), Decimal(high))


EQUIVALENTS = [
    ("RMB20.5 billion (US$3.07 billion)", "RMB20.5 billion", ["USD"]),
    ("5 bln euros ($6.4 billion)", "5 bln euros", ["USD"]),
    ("3 billion yuan (about $443 million)", "3 billion yuan", ["USD"]),
    ("3 billion yuan, or about $443 million, in", "3 billion yuan", ["USD"]),
    ("3 billion yuan or $443 million", "3 billion yuan", ["USD"]),
    ("3 billion yuan, about $443 million", "3 billion yuan", ["USD"]),
    ("3 billion yuan ($443 million; 330 million euros)", "3 billion yuan", ["USD", "EUR"]),
    ("300 million pounds ($443 million-$739 million)", "300 million pounds", ["USD"]),
]


@pytest.mark.parametrize(("text", "words", "codes"), EQUIVALENTS, ids=[c[0] for c in EQUIVALENTS])
def test_a_restatement_is_an_equivalent(text: str, words: str, codes: list[str]) -> None:
    (match,) = find_money(text)
    assert text[match.start : match.end] == words
    assert [other.currency for other in match.equivalents] == codes


NOTHING = [
    "a multi-million dollar plan",
    "a multi-million-euro plan",
    "millions of dollars",
    "several billion euros",
    "a few million pounds",
    "300 million pounds of beef",
    "the TOP 10 firms",
    "the R2-D2 robot",
    "20 won awards",
    "the team that in 2012 won",
    "($1=0.7 euro)",
    "(1$ = 6.5 yuan)",
    "($1=$1.04 Canadian)",
    "700 million crowns",
    "2,000 people in 2012",
    "",
]


@pytest.mark.parametrize("text", NOTHING)
def test_reads_no_money(text: str) -> None:
    assert find_money(text) == []


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("raised its offer from $2 billion to $3 billion", 2),
        ("$1.3 billion ($2 billion)", 2),
        ("$5 billion, and 3 million euros", 2),
    ],
)
def test_amounts_of_their_own_stay_apart(text: str, count: int) -> None:
    assert len(find_money(text)) == count


def test_plain_crowns_are_those_that_the_text_names() -> None:
    found = find_money("It paid 700 million crowns, after 20 million Danish crowns.")
    assert [match.currency for match in found] == ["DKK", "DKK"]


PIECES = st.lists(
    st.sampled_from(
        ["$", "€", "RMB", " ", "-", "2", "3,000", "1.5", "million", "bn", "euros", "to", "and",
         "between", "(", ")", "or", "about", "half", "a", "crowns", "=", "\n", ".", "won", "²", "٣"]
    ),
    max_size=25,
).map("".join)  # fmt: skip


@given(st.one_of(st.text(max_size=200), PIECES))
def test_any_text_gives_ordered_sane_amounts(text: str) -> None:
    last = 0
    for match in find_money(text):
        assert last <= match.start < match.end <= len(text)
        last = max([match.end, *(other.end for other in match.equivalents)])
        assert match.value.is_finite()
        assert match.value >= 0
        assert match.value_max is None or match.value_max > match.value
        assert len(match.currency) == 3


@given(PIECES)
def test_reading_is_repeatable(text: str) -> None:
    assert find_money(text) == find_money(text)
