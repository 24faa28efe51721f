"""A reading written as text with tags: ``"[Alder Ltd|ORG1] paid [$5m|MONEY]."``."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import Any

from bizextract._drafts import Reading

TAG = re.compile(r"\[([^|\]]+)\|([^\]]+)\]")
TOKEN = re.compile(r"\w+(?:[.,'-]\w+)*|[^\w\s]")


def reading_of(tagged: str, date: str | None = None) -> Reading:
    """A reading of ``"[Alder Ltd|ORG1] hired. [The firm|ORG1] paid [$5m|MONEY]."``.

    A label with a number is a cluster; a mention of it that begins with a capital, but no
    article, is a name. Names of places and labels without a number are entities.
    """
    text, place, tags = "", 0, []
    for match in TAG.finditer(tagged):
        text += tagged[place : match.start()]
        tags.append((len(text), len(text) + len(match[1]), match[2].split()))
        text += match[1]
        place = match.end()
    text += tagged[place:]
    offsets = [m.span() for m in TOKEN.finditer(text)]
    mentions = defaultdict(list)
    entities = []
    for start, end, labels in tags:
        span = tokens_of(offsets, start, end)
        for label in labels:
            if label[-1].isdigit():
                mentions[label].append(span)
            if not label[-1].isdigit() or (label.startswith("PLACE") and text[start].isupper()):
                entities.append((*span, label.rstrip("0123456789")))
    clusters: list[dict[str, Any]] = []
    for label, spans in mentions.items():
        forms = [text[offsets[a][0] : offsets[b - 1][1]] for a, b in spans]
        names = [f for f in forms if f[0].isupper() and not f.startswith(("The", "It", "Both"))]
        names.sort(key=len, reverse=True)
        clusters.append(
            {
                "name": names[0],
                "aliases": list(dict.fromkeys(n for n in names if n != names[0])),
                "label": label.rstrip("0123456789"),
                "mentions": [list(s) for s in spans],
            }
        )
    stops = [i + 1 for i, (a, b) in enumerate(offsets) if text[a:b] == "."]
    sentences = list(zip([0, *stops], stops, strict=False))
    return Reading(text, offsets, sentences, entities, clusters, [], date)


def tokens_of(offsets: list[tuple[int, int]], start: int, end: int) -> tuple[int, int]:
    """First and last + 1 token of characters."""
    starts, ends = zip(*offsets, strict=True)
    return starts.index(start), ends.index(end) + 1


def event(reading: Reading, type_: str, **roles: str) -> dict[str, Any]:
    """An event whose roles are words of the text, several of them parted by ``|``."""
    found: list[dict[str, Any]] = []
    for role, words in roles.items():
        for one in words.split("|"):
            at = reading.text.index(one)
            start, end = tokens_of(reading.offsets, at, at + len(one))
            found.append({"role": role, "start": start, "end": end, "score": 0.8})
    sent = next(s for s in reading.sentences if s[0] <= found[0]["start"] < s[1])
    return {
        "type": type_, "source": "rules", "rule": "r", "score": 0.9, "sent": list(sent),
        "trigger": None, "status": None, "kind": None, "scope": None, "cues": [], "roles": found,
    }  # fmt: skip
