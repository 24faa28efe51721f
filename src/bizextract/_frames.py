"""Frames: what is known of a record type, as data.

A frame file says which words announce an event of a type (triggers), where its roles stand from
there (paths), what may fill them, and which words beside the trigger settle the kind or the
scope. This module reads and checks such a file; `bizextract.components.relations` applies it. A
type of your own is a `bizextract.records.Record` subclass and one such file.

A path is a walk over the dependency tree from the trigger, steps joined by ``/``, such as
``object/possessive`` or ``prep:in|into``. `STEPS` lists the steps.

A file with ``extends = "partnership"`` in the place of a type adds to the frame of that type; a
trigger with ``like = "partner-verb"`` takes all from that rule but its id and what it says itself.

Example:
    >>> frame = parse_frame('''
    ... type = "acquisition"
    ... anchors = ["buyer", "target"]
    ... [roles.buyer]
    ... accepts = {ORG = 1.0, NAME = 0.9}
    ... [roles.target]
    ... accepts = {ORG = 1.0, NAME = 0.9}
    ... [assembly]
    ... needs = 2
    ... of = ["buyer", "target"]
    ... anchors = ["buyer", "target"]
    ... share = 2
    ... [[triggers]]
    ... id = "acquire"
    ... words = ["acquire", "take over"]
    ... pos = ["VERB"]
    ... roles = {buyer = ["subject"], target = ["object"]}
    ... ''', "acquisition.toml")
    >>> frame.triggers[0].words
    ('acquire', 'take over')
"""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from bizextract import _lexicon
from bizextract.errors import LexiconError, quote
from bizextract.records import Status

SHIPPED = ("headquarters_opening", "investment", "partnership")
"""The frames that come with the package, under ``data/en/frames/``."""

LABELS = (
    *("ORG", "PERSON", "PLACE", "NAME", "FACILITY", "MONEY"),
    *("PERCENT", "DATE", "COUNT", "ROUND", "TICKER"),
)
"""Labels of the entities that `bizextract.components.entities` finds."""

STEPS: dict[str, str] = {
    "self": "the word itself",
    "beside": "the word that met the trigger's first condition; only as the first step",
    "subject": "the subject of the verb, or of the verb that governs the noun; also through "
    "'plans to', coordination and relative clauses; of a passive, the agent",
    "owner": "the subject of a copula, or what the noun stands in apposition to",
    "object": "the object of the verb; of a passive, the subject",
    "result": "the predicate noun after an object: 'make Lyon its headquarters'",
    "agent": "what a phrase with 'by' names",
    "maker": "the subject or agent of a clause that describes the noun: 'a venture that A formed'",
    "possessive": "the possessor of the noun",
    "compound": "words before the noun in one noun phrase",
    "modifier": "adjectives, participles and nouns before the noun",
    "apposition": "what stands in apposition to the noun, on either side",
    "governor": "the verbs and nouns above the word",
    "verb": "the verb that governs the noun; the verb itself",
    "prep": "what a preposition takes: prep:in|into; nearby ones of the sentence come last",
    "close": "like prep, but only prepositions that the syntax puts here",
    "purpose": "infinitives and gerunds of purpose below the verb",
    "subtree": "every word below the word",
    "clause": "every word of the clause",
    "before": "words of the sentence to the left, nearest first",
    "after": "words of the sentence to the right, nearest first",
    "headline": "like before, in headlines only",
    "sentence": "every word of the sentence",
}
"""Names of path steps, with what each reaches."""

_WITH_WORDS = frozenset({"prep", "close"})

Weight = float
Words = tuple[str, ...]
Pos = Literal[
    "ADJ", "ADP", "ADV", "AUX", "CCONJ", "DET", "INTJ", "NOUN", "NUM", "PART", "PRON", "PROPN",
    "PUNCT", "SCONJ", "SYM", "VERB", "X",
]  # fmt: skip
PlaceKind = Literal["city", "region", "country", "area", "unknown"]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _only_known_keys(cls, value: Any) -> Any:
        for key in value if isinstance(value, dict) else ():
            if key not in cls.model_fields:
                raise ValueError(f"unknown key {quote(key)}; known: {', '.join(cls.model_fields)}")
        return value


