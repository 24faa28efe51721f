"""What is shown of results, as plain values that templates and the viewer's script lay out.

Pure: no HTML is made here, and nothing is escaped.

Example:
    >>> from bizextract.records import Evidence, Organization, Partnership, Result
    >>> text = "Acme and Brightwater team up."
    >>> acme = Organization(text="Acme", start=0, end=4, name="Acme Inc.")
    >>> evidence = Evidence(text=text, start=0, end=29)
    >>> record = Partnership(partners=(acme,), evidence=(evidence,))
    >>> shown = view(Result(text=text, records=(record,)))
    >>> [(p.text, [mark.role for mark in shown.marks_of(p)]) for p in shown.pieces]
    [('Acme', [None, 'partners']), (' and Brightwater team up.', [None])]
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import NamedTuple

from bizextract.records import Money, Organization, PartialDate, Place, Record, Result, Span

N_COLORS = 8
"""How many colours the style sheet has for types."""

_TITLE_LIMIT = 120
_GAP = "\n[…]\n"


class Value(NamedTuple):
    """A value of a role.

    Attributes:
        text: What it is.
        detail: What else is known of it, or an empty text.
    """

    text: str
    detail: str


class Mark(NamedTuple):
    """What some words of the text are to a record.

    Attributes:
        record: The record's place in its result, from 0.
        role: The role whose value they are; None for evidence.
        tip: What is told of them on hovering.
    """

    record: int
    role: str | None
    tip: str


class Piece(NamedTuple):
    """Words with the same marks.

    Attributes:
        text: The words.
        marks: The numbers of their marks.
        begins: The records of which a passage of evidence begins here.
    """

    text: str
    marks: list[int]
    begins: list[int]


class RecordView(NamedTuple):
    """A record as it is shown.

    Attributes:
        type: The type's name.
        color: The number of the type's colour.
        status: How far the event has come.
        confidence: From 0 to 1, or None.
        roles: Each filled role with its values; those that only this type has come first.
        companies: All names of the organisations that fill its roles.
    """

    type: str
    color: int
    status: str
    confidence: float | None
    roles: list[tuple[str, list[Value]]]
    companies: list[str]


class ResultView(NamedTuple):
    """A result as it is shown.

    Attributes:
        title: The headline, or else the text's first line or the id.
        id: The document's id, or an empty text.
        date: The document's date, or an empty text.
        url: Where the document came from, or an empty text.
        link: The same where a browser may follow it: no ``javascript:`` or ``file:``.
        notes: What the reader should know.
        whole: Whether the pieces make up the text; else they are the evidence alone.
        pieces: The text.
        marks: What the pieces refer to.
        records: The records.
    """

    title: str
    id: str
    date: str
    url: str
    link: str
    notes: list[str]
    whole: bool
    pieces: list[Piece]
    marks: list[Mark]
    records: list[RecordView]

    def marks_of(self, piece: Piece) -> list[Mark]:
        """Give the marks of a piece."""
        return [self.marks[number] for number in piece.marks]

    def types(self) -> list[tuple[str, int]]:
        """Give the types of the records with their colours, in the order of these."""
        return sorted({(r.type, r.color) for r in self.records}, key=lambda type: type[::-1])


def view(result: Result) -> ResultView:
    """Give what is shown of a result.

    Where the result has no text, as when it was read from a file that holds none, the passages of
    evidence stand for it.
    """
    pieces, marks = _pieces(result)
    notes = [*result.warnings]
    if result.error is not None:
        notes.append(f"not read: {result.error}")
    url = result.url or ""
    return ResultView(
        title=_title(result),
        id=result.id or "",
        date=result.date or "",
        url=url,
        link=url if url.lower().startswith(("https://", "http://")) else "",
        notes=notes,
        whole=bool(result.text),
        pieces=pieces,
        marks=marks,
        records=[_record(record) for record in result.records],
    )


def label(name: str) -> str:
    """Give a type's name as words.

    Example:
        >>> label("headquarters_opening")
        'headquarters opening'
    """
    return name.replace("_", " ")


def color(type: str) -> int:
    """Give the number of a type's colour: in the order in which the types were defined.

    Example:
        >>> color("headquarters_opening"), color("partnership")
        (0, 1)
    """
    known = list(Record._types)
    return known.index(type) % N_COLORS if type in known else N_COLORS - 1


def shown(value: object) -> str:
    """Give the value of a role as a person reads it.

    Example:
        >>> shown(Money(text="$12m", start=0, end=4, value="12000000", currency="USD"))
        'USD 12,000,000'
        >>> shown(Place(text="Lyon", start=0, end=4, name="Lyon", country="FR"))
        'Lyon (FR)'
    """
    match value:
        case Money():
            high = f" to {value.value_max:,f}" if value.value_max is not None else ""
            return f"{value.currency} {value.value:,f}{high}"
        case Place(name=name, country=str(country)):
            return f"{name} ({country})"
        case _:
            return str(value)


def roles(record: Record) -> Iterator[tuple[str, list[object]]]:
    """Give each filled role with its values; those that only this type has come first.

    Example:
        >>> list(roles(Record.type_of("partnership")(status="planned")))
        [('kind', ['collaboration']), ('status', ['planned'])]
    """
    values: dict[str, list[object]] = {}
    for role, value in record.values():
        values.setdefault(role, []).append(value)
    for role in sorted(values, key=lambda role: role in Record.model_fields):
        yield role, values[role]


def _title(result: Result) -> str:
    first = next((line for line in result.text.splitlines() if line.strip()), "")
    title = " ".join((result.title or first or result.id or "untitled").split())
    return title if len(title) <= _TITLE_LIMIT else f"{title[: _TITLE_LIMIT - 1].rstrip()}…"


def _record(record: Record) -> RecordView:
    parties = [
        value
        for role, value in record.values()
        if isinstance(value, Organization) and role != "source"
    ]
    return RecordView(
        type=record.type,
        color=color(record.type),
        status=record.status,
        confidence=record.confidence,
        roles=[
            (role, [Value(shown(value), _detail(value)) for value in values])
            for role, values in roles(record)
            if role != "status"
        ],
        companies=[name for party in parties for name in (party.name, *party.aliases)],
    )


def _detail(value: object) -> str:
    match value:
        case Organization():
            ticker = [value.ticker] if value.ticker else []
            return ", ".join([*ticker, *(f"“{alias}”" for alias in value.aliases)])
        case Place():
            parts = dict.fromkeys(p for p in (value.city, value.region) if p and p != value.name)
            return ", ".join(parts)
        case Money():
            return ", ".join([f"“{value.text}”", *map(shown, value.equivalents)])
        case PartialDate() if value.text != value.value:
            return f"“{value.text}”"
        case _:
            return ""


# --- the text ------------------------------------------------------------------------------


def _pieces(result: Result) -> tuple[list[Piece], list[Mark]]:
    found = [found for n, record in enumerate(result.records) for found in _spans(n, record)]
    passages = [(0, result.text)] if result.text else list(_passages(result.records))
    # Offsets that do not fit, as when a text was changed after it was read, mark nothing.
    spans = [
        (span, mark)
        for span, mark in found
        if any(text[span.start - at : span.end - at] == span.text
               for at, text in passages if at <= span.start < span.end <= at + len(text))
    ]  # fmt: skip
    pieces: list[Piece] = []
    for at, text in passages:
        if pieces:
            pieces.append(Piece(_GAP, [], []))
        pieces += _cut(at, text, [span for span, _ in spans], [mark for _, mark in spans])
    return pieces, [mark for _, mark in spans]


def _cut(at: int, text: str, spans: list[Span], marks: list[Mark]) -> Iterator[Piece]:
    """Cut a passage that begins at an offset wherever a mark begins or ends."""
    end = at + len(text)
    here = [(n, s, marks[n]) for n, s in enumerate(spans) if at <= s.start and s.end <= end]
    cuts = sorted({at, end, *(cut for _, s, _ in here for cut in (s.start, s.end))})
    for start, stop in pairwise(cuts):
        covering = [(n, s, mark) for n, s, mark in here if s.start <= start and stop <= s.end]
        begins = {m.record for _, s, m in covering if m.role is None and s.start == start}
        yield Piece(text[start - at : stop - at], [n for n, _, _ in covering], sorted(begins))


def _spans(number: int, record: Record) -> Iterator[tuple[Span, Mark]]:
    """The words of a record: its evidence, then the values of its roles."""
    kind = f"{number + 1} {label(record.type)}, {record.status}"
    sure = "" if record.confidence is None else f"\nconfidence {record.confidence:.2f}"
    for passage in record.evidence:
        yield passage, Mark(number, None, f"{kind}{sure}\nevidence")
    for role, value in record.values():
        span = value if isinstance(value, Span) else record.spans.get(role)
        if span is not None:
            yield span, Mark(number, role, f"{kind}{sure}\n{role}: {shown(value)}")


def _passages(records: Iterable[Record]) -> Iterator[tuple[int, str]]:
    """The passages of evidence with their offsets, in order, those that overlap as one."""
    at, text = 0, ""
    for passage in sorted((e for r in records for e in r.evidence), key=lambda e: (e.start, e.end)):
        if text and passage.start <= at + len(text):
            text += passage.text[max(at + len(text) - passage.start, 0) :]
        else:
            if text:
                yield at, text
            at, text = passage.start, passage.text
    if text:
        yield at, text
