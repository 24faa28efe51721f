"""The training loop: windows in, fitted network out; seeded."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import torch
from tokenizers import Tokenizer
from torch import Tensor

from bizextract._reader_runtime import Window, build_windows
from bizextract._train.changes import learn_changes, merge_changes
from bizextract._train.crew import Crew
from bizextract._train.encoders import Encoder, base_files
from bizextract._train.labels import Event, Mention, Sample
from bizextract._train.losses import LOSSES, Batch, batch_losses, look
from bizextract._train.network import Network

__all__ = ["Settings", "condense", "fit", "has_bfloat16", "load_tokenizer", "swap_names"]

Item = TypeVar("Item")


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
        rank: Directions in which each matrix of the encoder's layers learns; its places of pieces
            stay then. 0: all learns whole.
        trust: Share of the teacher, where there is one, in what is learned; labels have the rest.
        fresh: Passes whose windows are drawn anew, with other names and sentences. The later ones
            take the same again, in another order, and what the teacher saw in them is kept: 30
            MB for a hundred windows. 0: all.
        state_weight: Weight of telling the teacher's states; those of the other losses are named
            likewise.
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
    rank: int = 0
    trust: float = 0.7
    fresh: int = 0
    event_weight: float = 4.0
    tag_weight: float = 1.5
    pointer_weight: float = 0.5
    link_weight: float = 0.3
    attribute_weight: float = 0.5
    state_weight: float = 0.0


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
    *,
    teacher: Network | None = None,
    encoder: type[Encoder] = Encoder,
    crew: Crew | None = None,
) -> Network:
    """Fine-tune the encoder and fit the heads.

    Args:
        samples (Sequence[Sample]): Labelled documents.
        settings (Settings): How to train.
        progress (Callable): Called after each step with step, steps and the mean losses.
        start (Network | None): A network to go on from, left as it is. Default: the encoder of
            the installed base weights, with new heads.
        teacher (Network | None): A fitted network to learn from beside the labels. Default: None.
        encoder (type): What kind of encoder. Default: the reader's own.
        crew (Crew | None): The processes that fit it together, each by a call of this function.
            Default: this one alone.
    """
    crew = crew or Crew()
    torch.manual_seed(settings.seed)
    rng = random.Random(settings.seed)
    tokenizer = load_tokenizer()
    network = Network(settings.dropout, settings.head_dropout, encoder)
    if start is None:
        network.encoder.load_base()
    else:
        network.load_state_dict(start.state_dict())
    bf16 = has_bfloat16() if settings.bfloat16 is None else settings.bfloat16
    if teacher is not None:
        teacher = _at_rest(teacher, bf16)
        if settings.state_weight:
            network.liken(teacher.encoder.size.width)
    if settings.rank:
        before = network.encoder
        if start is not None:
            before = encoder()
            before.load_base()
        dtype = torch.bfloat16 if bf16 else torch.float32
        learn_changes(network.encoder, before, settings.rank, dtype)
    groups = _groups(network, settings)
    network.requires_grad_(False)
    for group in groups:
        for parameter in group["params"]:
            parameter.requires_grad_(True)
    if crew.rank:  # each of a crew drops other units
        torch.manual_seed(settings.seed + crew.rank)
    pool = [[n.split() for n in names] for s in samples for names in s.clusters]
    optimizer = torch.optim.AdamW(groups, weight_decay=0.01, fused=True)
    first = _epoch(samples, pool, tokenizer, settings, random.Random(settings.seed))
    steps = settings.epochs * len(list(first))
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda s: _rate(s, steps))
    learned = {k: v for k, v in network.named_parameters() if v.requires_grad}
    parameters = list(learned.values())
    kept = {k: v.detach().clone() for k, v in learned.items()}
    weights = {name: getattr(settings, f"{name}_weight") for name in LOSSES}
    mean: dict[str, float] = {}
    seen: dict[tuple[int, int], list[Tensor]] = {}
    network.train()
    passes = _passes(lambda: _epoch(samples, pool, tokenizer, settings, rng), settings, rng)
    for step, (place, batch) in enumerate(passes, start=1):
        crew.clear(parameters)
        part = crew.part(batch)
        if part:
            states = seen.get(place)
            if teacher is not None and states is None:
                states = look(teacher, [window for _, window in part], bf16)
                if settings.fresh:
                    seen[place] = states
            losses = batch_losses(network, part, bf16, teacher, settings.trust, states)
            total = sum(weights[name] * loss for name, loss in losses.items())
            total.backward()  # type: ignore[union-attr]
            for name, loss in losses.items():
                value = float(loss.detach())
                mean[name] = 0.95 * mean.get(name, value) + 0.05 * value
        crew.share()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        schedule.step()
        decay = min(settings.average, step / (step + 10))
        with torch.no_grad():
            torch._foreach_lerp_(list(kept.values()), parameters, 1 - decay)
        progress(step, steps, mean)
    network.load_state_dict(kept, strict=False)
    merge_changes(network.encoder)
    network.likeness = None
    if start is not None and settings.stay:
        began = start.state_dict()
        after = {k: v.lerp(began[k], settings.stay) for k, v in network.state_dict().items()}
        network.load_state_dict(after)
    return network.eval()


def _at_rest(network: Network, bf16: bool) -> Network:
    """A copy that learns nothing; its matrices are in bfloat16 once, not anew in each step."""
    copy = deepcopy(network).eval().requires_grad_(False)
    for module in copy.encoder.modules():
        if bf16 and isinstance(module, torch.nn.Linear):
            module.bfloat16()
    return copy


def has_bfloat16() -> bool:
    """Whether the processor multiplies matrices in bfloat16."""
    flags = torch.backends.cpu.get_cpu_capability()
    probe = getattr(torch.cpu, "_is_avx512_bf16_supported", lambda: False)
    return "AVX512" in flags and bool(probe())


def _rate(step: int, steps: int) -> float:
    warm = max(1, steps // 10)
    return (step + 1) / warm if step < warm else max(0.0, (steps - step) / (steps - warm))


def _groups(network: Network, settings: Settings) -> list[dict[str, Any]]:
    """What learns, by rate; all else stays as it is."""
    encoder, layers = network.encoder, list(network.encoder.layers)
    low = [*([] if settings.rank else [encoder.position.weight]), *encoder.norm.parameters()]
    return [
        {"params": list(network.heads.values()), "lr": settings.head_rate},
        {"params": _likeness(network), "lr": 5 * settings.head_rate},
        *(
            {"params": list(layer.parameters()), "lr": settings.rate * settings.decay**depth}
            for depth, layer in enumerate(reversed(layers))
        ),
        {"params": low, "lr": settings.rate * settings.decay ** len(layers)},
        {"params": [encoder.shape.weight], "lr": settings.head_rate},
    ]


def _likeness(network: Network) -> list[Tensor]:
    return [] if network.likeness is None else list(network.likeness.parameters())


def _passes(
    draw: Callable[[], Iterable[Item]], settings: Settings, rng: random.Random
) -> Iterator[tuple[tuple[int, int], Item]]:
    """The batches of all passes, each with the number of its drawing and its place in that."""
    drawn: list[list[Item]] = []
    for epoch in range(settings.epochs):
        if not settings.fresh or epoch < settings.fresh:
            again, batches = epoch, list(draw())
            if settings.fresh:
                drawn.append(batches)
            order = list(range(len(batches)))
        else:
            again = epoch % settings.fresh
            batches = drawn[again]
            order = rng.sample(range(len(batches)), len(batches))
        yield from (((again, place), batches[place]) for place in order)


def _epoch(
    samples: Sequence[Sample],
    pool: Sequence[Sequence[Sequence[str]]],
    tokenizer: Tokenizer,
    settings: Settings,
    rng: random.Random,
) -> Iterator[Batch]:
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

    What may hold one for all that labels say is kept as if it did.

    Args:
        sample (Sample): A labelled document; the words stay, so that spans do.
        rng (random.Random): Chooses.
        keep (float): Share of the other sentences that stay. Default: 0.4.
    """
    told = {s for event in sample.events for s in event.sentences}
    told |= {s for s, _ in sample.masked}
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


def head_weights(network: Network) -> dict[str, Any]:
    """The heads as the runtime names them, in half precision."""
    return {k.replace("/", "."): v.detach().half().numpy() for k, v in network.heads.items()}
