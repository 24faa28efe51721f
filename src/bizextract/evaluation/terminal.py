"""An evaluation on the terminal: tables of figures, and mistakes with their passages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from bizextract._gold import scored_slots
from bizextract._roles import class_of
from bizextract.errors import quote
from bizextract.evaluation.agreement import values_of
from bizextract.evaluation.confidence import calibration
from bizextract.evaluation.mistakes import Mistake
from bizextract.evaluation.pairing import Score
from bizextract.evaluation.scoring import ALL, BUILT_IN, Evaluation

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

_STYLES = {"missed": "bold red", "partly": "bold yellow", "spurious": "bold magenta"}
_CONTEXT = 90


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() else " " for c in text)


def _passages(mistake: Mistake, text: str) -> Iterator[Text]:
    """Each passage of the evidence in colour, between some words of its text."""
    from rich.text import Text

    for span in mistake.evidence:
        before = text[max(0, span.start - _CONTEXT) : span.start]
        after = text[span.end : span.end + _CONTEXT]
        yield Text.assemble(
            ("…" if span.start > _CONTEXT else "") + _printable(before),
            (_printable(span.text), _STYLES[mistake.kind]),
            _printable(after) + ("…" if span.end + _CONTEXT < len(text) else ""),
        )
    if not mistake.evidence:
        known = mistake.gold.evidence if mistake.gold else ()
        yield from (Text(_printable(passage), style=_STYLES[mistake.kind]) for passage in known)


def _shown(value: Any) -> str:
    if isinstance(value, BaseModel):
        value = value.model_dump()
    if not isinstance(value, Mapping):
        return _printable(str(value))
    if value.get("currency"):
        return _printable(f"{value['currency']} {value.get('value')}")
    return _printable(str(value.get("name") or value.get("value") or value.get("text") or ""))


def _roles(mistake: Mistake) -> Iterator[Text]:
    """A line for each filled role: gold, and what was predicted where that differs."""
    from rich.text import Text

    for slot in scored_slots(class_of(mistake.type)):
        gold = "; ".join(map(_shown, mistake.gold.values(slot.role))) if mistake.gold else ""
        given = "; ".join(map(_shown, values_of(mistake.predicted or {}, slot.role)))
        line = Text(f"  {slot.role}: ", style="dim")
        if mistake.kind == "partly" and slot.role in mistake.wrong:
            line.append(gold or "nothing", style="green")
            line.append("  but got  ")
            line.append(given or "nothing", style="red")
        elif gold or given:
            line.append(gold or given, style="default")
        else:
            continue
        yield line


def _score_row(score: Score) -> tuple[str, ...]:
    figures = (f"{value:.3f}" for value in (score.precision, score.recall, score.f1))
    return (*figures, *map(str, (score.tp, score.gold, score.pred)))


def _print_table(
    console: Console, title: str, rows: Iterable[tuple[tuple[str, ...], Score]], *heads: str
) -> None:
    from rich import box
    from rich.table import Table

    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, collapse_padding=True)
    for head in heads:
        table.add_column(head, no_wrap=True)
    for head in ("P", "R", "F1", "right", "gold", "pred"):
        table.add_column(head, justify="right", no_wrap=True)
    for names, score in rows:
        table.add_row(*names, *_score_row(score))
    console.print(table)


def render(evaluation: Evaluation, *, errors: int = 0, console: Console | None = None) -> None:
    """Print an evaluation: figures by type and slot, then mistakes with their evidence.

    Args:
        evaluation: What to print.
        errors: How many mistakes to print.
        console: Where to print; None takes the standard output, in colour on a terminal and
            plain elsewhere.

    Example:
        >>> render(evaluate(read_gold("gold.jsonl"), {}), errors=5)  # doctest: +SKIP
    """
    from rich.console import Console
    from rich.text import Text

    console = console or Console(highlight=False)
    order = [*BUILT_IN, *sorted({*evaluation.found} - {*BUILT_IN, ALL}), ALL]
    whats = (
        ("found", evaluation.found), ("exact", evaluation.exact), ("slots", evaluation.slots)
    )  # fmt: skip
    rows = [((what, t), by[t]) for what, by in whats for t in order if t in by]
    _print_table(console, "Records", rows, "", "type")
    roles = ((tuple(key.split(".")), score) for key, score in evaluation.by_slot.items())
    _print_table(console, "Slots", roles, "type", "role")
    console.print(
        f"documents: {evaluation.documents}; {evaluation.spurious_per_document:.3f} records in a "
        f"document without gold records ({evaluation.empty_documents} of them)"
    )
    if evaluation.judged:
        error = calibration(evaluation.judged).error
        console.print(f"expected calibration error {error:.3f} ({len(evaluation.judged)} records)")
    for ids, what in (
        (evaluation.without_prediction, "gold documents have no prediction"),
        (evaluation.unknown, "predicted documents are not in the gold"),
    ):
        if ids:
            console.print(Text(f"{len(ids)} {what}, such as {quote(ids[0])}", style="yellow"))
    for mistake in evaluation.mistakes[:errors]:
        console.print()
        console.print(
            Text.assemble(
                (mistake.kind, _STYLES[mistake.kind]),
                f"  {mistake.type}  ",
                (_printable(mistake.document), "dim"),
            )
        )
        for line in _roles(mistake):
            console.print(line, soft_wrap=True)
        for passage in _passages(mistake, evaluation.texts.get(mistake.document, "")):
            console.print(Text.assemble("  | ", passage), soft_wrap=True)
