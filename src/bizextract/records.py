"""What comes out: frozen, typed records and the values that fill their roles.

Every value is a `Span`: it carries the words that it was read from and their character offsets,
so that ``text[value.start:value.end] == value.text`` holds in the text that was read. The JSON
names are the field names.

Example:
    >>> from decimal import Decimal
    >>> money = Money(text="$12m", start=0, end=4, value=Decimal("12000000"), currency="USD")
    >>> money.model_dump(mode="json")["value"]
    '12000000'
    >>> print(money)
    USD 12000000
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, TypeAlias

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PlainSerializer,
    SerializeAsAny,
    ValidatorFunctionWrapHandler,
    field_validator,
    model_validator,
)

from bizextract.errors import InputError, quote

if TYPE_CHECKING:
    import pandas as pd

Status = Literal["completed", "planned", "rumoured", "cancelled", "denied"]
Scope = Literal["corporate", "global", "regional", "national", "divisional"]
PartnershipKind = Literal[
    "joint_venture",
    "memorandum",
    "strategic_partnership",
    "licensing",
    "distribution",
    "collaboration",
]
InvestmentKind = Literal["funding_round", "stake", "project"]

RecordClass: TypeAlias = "type[Record]"

_DATE = re.compile(r"\d{4}(-(Q[1-4]|H[12]|(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?))?")


def _plain(value: Decimal) -> str:
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


PlainDecimal = Annotated[Decimal, PlainSerializer(_plain, return_type=str, when_used="json")]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Span(_Frozen):
    """Words of the text that was read.

    Attributes:
        text: The words, verbatim.
        start: Offset of the first character.
        end: Offset after the last character.
    """

    text: str
    start: int = Field(ge=0)
    end: int = Field(ge=0)

    def __str__(self) -> str:
        return self.text


class Evidence(Span):
    """A passage that carries an event.

    Attributes:
        by: What found it there: the ids of frame rules, or ``"reader"``.
    """

    by: tuple[str, ...] = ()


class Organization(Span):
    """An organisation, a government or a person in an organisation's role.

    Attributes:
        name: The fullest name in the document.
        aliases: The document's other names for it.
        ticker: The stock ticker that stands beside a name, as in ``"NASDAQ: JD"``.
    """

    name: str
    aliases: tuple[str, ...] = ()
    ticker: str | None = None

    def __str__(self) -> str:
        return self.name


class Place(Span):
    """A place, as the document names it, with what the gazetteer knows of it.

    Attributes:
        name: The name in the document.
        city: The city, where the place is one.
        region: The state, province or region.
        country: ISO 3166-1 alpha-2 code, such as ``"CN"``.
    """

    name: str
    city: str | None = None
    region: str | None = None
    country: str | None = None

    def __str__(self) -> str:
        return self.name


class Money(Span):
    """An amount of money.

    Attributes:
        value: Plain units of the currency; the low end of a range.
        currency: ISO 4217 code, such as ``"EUR"``.
        value_max: The high end of a range.
        equivalents: The same amount as the text restates it in other currencies.
    """

    value: PlainDecimal
    currency: str = Field(pattern=r"^[A-Z]{3}$")
    value_max: PlainDecimal | None = None
    equivalents: tuple[Money, ...] = ()

    def __str__(self) -> str:
        high = f" to {_plain(self.value_max)}" if self.value_max is not None else ""
        return f"{self.currency} {_plain(self.value)}{high}"


class PartialDate(Span):
    """A date as precise as the words allow.

    Attributes:
        value: ``2017``, ``2017-05``, ``2017-08-19``, ``2017-Q3`` or ``2017-H1``.
    """

    value: str

    @field_validator("value")
    @classmethod
    def _known_form(cls, value: str) -> str:
        if not _DATE.fullmatch(value):
            raise ValueError(f"{value!r} is none of YYYY, YYYY-MM, YYYY-MM-DD, YYYY-Qn, YYYY-Hn")
        return value

    def __str__(self) -> str:
        return self.value

    @property
    def days(self) -> tuple[date, date] | None:
        """The first and the last day that the date may mean; None where no calendar has it.

        Example:
            >>> first, last = PartialDate(text="Q1 2017", start=0, end=7, value="2017-Q1").days
            >>> print(first, last)
            2017-01-01 2017-03-31
        """
        year, _, rest = self.value.partition("-")
        part, _, day = rest.partition("-")
        if not part:
            months = 1, 12
        elif part[0] in "QH":
            length = 3 if part[0] == "Q" else 6
            months = length * int(part[1]) - length + 1, length * int(part[1])
        else:
            months = int(part), int(part)
        try:
            if day:
                return (date(int(year), months[0], int(day)),) * 2
            last = monthrange(int(year), months[1])[1]
            return date(int(year), months[0], 1), date(int(year), months[1], last)
        except ValueError:  # 0000, 2017-02-31
            return None


class Record(_Frozen):
    """One event that a document asserts. Subclass it for a type of your own.

    A subclass fixes ``type`` to a literal of its own and adds its roles as fields; it is then
    known by that literal wherever records are read back.

    Attributes:
        type: The record type's JSON name.
        status: How far the event has come.
        date: When it takes or took effect.
        announced: When it was made public.
        source: Who said it, where a sentence names one.
        confidence: Probability that the record is right, or None where no model gave one, as with
            the rules alone.
        evidence: The passages that carry it, in order of appearance.
        spans: For each role whose value is plain (a kind, a number, the status): the words that
            it was read from.
    """

    _types: ClassVar[dict[str, Any]] = {}

    type: str
    status: Status = "completed"
    date: PartialDate | None = None
    announced: PartialDate | None = None
    source: Organization | None = None
    confidence: float | None = Field(default=None, ge=0, le=1)
    evidence: tuple[Evidence, ...] = ()
    spans: dict[str, Span] = Field(default_factory=dict)

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        name = cls.model_fields["type"].default
        if isinstance(name, str) and "type" in cls.__annotations__:
            Record._types[name] = cls

    @model_validator(mode="wrap")
    @classmethod
    def _by_type(cls, value: Any, handler: ValidatorFunctionWrapHandler) -> Any:
        if cls is Record and isinstance(value, dict):
            name = value.get("type")
            known = Record._types.get(name) if isinstance(name, str) else None
            if known is None:
                legal = ", ".join(sorted(Record._types))
                raise ValueError(f"unknown record type {quote(name)}; known: {legal}")
            return known.model_validate(value)
        return handler(value)

    @classmethod
    def type_of(cls, name: str) -> RecordClass | None:
        """Give the class that stands for a type's JSON name, or None.

        Args:
            name: A type name, such as ``"partnership"``.

        Returns:
            The class, or None where no class of that name was defined.

        Example:
            >>> Record.type_of("partnership").__name__
            'Partnership'
        """
        found: RecordClass | None = cls._types.get(name)
        return found

    def values(self) -> Iterator[tuple[str, Any]]:
        """Give each filled role with its value, one pair for each value of a list.

        Yields:
            Role name and value, in the order of the fields.

        Example:
            >>> list(Partnership(kind="memorandum").values())[-1]
            ('kind', 'memorandum')
        """
        for role in type(self).model_fields:
            if role in _NOT_ROLES:
                continue
            value = getattr(self, role)
            for one in value if isinstance(value, tuple) else (value,):
                if one is not None:
                    yield role, one

    def _repr_html_(self) -> str:
        """Show the record in a notebook, as a card."""
        from bizextract.display import record_html

        return record_html(self)


_NOT_ROLES = frozenset({"type", "confidence", "evidence", "spans"})


class HeadquartersOpening(Record):
    """A company opens, establishes, moves or expands a headquarters.

    Attributes:
        company: Whose headquarters it is.
        location: The most specific named place of the new headquarters.
        origin: The place that it moves from.
        scope: What the headquarters is for.
        jobs: How many people will work there.
        cost: What it costs.
    """

    type: Literal["headquarters_opening"] = "headquarters_opening"
    company: Organization | None = None
    location: Place | None = None
    origin: Place | None = None
    scope: Scope = "corporate"
    jobs: int | None = None
    cost: Money | None = None


class Partnership(Record):
    """Two or more named parties work together, or agree to.

    Attributes:
        partners: The parties, two or more.
        kind: What kind of partnership it is.
        fields: What they cooperate in, in the text's words.
    """

    type: Literal["partnership"] = "partnership"
    partners: tuple[Organization, ...] = ()
    kind: PartnershipKind = "collaboration"
    fields: tuple[Span, ...] = ()


class Investment(Record):
    """A named investor puts money into something, or a named company receives it.

    Attributes:
        investors: Who pays.
        target: The company, project, fund or place that receives it.
        location: Where the money is spent.
        amount: How much, as the text gives it first.
        kind: A funding round, a stake bought, or a project.
        round: The round's name, such as ``"Series B"``.
        stake: The share bought, in percent.
    """

    type: Literal["investment"] = "investment"
    investors: tuple[Organization, ...] = ()
    target: Organization | Place | None = None
    location: Place | None = None
    amount: Money | None = None
    kind: InvestmentKind = "project"
    round: str | None = None
    stake: float | None = None


class Result(_Frozen):
    """What was read from one document.

    Attributes:
        id: The document's id, where it has one.
        text: The text that all offsets point into.
        title: The headline, where it was given.
        date: The document's date, ISO 8601, where it was given.
        url: Where the document came from.
        records: The events, in order of appearance.
        warnings: What the reader should know, such as a language that is not English.
        error: Why the document could not be read, where a stream was told to go on all the same;
            it then has no records.
    """

    id: str | None = None
    text: str = ""
    title: str | None = None
    date: str | None = None
    url: str | None = None
    records: tuple[SerializeAsAny[Record], ...] = ()
    warnings: tuple[str, ...] = ()
    error: str | None = None

    def to_frame(self, *, tall: bool = False) -> pd.DataFrame:
        """Give the records as a pandas DataFrame; see `bizextract.to_frame`."""
        from bizextract.tables import to_frame

        return to_frame([self], tall=tall)

    def _repr_html_(self) -> str:
        """Show the result in a notebook: the text with its records marked, and their cards."""
        from bizextract.display import result_html

        return result_html(self)

    @property
    def headquarters(self) -> list[HeadquartersOpening]:
        """The records of headquarters that open or move."""
        return [r for r in self.records if isinstance(r, HeadquartersOpening)]

    @property
    def partnerships(self) -> list[Partnership]:
        """The records of partnerships."""
        return [r for r in self.records if isinstance(r, Partnership)]

    @property
    def investments(self) -> list[Investment]:
        """The records of investments."""
        return [r for r in self.records if isinstance(r, Investment)]


def each_result(results: Iterable[Result]) -> Iterator[Result]:
    """Go through results, and refuse what is none.

    Args:
        results: What `extract_many` or `read_jsonl` gave.

    Yields:
        The results.

    Raises:
        InputError: Something else came in, such as one result without a list around it.
    """
    if isinstance(results, BaseModel | str | bytes) or not isinstance(results, Iterable):
        raise InputError(
            f"results are given as a list or an iterator, not as {type(results).__name__}; "
            "put a single result into a list: [result]"
        )
    for result in results:
        if not isinstance(result, Result):
            raise InputError(f"{quote(result)} is no Result; give what extract or read_jsonl gave")
        yield result
