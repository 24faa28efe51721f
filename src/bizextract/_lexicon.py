"""Reads and checks the packaged data; its sole reader.

Data files lie under ``data/<language>/``, one file a topic. They are read once, on first use.
A mistake in a file raises `LexiconError`, which names the file and, where there is one, the line.
"""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any

from bizextract.errors import LexiconError, quote

LANGUAGE = "en"


@cache
def read_text(name: str) -> str:
    """Read a file of the packaged data as text, once; prefer the readers of a format.

    Args:
        name: The file's name under ``data/en/``, such as ``"frames/partnership.toml"``.

    Returns:
        The file's text.

    Raises:
        LexiconError: The file is missing or is not UTF-8.
    """
    source = files("bizextract") / "data" / LANGUAGE / name
    try:
        return source.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise LexiconError(
            f"data file {quote(name)} does not exist; name a file under data/{LANGUAGE}/"
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise LexiconError(f"{name}: cannot be read as UTF-8 text: {error}") from error


def _parse(text: str, name: str, first_line: int) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        line = first_line + error.lineno - 1
        raise LexiconError(
            f"{name}, line {line}: not valid JSON ({error.msg}): {quote(text)}"
        ) from error


@cache
def read_json(name: str) -> Any:
    """Read a JSON file of the packaged data, once.

    Args:
        name: The file's name under ``data/en/``, such as ``"money.json"``.

    Returns:
        What the file holds. It is shared between callers: do not change it.

    Raises:
        LexiconError: The file is missing or is not valid JSON.

    Example:
        >>> read_json("numbers.json")["cardinals"]["eight"]
        8
    """
    return _parse(read_text(name), name, 1)


@cache
def read_lines(name: str) -> tuple[str, ...]:
    """Read a plain list of the packaged data: one entry a line, ``#`` starts a comment.

    Args:
        name: The file's name under ``data/en/``, such as ``"legal_suffixes.txt"``.

    Returns:
        The entries in the order of the file, stripped, without empty lines.

    Raises:
        LexiconError: The file is missing, or an entry stands in it twice.

    Example:
        >>> "gmbh" in read_lines("legal_suffixes.txt")
        True
    """
    seen: dict[str, int] = {}
    for number, line in enumerate(read_text(name).splitlines(), start=1):
        entry = line.partition("#")[0].strip()
        if not entry:
            continue
        if entry in seen:
            raise LexiconError(
                f"{name}, line {number}: {quote(entry)} stands in line {seen[entry]} already; "
                "remove one of them"
            )
        seen[entry] = number
    return tuple(seen)


@cache
def read_jsonl(name: str) -> tuple[dict[str, Any], ...]:
    """Read a file of rules from the packaged data: one JSON object a line.

    Args:
        name: The file's name under ``data/en/``, such as ``"entities.jsonl"``.

    Returns:
        The objects in the order of the file. They are shared: do not change them.

    Raises:
        LexiconError: The file is missing, a line is not a JSON object, or two lines share an
            ``id``.

    Example:
        >>> all("id" in rule for rule in read_jsonl("entities.jsonl"))
        True
    """
    rules: list[dict[str, Any]] = []
    lines_of_ids: dict[str, int] = {}
    for number, line in enumerate(read_text(name).splitlines(), start=1):
        if not line.strip():
            continue
        rule = _parse(line, name, number)
        if not isinstance(rule, dict):
            raise LexiconError(f"{name}, line {number}: {quote(line)} is not a JSON object")
        identity = rule.get("id")
        if identity in lines_of_ids:
            raise LexiconError(
                f"{name}, line {number}: the id {quote(identity)} stands in line "
                f"{lines_of_ids[identity]} already; ids are unique"
            )
        if identity is not None:
            lines_of_ids[identity] = number
        rules.append(rule)
    return tuple(rules)


@cache
def word_forms(word: str) -> frozenset[str]:
    """Give a word and its inflected forms, those of a verb and of a noun alike.

    Args:
        word: In lower case, as frames name it.

    Returns:
        The word, its irregular forms and what regular endings make of it.

    Example:
        >>> sorted(word_forms("ally"))
        ['allied', 'allies', 'ally', 'allying']
    """
    return frozenset({word, *read_json("irregular.json").get(word, ()), *_regular_forms(word)})


def _regular_forms(word: str) -> set[str]:
    if len(word) < 3 or not word.isalpha():
        return set()
    if word.endswith("e"):
        return {word + "s", word + "d", word[:-1] + "ing"}
    if word.endswith("y") and word[-2] not in "aeiou":
        return {word[:-1] + "ies", word[:-1] + "ied", word + "ing"}
    if word.endswith(("s", "x", "ch", "sh")):
        return {word + "es", word + "ed", word + "ing"}
    return {word + "s", word + "ed", word + "ing"}
