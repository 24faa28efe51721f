"""Fit the combiner on gold: three logistic regressions a type, by Newton's method.

The readings must hold proposals of a reader that was not fitted on their documents (see
`bizextract._train.project.fit_readers`), else the combiner believes the reader too much.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bizextract._assemble import build, drafts, singles
from bizextract._combine import (
    Combiner,
    Features,
    Logistic,
    event_features,
    filler_features,
    record_features,
)
from bizextract._drafts import Draft, Filler, Reading, enough, roles_of
from bizextract._frames import Assembly
from bizextract._gold import GoldDocument
from bizextract.evaluation import Matcher

__all__ = ["Settings", "fit_combiner"]

_WEIGHTS = (0.0, 0.2, 0.35, 0.5, 0.7, 1.0, 1.4, 2.0, 3.0, 5.0)

Item = tuple[GoldDocument, Reading]
Rules = Mapping[str, Assembly]


@dataclass(frozen=True)
class Settings:
    """How the combiner is fitted.

    Attributes:
        event_floor: The least probability of a proposal that is taken.
        l2: Strength of the quadratic penalty on weights.
        least: A regression needs so many examples of each outcome; else there is none.
        precision: The floor of records is the one of best F1 among those that reach this
            precision, where one does.
    """

    event_floor: float = 0.2
    l2: float = 1.0
    least: int = 8
    precision: float = 0.0


def fit_combiner(items: Sequence[Item], rules: Rules, settings: Settings = Settings()) -> Combiner:
    """Fit a combiner.

    Args:
        items: Gold documents with their readings.
        rules: How drafts of each type are told apart.
        settings: How to fit.

    Returns:
        The combiner; what has too few examples is left out of it.
    """
    events = _fit_events(items, rules, settings)
    fillers = _fit_fillers(items, rules, Combiner(events=events), settings)
    trust = _fit_trust(items, rules, Combiner(events=events, fillers=fillers))
    known = Combiner(events=events, fillers=fillers, trust=trust)
    return known.model_copy(update={"records": _fit_records(items, rules, known, settings)})


def _fit_events(items: Sequence[Item], rules: Rules, settings: Settings) -> dict[str, Logistic]:
    examples: dict[str, list[tuple[Features, bool]]] = defaultdict(list)
    for document, reading in items:
        matcher = Matcher(document)
        for draft in singles(reading, rules):
            if enough(draft, rules[draft.type]):
                right = matcher.fits(_json(reading, draft))
                examples[draft.type].append((event_features(reading, draft), right))
    return _fit_all(examples, settings, lambda *_: settings.event_floor)


def _fit_fillers(
    items: Sequence[Item], rules: Rules, combiner: Combiner, settings: Settings
) -> dict[str, Logistic]:
    examples: dict[str, list[tuple[Features, bool]]] = defaultdict(list)
    wanted: Counter[str] = Counter()
    for matcher, draft, i in _paired(items, rules, combiner):
        for role in roles_of(draft).keys() - {"source"}:
            slot = f"{draft.type}.{role}"
            wanted[slot] += len(matcher.document.records[i].values(role))
            for filler in draft.roles.get(role, {}).values():
                right = matcher.agrees(i, role, _value(filler))
                examples[slot].append((filler_features(filler, draft), right))
    return _fit_all(
        examples, settings, lambda slot, p, right: _best_floor(p, right, wanted[slot], 0.0)
    )


def _paired(
    items: Sequence[Item], rules: Rules, combiner: Combiner
) -> Iterator[tuple[Matcher, Draft, int]]:
    """Drafts that are right, each with the index of its gold record."""
    for document, reading in items:
        matcher = Matcher(document)
        found = drafts(reading, rules, combiner)
        for j, i in matcher.pairs([_json(reading, d) for d in found]).items():
            yield matcher, found[j], i


def _fit_trust(items: Sequence[Item], rules: Rules, combiner: Combiner) -> dict[str, float]:
    """What the reader's votes weigh beside the rules': the weight that decides most rightly."""
    right: dict[str, Counter[float]] = defaultdict(Counter)
    for matcher, draft, i in _paired(items, rules, combiner):
        for name in draft.votes:
            wanted = matcher.document.records[i].values(name)
            for weight in _WEIGHTS:
                draft.trust = {f"{name}.reader": weight}
                right[f"{draft.type}.{name}.reader"][weight] += draft.choice(name) in wanted
    return {
        slot: max(_WEIGHTS, key=lambda w: (counts[w], -abs(w - 1.0)))
        for slot, counts in sorted(right.items())
    }


def _fit_records(
    items: Sequence[Item], rules: Rules, combiner: Combiner, settings: Settings
) -> dict[str, Logistic]:
    examples: dict[str, list[tuple[Features, bool]]] = defaultdict(list)
    wanted: Counter[str] = Counter()
    for document, reading in items:
        matcher = Matcher(document)
        wanted.update(r.type for r in document.records)
        found = drafts(reading, rules, combiner)
        right = matcher.pairs([_json(reading, d) for d in found])
        for j, draft in enumerate(found):
            examples[draft.type].append((record_features(reading, draft), j in right))
    return _with_one_floor(examples, wanted, settings)


def _with_one_floor(
    examples: Mapping[str, list[tuple[Features, bool]]],
    wanted: Mapping[str, int],
    settings: Settings,
) -> dict[str, Logistic]:
    """A regression for each type; probabilities mean the same for all, so they share a floor."""
    held_out: dict[str, tuple[NDArray[Any], NDArray[Any]]] = {}

    def keep(type_: str, p: NDArray[Any], right: NDArray[Any]) -> float:
        held_out[type_] = p, right
        return 0.0

    models = _fit_all(examples, settings, keep)
    if not models:
        return {}
    probabilities = np.concatenate([p for p, _ in held_out.values()])
    right = np.concatenate([r for _, r in held_out.values()])
    total = sum(wanted[type_] for type_ in held_out)
    floor = round(_best_floor(probabilities, right, total, settings.precision), 4)
    return {t: model.model_copy(update={"floor": floor}) for t, model in models.items()}


def _json(reading: Reading, draft: Draft) -> dict[str, Any]:
    return build(reading, draft).model_dump(mode="json")


def _value(filler: Filler) -> Any:
    value = filler.value
    return value.model_dump(mode="json") if hasattr(value, "model_dump") else value


def _fit_all(
    examples: Mapping[str, list[tuple[Features, bool]]],
    settings: Settings,
    floor: Callable[[str, NDArray[Any], NDArray[Any]], float],
) -> dict[str, Logistic]:
    models = {}
    for name, rows in sorted(examples.items()):
        right = np.array([r for _, r in rows], dtype=float)
        if min(right.sum(), len(right) - right.sum()) < settings.least:
            continue
        model = _logistic([f for f, _ in rows], right, settings.l2)
        held_out = _held_out(rows, right, settings.l2)
        models[name] = model.model_copy(
            update={"floor": round(float(floor(name, held_out, right)), 4)}
        )
    return models


def _held_out(
    rows: Sequence[tuple[Features, bool]], right: NDArray[Any], l2: float, folds: int = 5
) -> NDArray[Any]:
    """Probabilities of a regression that was fitted on the other folds."""
    found = np.zeros(len(rows))
    fold = np.arange(len(rows)) * folds // len(rows)
    for k in range(folds):
        model = _logistic([f for (f, _), g in zip(rows, fold, strict=True) if g != k],
                          right[fold != k], l2)  # fmt: skip
        for i in np.flatnonzero(fold == k).tolist():
            found[i] = model(rows[i][0])
    return found


def _logistic(rows: Sequence[Features], right: NDArray[Any], l2: float) -> Logistic:
    """A logistic regression by Newton's method (iteratively reweighted least squares)."""
    names = sorted({name for row in rows for name, value in row.items() if value})
    design = np.array([[1.0, *(row.get(name, 0.0) for name in names)] for row in rows])
    penalty = np.diag([1e-6, *[l2] * len(names)])
    weights = np.zeros(len(names) + 1)
    for _ in range(50):
        p = 1 / (1 + np.exp(-np.clip(design @ weights, -30, 30)))
        curvature = design.T @ (design * (p * (1 - p) + 1e-9)[:, None]) + penalty
        step = np.linalg.solve(curvature, design.T @ (right - p) - penalty @ weights)
        weights += step
        if float(np.abs(step).max()) < 1e-6:
            break
    rounded = {n: round(float(w), 5) for n, w in zip(names, weights[1:], strict=True)}
    return Logistic(bias=round(float(weights[0]), 5), weights=rounded)


def _best_floor(
    probabilities: NDArray[Any], right: NDArray[Any], wanted: int, precision: float
) -> float:
    """The floor of best F1, among those that reach a precision where one does."""
    best: tuple[bool, float, float] = (False, -1.0, 0.0)
    for floor in np.arange(0.0, 0.9, 0.01):
        taken = probabilities >= floor
        hits = float(right[taken].sum())
        f1 = 2 * hits / max(1.0, float(taken.sum()) + wanted)
        enough_ = taken.any() and hits / float(taken.sum()) >= precision
        best = max(best, (bool(enough_), round(f1, 6), float(floor)))
    return best[2]
