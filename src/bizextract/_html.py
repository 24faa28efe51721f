"""Main text, title and date of a web page; nothing is fetched and no script is run.

[trafilatura](https://trafilatura.readthedocs.io) does the work: it leaves menus, comments,
related links and cookie banners out better than rules of our own would, and is well kept. What it
gives is the text that all offsets point into.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from bizextract.errors import InputError, extra, quote

_DOCUMENT = re.compile(r"<(?:!doctype|html)\b", re.IGNORECASE)
_LOOK_AHEAD = 5000  # characters; a page says early that it is one


@dataclass(frozen=True, slots=True)
class Page:
    """What a web page says.

    Attributes:
        text: Its paragraphs, with a blank line after each.
        title: Its headline.
        date: The day on which it says to have been published, ISO 8601.
    """

    text: str
    title: str | None
    date: str | None


def read_page(html: str | bytes) -> Page:
    """Take the main text out of a web page.

    Args:
        html: The page, or a part of one. Bytes are decoded as they declare.

    Returns:
        What it says.

    Raises:
        ExtraError: trafilatura is not installed.
        InputError: It is neither string nor bytes, or it holds no text.

    Example:
        >>> page = read_page("<h1>Acme moves</h1><p>Acme &amp; Co. will move to Lyon.</p>")
        >>> page.text
        'Acme moves\\n\\nAcme & Co. will move to Lyon.'
    """
    if not isinstance(html, str | bytes):
        kind = type(html).__name__
        raise InputError(f"html must be a string or bytes, not {kind}: {quote(html)}")
    with extra("html"):
        from trafilatura import bare_extraction
        from trafilatura.settings import Document
    found = bare_extraction(
        _whole(html),
        include_comments=False,
        with_metadata=True,
        # Without an extensive search: a day that the prose mentions is not the page's own.
        date_extraction_params={"extensive_search": False, "original_date": True},
    )
    page = found if isinstance(found, Document) else Document()
    lines = (page.text or "").splitlines()
    text = "\n\n".join(line.strip() for line in lines if line.strip())
    if not text:
        raise InputError(
            "the page holds no main text; it may be no article, or be built by scripts: give its "
            f"text instead: {quote(html)}"
        )
    return Page(text=text, title=page.title or None, date=page.date or None)


def _whole(html: str | bytes) -> str | bytes:
    """Make a page of a part of one, which trafilatura does not take."""
    if isinstance(html, bytes) or _DOCUMENT.search(html, 0, _LOOK_AHEAD):
        return html
    return f"<html><body>{html}</body></html>"