def steps_of(path: str) -> list[tuple[str, Words]]:
    """Split a path into steps, each with the words it asks for.

    Args:
        path: Such as ``"object/prep:in|into"``.

    Returns:
        Pairs of a step's name and its words, which are empty for most steps.

    Raises:
        ValueError: A step is unknown, or has words where it takes none, or the reverse.

    Example:
        >>> steps_of("object/prep:in|into")
        [('object', ()), ('prep', ('in', 'into'))]
    """
    steps: list[tuple[str, Words]] = []
    for place, part in enumerate(path.split("/")):
        name, _, rest = part.partition(":")
        words = tuple(w for w in rest.split("|") if w)
        if name not in STEPS:
            raise ValueError(f"path {path!r}: unknown step {name!r}; known: {', '.join(STEPS)}")
        if name == "beside" and place:
            raise ValueError(f"path {path!r}: step 'beside' can only come first")
        if bool(words) != (name in _WITH_WORDS):
            need = "needs words, as in 'prep:in|into'" if not words else "takes no words"
            raise ValueError(f"path {path!r}: step {name!r} {need}")
        steps.append((name, words))
    return steps


class RolePath(_Model):
    """A path with what it may reach.

    Attributes:
        path: Steps joined by ``/``.
        weight: Factor on the score of what it reaches, 0 to 1.
        labels: Only entities of these labels; empty means those that the role accepts.
        places: Only places of these kinds (city, region, country, area, unknown).
        names: Only names, no nominal mentions and pronouns.
    """

    path: str
    weight: Weight = Field(default=1.0, gt=0, le=1)
    labels: Words = ()
    places: tuple[PlaceKind, ...] = ()
    names: bool = False

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, value: Any) -> Any:
        return {"path": value} if isinstance(value, str) else value

    @field_validator("path")
    @classmethod
    def _known(cls, value: str) -> str:
        steps_of(value)
        return value


class Condition(_Model):
    """Words or entities that must (or must not) stand somewhere from the trigger.

    Attributes:
        at: Paths; one that reaches a match is enough.
        words: Lemmas or phrases, lower case; ``@name`` stands for a list of the frame's words.
        labels: Entity labels that count as a match.
        places: Kinds of place that count as a match.
        other: Any lower-case common noun that is none of these words counts as a match.
        within: How many tokens away the match may be.
    """

    at: Words = Field(min_length=1)
    words: Words = ()
    labels: Words = ()
    places: tuple[PlaceKind, ...] = ()
    other: Words = ()
    within: int | None = Field(default=None, gt=0)

    @field_validator("at")
    @classmethod
    def _known(cls, value: Words) -> Words:
        for path in value:
            steps_of(path)
        return value

    @model_validator(mode="after")
    def _asks_something(self) -> Self:
        if not (self.words or self.labels or self.places or self.other):
            raise ValueError("a condition needs words, labels, places or other")
        return self


class Hint(_Model):
    """What settles the kind or the scope of an event; the first hint of a slot that holds wins.

    Attributes:
        slot: ``kind`` or ``scope``.
        value: The value, as the record class names it.
        when: Conditions that must all hold, seen from the trigger.
    """

    slot: Literal["kind", "scope"]
    value: str
    when: tuple[Condition, ...] = Field(min_length=1)


