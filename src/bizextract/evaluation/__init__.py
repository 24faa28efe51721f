"""Gold annotations, scores and errors: how good are predicted records, and where are they wrong.

Predicted records are paired with gold records of the same type and document, the best pair first.
Then are counted:

- **found**: records; a pair counts where its anchor agrees, as the company of a headquarters.
- **exact**: records; a pair counts where all of its key roles agree.
- **slots**: the values of all roles, those of records without a partner included.

A gold record that nothing was proposed for is a miss, and documents without gold records count.

Example:
    >>> gold = [GoldDocument.model_validate({"id": "1", "orgs": [["Acme"], ["Borealis"]],
    ...     "records": [{"type": "partnership", "status": "completed", "kind": "memorandum",
    ...                  "partners": ["Acme", "Borealis"], "evidence": []}]})]
    >>> evaluation = evaluate(gold, {"1": []})
    >>> evaluation.found["all"].recall, [mistake.kind for mistake in evaluation.mistakes]
    (0.0, ['missed'])
"""

from __future__ import annotations

from bizextract._gold import GoldDocument, GoldMoney, GoldPlace, GoldRecord, locate, read_gold
from bizextract.evaluation.confidence import (
    Bin,
    Calibration,
    CurvePoint,
    calibration,
    precision_recall_curve,
)
from bizextract.evaluation.core import CorePair, CoreReport, CoreRow, core_report, read_core
from bizextract.evaluation.mistakes import Mistake
from bizextract.evaluation.pairing import Matcher, Score
from bizextract.evaluation.predictions import Predictions, articles_of, read_predictions
from bizextract.evaluation.scoring import Evaluation, evaluate
from bizextract.evaluation.terminal import render

__all__ = [
    "Bin",
    "Calibration",
    "CorePair",
    "CoreReport",
    "CoreRow",
    "CurvePoint",
    "Evaluation",
    "GoldDocument",
    "GoldMoney",
    "GoldPlace",
    "GoldRecord",
    "Matcher",
    "Mistake",
    "Predictions",
    "Score",
    "articles_of",
    "calibration",
    "core_report",
    "evaluate",
    "locate",
    "precision_recall_curve",
    "read_core",
    "read_gold",
    "read_predictions",
    "render",
]
