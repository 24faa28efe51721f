"""The format of gold annotations, and its reader.

Which keys a gold record has follows from its record class: a role that holds an `Organization`
is a name in gold, one that holds a `Money` an object with value and currency, and so on. A record
type of one's own can be annotated as soon as its class is defined.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Annotated, Any, NoReturn, Self, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    SerializeAsAny,
    StrictFloat,
    StrictInt,
    ValidationError,
    ValidatorFunctionWrapHandler,
    create_model,
    model_validator,
)

from bizextract._roles import Kind, RecordClass, Slot, class_of, slots_of
from bizextract.errors import GoldError, InputError, quote
from bizextract.records import PartialDate, Span

ModelT = TypeVar("ModelT", bound=BaseModel)

_UNSCORED = frozenset({"source"})


@cache
def scored_slots(record: RecordClass) -> tuple[Slot, ...]:
    """Give the roles of a record type that are annotated and scored.

    Args:
        record: The record's class.

    Returns:
        A slot for each role, the type's own first, then status and dates.

    Raises:
        InputError: A role holds values that gold has no form for.

    Example:
        >>> from bizextract.records import Partnership
        >>> [slot.role for slot in scored_slots(Partnership)]
        ['partners', 'kind', 'fields', 'status', 'date', 'announced']
    """
    return tuple(slot for role, slot in slots_of(record).items() if role not in _UNSCORED)


# --- the models ----------------------------------------------------------------------------


def _partial_date(value: str) -> str:
    try:
        PartialDate(text=value, start=0, end=len(value), value=value)
        if len(value) == len("2017-08-19"):
            date.fromisoformat(value)
    except ValueError as error:
        raise ValueError(
            "not a date; write 2017, 2017-05, 2017-08-19, 2017-Q3 or 2017-H1"
        ) from error
    return value


def _iso_date(value: str) -> str:
    try:
        datetime.fromisoformat(value)
    except ValueError as error:
        raise ValueError("not an ISO 8601 date; write 2017-08-19, or null") from error
    return value


def _matching(pattern: str, advice: str) -> AfterValidator:
    def check(value: str) -> str:
        if not re.fullmatch(pattern, value):
            raise ValueError(advice)
        return value

    return AfterValidator(check)


Text = Annotated[str, Field(min_length=1)]
_Amount = Annotated[
    str, _matching(r"[0-9]+(\.[0-9]+)?", "write a decimal string in plain units, as '20500000000'")
]
_Currency = Annotated[str, _matching("[A-Z]{3}", "write an ISO 4217 code, as 'USD'")]
_Country = Annotated[str, _matching("[A-Z]{2}", "write an ISO 3166-1 alpha-2 code, as 'CN'")]


class _Gold(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class GoldPlace(_Gold):
    """A place in gold: its name, other acceptable names, and the ISO country code."""

    name: Text
    alt: tuple[Text, ...] = ()
    country: _Country | None = None


class GoldMoney(_Gold):
    """An amount in gold: a decimal string in plain units, and the ISO 4217 currency."""

    value: _Amount
    currency: _Currency


class GoldRecord(_Gold):
    """An annotated event; a subclass for each record type adds the type's roles.

    Attributes:
        type: The record type's JSON name.
        evidence: Verbatim passages of the text that carry the event.
    """

    type: str
    evidence: tuple[Text, ...]

    @model_validator(mode="wrap")
    @classmethod
    def _by_type(cls, value: Any, handler: ValidatorFunctionWrapHandler) -> Self:
        if cls is GoldRecord and isinstance(value, dict):
            model = _model_of(class_of(value.get("type")))
            return model.model_validate(value)  # type: ignore[return-value]
        known: Self = handler(value)
        return known

    @property
    def record_class(self) -> RecordClass:
        """The class of the record that was annotated."""
        return class_of(self.type)

    def values(self, role: str) -> tuple[Any, ...]:
        """Give a role's values: none, one, or those of its list.

        Args:
            role: The role's JSON name.

        Returns:
            Strings, numbers, `GoldPlace` or `GoldMoney`.

        Example:
            >>> gold = GoldRecord.model_validate({"type": "partnership", "status": "planned",
            ...     "kind": "memorandum", "partners": ["Acme", "Borealis"], "evidence": []})
            >>> gold.values("partners"), gold.values("date")
            (('Acme', 'Borealis'), ())
        """
        value = getattr(self, role)
        if value is None:
            return ()
        return value if isinstance(value, tuple) else (value,)


_FORMS: dict[Kind, Any] = {
    Kind.NAME: Text,
    Kind.NAME_OR_PLACE: Text,
    Kind.PLACE: GoldPlace,
    Kind.MONEY: GoldMoney,
    Kind.DATE: Annotated[str, AfterValidator(_partial_date)],
    Kind.NUMBER: StrictInt | StrictFloat,
    Kind.PHRASE: Text,
    Kind.TEXT: Text,
}


def is_group(slot: Slot, slots: tuple[Slot, ...]) -> bool:
    """Whether a role lists the parties of an event that has no other organisations.

    Such an event, as a partnership, needs two of them.
    """
    names = [other for other in slots if other.kind in (Kind.NAME, Kind.NAME_OR_PLACE)]
    return names == [slot] and slot.many


@cache
def _model_of(record: RecordClass) -> type[GoldRecord]:
    slots = scored_slots(record)
    list_of: Any = tuple
    fields: dict[str, Any] = {}
    for slot in slots:
        form = _FORMS.get(slot.kind, slot.annotation)
        if slot.many:
            least = 2 if is_group(slot, slots) else 0
            values = Annotated[list_of[form, ...], Field(min_length=least)]
            fields[slot.role] = (values, ... if least else ())
        elif slot.always:
            fields[slot.role] = (form, ...)
        else:
            fields[slot.role] = (form | None, None)
    return create_model(f"Gold{record.__name__}", __base__=GoldRecord, **fields)


class GoldDocument(BaseModel):
    """An annotated document.

    Attributes:
        id: The document's id.
        date: Its date, ISO 8601, or None.
        text: Its text; None where gold is only scored against.
        orgs: Names for the same organisation or person, fullest first, a tuple for each.
        records: The events that it asserts.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: Text
    date: Annotated[str, AfterValidator(_iso_date)] | None = None
    text: str | None = None
    orgs: tuple[Annotated[tuple[Text, ...], Field(min_length=1)], ...]
    records: tuple[SerializeAsAny[GoldRecord], ...]

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        names = {name for cluster in self.orgs for name in cluster}
        for index, record in enumerate(self.records):
            for slot in scored_slots(record.record_class):
                if slot.kind is not Kind.NAME:
                    continue
                for name in record.values(slot.role):
                    if name not in names:
                        raise ValueError(
                            f"records[{index}].{slot.role}: {quote(name)} stands in none of the "
                            "document's orgs; add it to the names of its organisation there"
                        )
            for passage in record.evidence:
                if self.text is not None and locate(passage, self.text) is None:
                    raise ValueError(
                        f"records[{index}].evidence: {quote(passage)} does not stand in the text; "
                        "copy the passage as it is"
                    )
        return self


