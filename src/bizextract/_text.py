"""What goes in: an `Article`, the files that articles are read from, and the zones of a text.

Nothing here changes a text: every zone is a pair of offsets into it.
"""

from __future__ import annotations

import codecs
import json
import os
import re
import sys
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date as Day
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import IO, Any, Literal

from bizextract import _lexicon
from bizextract._html import read_page
from bizextract.errors import InputError, LexiconError, quote
from bizextract.normalize.dates import parse_anchor

STDIN = "-"
TEXT_SUFFIXES = (".txt", ".text", ".md")
JSONL_SUFFIXES = (".jsonl", ".ndjson", ".json")
HTML_SUFFIXES = (".html", ".htm")
_KNOWN = (*TEXT_SUFFIXES, *JSONL_SUFFIXES, *HTML_SUFFIXES)
_LEGAL = " ".join(_KNOWN)


@dataclass(frozen=True, slots=True, init=False)
class Article:
    """A document to read, with what is known about it.

    Args:
        text: The words. Where they are empty, the result has no records.
        title: The headline, where it is known.
        date: The document's date: ISO 8601 with or without a time, or a `datetime.date`. It is
            kept as ``YYYY-MM-DD``; relative dates in the text are resolved against it.
        url: Where the document comes from.
        id: A name of your own for it, which comes back in the result.

    Raises:
        InputError: A field is of another type, the date is no date, or the text holds half of a
            surrogate pair, which no file can hold.

    Example:
        >>> Article(text="Acme opened its head office.", date="2017-08-20T09:30:00Z").date
        '2017-08-20'
    """

    text: str
    title: str | None
    date: str | None
    url: str | None
    id: str | None

    def __init__(
        self,
        text: str,
        title: str | None = None,
        date: str | Day | None = None,
        url: str | None = None,
        id: str | None = None,
    ) -> None:
        if not isinstance(text, str):
            raise InputError(f"text must be a string, not {type(text).__name__}: {quote(text)}")
        for name, value in (("title", title), ("url", url), ("id", id)):
            if not isinstance(value, str | None):
                kind = type(value).__name__
                raise InputError(f"{name} must be a string or None, not {kind}: {quote(value)}")
        for name, value in (("text", text), ("title", title), ("url", url), ("id", id)):
            _refuse_surrogates(name, value or "")
        day = parse_anchor(date)
        fields = {
            "text": text,
            "title": title,
            "date": day.isoformat() if day else None,
            "url": url,
            "id": id,
        }
        for name, value in fields.items():
            object.__setattr__(self, name, value)

    @classmethod
    def from_html(
        cls,
        html: str | bytes,
        url: str | None = None,
        *,
        title: str | None = None,
        date: str | Day | None = None,
        id: str | None = None,
    ) -> Article:
        """Make an article of a web page: its main text, headline and day of publication.

        Menus, comments, related links and the like are left out. Nothing is fetched. Offsets of
        records point into `full_text`, which the result keeps. Needs ``bizextract[html]``.

        Args:
            html: The page, or a part of one; bytes are decoded as they declare.
            url: Where it comes from.
            title: The headline; None takes the page's own.
            date: Its date; None takes the page's own, where it states one.
            id: A name of your own for it.

        Raises:
            ExtraError: trafilatura is not installed.
            InputError: The page holds no text, or as for a new article.

        Example:
            >>> page = "<p>Acme &amp; Co. will move to Lyon.</p>"
            >>> Article.from_html(page, url="https://wire.example/1").text
            'Acme & Co. will move to Lyon.'
        """
        page = read_page(html)
        return cls(page.text, title or page.title, date or page.date, url, id)

    @property
    def full_text(self) -> str:
        r"""The text that is read: the title, where the text does not begin with it, and the text.

        Example:
            >>> Article(text="The move ends a long search.", title="Acme moves").full_text
            'Acme moves\n\nThe move ends a long search.'
        """
        title = (self.title or "").strip()
        if not title or self.text.lstrip().startswith(title):
            return self.text
        return f"{title}\n\n{self.text}"

    def with_(self, **changes: Any) -> Article:
        """Give a copy with other values for some fields.

        Args:
            **changes: Fields with their new values.

        Raises:
            InputError: As for a new article.

        Example:
            >>> Article(text="Acme grows.").with_(id="a1").id
            'a1'
        """
        return replace(self, **changes)


def _refuse_surrogates(name: str, value: str) -> None:
    try:
        value.encode("utf-8")
    except UnicodeEncodeError as error:
        raise InputError(
            f"{name} holds half of a surrogate pair at character {error.start}, which no UTF-8 "
            "text can hold; remove or replace it"
        ) from None


