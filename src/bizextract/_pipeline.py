"""Builds the pipelines: one visible, ordered list of pipes for each engine."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterable, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Literal, get_args

import spacy
from spacy.language import Language
from spacy.pipeline import TrainablePipe
from thinc.api import Model, NumpyOps

from bizextract._base import load_base
from bizextract._frames import load_frames, with_words
from bizextract._own_types import load_own
from bizextract._triage import Screen, Triage
from bizextract.components import (  # noqa: F401  (registers the factories)
    assembly,
    assertion,
    entities,
    mentions,
    passages,
    reader,
    relations,
    sentences,
)
from bizextract.errors import InputError, ModelError, quote

Engine = Literal["both", "rules", "reader"]

DEFAULT_ENGINE: Engine = "both"

_BEFORE = ["bizextract_entities", "bizextract_mentions"]
_RULES = ["bizextract_relations", "bizextract_assertion"]
_READER = ["bizextract_reader"]
_AFTER = ["bizextract_assembly"]

Frames = Iterable[str | Path]
"""Frame files of one's own."""

Triggers = Mapping[str, Iterable[str]]
"""Words of one's own for rules, by a rule's id."""

PIPES: dict[Engine, list[str]] = {
    "both": [*_READER, *_BEFORE, *_RULES, *_AFTER],
    "rules": [*_BEFORE, *_RULES, *_AFTER],
    "reader": [*_READER, *_BEFORE, *_AFTER],
}


def build(
    engine: Engine = DEFAULT_ENGINE,
    base: str | Path | None = None,
    *,
    frames: Frames = (),
    triggers: Triggers | None = None,
) -> Language:
    """Build the pipeline of an engine.

    Args:
        engine: ``"both"``, ``"rules"`` or ``"reader"``; the reader needs no base pipeline.
        base: The English base pipeline, see `bizextract._base.load_base`.
        frames: As for `adapt`.
        triggers: As for `adapt`.

    Returns:
        A pipeline whose documents carry ``doc._.bizextract``.

    Raises:
        InputError: There is no such engine.
        LexiconError: A frame file or a trigger is wrong.
        ModelError: The base pipeline is not installed, or the combiner is damaged. The reader's
            weights are loaded, and checked, with the first document.
    """
    if engine not in get_args(Engine):
        legal = ", ".join(get_args(Engine))
        raise InputError(f"no engine {quote(engine)}; choose one of: {legal}")
    nlp = spacy.blank("en") if engine == "reader" and base is None else load_base(base)
    nlp.add_pipe("bizextract_sentences", first=True)
    for pipe in PIPES[engine]:
        config = {"engine": engine} if pipe == "bizextract_assembly" else {}
        # The reader needs no base pipeline, so that what it finds can spare the rest.
        after = "bizextract_sentences" if pipe in _READER else None
        nlp.add_pipe(pipe, config=config, after=after)
    return adapt(_quickened(nlp), frames, triggers)


def _quickened(nlp: Language) -> Language:
    """Let a pipeline multiply matrices with numpy's BLAS, three times as fast as the one in thinc.

    What it finds stays the same; models on a GPU are left alone.
    """
    quick = NumpyOps(use_blis=False)
    for _, pipe in nlp.pipeline:
        # Only spaCy's own kind: what others call their model may load when it is looked at.
        model = pipe.model if isinstance(pipe, TrainablePipe) else None
        for node in model.walk() if isinstance(model, Model) else ():
            if type(node.ops) is NumpyOps:
                node.ops = quick
    return nlp


def load_weights(nlp: Language) -> None:
    """Load now what a pipeline would load with its first document.

    What is missing or damaged then shows at once, and processes that are forked share it.

    Raises:
        ModelError: The reader's weights are missing, damaged or of another version.
    """
    for _, pipe in nlp.pipeline:
        if isinstance(pipe, reader.Reader):
            pipe.load()


def adapt(nlp: Language, frames: Frames, triggers: Triggers | None) -> Language:
    """Teach a pipeline types and triggers of one's own; it keeps them when it is saved.

    Args:
        nlp: A pipeline of ours.
        frames: Frame files; each brings a type, or extends one that is there.
        triggers: By a rule's id: more words that announce what its own words do.

    Returns:
        The same pipeline.

    Raises:
        InputError: The pipeline has no rules.
        LexiconError: A frame file or a trigger is wrong.
    """
    frames = (frames,) if isinstance(frames, str | Path) else tuple(frames)
    if not frames and not triggers:
        return nlp
    if not nlp.has_pipe("bizextract_relations"):
        raise InputError('frames and triggers need the rules; take engine "both" or "rules"')
    finder = nlp.get_pipe("bizextract_relations")
    assembler = nlp.get_pipe("bizextract_assembly")
    assert isinstance(finder, relations.RelationFinder)
    assert isinstance(assembler, assembly.Assembler)
    own = with_words(load_own(frames, finder.frames), triggers or {})
    finder.use(own)
    assembler.use(own)
    return nlp


def narrow(nlp: Language, screen: Screen | None = None) -> Triage:
    """Let a pipeline read no more of a text than can hold an event.

    Where a reader stands in it and nothing but the shipped frames, whatever comes after the reader
    sees only what it finds likely.

    Args:
        nlp: A pipeline of ours; `bizextract_focus` is added to it.
        screen: What rules sentences out. Default: the screen that ships.

    Returns:
        What chooses the passages that the pipeline is to be given.

    Raises:
        ModelError: The screen is missing or damaged.
    """
    shipped = load_frames()
    frames = shipped
    if nlp.has_pipe("bizextract_relations"):
        finder = nlp.get_pipe("bizextract_relations")
        assert isinstance(finder, relations.RelationFinder)
        frames = finder.frames
    own = [frame for frame in frames if frame not in shipped]
    if nlp.has_pipe("bizextract_reader") and not own and not nlp.has_pipe("bizextract_focus"):
        nlp.add_pipe("bizextract_focus", after="bizextract_reader")
    screen = screen or Screen.read(Path(str(files("bizextract").joinpath("data", "screen.json"))))
    known = tuple(frame.type for frame in frames if frame not in own)
    return Triage(frames, screen.model_copy(update={"types": known}))


def open_saved(
    path: str | Path, *, frames: Frames = (), triggers: Triggers | None = None
) -> Language:
    """Open a pipeline that `Language.to_disk` or ``bizextract train`` wrote.

    Args:
        path: The folder.
        frames: As for `adapt`.
        triggers: As for `adapt`.

    Raises:
        LexiconError: A frame file or a trigger is wrong.
        ModelError: There is no such folder, or what it holds is no pipeline of ours.
    """
    if not os.path.isfile(Path(path) / "config.cfg"):  # False too where the name is too long
        raise ModelError(
            f"no saved pipeline in {quote(str(path))}: give the folder that `bizextract train -o` "
            "or nlp.to_disk wrote"
        )
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=r"\[W095\]")
        nlp = spacy.load(path)
    if not nlp.has_pipe("bizextract_assembly"):
        raise ModelError(f"the pipeline in {quote(str(path))} has no pipe bizextract_assembly")
    return adapt(_quickened(nlp), frames, triggers)
