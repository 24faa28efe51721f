"""Fit the combiner on gold: logistic regressions by Newton's method, and boosted trees.

The readings must hold proposals of a reader that was not fitted on their documents (see
`bizextract._train.project.fit_readers`), else the combiner believes the reader too much.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bizextract._assemble import build, drafts, singles
from bizextract._combine import (
    Boosted,
    Branch,
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

_LOG_ODDS_LIMIT = 5.0
BOOSTING: dict[str, Any] = {
    "n_estimators": 100,
    "learning_rate": 0.05,
    "max_depth": 3,
    "min_samples_leaf": 10,
    "subsample": 0.5,
    "max_features": 1 / 3,
    "random_state": 0,
}
"""How scikit-learn boosts trees, chosen by cross-validation on gold."""

_WEIGHTS = (0.0, 0.2, 0.35, 0.5, 0.7, 1.0, 1.4, 2.0, 3.0, 5.0)

_NEAR_BEST = 0.005
"""So much less of F1 is about as good as the best."""

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
    return _fit_all(examples, settings, lambda slot, p, right: _best_floor(p, right, wanted[slot]))


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
) -> Boosted:
    examples: list[tuple[str, Features, bool]] = []
    wanted: Counter[str] = Counter()
    for document, reading in items:
        matcher = Matcher(document)
        wanted.update(r.type for r in document.records)
        found = drafts(reading, rules, combiner)
        right = matcher.pairs([_json(reading, d) for d in found])
        for j, draft in enumerate(found):
            examples.append((draft.type, record_features(reading, draft), j in right))
    counts = Counter((type_, r) for type_, _, r in examples)
    types = tuple(
        type_
        for type_ in sorted({type_ for type_, _ in counts})
        if min(counts[type_, True], counts[type_, False]) >= settings.least
    )
    rows = [(f, r) for type_, f, r in examples if type_ in types]
    if not rows:
        return Boosted()
    features, outcome = [f for f, _ in rows], np.array([r for _, r in rows], dtype=float)
    p = _out_of_fold(features, outcome, lambda f, r: _boosted(f, r, types))
    floor = _best_floor(
        p, outcome, sum(wanted[type_] for type_ in types), settings.precision, _NEAR_BEST
    )
    model = _boosted(features, outcome, types)
    return model.model_copy(update={"floor": round(float(floor), 4)})


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
        features, right = [f for f, _ in rows], np.array([r for _, r in rows], dtype=float)
        if min(right.sum(), len(right) - right.sum()) < settings.least:
            continue
        model = _logistic(features, right, settings.l2)
        held_out = _out_of_fold(features, right, lambda f, r: _logistic(f, r, settings.l2))
        models[name] = model.model_copy(
            update={"floor": round(float(floor(name, held_out, right)), 4)}
        )
    return models


def _out_of_fold(
    features: Sequence[Features],
    right: NDArray[Any],
    fit: Callable[[list[Features], NDArray[Any]], Callable[[Features], float]],
    folds: int = 5,
) -> NDArray[Any]:
    """Probabilities of a model that was fitted on the other folds."""
    found = np.zeros(len(features))
    fold = np.arange(len(features)) * folds // len(features)
    for k in range(folds):
        model = fit([features[i] for i in np.flatnonzero(fold != k).tolist()], right[fold != k])
        for i in np.flatnonzero(fold == k).tolist():
            found[i] = model(features[i])
    return found


def _boosted(rows: Sequence[Features], right: NDArray[Any], types: tuple[str, ...]) -> Boosted:
    """Boosted trees, each fitted on half of the rows with a third of the features at a time."""
    from sklearn.ensemble import GradientBoostingClassifier

    if right.min() == right.max():
        return Boosted(types=types, bias=_LOG_ODDS_LIMIT * float(2 * right[0] - 1))
    names = sorted({name for row in rows for name, value in row.items() if value})
    design = np.array([[row.get(name, 0.0) for name in names] for row in rows])
    model = GradientBoostingClassifier(**BOOSTING).fit(design, right)
    prior = float(right.mean())
    return Boosted(
        types=types,
        bias=round(math.log(prior / (1 - prior)), 5),
        trees=tuple(
            _branch(stage.tree_, names, model.learning_rate) for (stage,) in model.estimators_
        ),
    )


def _branch(tree: Any, names: Sequence[str], rate: float, node: int = 0) -> Branch | float:
    """A node of one of scikit-learn's trees."""
    low, high = int(tree.children_left[node]), int(tree.children_right[node])
    if low == high:
        return round(rate * float(tree.value[node].item()), 5)
    return Branch(
        of=names[tree.feature[node]],
        at=round(float(tree.threshold[node]), 5),
        low=_branch(tree, names, rate, low),
        high=_branch(tree, names, rate, high),
    )


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
    probabilities: NDArray[Any],
    right: NDArray[Any],
    wanted: int,
    precision: float = 0.0,
    near: float = 0.0,
) -> float:
    """The floor of best F1, among those that reach a precision where one does.

    The best of a flat curve is a matter of chance: of the floors beside it that lose no more than
    ``near`` of F1, the middle is taken.
    """
    floors = np.arange(0.0, 0.9, 0.01)
    taken = [probabilities >= floor for floor in floors]
    hits = np.array([float(right[some].sum()) for some in taken])
    sizes = np.array([float(some.sum()) for some in taken])
    f1 = 2 * hits / np.maximum(1.0, sizes + wanted)
    able = (sizes > 0) & (hits >= precision * sizes)
    if able.any():
        f1[~able] = -1.0
    first = last = int(f1.argmax())
    good = f1 >= f1[first] - near
    while first > 0 and good[first - 1]:
        first -= 1
    while last + 1 < len(good) and good[last + 1]:
        last += 1
    return float(floors[(first + last) // 2])
