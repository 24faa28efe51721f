"""Cues of assertion as data: which words say that something is planned, denied or reported.

The file is ``data/en/assertion.toml``; this module reads and checks it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from functools import lru_cache
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bizextract import _lexicon
from bizextract.errors import LexiconError
from bizextract.records import Status

FILE = "assertion.toml"

Where = Literal["self", "auxiliary", "governor", "modifier", "predicate", "beside"]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Cue(_Model):
    """Words that tell an event's status, with where they must stand to tell it.

    Attributes:
        id: Unique in the file.
        status: What they tell.
        words: Lemmas or phrases, lower case.
        at: Where they reach the event from: the trigger (``self``), an ``auxiliary`` of its
            verbs, a ``governor`` above its words, a ``modifier`` before its nouns, the
            ``predicate`` of which it is the subject, or merely ``beside`` it, shortly before.
        firm: Whether the status stands although only unnamed sources or a newspaper say so.
    """

    id: str
    status: Status
    words: tuple[str, ...] = Field(min_length=1)
    at: tuple[Where, ...] = Field(min_length=1)
    firm: bool = False


class Assertion(_Model):
    """All cues, in the order in which they win over each other within a status.

    Attributes:
        order: Statuses; where cues disagree, the earliest wins.
        reporting: Verbs of which the subject says or makes public something.
        occasions: Nouns of occasions on which something is made public.
        leaks: Subjects of reporting verbs that make public nothing: newspapers, sources.
        light: Verbs with no meaning of their own before an event noun; their negation denies.
        standing: Verbs of which the object is there already.
        aside: Prepositions whose noun takes no part in what the verb says.
        underway: Verbs of which the progressive means that it happens now.
        ahead: Nouns of things that are still to come when they are announced.
        cues: The cues.
    """

    order: tuple[Status, ...]
    reporting: frozenset[str]
    occasions: frozenset[str]
    leaks: frozenset[str]
    light: frozenset[str]
    standing: frozenset[str]
    aside: frozenset[str]
    underway: frozenset[str]
    ahead: frozenset[str]
    cues: tuple[Cue, ...]


def parse_assertion(text: str, source: str = FILE) -> Assertion:
    """Read assertion cues from TOML.

    Args:
        text: The file's text.
        source: Its name, for error messages.

    Returns:
        The checked cues.

    Raises:
        LexiconError: The text is no TOML or breaks the form; the message names what is wrong.
    """
    try:
        found = Assertion.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise LexiconError(f"{source}: not valid TOML: {error}") from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = " → ".join(str(part) for part in first["loc"])
        raise LexiconError(f"{source}: {where}: {first['msg']}") from error
    twice = _doubles(cue.id for cue in found.cues)
    if twice:
        raise LexiconError(f"{source}: cue ids are unique; twice: {', '.join(twice)}")
    return found


def _doubles(ids: Iterable[str]) -> list[str]:
    seen: set[str] = set()
    return [i for i in ids if i in seen or seen.add(i)]  # type: ignore[func-returns-value]


@lru_cache(maxsize=1)
def shipped_assertion() -> Assertion:
    """Give the cues that come with the package, read once."""
    return parse_assertion(_lexicon.read_text(FILE))