class RoleSpec(_Model):
    """What may fill a role.

    Attributes:
        accepts: Entity labels with the weight of each, 0 to 1. NAME is a name-shaped noun phrase.
        refers: Whether nominals and pronouns may fill it ("the company", "it").
        phrase: Whether any noun phrase may fill it.
        hollow: Nouns that give way to what follows them: "the field of transport".
        many: Whether it takes several values.
        spread: Whether values joined by "and", "including" or "led by" all count.
        unless_before: Words that, right after a value, speak against it ("$3 a share").
        each: Whether each of several values makes an event of its own.
        officers: Whether a person whose office stands beside the name fills it: "CEO Jane Doe".
        shares: Whether it may take words that fill an anchor role already.
    """

    accepts: dict[str, Weight] = Field(default_factory=dict)
    refers: bool = False
    phrase: bool = False
    hollow: Words = ()
    many: bool = False
    spread: bool = True
    unless_before: Words = ()
    each: bool = False
    officers: bool = True
    shares: bool = False


class Trigger(_Model):
    """Words that announce an event.

    Attributes:
        id: Unique in the file; records name it as their evidence.
        words: Lemmas or phrases, lower case; ``@name`` stands for a list of the frame's words.
        pos: Parts of speech that the last word may have; empty means any.
        heads: Whether the words must head their noun phrase: not "investment bank".
        beside: Conditions that must all hold.
        without: Conditions of which none may hold.
        construction: The named construction that gives the paths of the roles.
        roles: Paths for roles, in addition to the construction or instead of it.
        score: How far the trigger alone is to be believed, 0 to 1.
        kind, scope, status: What the trigger alone settles.
        needs: How many of the anchor roles must be filled; None means the frame's ``least``.
        trusted: Whether what it finds becomes a record even where the model that weighs rules and
            reader thinks little of it. The model has not seen the words of users, so theirs are.
    """

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    words: Words = Field(min_length=1)
    pos: tuple[Pos, ...] = ()
    heads: bool = False
    beside: tuple[Condition, ...] = ()
    without: tuple[Condition, ...] = ()
    construction: str | None = None
    roles: dict[str, tuple[RolePath, ...]] = Field(default_factory=dict)
    score: Weight = Field(default=1.0, gt=0, le=1)
    kind: str | None = None
    scope: str | None = None
    status: Status | None = None
    needs: int | None = Field(default=None, ge=0)
    trusted: bool = False


class Assembly(_Model):
    """How events of a type are brought together, one record for each event.

    Attributes:
        needs: How many values the roles of ``of`` must hold together.
        of: The roles that make a record; empty means the frame's anchors.
        anchors: Two events may be one where they share values of these roles …; empty means
            those of ``of``.
        share: … so many of them, and
        clash: no role of these contradicts, except where
        proof: a role of these agrees.
        apart: Roles that one name cannot fill together; the likelier role keeps it.
        unite: Kinds whose list roles grow together instead of contradicting.
        place_of: Roles that, left open, hold the place that another role holds:
            ``{location = "target"}``.
        no_place: By role the kinds of event in which no country or town fills it.
        trusted: Ids of the trusted triggers; follows from these.
    """

    needs: int = Field(default=1, ge=1)
    of: Words = ()
    anchors: Words = ()
    share: int = Field(default=1, ge=1)
    clash: Words = ()
    proof: Words = ()
    apart: Words = ()
    unite: Words = ()
    place_of: dict[str, str] = Field(default_factory=dict)
    no_place: dict[str, Words] = Field(default_factory=dict)
    trusted: Words = ()


