"""The training loop: windows in, fitted network out; seeded."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import safetensors.torch
import torch
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn import functional as F

from bizextract._reader_runtime import (
    ATTRIBUTE_COLUMNS,
    LINKED,
    TAG_COLUMNS,
    Window,
    build_windows,
    is_candidate,
    relative_to,
)
from bizextract._reader_schema import ATTRIBUTES, POINTERS, TAGS, TYPES
from bizextract._train.labels import Event, Mention, Sample
from bizextract._train.network import WIDTH, Network, base_files

__all__ = ["Settings", "condense", "fit", "load_tokenizer", "states_of", "swap_names"]


@dataclass(frozen=True)
class Settings:
    """How to train.

    Attributes:
        epochs: Passes over the documents.
        batch: Windows in a step.
        rate: Peak learning rate of the top encoder layer.
        decay: Factor on the learning rate for each layer further down.
        head_rate: Peak learning rate of the heads.
        dropout: Share of units dropped in the encoder.
        head_dropout: Share of units dropped before the heads.
        swap: Share of documents whose parties get other companies' names.
        mask: Share of names whose words are hidden.
        condense: Share of documents that lose sentences without an event, as triage leaves them
            out when reading.
        keep: Share of those sentences that stay in such a document.
        seed: Seed of everything random.
        average: Decay of the running mean of the weights that is kept at the end; 0 for none.
        stay: Share of the network that was gone on from in the weights at the end. The mean of both
            does better than either on texts unlike those fitted on (Wortsman et al. 2022,
            arXiv:2109.01903).
        bfloat16: Use bfloat16 for matrix products; None where the processor has it.
    """

    epochs: int = 5
    batch: int = 4
    rate: float = 1.5e-4
    decay: float = 0.9
    head_rate: float = 1e-3
    dropout: float = 0.1
    head_dropout: float = 0.2
    swap: float = 0.4
    mask: float = 0.05
    condense: float = 0.5
    keep: float = 0.4
    seed: int = 0
    bfloat16: bool | None = None
    average: float = 0.98
    stay: float = 0.0
    event_weight: float = 4.0
    tag_weight: float = 1.5
    pointer_weight: float = 0.5
    link_weight: float = 0.3
    attribute_weight: float = 0.5


def load_tokenizer(text: str | None = None) -> Tokenizer:
    """The word-piece tokenizer, without truncation and padding."""
    tokenizer = Tokenizer.from_str(base_files()[1] if text is None else text)
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def swap_names(sample: Sample, pool: Sequence[Sequence[Sequence[str]]], rng: random.Random
               ) -> Sample:  # fmt: skip
    """Give every cluster of a sample another's names, the same throughout the document."""
    if not sample.clusters:
        return sample
    new = [rng.choice(pool) for _ in sample.clusters]
    at: dict[int, Mention] = {m.start: m for m in sample.mentions}
    words: list[str] = []
    begin, end = [0] * len(sample.words), [0] * len(sample.words)
    mentions, i = [], 0
    while i < len(sample.words):
        mention = at.get(i)
        stop = mention.end if mention else i + 1
        first = len(words)
        if mention:
            names = new[mention.cluster]
            words.extend(names[min(mention.name, len(names) - 1)])
            mentions.append(replace(mention, start=first, end=len(words)))
        else:
            words.append(sample.words[i])
        for j in range(i, stop):
            begin[j], end[j] = first, len(words)
        i = stop

    def move(span: tuple[int, int]) -> tuple[int, int]:
        return begin[span[0]], end[span[1] - 1]

    events = [
        Event(e.type, e.sentences, e.attributes,
              {r: [move(s) for s in spans] for r, spans in e.spans.items()}, e.record)
        for e in sample.events
    ]  # fmt: skip
    sentences = [move(s) for s in sample.sentences]
    return replace(sample, words=words, sentences=sentences, events=events, mentions=mentions)


