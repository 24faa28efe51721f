"""What a network is told by labels, and by a teacher: the losses of a batch of windows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from bizextract._reader_runtime import (
    ATTRIBUTE_COLUMNS,
    LINKED,
    TAG_COLUMNS,
    Window,
    is_candidate,
    relative_to,
)
from bizextract._reader_schema import ATTRIBUTES, POINTERS, TAGS, TYPES
from bizextract._train.labels import Event, Sample
from bizextract._train.network import Network

__all__ = ["LOSSES", "batch_losses", "bounds_of", "encode", "look", "tag_targets"]

LOSSES = ("event", "tag", "pointer", "link", "attribute", "state")
Batch = Sequence[tuple[Sample, Window]]

#: Windows are filled up to a multiple of so many word pieces.
_LENGTHS = 32

#: A sentence that the teacher gives an event with so much certainty is learned from it alone where
#: labels say nothing of one.
_CERTAIN = 0.5

#: Added to the spread of the teacher's states, which may be none in some direction.
_SMALL = 1e-3


class Lesson(NamedTuple):
    """What a teacher sees in a window.

    Attributes:
        teacher: A fitted network, larger as a rule.
        trust: Share of the teacher in what is learned; labels have the rest.
        states: Its word states (words, its width).
        vectors: Its sentence vectors (sentences, types, 2 * its width).
    """

    teacher: Network
    trust: float
    states: Tensor
    vectors: Tensor


def encode(network: Network, windows: Sequence[Window], bf16: bool = False) -> list[Tensor]:
    """Word states (words, width) of some windows."""
    # Few lengths: memory is used again, and what multiplies matrices is not made anew for each.
    length = -(-max(len(w.ids) for w in windows) // _LENGTHS) * _LENGTHS
    ids = torch.zeros(len(windows), length, dtype=torch.long)
    shapes = torch.zeros_like(ids)
    mask = torch.zeros(len(windows), 1, 1, length)
    for i, window in enumerate(windows):
        n = len(window.ids)
        ids[i, :n] = torch.from_numpy(window.ids)
        shapes[i, :n] = torch.from_numpy(window.shapes)
        mask[i, :, :, n:] = -1e4
    with torch.autocast("cpu", torch.bfloat16, enabled=bf16):
        states = network.encoder(ids, shapes, mask.bfloat16() if bf16 else mask)
    out = []
    for i, window in enumerate(windows):
        starts = torch.from_numpy(window.starts)
        total = torch.cat([torch.zeros(1, states.shape[-1]), states[i].float().cumsum(0)])
        out.append((total[starts[1:]] - total[starts[:-1]]) / (starts[1:] - starts[:-1])[:, None])
    return out


def batch_losses(
    network: Network,
    batch: Batch,
    bf16: bool = False,
    teacher: Network | None = None,
    trust: float = 0.0,
    seen: Sequence[Tensor] | None = None,
) -> dict[str, Tensor]:
    """Give the mean losses of a batch, by the names of `LOSSES`.

    With a teacher, what is to be learned is a mean of the labels and of what it gives as
    probabilities for the same words (Hinton et al. 2015, arXiv:1503.02531). Where the network has a
    likeness, its word states are to tell the teacher's, too (Jiao et al. 2020, arXiv:1909.10351):
    labels and probabilities of roles are for sentences with an event alone.

    Args:
        network (Network): What learns.
        batch (Batch): Labelled documents with a window each.
        bf16 (bool): Use bfloat16 for matrix products. Default: False.
        teacher (Network | None): A fitted network. Default: None, labels alone.
        trust (float): Share of the teacher, 0 to 1. Default: 0.
        seen (Sequence[Tensor] | None): The teacher's word states of the windows, as `look` gave
            them. Default: the teacher looks.
    """
    losses: dict[str, list[Tensor]] = {name: [] for name in LOSSES}
    windows = [window for _, window in batch]
    lessons: list[Lesson | None] = [None] * len(batch)
    if teacher is not None:
        seen = look(teacher, windows, bf16) if seen is None else seen
        seen = [states.float() for states in seen]
        lessons = [*_lessons(teacher, windows, trust, seen)]
    encoded = encode(network, windows, bf16)
    for (sample, window), states, lesson in zip(batch, encoded, lessons, strict=True):
        _window_losses(network, sample, window, network.drop(states), lesson, losses)
    if network.likeness is not None and seen is not None:
        losses["state"].append(
            _state_loss(network.likeness, torch.cat(encoded), torch.cat([*seen]))
        )
    zero = torch.zeros(())
    return {
        "event": torch.cat(losses["event"]).sum() / max(1, sum(map(len, losses["event"]))),
        **{k: torch.stack(v).mean() if v else zero for k, v in losses.items() if k != "event"},
    }


def _state_loss(likeness: nn.Module, states: Tensor, theirs: Tensor) -> Tensor:
    """How much of what the teacher's states tell words apart by is missing, 0 to 1 and more."""
    spread, centre = torch.std_mean(theirs, dim=0)
    return F.mse_loss(likeness(states), (theirs - centre) / (spread + _SMALL))


