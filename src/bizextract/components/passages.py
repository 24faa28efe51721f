"""Documents that hold some passages of a text only, and `bizextract_focus`, which narrows them.

Such a document stands for the whole text: ``doc._.bizextract_source`` has the text, and where each
token stands in it, so that all offsets of records point into the text that the caller gave.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from typing import Any

from spacy.language import Language
from spacy.tokens import Doc

from bizextract._case import recased
from bizextract._triage import SHORT
from bizextract.components.extensions import Event, Role, set_extensions, source_of
from bizextract.components.sentences import bizextract_sentences, doc_sentences

__all__ = ["Focus", "create_focus", "doc_of_passages"]


def doc_of_passages(
    nlp: Language, text: str, passages: Sequence[tuple[int, int]], *, clean: bool = False
) -> Doc:
    """Make a document of some passages of a text.

    Args:
        nlp: The pipeline whose tokenizer is used.
        text: The whole text.
        passages: Start and end in characters, in order, apart from each other.
        clean: Whether they hold no furniture, so that no component looks for it again.

    Returns:
        A document of the passages' words; a blank line in a gap stays, and headlines in capitals
        are in title case.

    Example:
        >>> import spacy
        >>> doc = doc_of_passages(spacy.blank("en"), "It rains. Acme grew.", [(10, 20)])
        >>> doc.text, source_of(doc)[1][0]
        ('Acme grew.', 10)
    """
    set_extensions()
    pieces: list[str] = []
    firsts: list[tuple[int, int]] = []
    length, last = 0, 0
    for (start, end), piece in zip(passages, recased(text, passages), strict=True):
        gap = "\n\n" if text[last:start].count("\n") > 1 else " "
        if pieces:
            pieces.append(gap)
            length += len(gap)
        firsts.append((length, start))
        pieces.append(piece)
        length += end - start
        last = end
    doc = nlp.make_doc("".join(pieces))
    marks = [mark for mark, _ in firsts]
    starts = []
    for token in doc:
        mark, start = firsts[max(0, bisect_right(marks, token.idx) - 1)]
        starts.append(start + token.idx - mark)
    doc._.bizextract_source = {"text": text, "starts": starts}
    if clean:
        doc._.bizextract_furniture = []
    return doc


@Language.factory(
    "bizextract_focus",
    requires=["doc._.bizextract_events"],
    default_config={"floor": 0.4, "pointed": 0.5},
)
def create_focus(nlp: Language, name: str, floor: float, pointed: float) -> Focus:
    """Build the component `Focus`; see there."""
    return Focus(nlp, name, floor=floor, pointed=pointed)


class Focus:
    """Cuts a document down to the sentences that the reader has found to matter.

    What stays is the headline, each sentence with a likely event and those that the reader points
    to for it. The costly pipes after it then see these alone; a document without a likely event
    becomes empty.

    Args:
        nlp: The pipeline that it stands in, after `bizextract_reader`.
        name: Its name there.
        floor: The least score of an event that keeps its sentence.
        pointed: The least score of a pointed role that keeps its sentence.
    """

    def __init__(
        self,
        nlp: Language,
        name: str = "bizextract_focus",
        *,
        floor: float = 0.4,
        pointed: float = 0.5,
    ) -> None:
        set_extensions()
        self.name = name
        self.floor = floor
        self.pointed = pointed

    def __call__(self, doc: Doc) -> Doc:
        """Give the document of the sentences that matter; a short one as it is."""
        sentences = doc_sentences(doc)
        if len(sentences) <= SHORT:
            return doc
        events = [e for e in doc._.bizextract_events if e["score"] >= self.floor]
        if not events:
            return _part_of(doc, [], [])
        starts = [start for start, _ in sentences]
        told = {bisect_right(starts, event["sent"][0]) - 1 for event in events}
        wanted = {0, *told}
        for event in events:
            for role in _pointed(event):
                if role["score"] >= self.pointed:
                    wanted.add(bisect_right(starts, role["start"]) - 1)
        bounds = [*starts, len(doc)]
        kept = [t for i in sorted(wanted) for t in range(bounds[i], bounds[i + 1])]
        return _part_of(doc, kept, events)


def _pointed(event: Any) -> list[Role]:
    found: list[Role] = event.get("pointed", [])
    return found


def _part_of(doc: Doc, kept: Sequence[int], events: Iterable[Event]) -> Doc:
    """A document of some tokens of another, which stands for the same text."""
    text, starts = source_of(doc)
    part = Doc(
        doc.vocab,
        words=[doc[i].text for i in kept],
        spaces=[bool(doc[i].whitespace_) for i in kept],
    )
    place = {old: new for new, old in enumerate(kept)}
    part._.bizextract_source = {"text": text, "starts": [starts[i] for i in kept]}
    part._.bizextract_furniture = doc._.bizextract_furniture
    part._.bizextract_date = doc._.bizextract_date
    part._.bizextract_events = [_moved(event, place) for event in events]
    part._context = doc._context
    focused: Doc = bizextract_sentences(part)
    return focused


def _moved(event: Event, place: dict[int, int]) -> Event:
    moved: Any = dict(event)
    moved["sent"] = _span(event["sent"], place)
    for name in ("roles", "pointed"):
        roles = [role for role in event.get(name, []) if role["start"] in place]  # type: ignore[attr-defined]
        moved[name] = [_moved_role(role, place) for role in roles]
    moved["cues"] = [[*_span(cue, place), cue[2]] for cue in event["cues"]]
    result: Event = moved
    return result


def _moved_role(role: Role, place: dict[int, int]) -> Role:
    start, end = _span([role["start"], role["end"]], place)
    return Role(role=role["role"], start=start, end=end, score=role["score"])


def _span(span: Sequence[int], place: dict[int, int]) -> list[int]:
    start, end = span[:2]
    return [place[start], place[end - 1] + 1]
