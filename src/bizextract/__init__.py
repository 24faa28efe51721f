"""Turn business announcements into typed records.

Names are looked up on first use (PEP 562), so that importing the package loads neither spaCy nor
pydantic.

Example:
    >>> import bizextract as bx
    >>> result = bx.extract("Acme Foods Inc. will move its headquarters to Lyon.")
    >>> result.headquarters[0].location.name
    'Lyon'
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from bizextract._version import __version__

if TYPE_CHECKING:
    from bizextract._api import extract, extract_many, load
    from bizextract._extractor import Extractor
    from bizextract._merge import Contradiction, Event, Source, merge
    from bizextract._text import Article
    from bizextract.display import render
    from bizextract.errors import (
        BizExtractError,
        ExtraError,
        GoldError,
        InputError,
        LexiconError,
        ModelError,
    )
    from bizextract.graph import to_graph
    from bizextract.records import (
        Evidence,
        HeadquartersOpening,
        Investment,
        Money,
        Organization,
        PartialDate,
        Partnership,
        Place,
        Record,
        Result,
        Span,
    )
    from bizextract.tables import json_schema, read_jsonl, to_frame, to_jsonl, to_parquet

_HOMES = {
    "_api": ("extract", "extract_many", "load"),
    "_extractor": ("Extractor",),
    "_merge": ("Contradiction", "Event", "Source", "merge"),
    "_text": ("Article",),
    "display": ("render",),
    "errors": (
        "BizExtractError",
        "ExtraError",
        "GoldError",
        "InputError",
        "LexiconError",
        "ModelError",
    ),
    "graph": ("to_graph",),
    "records": (
        "Evidence",
        "HeadquartersOpening",
        "Investment",
        "Money",
        "Organization",
        "PartialDate",
        "Partnership",
        "Place",
        "Record",
        "Result",
        "Span",
    ),
    "tables": ("json_schema", "read_jsonl", "to_frame", "to_jsonl", "to_parquet"),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "Article",
    "BizExtractError",
    "Contradiction",
    "Event",
    "Evidence",
    "ExtraError",
    "Extractor",
    "GoldError",
    "HeadquartersOpening",
    "InputError",
    "Investment",
    "LexiconError",
    "ModelError",
    "Money",
    "Organization",
    "PartialDate",
    "Partnership",
    "Place",
    "Record",
    "Result",
    "Source",
    "Span",
    "__version__",
    "extract",
    "extract_many",
    "json_schema",
    "load",
    "merge",
    "read_jsonl",
    "render",
    "to_frame",
    "to_graph",
    "to_jsonl",
    "to_parquet",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOME_OF[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
