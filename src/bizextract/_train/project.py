"""Fit the whole of what is learned on gold: the reader, and a combiner for each engine.

What judges the reader must see it as it is on documents that it was not fitted on. So readers are
fitted on the gold without a fold of it, and read that fold; the combiners are fitted on what they
find there. One more is fitted on all of it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from spacy.language import Language

from bizextract._combine import Combiner
from bizextract._frames import Assembly
from bizextract._gold import GoldDocument
from bizextract._pipeline import Engine, Frames, build, narrow
from bizextract._reader_model import ReaderModel
from bizextract._reader_schema import TYPES
from bizextract._train.combiner import Item, fit_combiner
from bizextract._train.combiner import Settings as CombinerSettings
from bizextract._train.fit import Settings
from bizextract._train.labels import fold_of
from bizextract._train.network import Network
from bizextract._train.reader import labelled, train_readers
from bizextract._triage import Screen, Triage, readable_passages
from bizextract.components.assembly import Assembler
from bizextract.components.assembly import read as reading_of
from bizextract.components.passages import doc_of_passages
from bizextract.components.reader import Reader
from bizextract.errors import GoldError, InputError

__all__ = [
    "Part",
    "Settings",
    "fit_combiners",
    "fit_readers",
    "held_out_readings",
    "readings",
    "save",
    "train",
]

# The rules decide by themselves: fitted on train, a combiner after them moved no figure on dev.
COMBINED: dict[Engine, CombinerSettings] = {
    "both": CombinerSettings(event_floor=0.15, precision=0.78),
    "reader": CombinerSettings(event_floor=0.15, precision=0.78),
}
Progress = Callable[[str, int, int], None]


class Part(NamedTuple):
    """A reader, and what it can be judged on.

    Attributes:
        reader: The reader.
        held_out: The ids of the documents that it was not fitted on.
        screen: The triage's screen that was not fitted on them either; None takes the shipped one.
    """

    reader: ReaderModel
    held_out: Collection[str]
    screen: Screen | None = None


def train(
    gold: Sequence[GoldDocument],
    out: str | Path,
    *,
    extra: Iterable[GoldDocument] = (),
    engine: Engine = "both",
    folds: int = 2,
    settings: Settings = Settings(),  # noqa: B008  (frozen)
    frames: Frames = (),
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
        frames: Frame files of types of one's own, which the rules read: the combiner is fitted on
            their records too, the reader on none of them.
        progress: Called with the stage, steps done and steps in all.

    Raises:
        GoldError: A document has no text, or there are fewer documents than folds.
        LexiconError: A frame file is wrong.
    """
    if engine not in COMBINED:
        raise InputError(f"nothing is fitted for engine {engine!r}; choose both or reader")
    nlp = build(engine, frames=frames)
    gold, extra = _with_texts(gold), _with_texts(extra)
    if len(gold) < folds:
        raise GoldError(f"{len(gold)} gold documents are too few to fit on; give at least {folds}")
    reader, parts = fit_readers(
        gold, folds, settings, progress, extra=extra,
        about={"documents": len(gold) + len(extra), "epochs": settings.epochs,
               "seed": settings.seed},
    )  # fmt: skip
    combiners = fit_combiners(gold, parts, [engine], frames)
    save(nlp, out, reader, combiners[engine])