def fit(
    samples: Sequence[Sample],
    settings: Settings,
    progress: Callable[[int, int, dict[str, float]], None] = lambda *_: None,
    start: Network | None = None,
) -> Network:
    """Fine-tune the encoder and fit the heads.

    Args:
        samples (Sequence[Sample]): Labelled documents.
        settings (Settings): How to train.
        progress (Callable): Called after each step with step, steps and the mean losses.
        start (Network | None): A network to go on from, left as it is. Default: the encoder of
            the installed base weights, with new heads.
    """
    torch.manual_seed(settings.seed)
    rng = random.Random(settings.seed)
    weights, tokenizer_text = base_files()
    tokenizer = load_tokenizer(tokenizer_text)
    network = Network(settings.dropout, settings.head_dropout)
    if start is None:
        network.encoder.load_base(safetensors.torch.load(weights))
    else:
        network.load_state_dict(start.state_dict())
    network.encoder.word.weight.requires_grad_(False)
    pool = [[n.split() for n in names] for s in samples for names in s.clusters]
    optimizer = torch.optim.AdamW(_groups(network, settings), weight_decay=0.01, fused=True)
    first = _epoch(samples, pool, tokenizer, settings, random.Random(settings.seed))
    steps = settings.epochs * len(list(first))
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda s: _rate(s, steps))
    bf16 = _has_bfloat16() if settings.bfloat16 is None else settings.bfloat16
    kept = {k: v.detach().clone() for k, v in network.named_parameters() if v.requires_grad}
    step, mean = 0, dict[str, float]()
    network.train()
    for _ in range(settings.epochs):
        for batch in _epoch(samples, pool, tokenizer, settings, rng):
            losses = _losses(network, batch, bf16)
            total = (
                settings.event_weight * losses["event"] + settings.tag_weight * losses["tag"]
                + settings.pointer_weight * losses["pointer"]
                + settings.link_weight * losses["link"]
                + settings.attribute_weight * losses["attribute"]
            )  # fmt: skip
            optimizer.zero_grad()
            total.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            step += 1
            decay = min(settings.average, step / (step + 10))
            with torch.no_grad():
                for name, parameter in network.named_parameters():
                    if name in kept:
                        kept[name].lerp_(parameter, 1 - decay)
            for name, loss in losses.items():
                value = float(loss.detach())
                mean[name] = 0.95 * mean.get(name, value) + 0.05 * value
            progress(step, steps, mean)
    if start is not None:
        began = start.state_dict()
        kept = {name: weight.lerp(began[name], settings.stay) for name, weight in kept.items()}
    network.load_state_dict(kept, strict=False)
    return network.eval()


def _has_bfloat16() -> bool:
    flags = torch.backends.cpu.get_cpu_capability()
    probe = getattr(torch.cpu, "_is_avx512_bf16_supported", lambda: False)
    return "AVX512" in flags and bool(probe())