def without_surrogates(text: str) -> str:
    r"""Replace halves of surrogate pairs, which no file can hold.

    Args:
        text: Any text, such as a message that quotes what came in.

    Example:
        >>> without_surrogates("half \ud83d")
        'half ?'
    """
    return text.encode("utf-8", "replace").decode("utf-8")


def check_length(article: Article, limit: int) -> None:
    """Refuse an article that is too long for the pipeline.

    Args:
        article: The article.
        limit: The most characters that the pipeline reads, spaCy's ``nlp.max_length``.

    Raises:
        InputError: It is longer.

    Example:
        >>> check_length(Article(text="Acme grows."), limit=1_000_000)
    """
    text = article.full_text
    if len(text) > limit:
        raise InputError(
            f"the text has {len(text):,} characters, the limit is {limit:,}; "
            f"split it, or raise nlp.max_length: {quote(text, 40)}"
        )


@dataclass(frozen=True, slots=True)
class Problem:
    """An input that was not read, or not as the user may think.

    Attributes:
        where: The file, with the line where there is one: ``"news.jsonl:7"``.
        reason: What is wrong with it, on one line.
        lost: Whether nothing was read there; False is a warning.
        id: The document's own id, where it has one.
    """

    where: str
    reason: str
    lost: bool = True
    id: str | None = None

    @property
    def name(self) -> str:
        """What stands for the document's id: its own, or the place where it stood."""
        return without_surrogates(self.id or self.where)

    def __str__(self) -> str:
        return f"{self.where}: {self.reason}"


def read_articles(
    inputs: Iterable[str],
    *,
    date: str | Day | None = None,
    limit: int | None = None,
    skip: str | Path | None = None,
) -> Iterator[Article | Problem]:
    """Read articles from files, one at a time.

    A folder is searched to the bottom, in the order of names, for ``.txt``, ``.md``, ``.jsonl``
    and ``.html`` files. A JSONL file has an object a line with ``text`` or ``html`` and, where
    known, ``id``, ``title``, ``date`` and ``url``. An input of another name, standard input
    included, is JSONL where it begins with ``{``, and one article otherwise.

    Args:
        inputs: Paths of files and folders; ``"-"`` is standard input.
        date: The date of articles that have none of their own.
        limit: The most characters that an article may have; None sets no limit.
        skip: A file to pass over in folders, such as the one that results are written to.

    Yields:
        Each article, and a `Problem` for each input that cannot be read. An article without an
        id gets the path, in JSONL with the line, as its id.

    Raises:
        InputError: ``date`` is no date.

    Example:
        >>> [str(problem) for problem in read_articles(["nowhere.txt"])]
        ['nowhere.txt: no such file or folder']
    """
    default = parse_anchor(date)
    seen: set[str] = set()
    for found in _documents(inputs, skip):
        if isinstance(found, Problem):
            yield found
            continue
        where, fields = found
        try:
            article = _article(where, fields, default)
            if limit is not None:
                check_length(article, limit)
        except InputError as error:
            yield Problem(where, str(error), id=_own_id(fields))
            continue
        name = article.id or where
        if name in seen:
            yield Problem(where, f"an earlier document has the id {quote(name)} too", lost=False)
        seen.add(name)
        yield article


_Document = tuple[str, dict[str, Any]]


def _article(where: str, fields: dict[str, Any], default: Day | None) -> Article:
    if "text" not in fields and "html" not in fields:
        keys = quote(", ".join(fields)) if fields else "none"
        raise InputError(f"the document has no key 'text'; its keys are {keys}")
    name = fields.get("id")
    known: dict[str, Any] = {
        "title": fields.get("title"),
        "date": None if fields.get("date") == "" else fields.get("date"),
        "url": fields.get("url"),
        "id": where if name in (None, "") else str(name) if isinstance(name, int) else name,
    }
    if "text" in fields:
        article = Article(fields["text"], **known)
    else:
        article = Article.from_html(fields["html"], **known)
    return article if article.date else article.with_(date=default)


def _own_id(fields: dict[str, Any]) -> str | None:
    name = fields.get("id")
    return str(name) if isinstance(name, str | int) else None


def _documents(inputs: Iterable[str], skip: str | Path | None) -> Iterator[_Document | Problem]:
    for name in inputs:
        if name == STDIN:
            yield from _read(name, sys.stdin.buffer)
        elif os.path.isdir(name):
            yield from _in_folder(Path(name), os.path.abspath(skip) if skip else None)
        elif os.path.exists(name):
            yield from _in_file(Path(name))
        else:
            yield Problem(name, "no such file or folder")