class Frame(_Model):
    """One record type's frame.

    Attributes:
        type: The record type's JSON name.
        labels: Labels of entities that pipes of one's own put into the span group.
        anchors: Roles that make an event.
        least: How many values the anchor roles must hold together in one sentence.
        words: Named lists of words; other places refer to them as ``@name``.
        roles: What may fill each role.
        constructions: Named sets of paths for roles, shared by triggers.
        without: Conditions of which none may hold, for every trigger.
        triggers: The triggers.
        hints: What settles kind and scope.
        assembly: How events of the type are brought together; see `bizextract._assemble`.
    """

    type: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    labels: Words = ()
    anchors: Words = Field(min_length=1)
    least: int = Field(default=1, ge=0)
    words: dict[str, Words] = Field(default_factory=dict)
    roles: dict[str, RoleSpec]
    constructions: dict[str, dict[str, tuple[RolePath, ...]]] = Field(default_factory=dict)
    without: tuple[Condition, ...] = ()
    triggers: tuple[Trigger, ...] = Field(min_length=1)
    hints: tuple[Hint, ...] = ()
    assembly: Assembly = Assembly()

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        for role in self.anchors:
            self._check_role(role, "anchors")
        rule = self.assembly
        roles = (*rule.of, *rule.anchors, *rule.clash, *rule.proof, *rule.apart)
        for role in (*roles, *rule.place_of, *rule.place_of.values(), *rule.no_place):
            self._check_role(role, "assembly")
        for role, spec in self.roles.items():
            self._check_labels(spec.accepts, f"role {role!r}")
        for name, paths in self.constructions.items():
            self._check_paths(paths, f"construction {name!r}")
        twice = [i for i, n in Counter(t.id for t in self.triggers).items() if n > 1]
        if twice:
            raise ValueError(f"trigger ids are unique; twice: {', '.join(twice)}")
        for trigger in self.triggers:
            self._check_trigger(trigger)
        self._check_conditions(self.without, "without")
        for hint in self.hints:
            self._check_conditions(hint.when, f"hint {hint.value!r}")
        return self

    @property
    def joining(self) -> Assembly:
        """`assembly` with what it leaves out filled in from anchors and triggers."""
        of = self.assembly.of or self.anchors
        anchors = self.assembly.anchors or of
        trusted = tuple(trigger.id for trigger in self.triggers if trigger.trusted)
        return self.assembly.model_copy(update={"of": of, "anchors": anchors, "trusted": trusted})

    def _check_role(self, role: str, where: str) -> None:
        if role not in self.roles:
            raise ValueError(f"{where}: unknown role {role!r}; known: {', '.join(self.roles)}")

    def _check_trigger(self, trigger: Trigger) -> None:
        where = f"trigger {trigger.id!r}"
        if trigger.construction is not None and trigger.construction not in self.constructions:
            known = ", ".join(self.constructions) or "none"
            raise ValueError(
                f"{where}: unknown construction {trigger.construction!r}; known: {known}"
            )
        if trigger.construction is None and not trigger.roles:
            raise ValueError(f"{where}: fills no role; give it roles or a construction")
        self._check_paths(trigger.roles, where)
        self._check_words(trigger.words, where)
        self._check_conditions((*trigger.beside, *trigger.without), where)

    def _check_paths(self, roles: Mapping[str, tuple[RolePath, ...]], where: str) -> None:
        for role, paths in roles.items():
            self._check_role(role, where)
            for path in paths:
                self._check_labels(path.labels, where)

    def _check_conditions(self, conditions: Iterable[Condition], where: str) -> None:
        for condition in conditions:
            self._check_words((*condition.words, *condition.other), where)
            self._check_labels(condition.labels, where)

    def _check_words(self, words: Iterable[str], where: str) -> None:
        for word in self.expand(words, where):
            if not word.strip() or word != word.lower():
                raise ValueError(
                    f"{where}: {quote(word)} matches nothing; write words as lemmas in lower case"
                )

    def _check_labels(self, labels: Iterable[str], where: str) -> None:
        known = (*LABELS, *self.labels)
        for label in labels:
            if label not in known:
                raise ValueError(
                    f"{where}: unknown entity label {quote(label)}; known: {', '.join(known)}; "
                    "name those of your own pipes in the frame's labels"
                )

    def expand(self, words: Iterable[str], where: str = "frame") -> Words:
        """Put the frame's word lists in the place of their ``@names``.

        Args:
            words: Words, some of them ``@name``.
            where: What refers to them, for the error message.

        Returns:
            The words, without doubles.

        Raises:
            ValueError: There is no list of that name.
        """
        found: dict[str, None] = {}
        for word in words:
            if not word.startswith("@"):
                found[word] = None
                continue
            if word[1:] not in self.words:
                known = ", ".join(self.words) or "none"
                raise ValueError(f"{where}: no word list {word!r}; known: {known}")
            found.update(dict.fromkeys(self.expand(self.words[word[1:]], where)))
        return tuple(found)

    def paths(self, trigger: Trigger) -> Mapping[str, tuple[RolePath, ...]]:
        """Give the paths of a trigger's roles: its own before those of its construction.

        Roles are in the order of the construction, in which they are filled: a name that fills
        one is no longer free for the next.
        """
        shared = self.constructions.get(trigger.construction or "", {})
        return {
            role: (*trigger.roles.get(role, ()), *shared.get(role, ()))
            for role in (*shared, *(role for role in trigger.roles if role not in shared))
            if role in self.roles
        }


