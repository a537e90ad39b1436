"""all-MiniLM-L6-v2 (Apache-2.0): a sentence encoder, 384 numbers a text. The text tower's teacher; it is not shipped.

A BERT of 6 layers with its WordPiece tokens; the embedding is the mean over a text's tokens, at unit length.
"""

import json
import math
import re
import struct
import unicodedata
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

WIDTH, LAYERS, HEADS = 384, 6, 12
CLS, SEP = 101, 102


def read_safetensors(path):
    data = Path(path).read_bytes()
    size = struct.unpack("<Q", data[:8])[0]
    kinds = {"F16": np.float16, "F32": np.float32, "I64": np.int64}
    tensors = {}
    for name, about in json.loads(data[8 : 8 + size]).items():
        if name != "__metadata__":
            start, end = (8 + size + offset for offset in about["data_offsets"])
            tensors[name] = np.frombuffer(data[start:end], kinds[about["dtype"]]).reshape(about["shape"])
    return tensors


class WordPiece:
    def __init__(self, path):
        self.ids = json.loads(Path(path).read_text("utf8"))["model"]["vocab"]
        self.known = {}

    def _word(self, word):
        if word not in self.known:
            pieces, start = [], 0
            while start < len(word):
                prefix = "##" if start else ""
                end = next((e for e in range(len(word), start, -1) if prefix + word[start:e] in self.ids), None)
                if end is None:
                    pieces = [self.ids["[UNK]"]]
                    break
                pieces.append(self.ids[prefix + word[start:end]])
                start = end
            self.known[word] = pieces
        return self.known[word]

    def __call__(self, text):
        text = unicodedata.normalize("NFD", text.lower())
        text = "".join(c for c in text if unicodedata.category(c) != "Mn")
        return [i for word in re.findall(r"[a-z0-9]+|[^\sa-z0-9]", text) for i in self._word(word)]


class MiniLM:
    def __init__(self, folder):
        tensors = read_safetensors(Path(folder) / "model.fp16.safetensors")
        self.weights = {k.replace("bert.", ""): torch.tensor(v.astype(np.float32)) for k, v in tensors.items()}
        # Matrix products in bfloat16 (the embeddings move by 0.3%), everything else in float32.
        for name in [k for k in self.weights if ".layer." in k and "LayerNorm" not in k]:
            self.weights[name] = self.weights[name].bfloat16()
        self.tokens = WordPiece(Path(folder) / "tokenizer.json")

    def _norm(self, x, name):
        return F.layer_norm(x, (WIDTH,), self.weights[name + ".weight"], self.weights[name + ".bias"], 1e-12)

    def _layer(self, x, bias, layer):
        name = f"encoder.layer.{layer}."

        def linear(z, part):
            return F.linear(z.bfloat16(), self.weights[name + part + ".weight"], self.weights[name + part + ".bias"])

        rows, length, _ = x.shape
        q, k, v = (
            linear(x, f"attention.self.{part}").view(rows, length, HEADS, -1).transpose(1, 2)
            for part in ("query", "key", "value")
        )
        attention = ((q @ k.transpose(2, 3)).float() / math.sqrt(WIDTH // HEADS) + bias).softmax(-1).to(v.dtype)
        mixed = (attention @ v).transpose(1, 2).reshape(rows, length, WIDTH)
        x = self._norm(x + linear(mixed, "attention.output.dense").float(), name + "attention.output.LayerNorm")
        hidden = linear(F.gelu(linear(x, "intermediate.dense")), "output.dense")
        return self._norm(x + hidden.float(), name + "output.LayerNorm")

    @torch.no_grad()
    def _encode(self, ids):
        longest = max(map(len, ids))
        tokens, mask = torch.zeros(len(ids), longest, dtype=torch.long), torch.zeros(len(ids), longest)
        for row, own in enumerate(ids):
            tokens[row, : len(own)], mask[row, : len(own)] = torch.tensor(own), 1
        part = self.weights
        x = part["embeddings.word_embeddings.weight"][tokens] + part["embeddings.position_embeddings.weight"][:longest]
        x = self._norm(x + part["embeddings.token_type_embeddings.weight"][0], "embeddings.LayerNorm")
        for layer in range(LAYERS):
            x = self._layer(x, (1 - mask)[:, None, None] * -1e9, layer)
        mean = (x.float() * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)
        return F.normalize(mean, dim=1)

    def encode(self, texts, batch=128, longest=48):
        """[N, 384] float16, unit rows. Texts of like length go together."""
        ids = [[CLS, *self.tokens(text)[: longest - 2], SEP] for text in texts]
        order = sorted(range(len(ids)), key=lambda i: len(ids[i]))
        rows = np.empty((len(ids), WIDTH), np.float16)
        for start in range(0, len(ids), batch):
            some = order[start : start + batch]
            rows[some] = self._encode([ids[i] for i in some]).numpy()
        return rows
