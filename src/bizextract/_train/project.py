"""Fit the whole of what is learned on gold: the reader, and a combiner for each engine.

The combiner must see the reader as it is on documents that it was not fitted on, so the gold is
read out of fold first; then a reader is fitted on all of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from bizextract._combine import Combiner
from bizextract._drafts import Reading
from bizextract._gold import GoldDocument
from bizextract._pipeline import Engine, build
from bizextract._reader_model import ReaderModel
from bizextract._reader_runtime import Proposal
from bizextract._train.combiner import Settings as CombinerSettings
from bizextract._train.combiner import fit_combiner
from bizextract._train.fit import Settings
from bizextract._train.labels import Sample
from bizextract._train.reader import out_of_fold, train_reader
from bizextract.components.assembly import Assembler
from bizextract.components.assembly import read as reading_of
from bizextract.components.extensions import Event
from bizextract.components.reader import Reader, to_event
from bizextract.errors import GoldError, InputError

__all__ = ["Settings", "fit_combiners", "readings", "save", "train"]

# The rules decide by themselves: fitted on train, a combiner after them moved no figure on dev.
COMBINED: dict[Engine, CombinerSettings] = {
    "both": CombinerSettings(event_floor=0.3, precision=0.7),
    "reader": CombinerSettings(event_floor=0.3),
}
Progress = Callable[[str, int, int], None]


def train(
    gold: Sequence[GoldDocument],
    out: str | Path,
    *,
    extra: Iterable[GoldDocument] = (),
    engine: Engine = "both",
    folds: int = 3,
    settings: Settings = Settings(),  # noqa: B008  (frozen)
    progress: Progress = lambda *_: None,
) -> None:
    """Fit reader and combiner, and save the pipeline that uses them.

    Args:
        gold: Annotated documents with their texts.
        out: The folder to write; `bizextract.load` opens it.
        extra: More gold for the reader alone, such as sentences of one's own writing: the
            combiner is not fitted on it.
        engine: The engine of the saved pipeline.
        folds: In how many parts the gold is read out of fold; 2 or more.
        settings: How the reader is fitted.
        progress: Called with the stage, steps done and steps in all.

    Raises:
        GoldError: A document has no text, or there are fewer documents than folds.
    """
    if engine not in COMBINED:
        raise InputError(f"nothing is fitted for engine {engine!r}; choose both or reader")
    gold, extra = _with_texts(gold), _with_texts(extra)
    if len(gold) < folds:
        raise GoldError(f"{len(gold)} gold documents are too few to fit on; give at least {folds}")
    docs, more = [_plain(d) for d in gold], [_plain(d) for d in extra]
    proposals: dict[str, list[Event]] = {}
    for sample, found in out_of_fold(
        docs, folds, settings, lambda s, n, _: progress("out of fold", s, n), more
    ):
        proposals[sample.id] = events_of(sample, found)
    combiners = fit_combiners(gold, proposals, [engine])
    about = {"documents": len(docs) + len(more), "epochs": settings.epochs, "seed": settings.seed}
    reader = train_reader([*docs, *more], settings, lambda s, n, _: progress("reader", s, n), about)
    save(out, engine, reader, combiners[engine])


def save(out: str | Path, engine: Engine, reader: ReaderModel, combiner: Combiner) -> None:
    """Write a pipeline that uses a reader and a combiner."""
    nlp = build(engine)
    for _, pipe in nlp.pipeline:
        if isinstance(pipe, Reader):
            pipe.use(reader)
        elif isinstance(pipe, Assembler):
            pipe.combiner = combiner
    nlp.to_disk(out)


def fit_combiners(
    gold: Sequence[GoldDocument],
    proposals: Mapping[str, Sequence[Event]],
    engines: Iterable[Engine] = tuple(COMBINED),
) -> dict[Engine, Combiner]:
    """Fit a combiner for each engine.

    Args:
        gold: Annotated documents with their texts.
        proposals: By document id: what a reader proposes that was not fitted on it. Documents
            without an entry are left out.
        engines: The engines.

    Returns:
        By engine: its combiner.
    """
    known = [document for document in gold if document.id in proposals]
    fitted: dict[Engine, Combiner] = {}
    for engine in engines:
        nlp = build(engine, with_reader=False)
        rules = next(p.rules for _, p in nlp.pipeline if isinstance(p, Assembler))
        items = [
            (document, _with(reading, proposals[document.id]))
            for document, reading in readings(nlp, known)
        ]
        fitted[engine] = fit_combiner(items, rules, COMBINED[engine])
    return fitted


def _with(reading: Reading, events: Sequence[Event]) -> Reading:
    more: list[Any] = [*reading.events, *events]
    return replace(reading, events=more)


def readings(nlp: Any, gold: Iterable[GoldDocument]) -> Iterable[tuple[GoldDocument, Reading]]:
    """What a pipeline finds in gold documents, before assembly."""
    for document in gold:
        doc = nlp.make_doc(document.text)
        doc._.bizextract_date = document.date
        yield document, reading_of(nlp(doc))


def events_of(sample: Sample, proposals: Iterable[Proposal]) -> list[Event]:
    """Put a reader's proposals on a document's tokens."""
    return [to_event(p, sample.sentences[p.sentence], sample.tokens) for p in proposals]


def _with_texts(gold: Iterable[GoldDocument]) -> list[GoldDocument]:
    known = list(gold)
    for document in known:
        if document.text is None:
            raise GoldError(f"gold document {document.id!r} has no text; training needs texts")
    return known


def _plain(document: GoldDocument) -> dict[str, Any]:
    return document.model_dump(mode="json")