# --- reading -------------------------------------------------------------------------------


def locate(passage: str, text: str) -> Span | None:
    """Find a passage in a text, however its white space runs.

    Args:
        passage: Words that should stand in the text.
        text: The text.

    Returns:
        The first place where they stand, with character offsets, or None.

    Example:
        >>> locate("teamed up", "They have teamed\\nup.")
        Span(text='teamed\\nup', start=10, end=19)
    """
    words = passage.split()
    found = re.search(r"\s+".join(map(re.escape, words)), text) if words else None
    return found and Span(text=found.group(), start=found.start(), end=found.end())


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


def read_lines(path: str | Path, error: type[InputError]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Read a file of JSON objects, one a line.

    Args:
        path: The file, UTF-8; empty lines are passed over.
        error: What to raise.

    Yields:
        For each object: where it stands, as ``"FILE, line N"``, and the object.

    Raises:
        InputError: The file cannot be read, or a line is not UTF-8 or not a JSON object.
    """
    try:
        lines = Path(path).read_bytes().removeprefix(b"\xef\xbb\xbf").split(b"\n")
    except OSError as cause:
        raise error(f"{path}: cannot be read: {cause.strerror or cause}") from cause
    for number, line in enumerate(lines, start=1):
        where = f"{path}, line {number}"
        if not line.strip():
            continue
        try:
            value = json.loads(line.decode("utf-8"), parse_constant=_refuse_constant)
        except UnicodeDecodeError as cause:
            raise error(
                f"{where}: not UTF-8 at byte {cause.start + 1}; save it as UTF-8"
            ) from cause
        except (ValueError, RecursionError) as cause:
            shown = quote(line.decode("utf-8"))
            raise error(f"{where}: not valid JSON ({cause}): {shown}") from cause
        if not isinstance(value, dict):
            raise error(f"{where}: {quote(value)} is not a JSON object; write one object a line")
        yield where, value


_MEANING = {
    "missing": "the key is missing",
    "extra_forbidden": "there is no such key; remove it or correct its name",
    "tuple_type": "write a list",
    "too_short": "the list has too few values",
    "string_too_short": "the string is empty",
    "model_type": "write an object",
    "model_attributes_type": "write an object",
}


def _explain(error: ValidationError) -> str:
    """Say in one line where an object breaks its format, what came in and what is legal."""
    first = error.errors()[0]
    where = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in first["loc"])
    what = _MEANING.get(first["type"], first["msg"].removeprefix("Value error, "))
    if first["type"] == "too_short":
        what += f", at least {first['ctx']['min_length']} are needed"
    shown = "" if first["type"] == "missing" or not where else f"; got {quote(first['input'])}"
    return f"{where.removeprefix('.') + ': ' if where else ''}{what}{shown}"


def read_models(
    path: str | Path, model: type[ModelT], error: type[InputError]
) -> Iterator[tuple[str, ModelT]]:
    """Read and check a file of JSON objects, one a line.

    Args:
        path: The file, UTF-8; empty lines are passed over.
        model: What each object is.
        error: What to raise.

    Yields:
        For each object: where it stands, as ``"FILE, line N"``, and the model of it.

    Raises:
        InputError: The file cannot be read, or a line is not UTF-8 or breaks the model's format.
    """
    for where, value in read_lines(path, error):
        try:
            yield where, model.model_validate(value)
        except ValidationError as cause:
            raise error(f"{where}: {_explain(cause)}") from cause


def read_gold(path: str | Path) -> list[GoldDocument]:
    """Read and check a file of annotated documents, one JSON object a line.

    Args:
        path: The file, UTF-8.

    Returns:
        The documents, in the order of the file.

    Raises:
        GoldError: The file cannot be read or holds no document, or a line breaks the format; the
            message names file and line, what came in and what is legal.

    Example:
        >>> documents = read_gold("my.gold.jsonl")  # doctest: +SKIP
        >>> documents[0].records[0].values("partners")  # doctest: +SKIP
        ('Acme Foods Inc.', 'Borealis')
    """
    documents: dict[str, GoldDocument] = {}
    for where, document in read_models(path, GoldDocument, GoldError):
        if document.id in documents:
            raise GoldError(
                f"{where}: the id {quote(document.id)} stands in an earlier line already; "
                "ids are unique"
            )
        documents[document.id] = document
    if not documents:
        raise GoldError(f"{path}: holds no document; write one JSON object a line")
    return list(documents.values())
