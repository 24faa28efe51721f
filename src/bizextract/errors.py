"""The errors that bizextract raises.

    BizExtractError
    ├── InputError      what was given to read: not text, too long, a bad date, a broken line
    ├── GoldError       an annotated file that breaks the format
    ├── LexiconError    a data or frame file with a mistake
    ├── ExtraError      a library that only an extra installs, as pandas
    └── ModelError      a pipeline or weights that are missing, damaged or of another version

A message says what came in, what is legal and what to do. It quotes at most 80 characters of
the input.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

QUOTE_LIMIT = 80


class BizExtractError(Exception):
    """The parent of every error that this library raises on purpose."""


class InputError(BizExtractError, ValueError):
    """An input that cannot be read: not text, too long, an invalid date, a broken line."""


class GoldError(InputError):
    """Gold annotations that break the format; the message names file and line."""


class LexiconError(BizExtractError, ValueError):
    """A data or frame file with a mistake; the message names the file and the rule."""


class ModelError(BizExtractError, RuntimeError):
    """A pipeline or weights that are missing, damaged or of another version."""


class ExtraError(BizExtractError, ImportError):
    """A library is missing that an extra installs; the message says how to install it."""


@contextmanager
def extra(name: str) -> Iterator[None]:
    """Say which extra to install where a library that is imported inside is missing.

    Args:
        name: The extra, such as ``"tables"``.

    Raises:
        ExtraError: A library is missing.

    Example:
        >>> with extra("tables"):
        ...     import a_library_that_is_not_there
        Traceback (most recent call last):
        ...
        bizextract.errors.ExtraError: this needs a_library_that_is_not_there; run:
        pip install 'bizextract[tables]'
    """
    try:
        yield
    except ModuleNotFoundError as error:
        raise ExtraError(
            f"this needs {error.name}; run: pip install 'bizextract[{name}]'"
        ) from error


def quote(value: object, limit: int = QUOTE_LIMIT) -> str:
    """Quote a value for an error message, on one line and cut to ``limit`` characters.

    Args:
        value: What came in; anything.
        limit: The longest quotation, in characters.

    Returns:
        The value in quotes, with an ellipsis where it was cut.

    Example:
        >>> quote("a" * 200, limit=10)
        "'aaaaaaa…'"
    """
    shown = value if isinstance(value, str) else f"{value!r:.{limit * 2}}"
    shown = " ".join(shown[: limit * 4].split())
    if len(shown) > limit - 2:
        shown = shown[: limit - 3] + "…"
    return f"'{shown}'"
