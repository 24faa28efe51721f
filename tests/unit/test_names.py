"""Names of organisations: keys, legal suffixes, tickers and aliases."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bizextract.normalize.names import is_alias, name_key, split_ticker, strip_legal


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Alibaba Group Holding Ltd.", "alibaba"),
        ("The Harbor Company", "harbor"),
        ("L'Oréal S.A.", "loreal"),
        ("Procter & Gamble Co.", "procter and gamble"),
        ("J.C. Penney", "jc penney"),
        ("Group", "group"),
        ("", ""),
        ("...", ""),
    ],
)
def test_name_key(name: str, key: str) -> None:
    assert name_key(name) == key


@pytest.mark.parametrize(
    ("name", "bare"),
    [
        ("Sany Heavy Industry Co., Ltd.", "Sany Heavy Industry"),
        ("Mitsui & Co.", "Mitsui"),
        ("Telecom Italia S.p.A.", "Telecom Italia"),
        ("Northwind", "Northwind"),
        ("Holdings Inc", "Holdings"),
        ("", ""),
    ],
)
def test_strip_legal(name: str, bare: str) -> None:
    assert strip_legal(name) == bare


@pytest.mark.parametrize(
    ("text", "name", "ticker"),
    [
        ("Google Inc ( GOOG.O )", "Google Inc", "GOOG.O"),
        ("JD.com (NASDAQ: JD)", "JD.com", "NASDAQ: JD"),
        ("JD.com (NASDAQ: JD, HKEX: 9618)", "JD.com", "NASDAQ: JD, HKEX: 9618"),
        ("Siemens ( SIEGn.DE )", "Siemens", "SIEGn.DE"),
        ("Toyota ( 7203.T )", "Toyota", "7203.T"),
        ("TNK-BP TNKBP.UL", "TNK-BP", "TNKBP.UL"),
        ("Northwind (the maker)", "Northwind (the maker)", None),
        ("Northwind", "Northwind", None),
    ],
)
def test_split_ticker(text: str, name: str, ticker: str | None) -> None:
    assert split_ticker(text) == (name, ticker)


ALIASES = [
    ("Alibaba", "Alibaba Group Holding Ltd."),
    ("TCS", "Tata Consultancy Services"),
    ("Itau", "Itau Unibanco"),
    ("GM", "General Motors Co"),
    ("NUMMI", "New United Motor Manufacturing Inc"),
    ("F&N", "Fraser and Neave Ltd"),
    ("J&J", "Johnson & Johnson"),
    ("ANZ", "Australia and New Zealand Banking Group Ltd."),
    ("NBCU", "NBC Universal"),
    ("Disney", "The Walt Disney Co"),
    ("Aramco", "Saudi Aramco"),
    ("Buffett", "Warren Buffett"),
    ("Citi", "Citigroup Inc"),
    ("Walmart", "Wal-Mart Stores Inc"),
    ("Exxon", "ExxonMobil"),
    ("Amazon", "Amazon.com"),
    ("Peugeot", "PSA Peugeot Citroen"),
    ("Nanjing Pharma", "Nanjing Pharmaceutical Co Ltd"),
    ("SONY", "Sony Corp."),
]
STRANGERS = [
    ("First", "First Harbor Bank"),
    ("American", "American Airlines"),
    ("China", "China Mobile"),
    ("Ericsson", "ST-Ericsson"),
    ("BP", "TNK-BP"),
    ("Sony Corp", "Sony Music Entertainment Inc"),
    ("Ventures", "Harbor Ventures"),
    ("Apple", "Microsoft"),
    ("", "Microsoft"),
    ("Inc", "Microsoft Inc"),
]


@pytest.mark.parametrize(("short", "long"), ALIASES, ids=[pair[0] for pair in ALIASES])
def test_alias(short: str, long: str) -> None:
    assert is_alias(short, long)


@pytest.mark.parametrize(("short", "long"), STRANGERS, ids=[" = ".join(p) for p in STRANGERS])
def test_no_alias(short: str, long: str) -> None:
    assert not is_alias(short, long)


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_names_survive(one: str, other: str) -> None:
    assert name_key(name_key(one)) == name_key(one)
    assert strip_legal(strip_legal(one)) == strip_legal(one)
    name, _ = split_ticker(one)
    assert name in one
    is_alias(one, other)
    assert is_alias(one, one) == bool(name_key(one))
