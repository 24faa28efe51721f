"""The errors that bizextract raises.

    BizExtractError
    ├── InputError      what was given to read: not text, too long, a bad date, a broken line
    ├── GoldError       an annotated file that breaks the format
    ├── LexiconError    a data or frame file with a mistake
    └── ModelError      a pipeline or weights that are missing, damaged or of another version

A message says what came in, what is legal and what to do. It quotes at most 80 characters of
the input.
"""

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