def _in_folder(folder: Path, skip: str | None) -> Iterator[_Document | Problem]:
    paths, failures = _walk(folder, skip)
    for failure in failures:
        yield Problem(str(failure.filename), _why(failure))
    known = [path for path in paths if path.suffix.lower() in _KNOWN]
    if len(known) < len(paths):
        reason = f"files passed over, as they end on none of {_LEGAL}: {len(paths) - len(known)}"
        yield Problem(str(folder), reason, lost=False)
    elif not paths and not failures:
        yield Problem(str(folder), "the folder holds no files", lost=False)
    for path in known:
        yield from _in_file(path)


def _walk(folder: Path, skip: str | None) -> tuple[list[Path], list[OSError]]:
    failures: list[OSError] = []
    paths = sorted(
        Path(parent, name)
        for parent, _, names in os.walk(folder, onerror=failures.append)
        for name in names
        if os.path.abspath(os.path.join(parent, name)) != skip
    )
    return paths, failures


def _in_file(path: Path) -> Iterator[_Document | Problem]:
    try:
        with path.open("rb") as file:
            yield from _read(str(path), file)
    except OSError as error:
        yield Problem(str(path), _why(error))


def _read(name: str, file: IO[bytes]) -> Iterator[_Document | Problem]:
    suffix = Path(name).suffix.lower()
    if suffix in HTML_SUFFIXES:
        yield name, {"html": file.read()}
        return
    first = file.readline()
    is_jsonl = first.removeprefix(codecs.BOM_UTF8).lstrip().startswith(b"{")
    if suffix in JSONL_SUFFIXES or (is_jsonl and suffix not in TEXT_SUFFIXES):
        yield from _lines(name, chain([first], file))
        return
    try:
        text = (first + file.read()).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        yield Problem(name, _not_utf8(error))
    else:
        if not text.strip():
            yield Problem(name, "there is no text in it", lost=False)
        elif suffix in _TABLES:
            reason = "the table is read as one text; write JSONL, a document a line"
            yield Problem(name, reason, lost=False)
        yield name, {"text": text}


_TABLES = (".csv", ".tsv")


def _lines(name: str, lines: Iterable[bytes]) -> Iterator[_Document | Problem]:
    is_empty = True
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        is_empty = False
        where = f"{name}:{number}"
        try:
            fields = json.loads(line.strip().decode("utf-8-sig" if number == 1 else "utf-8"))
        except UnicodeDecodeError as error:
            yield Problem(where, _not_utf8(error))
        except (ValueError, RecursionError) as error:
            yield Problem(where, f"not a JSON object on one line: {_brief(error)}")
        else:
            if isinstance(fields, dict):
                yield where, fields
            else:
                kind = type(fields).__name__
                yield Problem(where, f"a line holds a JSON object with 'text', not a {kind}")
    if is_empty:
        yield Problem(name, "the file holds no documents", lost=False)