def parse_frame(text: str, source: str, known: Iterable[Frame] = ()) -> Frame:
    """Read a frame from TOML.

    Args:
        text: The file's text.
        source: The file's name, for error messages.
        known: Frames that it may extend.

    Returns:
        The checked frame.

    Raises:
        LexiconError: The text is no TOML, or a part of the frame is wrong; the message names the
            file, the rule and what is wrong.
    """
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise LexiconError(f"{source}: not valid TOML: {error}") from error
    try:
        data = _with_likes(_extended(data, known))
    except ValueError as error:
        raise LexiconError(f"{source}: {error}") from error
    try:
        return Frame.model_validate(data)
    except ValidationError as error:
        raise LexiconError(f"{source}: {_explain(error, data)}") from error


def _extended(data: dict[str, Any], known: Iterable[Frame]) -> dict[str, Any]:
    """Lay what a file says over the frame that it extends: lists grow, tables are filled in."""
    if "extends" not in data:
        return data
    own = {key: value for key, value in data.items() if key != "extends"}
    frames = {frame.type: frame for frame in known}
    base = frames.get(str(data["extends"]))
    if base is None:
        legal = ", ".join(frames) or "none"
        raise ValueError(f"extends: no type {quote(data['extends'])}; known: {legal}")
    if "type" in own:
        raise ValueError("a frame either has a type of its own or extends another; not both")
    whole = base.model_dump(mode="json", exclude_unset=True)
    for key, value in own.items():
        have = whole.get(key)
        if key == "hints" and isinstance(value, list):
            whole[key] = [*value, *(have or ())]  # the first hint that holds wins
        elif key == "triggers" and isinstance(have, list) and isinstance(value, list):
            own_rules = [{"trusted": True, **t} if isinstance(t, dict) else t for t in value]
            whole[key] = [*have, *own_rules]
        elif isinstance(have, list) and isinstance(value, list) and key != "anchors":
            whole[key] = [*have, *value]
        elif isinstance(have, dict) and isinstance(value, dict):
            whole[key] = {**have, **value}
        else:
            whole[key] = value
    return whole


def _with_likes(data: dict[str, Any]) -> dict[str, Any]:
    """Fill in what a trigger takes from the one above it that ``like`` names."""
    if not isinstance(data.get("triggers"), list):
        return data
    above: dict[str, dict[str, Any]] = {}
    triggers = []
    for trigger in data["triggers"]:
        if isinstance(trigger, dict) and "like" in trigger:
            model, name = str(trigger["like"]), quote(str(trigger.get("id")))
            if model not in above:
                legal = ", ".join(above) or "none"
                raise ValueError(
                    f"trigger {name}: like names no rule above it: {quote(model)}; known: {legal}"
                )
            own = {key: value for key, value in trigger.items() if key != "like"}
            if "words" not in own or "id" not in own:
                raise ValueError(f"trigger {name}: give it an id and words of its own")
            trigger = {**above[model], **own}
        if isinstance(trigger, dict):
            above[str(trigger.get("id"))] = trigger
        triggers.append(trigger)
    return {**data, "triggers": triggers}


