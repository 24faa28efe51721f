"""Results as HTML: in a notebook, and as one page to look through many documents.

What is shown is settled in `views`; the templates, style sheets and the viewer's script beside it
lay it out. Templates escape all that they are given, the script only makes text nodes, and nothing
is loaded from elsewhere.
"""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections import Counter
from collections.abc import Iterable
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, overload

from bizextract.display.views import color, label, view
from bizextract.errors import InputError
from bizextract.records import Organization, Record, Result, each_result

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

__all__ = ["record_html", "render", "result_html"]


@overload
def render(results: Iterable[Result], path: None = None, *, title: str = ...) -> str: ...
@overload
def render(results: Iterable[Result], path: str | Path, *, title: str = ...) -> None: ...
def render(
    results: Iterable[Result], path: str | Path | None = None, *, title: str = "Records"
) -> str | None:
    """Make a page to look through results: list, filters, search, texts with their records.

    The page is one file that loads nothing from elsewhere; a browser opens it from disk. Results
    that were read from a file without texts show their evidence instead.

    Args:
        results: What `extract_many` or `read_jsonl` gave.
        path: The file to write, one that is there is written over; None gives the page back.
        title: The page's title.

    Returns:
        The page, HTML; None where it was written to a file.

    Raises:
        InputError: What came in are no results, or the file cannot be written.

    Example:
        >>> page = render([Result(id="a", text="Acme teams up with Brightwater.")], title="Wire")
        >>> page[:15], "<title>Wire</title>" in page
        ('<!doctype html>', True)
    """
    kept = list(each_result(results))
    records = [record for result in kept for record in result.records]
    types, statuses = Counter(r.type for r in records), Counter(r.status for r in records)
    companies = Counter(
        name
        for r in records
        for name in {v.name for k, v in r.values() if isinstance(v, Organization) and k != "source"}
    )
    script = _static("viewer.js")
    page = _templates().get_template("viewer.html").render(
        title=title,
        types=[(type, color(type), types[type]) for type in sorted(types, key=color)],
        statuses=[(status, None, n) for status, n in statuses.most_common()],
        companies=[name for name, _ in companies.most_common()],
        n_documents=len(kept),
        n_records=len(records),
        documents=[view(result)._asdict() for result in kept],
        script=script,
        script_hash=b64encode(hashlib.sha256(script.encode()).digest()).decode(),
    )  # fmt: skip
    if path is None:
        return page
    try:
        Path(path).write_text(page, encoding="utf-8", newline="\n")
    except OSError as error:
        raise InputError(f"cannot write to {path}: {error.strerror or error}") from error
    return None


def result_html(result: Result) -> str:
    """Give the HTML that stands for a result in a notebook.

    Example:
        >>> html = result_html(Result(text="<b>Acme</b>"))
        >>> "&lt;b&gt;Acme&lt;/b&gt;" in html
        True
    """
    shown = view(result)
    return _templates().get_template("result.html").render(result=shown)


def record_html(record: Record) -> str:
    """Give the HTML that stands for a record in a notebook: a card with its evidence.

    Example:
        >>> "planned" in record_html(Record.type_of("partnership")(status="planned"))
        True
    """
    shown = view(Result(records=(record,)))
    return _templates().get_template("record.html").render(result=shown)


@cache
def _templates() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("bizextract.display"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["static"] = _static
    environment.filters["label"] = label
    return environment


@cache
def _static(name: str) -> Markup:
    """Give a file of ours, which a template takes as it is."""
    from markupsafe import Markup

    folder = resources.files("bizextract.display") / "static"
    return Markup((folder / name).read_text(encoding="utf-8"))
