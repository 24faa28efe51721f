"""Places: country, region and city, and the names that are refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bizextract.normalize.places import country_of_demonym, lookup_place, place_names

KNOWN = [
    ("Xi'an", "CN", "Shaanxi", "city"),
    ("Xian", "CN", "Shaanxi", "city"),
    ("Shanghai", "CN", None, "city"),
    ("São Paulo", "BR", None, "city"),
    ("Sao Paulo", "BR", None, "city"),
    ("Gdansk", "PL", None, "city"),
    ("Bangalore", "IN", "Karnataka", "city"),
    ("New York", "US", "New York", "city"),
    ("Washington, D.C.", "US", "District of Columbia", "city"),
    ("Jackson, Mississippi", "US", "Mississippi", "city"),
    ("Reading, Pennsylvania", "US", "Pennsylvania", "city"),
    ("London, Ontario", "CA", "Ontario", "city"),
    ("Palo Alto, CA", "US", "California", "city"),
    ("Guangdong", "CN", "Guangdong", "region"),
    ("Texas", "US", "Texas", "region"),
    ("southeast Michigan", "US", "Michigan", "region"),
    ("Queensland", "AU", "Queensland", "region"),
    ("U.S.", "US", None, "country"),
    ("US", "US", None, "country"),
    ("UK", "GB", None, "country"),
    ("the Netherlands", "NL", None, "country"),
    ("South Africa", "ZA", None, "country"),
    ("southern Iraq", "IQ", None, "country"),
    ("China's", "CN", None, "country"),
    ("the Middle East", None, None, "area"),
    ("Silicon Valley", "US", None, "area"),
    ("lower Manhattan", "US", None, "area"),
    ("Kara Sea", "RU", None, "area"),
]


@pytest.mark.parametrize(("name", "country", "region", "kind"), KNOWN, ids=[c[0] for c in KNOWN])
def test_lookup(name: str, country: str | None, region: str | None, kind: str) -> None:
    place = lookup_place(name)
    assert place is not None
    assert (place.name, place.country, place.region, place.kind) == (name, country, region, kind)


@pytest.mark.parametrize(
    "name", ["Reading", "March", "us", "Toyota", "Apple", "Company", "reading", "", " ", "the", ","]
)
def test_refused(name: str) -> None:
    assert lookup_place(name) is None


def test_a_place_that_the_caller_knows_may_be_small_or_a_common_word() -> None:
    place = lookup_place("Reading", known=True)
    assert place is not None
    assert place.country == "GB"


@pytest.mark.parametrize(
    ("word", "country"),
    [("Chinese", "CN"), ("Indians", "IN"), ("South Korean", "KR"), ("chinese", None), ("", None)],
)
def test_demonyms(word: str, country: str | None) -> None:
    assert country_of_demonym(word) == country


def test_names_for_a_ruler_are_places_and_no_common_words() -> None:
    names = list(place_names())
    assert len(names) == len(set(names))
    assert {"Shanghai", "Germany", "Middle East", "Texas"} <= set(names)
    assert not {"Reading", "Mobile", "Toyota", "March"} & set(names)


@given(st.text(max_size=60), st.booleans())
def test_any_name_survives(name: str, known: bool) -> None:
    place = lookup_place(name, known=known)
    assert place is None or place.name == name