def _explain(error: ValidationError, data: Mapping[str, Any]) -> str:
    """Say in one line what is wrong first, naming the rule by its id."""
    first = error.errors(include_url=False)[0]
    place: list[str] = []
    value: Any = data
    for part in first["loc"]:
        try:
            value = value[part]
        except (KeyError, IndexError, TypeError):
            value = None
        named = value.get("id") if isinstance(value, dict) and isinstance(part, int) else None
        place.append(f"{quote(named)}" if named else str(part))
    where = " → ".join(place) or "frame"
    more = error.error_count() - 1
    says = first["msg"].removeprefix("Value error, ")
    return f"{where}: {says}" + (f" (and {more} more)" if more else "")


def load_frame(path: str | Path, known: Iterable[Frame] = ()) -> Frame:
    """Read a frame file of the user's own.

    Args:
        path: A ``.toml`` file.
        known: Frames that it may extend.

    Returns:
        The checked frame.

    Raises:
        LexiconError: The file cannot be read or is wrong.
    """
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise LexiconError(f"frame file {quote(str(path))} cannot be read: {reason}") from error
    return parse_frame(text, str(path), known)


@cache
def shipped_frame(name: str) -> Frame:
    """Give a frame that comes with the package, read once.

    Args:
        name: One of `SHIPPED`.

    Returns:
        The checked frame.

    Raises:
        LexiconError: There is no such frame.

    Example:
        >>> shipped_frame("partnership").type
        'partnership'
    """
    source = f"frames/{name}.toml"
    return parse_frame(_lexicon.read_text(source), source)


def load_frames(paths: Iterable[str | Path] = (), *, shipped: bool = True) -> tuple[Frame, ...]:
    """Give the shipped frames and those of some files; a file replaces the frame of its type.

    Args:
        paths: Frame files of the user's own.
        shipped: Whether to give the shipped frames too.

    Returns:
        One frame a type.

    Raises:
        LexiconError: A file cannot be read or is wrong.
    """
    frames = {f.type: f for f in map(shipped_frame, SHIPPED)} if shipped else {}
    for path in paths:
        frame = load_frame(path, frames.values())
        frames[frame.type] = frame
    return tuple(frames.values())


def with_words(frames: Iterable[Frame], triggers: Mapping[str, Iterable[str]]) -> tuple[Frame, ...]:
    """Add words to rules: each gets a sibling, such as ``partner-verb-own``, which is trusted.

    Args:
        frames: The frames.
        triggers: By a rule's id: lemmas or phrases that announce the same as its own words.

    Returns:
        All frames, in the same order.

    Raises:
        LexiconError: There is no such rule, or its words are none.

    Example:
        >>> (frame,) = with_words([shipped_frame("partnership")], {"memorandum": ["accord"]})
        >>> frame.triggers[-1].id, frame.triggers[-1].words, frame.triggers[-1].kind
        ('memorandum-own', ('accord',), 'memorandum')
    """
    found = list(frames)
    for rule, words in triggers.items():
        more = [words] if isinstance(words, str) else list(words)
        homes = [k for k, f in enumerate(found) if any(t.id == rule for t in f.triggers)]
        if not homes:
            legal = ", ".join(t.id for f in found for t in f.triggers)
            raise LexiconError(f"triggers: no rule {quote(rule)}; known: {legal}")
        for k in homes:
            found[k] = _with_sibling(found[k], rule, more)
    return tuple(found)


def _with_sibling(frame: Frame, rule: str, words: list[str]) -> Frame:
    data = frame.model_dump(mode="json")
    triggers = {trigger["id"]: trigger for trigger in data["triggers"]}
    own = f"{rule}-own"
    words = [*(triggers[own]["words"] if own in triggers else ()), *words]
    triggers[own] = {**triggers[rule], "id": own, "words": words, "trusted": True}
    try:
        return Frame.model_validate({**data, "triggers": list(triggers.values())})
    except ValidationError as error:
        raise LexiconError(f"triggers: {_explain(error, data)}") from error