@torch.no_grad()
def look(teacher: Network, windows: Sequence[Window], bf16: bool = False) -> list[Tensor]:
    """Word states (words, width) of some windows, by a network that does not learn.

    They are in half precision, as many are kept.
    """
    return [states.half() for states in encode(teacher, windows, bf16)]


@torch.no_grad()
def _lessons(
    teacher: Network, windows: Sequence[Window], trust: float, seen: Sequence[Tensor]
) -> list[Lesson]:
    return [
        Lesson(teacher, trust, states, teacher.sentences(states, bounds_of(window)))
        for window, states in zip(windows, seen, strict=True)
    ]


def bounds_of(window: Window) -> Tensor:
    """First and last word + 1 of a window's sentences, as `Network.sentences` takes them."""
    return torch.tensor([(a, b) for _, a, b in window.sentences])


def _window_losses(
    network: Network,
    sample: Sample,
    window: Window,
    states: Tensor,
    lesson: Lesson | None,
    losses: dict[str, list[Tensor]],
) -> None:
    place = {int(word): i for i, word in enumerate(window.words)}
    vectors = network.sentences(states, bounds_of(window))
    logits = network.events(vectors)
    target, weight = torch.zeros_like(logits), torch.ones_like(logits)
    seen = None if lesson is None else lesson.teacher.events(lesson.vectors).sigmoid()
    ready = torch.tensor([is_candidate(sample.words[i]) for i in window.words])
    for number, (sentence, start, end) in enumerate(window.sentences):
        for t, type_ in enumerate(TYPES):
            events = [e for e in sample.events if e.type == type_ and sentence in e.sentences]
            target[number, t] = float(bool(events))
            if (sentence, type_) in sample.masked:
                weight[number, t] = 0.0
            certain = seen is not None and bool(seen[number, t] >= _CERTAIN)
            if not events and not certain:
                continue
            told = _Told(events, place, number, t, start, end, lesson)
            losses["attribute"] += _attribute_losses(network, vectors[number, t], told)
            losses["tag"].append(_tag_loss(network, states, told))
            relative = torch.from_numpy(relative_to(window, number))
            losses["pointer"] += _pointer_losses(
                network, vectors[number, t], states, relative, ready, told
            )
            losses["link"] += _link_loss(network, states, told)
    if lesson is not None and seen is not None:
        # Of what may repeat an event unlabelled, only the teacher says something.
        target = torch.where(weight == 0, seen, target.lerp(seen, lesson.trust))
        weight = torch.ones_like(weight)
    loss = F.binary_cross_entropy_with_logits(logits, target, weight, reduction="none")
    losses["event"].append(loss.sum(1))


class _Told(NamedTuple):
    """What is known of one type in one sentence of a window.

    Attributes:
        events: Those that labels give the sentence; none where the teacher alone sees one.
        place: Where each of the document's words stands in the window.
        number: The sentence's place in the window.
        type_index: The type's place in `TYPES`.
        start: The sentence's first word in the window.
        end: Its last word there, exclusive.
        lesson: What the teacher sees.
    """

    events: Sequence[Event]
    place: dict[int, int]
    number: int
    type_index: int
    start: int
    end: int
    lesson: Lesson | None

    @property
    def type(self) -> str:
        return TYPES[self.type_index]

    def mixed(self, target: Tensor, taught: Tensor) -> Tensor:
        """The mean of labels and the teacher's probabilities; labels have a part where they are."""
        assert self.lesson is not None
        return target.lerp(taught, self.lesson.trust if self.events else 1.0)


