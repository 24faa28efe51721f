"""Articles from templates, for the benchmarks; nothing of bizextract is imported here."""

from __future__ import annotations

import random

DULL = [
    "{a} shares fell {n} percent on {day} after the {trade} cut its forecast for the year.",
    "Analysts at {b} expect sales of {a} to grow by {n} percent, they wrote in a note.",
    "The {trade} said net profit rose to ${n} million from ${m} million a year earlier.",
    "Rain kept shoppers at home in {city}, and traders spoke of a slow {day}.",
    "{person}, who has led {a} since 2009, told reporters that costs would come down.",
    "Unions at {a} called for higher wages at its plant in {city}.",
    "The index of leading shares closed {n} points lower, with banks among the losers.",
    "{a} opened two shops in {city}, and closed one that lost money.",
]
NEWS = [
    "{a} and {b} agreed to form a joint venture in {city} to build batteries.",
    "{a} will invest ${n} million in a plant in {city}, the {trade} said on {day}.",
    "{a} is moving its headquarters from {city} to {other}.",
    "{a} bought a {n} percent stake in {b} for ${m} million.",
]
FORMS = ["{} Foods Inc", "{} Energy", "{} SA", "{} Motors", "{} Group", "{}"]
CITIES = ["Lyon", "Leeds", "Austin", "Osaka", "Pune", "Gdansk"]
SYLLABLES = [
    "ba",
    "co",
    "di",
    "fu",
    "ge",
    "ha",
    "jo",
    "ki",
    "lu",
    "me",
    "no",
    "pa",
    "ra",
    "si",
    "zor",
]


def word(rng: random.Random) -> str:
    """A word that hardly comes twice."""
    return "".join(rng.choices(SYLLABLES, k=rng.randint(2, 5)))


def make_article(rng: random.Random) -> str:
    """An article of 6 to 24 dull sentences; every tenth announces something."""
    # Names of its own in every article, as in news.
    a, b = (form.format(word(rng).title()) for form in rng.sample(FORMS, 2))
    city, other = rng.sample(CITIES, 2)
    values = {
        "a": a, "b": b, "city": city, "other": other, "n": rng.randint(2, 90),
        "m": rng.randint(100, 900), "day": rng.choice(["Monday", "Tuesday", "Friday"]),
        "trade": rng.choice(["carmaker", "bank", "retailer"]), "person": "Ruth Hallam",
    }  # fmt: skip
    lines = [rng.choice(DULL) for _ in range(rng.randint(6, 24))]
    if rng.random() < 0.1:
        lines.insert(rng.randrange(3), rng.choice(NEWS))
    return f"{a} in the news\n\n" + " ".join(line.format(**values) for line in lines)