def fit_readers(
    gold: Sequence[GoldDocument],
    folds: int,
    settings: Settings,
    progress: Progress = lambda *_: None,
    *,
    extra: Sequence[GoldDocument] = (),
    start: Network | None = None,
    teacher: Network | None = None,
    about: Mapping[str, Any] | None = None,
    workers: int | None = None,
) -> tuple[ReaderModel, list[Part]]:
    """Fit a reader on all gold, and one on all but each fold of it, in the same way.

    Args:
        gold: Annotated documents with their texts.
        folds: How many folds.
        settings: How the networks are fitted.
        progress: Called with the stage, steps done and steps in all.
        extra: Gold that every network is fitted on and none is judged on.
        start: A network to go on from, see `fit`.
        teacher: A network to learn from beside the labels, see `fit`.
        about: What the reader's file says of its making.
        workers: How many are fitted at a time, each in a process; None takes the number of cores.

    Returns:
        The reader of all gold, and those of the folds.
    """
    samples, more = labelled(map(_plain, gold)), labelled(map(_plain, extra))
    held_out = [{s.id for s in samples if fold_of(s.id, folds) == fold} for fold in range(folds)]
    rest = [[s for s in samples if s.id not in ids] for ids in held_out]
    stages = ["reader", *(f"reader without part {fold + 1}" for fold in range(folds))]
    reader, *readers = train_readers(
        [[*some, *more] for some in (samples, *rest)],
        settings,
        lambda place, step, steps: progress(stages[place], step, steps),
        about=[about or {}, *({"fold": fold} for fold in range(folds))],
        start=start,
        teacher=teacher,
        workers=workers,
    )
    return reader, [Part(r, ids) for r, ids in zip(readers, held_out, strict=True)]


def save(nlp: Language, out: str | Path, reader: ReaderModel, combiner: Combiner) -> None:
    """Let a pipeline use a reader and a combiner, and write it."""
    _reader(nlp).use(reader)
    _assembler(nlp).combiner = combiner
    nlp.to_disk(out)


def fit_combiners(
    gold: Sequence[GoldDocument],
    parts: Sequence[Part],
    engines: Iterable[Engine] = tuple(COMBINED),
    frames: Frames = (),
) -> dict[Engine, Combiner]:
    """Fit a combiner for each engine.

    Args:
        gold: Annotated documents with their texts.
        parts: Readers with what they are judged on. Documents that are held out from none are left
            out.
        engines: The engines.
        frames: Frame files of types of one's own.

    Returns:
        By engine: its combiner.
    """
    combiners = {}
    for engine in engines:
        rules, items = held_out_readings(engine, gold, parts, frames)
        combiners[engine] = fit_combiner(items, rules, COMBINED[engine])
    return combiners


def held_out_readings(
    engine: Engine, gold: Sequence[GoldDocument], parts: Iterable[Part], frames: Frames = ()
) -> tuple[Mapping[str, Assembly], list[Item]]:
    """What an engine finds in gold documents with readers that were not fitted on them.

    Args:
        engine: The engine.
        gold: Annotated documents with their texts.
        parts: Readers with what they are judged on. Documents that are held out from none are left
            out.
        frames: Frame files of types of one's own.

    Returns:
        How drafts of each type are told apart, and the documents with their readings.
    """
    nlp = build(engine, frames=frames)
    items: list[Item] = []
    for part in parts:
        _reader(nlp).use(part.reader)
        held_out = [document for document in gold if document.id in part.held_out]
        items += readings(nlp, narrow(nlp, part.screen), held_out)
    return _assembler(nlp).rules, items


def readings(nlp: Language, triage: Triage, gold: Iterable[GoldDocument]) -> Iterator[Item]:
    """What a pipeline finds in gold documents, before assembly, in the passages to be read."""
    for document in gold:
        assert document.text is not None
        passages = readable_passages(document.text, None, triage)
        doc = doc_of_passages(nlp, document.text, passages, clean=True)
        doc._.bizextract_date = document.date
        with nlp.select_pipes(disable="bizextract_assembly"):
            yield document, reading_of(nlp(doc))


def _reader(nlp: Language) -> Reader:
    pipe = nlp.get_pipe("bizextract_reader")
    assert isinstance(pipe, Reader)
    return pipe


def _assembler(nlp: Language) -> Assembler:
    pipe = nlp.get_pipe("bizextract_assembly")
    assert isinstance(pipe, Assembler)
    return pipe


def _with_texts(gold: Iterable[GoldDocument]) -> list[GoldDocument]:
    known = list(gold)
    for document in known:
        if document.text is None:
            raise GoldError(f"gold document {document.id!r} has no text; training needs texts")
    return known


def _plain(document: GoldDocument) -> dict[str, Any]:
    """A document for the reader, with the records of the types that it can learn."""
    plain = document.model_dump(mode="json")
    return plain | {"records": [r for r in plain["records"] if r["type"] in TYPES]}