def _attribute_losses(network: Network, vector: Tensor, told: _Told) -> list[Tensor]:
    losses = []
    for attribute, columns in zip(ATTRIBUTES, ATTRIBUTE_COLUMNS, strict=True):
        if attribute.type != told.type:
            continue
        target = torch.zeros(len(attribute.values))
        for event in told.events:
            if attribute.name in event.attributes:
                target[attribute.values.index(event.attributes[attribute.name])] += 1
        known = bool(target.sum())
        if known:
            target = target / target.sum()
        if told.lesson is not None:
            theirs = told.lesson.vectors[told.number, told.type_index]
            taught = told.lesson.teacher.attribute(columns, theirs).softmax(-1)
            target, known = (told.mixed(target, taught) if known else taught), True
        if known:
            losses.append(F.cross_entropy(network.attribute(columns, vector), target))
    return losses


def _tag_loss(network: Network, states: Tensor, told: _Told) -> Tensor:
    columns, inside = TAG_COLUMNS[told.type], slice(told.start, told.end)
    scores = network.tags(columns, states[inside])
    tags = tag_targets(told.events, told.type, told.place, told.start, told.end)
    if told.lesson is None:
        return F.cross_entropy(scores, tags)
    taught = told.lesson.teacher.tags(columns, told.lesson.states[inside]).softmax(-1)
    target = F.one_hot(tags, scores.shape[-1]).float()
    return F.cross_entropy(scores, told.mixed(target, taught))


def _pointer_losses(
    network: Network,
    vector: Tensor,
    states: Tensor,
    relative: Tensor,
    ready: Tensor,
    told: _Told,
) -> list[Tensor]:
    losses = []
    for index, pointer in enumerate(POINTERS):
        if pointer.type != told.type:
            continue
        wanted = torch.zeros(len(states))
        for a, b in _spans(told.events, pointer.role, told.place):
            wanted[a:b] = 1.0
        if told.lesson is not None:
            theirs = told.lesson.vectors[told.number, told.type_index]
            taught = told.lesson.teacher.pointer(index, theirs, told.lesson.states, relative)
            wanted = told.mixed(wanted, taught.sigmoid())
        scores = network.pointer(index, vector, states, relative)
        loss = F.binary_cross_entropy_with_logits(scores[ready], wanted[ready], reduction="sum")
        losses.append(loss / 10)
    return losses


def _link_loss(network: Network, states: Tensor, told: _Told) -> list[Tensor]:
    member: dict[tuple[int, int], set[int]] = {}
    for n, event in enumerate(told.events):
        for role in LINKED[event.type]:
            for a, b in _spans([event], role, told.place):
                if a >= told.start and b <= told.end:
                    member.setdefault((a, b), set()).add(n)
    spans = sorted(member)
    if len(spans) < 2:
        return []
    target = torch.tensor([[float(bool(member[x] & member[y])) for y in spans] for x in spans])
    scores = network.link(told.type_index, _means(states, spans))
    if told.lesson is not None:
        theirs = _means(told.lesson.states, spans)
        target = told.mixed(target, told.lesson.teacher.link(told.type_index, theirs).sigmoid())
    upper = torch.triu(torch.ones_like(target), diagonal=1).bool()
    return [F.binary_cross_entropy_with_logits(scores[upper], target[upper])]


def _means(states: Tensor, spans: Sequence[tuple[int, int]]) -> Tensor:
    return torch.stack([states[a:b].mean(0) for a, b in spans])


def _spans(events: Sequence[Event], role: str, place: dict[int, int]) -> list[tuple[int, int]]:
    return [
        (place[a], place[b - 1] + 1)
        for event in events
        for a, b in event.spans.get(role, ())
        if a in place and b - 1 in place
    ]


def tag_targets(
    events: Sequence[Event], type_: str, place: dict[int, int], start: int, end: int
) -> Tensor:
    """The tags of a sentence's words: where roles overlap, the longer one's, then the first's."""
    tags = torch.zeros(end - start, dtype=torch.long)
    found = [
        (b - a, -r, a, b)
        for r, role in enumerate(TAGS[type_])
        for a, b in _spans(events, role, place)
        if a >= start and b <= end
    ]
    for _, r, a, b in sorted(found, reverse=True):
        if not tags[a - start : b - start].any():
            tags[a - start] = 1 - 2 * r
            tags[a - start + 1 : b - start] = 2 - 2 * r
    return tags