def _brief(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        what = error.msg.removesuffix(" at").removesuffix(" starting")
        return f"{what} at character {error.colno}: {quote(error.doc[error.pos :], 40)}"
    return "nested too deeply" if isinstance(error, RecursionError) else quote(str(error))


def _not_utf8(error: UnicodeDecodeError) -> str:
    byte = error.object[error.start]
    return f"not UTF-8: byte 0x{byte:02x} at offset {error.start}; convert it, as with iconv"


def _why(error: OSError) -> str:
    return error.strerror or type(error).__name__


def count_documents(inputs: Iterable[str]) -> int | None:
    """Count what `read_articles` will read, without reading it closely.

    Args:
        inputs: Paths of files and folders.

    Returns:
        About how many documents there are, or None where an input can be read but once.

    Example:
        >>> count_documents(["-"])
    """
    total = 0
    for name in inputs:
        path = Path(name)
        if name == STDIN or path.is_fifo():
            return None
        files = _walk(path, None)[0] if path.is_dir() else [path]
        for file in files:
            total += _count_lines(file) if file.suffix.lower() in JSONL_SUFFIXES else 1
    return total


def _count_lines(path: Path) -> int:
    try:
        with path.open("rb") as file:
            return sum(1 for _ in file)
    except OSError:  # read_articles says so, when it comes there
        return 1


ZoneKind = Literal["headline", "body", "furniture"]


@dataclass(frozen=True, slots=True)
class Zone:
    """A part of a text.

    Attributes:
        start: Offset of its first character.
        end: Offset after its last character.
        kind: ``"headline"``, ``"body"``, or ``"furniture"``: what a page has around an article,
            such as menus, captions, newsletter prompts and credits.
    """

    start: int
    end: int
    kind: ZoneKind


_FURNITURE = "furniture.toml"
_HEADLINE_LIMIT = 200  # characters
_LINE_LIMIT = 300  # characters; a longer line is prose
_PROSE_WORDS = 20
_SENTENCE_END = re.compile(r"(?<!\.\.)[.!?][\"'”’)\]]*$")
_LINE = re.compile(r"[^\n]*\n?")


def zones(text: str, title: str | None = None) -> list[Zone]:
    """Tell the parts of a text: headline, body and furniture.

    The headline is the title where the text begins with it, otherwise a short first line with a
    blank line after it. What is furniture is said in ``data/en/furniture.toml``.

    Args:
        text: Any text.
        title: The headline, where it is known.

    Returns:
        Zones in order, which do not overlap. They hold every character that is not white space.

    Example:
        >>> text = "Acme moves\\n\\nFollow us:\\n\\nAcme Foods moves to Lyon."
        >>> [(zone.kind, text[zone.start : zone.end]) for zone in zones(text)][1]
        ('furniture', 'Follow us:')
    """
    lines = list(_label(text))
    headline = _headline(text, lines, title)
    found: list[Zone] = []
    for line in lines:
        kind: ZoneKind = "furniture" if line.is_furniture else "body"
        start = line.start
        if headline and start <= headline[0] < line.end:
            found.append(Zone(*headline, "headline"))
            start = headline[1]
        if start < line.end:
            found.append(Zone(start, line.end, kind))
    return _merged(part for zone in _merged(found) for part in _cut(text, zone))


@dataclass(frozen=True, slots=True)
class _Line:
    start: int
    end: int
    is_furniture: bool
    is_alone: bool  # a paragraph of its own, with another one after it


def _label(text: str) -> Iterator[_Line]:
    rules = _furniture()
    paragraphs = _paragraphs(text)
    in_block = False
    for number, lines in enumerate(paragraphs, start=1):
        end_of_paragraph = lines[-1][1]
        is_alone = len(lines) == 1 and number < len(paragraphs)
        is_all = rules["paragraph"].match(text, lines[0][0], end_of_paragraph) is not None
        in_block = in_block and not _is_prose(text, lines[0][0], end_of_paragraph)
        for start, end in lines:
            is_line = is_all or in_block
            if not is_line and end - start <= _LINE_LIMIT:
                if rules["heading"].fullmatch(text, start, end):
                    is_line = True
                    in_block = not _is_prose(text, end, end_of_paragraph)
                else:
                    is_line = rules["line"].fullmatch(text, start, end) is not None
            yield _Line(start, end, is_line, is_alone)


def _paragraphs(text: str) -> list[list[tuple[int, int]]]:
    paragraphs: list[list[tuple[int, int]]] = [[]]
    for match in _LINE.finditer(text):
        line = match.group()
        if inside := line.strip():
            start = match.start() + line.index(inside[0])
            paragraphs[-1].append((start, start + len(inside)))
        elif paragraphs[-1]:
            paragraphs.append([])
    return paragraphs if paragraphs[-1] else paragraphs[:-1]


def _is_prose(text: str, start: int, end: int) -> bool:
    # A look at the beginning is enough, so that a long paragraph costs no more than a short one.
    words = text[start : min(end, start + _PROSE_WORDS * 30)].split()
    return len(words) >= _PROSE_WORDS and bool(_SENTENCE_END.search(text, max(start, end - 9), end))


def _headline(text: str, lines: Iterable[_Line], title: str | None) -> tuple[int, int] | None:
    wanted = (title or "").strip()
    for line in lines:
        if wanted and text.startswith(wanted, line.start):
            return line.start, line.start + len(wanted)
        if not line.is_furniture:
            is_short = line.end - line.start <= _HEADLINE_LIMIT
            return (line.start, line.end) if line.is_alone and is_short else None
    return None


def _merged(found: Iterable[Zone]) -> list[Zone]:
    merged: list[Zone] = []
    for zone in found:
        if merged and merged[-1].kind == zone.kind != "headline":
            merged[-1] = replace(merged[-1], end=zone.end)
        else:
            merged.append(zone)
    return merged


def _cut(text: str, zone: Zone) -> Iterator[Zone]:
    """Cut the furniture out of a headline or of other text."""
    position = zone.start
    if zone.kind != "furniture":
        for match in _furniture()["inline"].finditer(text, zone.start, zone.end):
            yield from _trimmed(text, position, match.start(), zone.kind)
            yield Zone(match.start(), match.end(), "furniture")
            position = match.end()
    yield from _trimmed(text, position, zone.end, zone.kind)


def _trimmed(text: str, start: int, end: int, kind: ZoneKind) -> Iterator[Zone]:
    words = text[start:end]
    if inside := words.strip():
        start += words.index(inside[0])
        yield Zone(start, start + len(inside), kind)


def readable(text: str, title: str | None = None) -> tuple[str, list[tuple[int, int]]]:
    """Take the furniture out of a text and keep all offsets.

    Args:
        text: Any text.
        title: The headline, where it is known.

    Returns:
        A text of the same length, with white space where furniture was; and the stretches of text
        between, as start and end. They end at a line break within a sentence, too.

    Example:
        >>> readable("Acme grew (Photo: Jane Doe) fast.")
        ('Acme grew                   fast.', [(0, 9), (28, 33)])
    """
    found = zones(text, title)
    stretches: list[tuple[int, int]] = []
    pieces: list[str] = []
    position = 0
    joins = False  # whether a stretch goes on after the last zone
    for zone in found:
        if zone.kind != "furniture":
            start = stretches.pop()[0] if joins else zone.start
            stretches.append((start, zone.end))
            joins = True
            continue
        joins = False
        # A blank line ends a sentence; furniture in the middle of a line does not.
        mark = "\n" if _has_lines_of_its_own(text, zone) else " "
        pieces += [text[position : zone.start], mark * (zone.end - zone.start)]
        position = zone.end
    unwrapped = [part for start, end in stretches for part in _unwrapped(text, start, end)]
    return "".join([*pieces, text[position:]]), unwrapped


def _unwrapped(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    for wrap in _WRAP.finditer(text, start, end):
        line = text[text.rfind("\n", start, wrap.start()) + 1 : wrap.start()]
        is_lower = text[wrap.end() : wrap.end() + 1].islower()
        # Before a capital, only what fills a line or is left open is taken for a line of prose.
        if is_lower or len(line) >= _WRAPPED_LINE or _LEFT_OPEN.search(line):
            yield start, wrap.start()
            start = wrap.end()
    yield start, end


_WRAP = re.compile(r"(?<=[\w,])[ \t]{0,4}\r?\n[ \t]{0,8}(?=\w)")
_WRAPPED_LINE = 60  # characters
_LEFT_OPEN = re.compile(
    r"\b(?:an?|the|its|their|of|in|into|to|at|on|by|with|from|for|and|or|as|will|has|have|is|are)$"
)


def _has_lines_of_its_own(text: str, zone: Zone) -> bool:
    before = text[text.rfind("\n", 0, zone.start) + 1 : zone.start]
    after = text[zone.end :].partition("\n")[0]
    return not before.strip() and not after.strip()


_WHOLE = 25_000  # characters; few articles are longer
_PIECE = 10_000  # characters; what is far apart costs more to read together, and helps little


def pieces_of(text: str, limit: int | None = None) -> Iterator[tuple[int, int]]:
    """Cut a long text so that each piece can be read by itself, in bounded memory.

    Args:
        text: Any text.
        limit: The longest piece, in characters; None leaves whole what may be an article.

    Yields:
        Start and end. A piece ends at a blank line where it can, otherwise at the end of a line,
        of a sentence or of a word.

    Example:
        >>> text = "Acme grew. It is big.\\n\\nBorealis shrank."
        >>> [text[start:end] for start, end in pieces_of(text, limit=30)]
        ['Acme grew. It is big.\\n\\n', 'Borealis shrank.']
    """
    if limit is None:
        limit = _WHOLE if len(text) <= _WHOLE else _PIECE
    start = 0
    while len(text) - start > limit:
        end = start + limit
        # Not in the first half, so that the number of pieces is bounded.
        cuts = (text.rfind(mark, start + limit // 2, end) for mark in _CUTS)
        found = next(((cut, mark) for cut, mark in zip(cuts, _CUTS, strict=True) if cut > 0), None)
        if found is not None:
            end = found[0] + len(found[1])
        yield start, end
        start = end
    yield start, len(text)


_CUTS = ("\n\n", "\n", ". ", " ")


@lru_cache(maxsize=1)
def _furniture() -> dict[str, re.Pattern[str]]:
    """Compile the patterns of ``furniture.toml``, those of one sort into one."""
    try:
        sorts = tomllib.loads(_lexicon.read_text(_FURNITURE))
        return {
            sort: re.compile("|".join(f"(?:{rule['pattern']})" for rule in rules), re.IGNORECASE)
            for sort, rules in sorts.items()
        }
    except (tomllib.TOMLDecodeError, re.error, KeyError, TypeError) as error:
        raise LexiconError(f"{_FURNITURE}: {type(error).__name__}: {error}") from error
