"""`bizextract_reader`: a small fine-tuned encoder proposes events with roles, status and kind.

It reads whole documents, needs no other component and adds to ``doc._.bizextract_events``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any, cast

from spacy.language import Language
from spacy.tokens import Doc

from bizextract._reader_model import ReaderModel, pack, unpack
from bizextract._reader_runtime import Proposal
from bizextract.components.extensions import Event, set_extensions
from bizextract.components.sentences import doc_sentences
from bizextract.errors import ModelError, quote

__all__ = ["Reader", "create_reader", "to_event"]

_CONFIG = "pipe.json"


@Language.factory(
    "bizextract_reader",
    assigns=["doc._.bizextract_events"],
    default_config={"path": None, "threshold": 0.15, "threads": 1},
)
def create_reader(
    nlp: Language, name: str, path: str | None, threshold: float, threads: int
) -> Reader:
    """Build the component `Reader`; see there."""
    return Reader(nlp, name, path=path, threshold=threshold, threads=threads)


class Reader:
    """Proposes events, ``doc._.bizextract_events``, from a fine-tuned encoder.

    There is one proposal for each sentence, type and group of linked roles. Its ``score`` is the
    probability that the sentence carries an event of the type; a role's score the probability of
    its words. ``roles`` stand in the event's sentence; ``pointed`` holds further candidates from
    anywhere in the document, to fall back on where the sentence itself only says "the company".
    ``odds`` has the probability of each status, kind and scope.

    Args:
        nlp: The pipeline that it stands in.
        name: Its name there.
        path: The folder of the weights; None takes those that come with bizextract. They are
            loaded with the first document.
        threshold: The least probability, 0 to 1, of a sentence that a proposal is made for.
        threads: Threads of the encoder.

    Raises:
        ModelError: The threshold is no probability; on the first document, where weights are
            missing, damaged or of another version.

    Example:
        >>> import spacy
        >>> nlp = spacy.blank("en")
        >>> reader = nlp.add_pipe("bizextract_reader")
        >>> doc = nlp("Acme Corp and Globex Inc. agreed to form a joint venture.")
        >>> [event["type"] for event in doc._.bizextract_events]
        ['partnership']
    """

    def __init__(
        self,
        nlp: Language,
        name: str = "bizextract_reader",
        *,
        path: str | Path | None = None,
        threshold: float = 0.15,
        threads: int = 1,
    ) -> None:
        if not 0 <= threshold <= 1:
            raise ModelError(f"threshold of {name} is {threshold}; give a number from 0 to 1")
        set_extensions()
        self.name = name
        self.path = path
        self.threshold = threshold
        self.threads = threads
        self._model: ReaderModel | None = None

    @property
    def weights(self) -> ReaderModel:
        """The weights, loaded on first use.

        Not called ``model``: spaCy looks whether its pipes have one, which would load them.
        """
        return self.load()

    def load(self) -> ReaderModel:
        """Load the weights if that has not happened, and give them.

        Raises:
            ModelError: They are missing, damaged or of another version.
        """
        if self._model is None:
            self._model = ReaderModel.load(self.path or _packaged(), self.threads)
        return self._model

    def use(self, model: ReaderModel) -> None:
        """Take other weights, such as those just trained."""
        self._model = model

    def __call__(self, doc: Doc) -> Doc:
        """Add the reader's proposals to a document."""
        doc._.bizextract_events = [*doc._.bizextract_events, *self.propose(doc)]
        return doc

    def propose(self, doc: Doc) -> list[Event]:
        """Give the proposals for a document; changes nothing."""
        tokens = [token.i for token in doc if not token.is_space]
        if not tokens:
            return []
        word_of = {token: word for word, token in enumerate(tokens)}
        sentences = []
        for start, end in doc_sentences(doc):
            inside = [word_of[i] for i in range(start, end) if i in word_of]
            sentences.append((inside[0], inside[-1] + 1))
        words = [doc[i].text for i in tokens]
        found = self.weights.read(words, sentences, self.threshold)
        return [to_event(p, sentences[p.sentence], tokens) for p in found]

    def to_bytes(self, *, exclude: Iterable[str] = ()) -> bytes:
        """Serialise settings and weights."""
        return pack({_CONFIG: self._settings(), **self.weights.files})

    def from_bytes(self, data: bytes, *, exclude: Iterable[str] = ()) -> Reader:
        """Take over what `to_bytes` gave.

        Raises:
            ModelError: The bytes are cut short or the weights of another version.
        """
        content = unpack(data)
        self._set(content.pop(_CONFIG, b"{}"))
        self._model = ReaderModel(content, self.threads)
        return self

    def to_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> None:
        """Write settings and weights to a folder."""
        self.weights.save(path)
        (Path(path) / _CONFIG).write_bytes(self._settings())

    def from_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> Reader:
        """Load what `to_disk` wrote.

        Raises:
            ModelError: A file is missing, damaged or of another version.
        """
        try:
            self._set((Path(path) / _CONFIG).read_bytes())
        except OSError as error:
            raise ModelError(
                f"no {_CONFIG} of the reader in {quote(str(path))}: give a folder of to_disk"
            ) from error
        self._model = ReaderModel.load(path, self.threads)
        return self

    def _settings(self) -> bytes:
        return json.dumps({"threshold": self.threshold, "threads": self.threads}).encode()

    def _set(self, content: bytes) -> None:
        try:
            settings: dict[str, Any] = json.loads(content)
            self.threshold = float(settings.get("threshold", self.threshold))
            self.threads = int(settings.get("threads", self.threads))
        except (AttributeError, TypeError, ValueError) as error:
            raise ModelError(f"{_CONFIG} of the reader is damaged: {quote(content)}") from error


def _packaged() -> Path:
    return Path(str(files("bizextract").joinpath("data", "reader")))


def to_event(proposal: Proposal, sentence: tuple[int, int], tokens: Sequence[int]) -> Event:
    """Put a proposal on a document's tokens.

    Args:
        proposal (Proposal): What the reader proposes, in words.
        sentence (tuple[int, int]): The proposal's sentence, in words.
        tokens (Sequence[int]): The token that each word is.
    """
    best = {name: max(odds, key=odds.__getitem__) for name, odds in proposal.attributes.items()}
    roles = [
        {
            "role": role.role,
            "start": tokens[role.start],
            "end": tokens[role.end - 1] + 1,
            "score": role.score,
        }
        for role in proposal.roles
    ]
    tagged = [role.tagged for role in proposal.roles]
    event = {
        "type": proposal.type,
        "source": "reader",
        "rule": None,
        "score": proposal.score,
        "sent": [tokens[sentence[0]], tokens[sentence[1] - 1] + 1],
        "trigger": None,
        "status": best.get("status"),
        "kind": best.get("kind"),
        "scope": best.get("scope"),
        "cues": [],
        "roles": [role for role, here in zip(roles, tagged, strict=True) if here],
        "pointed": [role for role, here in zip(roles, tagged, strict=True) if not here],
        "odds": proposal.attributes,
    }
    return cast(Event, event)