def _rate(step: int, steps: int) -> float:
    warm = max(1, steps // 10)
    return (step + 1) / warm if step < warm else max(0.0, (steps - step) / (steps - warm))


def _groups(network: Network, settings: Settings) -> list[dict[str, Any]]:
    groups = [{"params": list(network.heads.values()), "lr": settings.head_rate}]
    layers = list(network.encoder.layers)
    for depth, layer in enumerate(reversed(layers)):
        rate = settings.rate * settings.decay**depth
        groups.append({"params": list(layer.parameters()), "lr": rate})
    encoder = network.encoder
    low = [encoder.position.weight, *encoder.norm.parameters()]
    groups.append({"params": low, "lr": settings.rate * settings.decay ** len(layers)})
    groups.append({"params": [encoder.shape.weight], "lr": settings.head_rate})
    return groups


def _epoch(
    samples: Sequence[Sample],
    pool: Sequence[Sequence[Sequence[str]]],
    tokenizer: Tokenizer,
    settings: Settings,
    rng: random.Random,
) -> Iterator[list[tuple[Sample, Window]]]:
    """Batches of windows of about the same length, in random order."""
    items: list[tuple[Sample, Window]] = []
    for sample in samples:
        chosen = swap_names(sample, pool, rng) if pool and rng.random() < settings.swap else sample
        if settings.mask:
            chosen = _hide(chosen, settings.mask, rng)
        if settings.condense and rng.random() < settings.condense:
            chosen = condense(chosen, rng, settings.keep)
        windows = build_windows(tokenizer, chosen.words, chosen.sentences)
        items.extend((chosen, window) for window in windows)
    rng.shuffle(items)
    span = settings.batch * 16
    batches = []
    for start in range(0, len(items), span):
        part = sorted(items[start : start + span], key=lambda item: len(item[1].ids))
        batches += [part[i : i + settings.batch] for i in range(0, len(part), settings.batch)]
    rng.shuffle(batches)
    yield from batches


def condense(sample: Sample, rng: random.Random, keep: float = 0.4) -> Sample:
    """Leave out sentences without an event, but for the first three and what stands beside one.

    Args:
        sample (Sample): A labelled document; the words stay, so that spans do.
        rng (random.Random): Chooses.
        keep (float): Share of the other sentences that stay. Default: 0.4.
    """
    told = {s for event in sample.events for s in event.sentences}
    near = {s + step for s in told for step in (-1, 0, 1)} | {0, 1, 2}
    stay = [s for s in range(len(sample.sentences)) if s in near or rng.random() < keep]
    place = {s: i for i, s in enumerate(stay)}
    events = [
        replace(e, sentences=type(e.sentences)(place[s] for s in e.sentences if s in place))
        for e in sample.events
    ]
    return replace(
        sample,
        sentences=[sample.sentences[s] for s in stay],
        events=events,
        masked={(place[s], t) for s, t in sample.masked if s in place},
    )


def _hide(sample: Sample, share: float, rng: random.Random) -> Sample:
    words = list(sample.words)
    for mention in sample.mentions:
        if rng.random() < share:
            for i in range(mention.start, mention.end):
                words[i] = "[MASK]"
    return replace(sample, words=words)


def encode(network: Network, windows: Sequence[Window], bf16: bool = False) -> list[Tensor]:
    """Word states (words, width) of some windows."""
    length = max(len(w.ids) for w in windows)
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
        total = torch.cat([torch.zeros(1, WIDTH), states[i].float().cumsum(0)])
        out.append((total[starts[1:]] - total[starts[:-1]]) / (starts[1:] - starts[:-1])[:, None])
    return out


@torch.no_grad()
def states_of(network: Network, windows: Sequence[Window], bf16: bool = False) -> list[Any]:
    """The same as numpy arrays, without gradients."""
    return [s.numpy().astype(np.float32) for s in encode(network, windows, bf16)]


def _losses(network: Network, batch: Sequence[tuple[Sample, Window]], bf16: bool
            ) -> dict[str, Tensor]:  # fmt: skip
    losses: dict[str, list[Tensor]] = {
        k: [] for k in ("event", "attribute", "tag", "pointer", "link")
    }
    states_by_window = encode(network, [w for _, w in batch], bf16)
    for (sample, window), states in zip(batch, states_by_window, strict=True):
        _window_losses(network, sample, window, network.drop(states), losses)
    zero = torch.zeros(())
    return {
        "event": torch.cat(losses["event"]).sum() / max(1, sum(map(len, losses["event"]))),
        **{k: torch.stack(v).mean() if v else zero for k, v in losses.items() if k != "event"},
    }


def _window_losses(
    network: Network,
    sample: Sample,
    window: Window,
    states: Tensor,
    losses: dict[str, list[Tensor]],
) -> None:
    place = {int(word): i for i, word in enumerate(window.words)}
    bounds = torch.tensor([(a, b) for _, a, b in window.sentences])
    vectors = network.sentences(states, bounds)
    logits = (vectors * network.head("event")).sum(-1) + network.head("event.bias")
    target, weight = torch.zeros_like(logits), torch.ones_like(logits)
    ready = torch.tensor([is_candidate(sample.words[i]) for i in window.words])
    for number, (sentence, start, end) in enumerate(window.sentences):
        for t, type_ in enumerate(TYPES):
            if (sentence, type_) in sample.masked:
                weight[number, t] = 0.0
            events = [e for e in sample.events if e.type == type_ and sentence in e.sentences]
            if not events:
                continue
            target[number, t] = 1.0
            _attribute_losses(network, events, vectors[number, t], losses["attribute"])
            columns = TAG_COLUMNS[type_]
            tags = _tag_targets(events, type_, place, start, end)
            scores = (
                states[start:end] @ network.head("tag")[columns].T
                + network.head("tag.bias")[columns]
            )
            losses["tag"].append(F.cross_entropy(scores, tags))
            relative = torch.from_numpy(relative_to(window, number))
            for index, pointer in enumerate(POINTERS):
                if pointer.type == type_:
                    wanted = torch.zeros(len(window.words))
                    for a, b in _spans(events, pointer.role, place):
                        wanted[a:b] = 1.0
                    scores = network.pointer(index, vectors[number, t], states, relative)
                    loss = F.binary_cross_entropy_with_logits(
                        scores[ready], wanted[ready], reduction="sum"
                    )
                    losses["pointer"].append(loss / 10)
            _link_loss(network, t, events, place, start, end, states, losses["link"])
    loss = F.binary_cross_entropy_with_logits(logits, target, weight, reduction="none")
    losses["event"].append(loss.sum(1))


def _attribute_losses(
    network: Network, events: Sequence[Event], vector: Tensor, losses: list[Tensor]
) -> None:
    for attribute, columns in zip(ATTRIBUTES, ATTRIBUTE_COLUMNS, strict=True):
        if attribute.type != events[0].type:
            continue
        target = torch.zeros(len(attribute.values))
        for event in events:
            if attribute.name in event.attributes:
                target[attribute.values.index(event.attributes[attribute.name])] += 1
        if target.sum():
            scores = (
                network.head("attribute")[columns] @ vector
                + network.head("attribute.bias")[columns]
            )
            losses.append(F.cross_entropy(scores, target / target.sum()))


def _spans(events: Sequence[Event], role: str, place: dict[int, int]) -> list[tuple[int, int]]:
    return [
        (place[a], place[b - 1] + 1)
        for event in events
        for a, b in event.spans.get(role, ())
        if a in place and b - 1 in place
    ]


def _tag_targets(
    events: Sequence[Event], type_: str, place: dict[int, int], start: int, end: int
) -> Tensor:
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


def _link_loss(
    network: Network,
    t: int,
    events: Sequence[Event],
    place: dict[int, int],
    start: int,
    end: int,
    states: Tensor,
    losses: list[Tensor],
) -> None:
    member: dict[tuple[int, int], set[int]] = {}
    for n, event in enumerate(events):
        for role in LINKED[event.type]:
            for a, b in _spans([event], role, place):
                if a >= start and b <= end:
                    member.setdefault((a, b), set()).add(n)
    spans = sorted(member)
    if len(spans) < 2:
        return
    vectors = torch.stack([states[a:b].mean(0) for a, b in spans])
    target = torch.tensor([[float(bool(member[x] & member[y])) for y in spans] for x in spans])
    upper = torch.triu(torch.ones_like(target), diagonal=1).bool()
    scores = network.link(t, vectors)
    losses.append(F.binary_cross_entropy_with_logits(scores[upper], target[upper]))


def head_weights(network: Network) -> dict[str, Any]:
    """The heads as the runtime names them, in half precision."""
    return {k.replace("/", "."): v.detach().half().numpy() for k, v in network.heads.items()}
