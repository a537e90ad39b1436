"""The text tower: CLIP's layout, small. Causal, quick_gelu, pre-norm, read at the first end token."""

import torch
import torch.nn as nn
import torch.nn.functional as F

WIDTH, LAYERS, HEADS, CONTEXT = 192, 2, 3, 32


class Block(nn.Module):
    def __init__(self, width, heads, layers):
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.query, self.key, self.value, self.out = (nn.Linear(width, width) for _ in range(4))
        self.rise, self.fall = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)
        spread = {
            self.query: width**-0.5,
            self.key: width**-0.5,
            self.value: width**-0.5,
            self.rise: (2 * width) ** -0.5,
        }
        for layer in (self.query, self.key, self.value, self.out, self.rise, self.fall):
            nn.init.normal_(layer.weight, std=spread.get(layer, (2 * width * layers) ** -0.5))
            nn.init.zeros_(layer.bias)

    def forward(self, x, mask, at=None):
        """@param at position of each row at which alone the result is needed; None for all. The result is [N, L or 1,
        width]
        """
        rows, length, width = x.shape
        y = self.norm1(x)
        asking = y
        if at is not None:
            every = torch.arange(rows)
            x, asking, mask = x[every, at][:, None], y[every, at][:, None], mask[at][:, None, None]
        given = ((self.query, asking), (self.key, y), (self.value, y))
        q, k, v = (p(z).view(rows, -1, self.heads, width // self.heads).transpose(1, 2) for p, z in given)
        attention = ((q @ k.transpose(2, 3)) * (width // self.heads) ** -0.5 + mask).softmax(-1).to(v.dtype)
        x = x + self.out((attention @ v).transpose(1, 2).reshape(rows, -1, width))
        y = self.rise(self.norm2(x))
        # The same function; SiLU is one operation where x * sigmoid(1.702 x) is four, but exports of CLIP have those.
        return x + self.fall(F.silu(1.702 * y) / 1.702 if self.training else y * torch.sigmoid(1.702 * y))


class TextTower(nn.Module):
    """Token ids [N, L] (rows padded with the end token) -> [N, d], not normalised."""

    def __init__(self, tokenizer, dim, width=WIDTH, layers=LAYERS, heads=HEADS):
        super().__init__()
        self.tokenizer, self.end = tokenizer, tokenizer.end
        self.tokens = nn.Embedding(tokenizer.end + 1, width)
        self.positions = nn.Parameter(torch.randn(CONTEXT, width) * 0.01)
        self.blocks = nn.ModuleList(Block(width, heads, layers) for _ in range(layers))
        self.norm = nn.LayerNorm(width)
        self.projection = nn.Linear(width, dim, bias=False)
        nn.init.normal_(self.tokens.weight, std=0.1)
        nn.init.normal_(self.projection.weight, std=width**-0.5)
        self.register_buffer("mask", torch.full((CONTEXT, CONTEXT), -1e4).triu(1), persistent=False)

    def pooled(self, vectors, ends):
        """Before the projection, [N, width]. @param vectors [N, L, width], without positions"""
        length = vectors.shape[1]
        x, mask = vectors + self.positions[:length], self.mask[:length, :length]
        *before, last = self.blocks
        for block in before:
            x = block(x, mask)
        if self.training:  # half of the work is spared; the exported graph stays CLIP's
            return self.norm(last(x, mask, ends)[:, 0])
        return self.norm(last(x, mask)[torch.arange(x.shape[0]), ends])

    def hidden(self, ids):
        return self.pooled(self.tokens(ids), (ids == self.end).to(torch.int).argmax(1))

    def forward(self, ids):
        return self.projection(self.hidden(ids))

    def padded(self, rows):
        longest = max(map(len, rows))
        return torch.tensor([row + [self.end] * (longest - len(row)) for row in rows])

    def with_context(self, context, names):
        """Prompts as the studio builds them: [start] V_1 .. V_M name "." [end]. @param context [S, M, width]"""
        stop = self.tokenizer.words(".")
        length = context.shape[1]
        room = CONTEXT - length - len(stop) - 2
        rows = [[self.tokenizer.start] + stop * length + name[:room] + stop + [self.end] for name in names]
        vectors = self.tokens(self.padded(rows))
        vectors = torch.cat([vectors[:, :1], context, vectors[:, 1 + length :]], 1)
        return self.projection(self.pooled(vectors, torch.tensor([len(row) - 1 for row in rows])))

    @torch.no_grad()
    def encode(self, texts, batch=256):
        """Unit rows."""
        rows = [self.tokenizer(text) for text in texts]
        parts = [self(self.padded(rows[i : i + batch])) for i in range(0, len(rows), batch)]
        return F.normalize(torch.cat(parts).float(), dim=1)
