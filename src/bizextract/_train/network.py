"""The reader's network in PyTorch: an encoder, and the heads on its word states."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from bizextract._reader_runtime import ATTRIBUTE_COLUMNS, TAG_COLUMNS
from bizextract._reader_schema import POINTERS, RELATIVE, TYPES
from bizextract._train.encoders import Encoder

__all__ = ["Network"]

RANK = 48


class Network(nn.Module):
    """Encoder and heads. The head parameters' names are those of the runtime's file."""

    def __init__(
        self,
        dropout: float = 0.1,
        head_dropout: float = 0.2,
        encoder: type[Encoder] = Encoder,
    ) -> None:
        super().__init__()
        self.encoder = encoder(dropout)
        width = encoder.size.width
        roles, types = len(POINTERS), len(TYPES)
        tags, attributes = TAG_COLUMNS[TYPES[-1]].stop, ATTRIBUTE_COLUMNS[-1].stop
        sizes = {
            "pool": (types, width), "event": (types, 2 * width), "event.bias": (types,),
            "attribute": (attributes, 2 * width), "attribute.bias": (attributes,),
            "tag": (tags, width), "tag.bias": (tags,),
            "pointer.query": (roles * RANK, 2 * width), "pointer.key": (roles * RANK, width),
            "pointer.word": (roles, width), "pointer.relative": (roles, len(RELATIVE)),
            "link": (types * 2 * RANK, width), "link.bias": (types,),
        }  # fmt: skip
        self.heads = nn.ParameterDict()
        for name, size in sizes.items():
            parameter = torch.zeros(size)
            if len(size) == 2 and name not in ("pool", "pointer.relative", "pointer.word"):
                nn.init.normal_(parameter, std=0.02)
            self.heads[name.replace(".", "/")] = nn.Parameter(parameter)
        with torch.no_grad():
            self.heads["event/bias"].fill_(-2.5)
            self.heads["pointer/relative"].fill_(-2.0)
        self.drop = nn.Dropout(head_dropout)
        self.likeness: nn.Linear | None = None

    def liken(self, width: int) -> None:
        """Let word states tell those of a teacher, of another width, by a map that learns too."""
        self.likeness = nn.Linear(self.encoder.size.width, width)

    def head(self, name: str) -> Tensor:
        """A head's parameter by its name in the file."""
        parameter: Tensor = self.heads[name.replace(".", "/")]
        return parameter

    def sentences(self, states: Tensor, bounds: Tensor) -> Tensor:
        """Sentence vectors (sentences, types, 2 * width); bounds (sentences, 2) in words."""
        place = torch.arange(states.shape[0], device=states.device)
        inside = (place >= bounds[:, :1]) & (place < bounds[:, 1:])
        mean = inside.float() @ states / inside.sum(1, keepdim=True).clamp(min=1)
        scores = states @ self.head("pool").T
        scores = scores.T[None].masked_fill(~inside[:, None], -1e4)
        attended = torch.softmax(scores, dim=-1) @ states
        return torch.cat([mean[:, None].expand_as(attended), attended], dim=-1)

    def events(self, vectors: Tensor) -> Tensor:
        """Log-odds (sentences, types) that a sentence carries an event, by its vectors."""
        return (vectors * self.head("event")).sum(-1) + self.head("event.bias")

    def attribute(self, columns: slice, vector: Tensor) -> Tensor:
        """Scores of an attribute's values for one sentence's event; `columns` are its own."""
        return self.head("attribute")[columns] @ vector + self.head("attribute.bias")[columns]

    def tags(self, columns: slice, states: Tensor) -> Tensor:
        """Scores (words, tags) of a type's tags; `columns` are its own."""
        return states @ self.head("tag")[columns].T + self.head("tag.bias")[columns]

    def pointer(self, index: int, vector: Tensor, states: Tensor, relative: Tensor) -> Tensor:
        """Log-odds of each word for a role of one sentence's event."""
        rows = slice(index * RANK, (index + 1) * RANK)
        query = self.head("pointer.query")[rows] @ vector
        keys = states @ self.head("pointer.key")[rows].T
        scores = keys @ query / math.sqrt(RANK) + states @ self.head("pointer.word")[index]
        scores = scores + self.head("pointer.relative")[index][relative]
        return scores

    def link(self, type_index: int, spans: Tensor) -> Tensor:
        """Log-odds (spans, spans) that two role spans are of one record."""
        rows = self.head("link")[type_index * 2 * RANK : (type_index + 1) * 2 * RANK]
        query, key = spans @ rows[:RANK].T, spans @ rows[RANK:].T
        scores = query @ key.T / math.sqrt(RANK)
        return (scores + scores.T) / 2 + self.head("link.bias")[type_index]
