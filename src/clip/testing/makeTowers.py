"""Small random CLIPs in the layouts that people have, exported to ONNX, with embeddings and gradients from PyTorch's autograd.

  python makeTowers.py OUT      needs torch, onnx, numpy (Debian: python3-torch python3-onnx python3-numpy)

openai    two files; biases everywhere, q scaled before the product, merged batch and head axes, quick GELU, ids pooled at the largest (end token)
tiny      one file with both towers; attention mask, exact GELU, normalised outputs, logit scale; layer norm written out (opset 14)
openclip  two files; torch's own multi-head attention on [tokens, batch, width], projections as plain products
siglip    two files; text without a causal mask read at its last position, tanh GELU, attention pooling of the picture, Gemm head
mobile    an image tower of convolutions: depthwise and single-pixel ones, batch norms folded and not, squeeze and excitation, attention last, mean pooling
quantized the openai towers with 8-bit weights and dynamically quantised inputs
Each folder but the last also gets expected.json: inputs are formulas (see `pixels`, `IDS`, `context`), numbers are float64 results of the same weights.
"""
import json, math, os, sys
import numpy as np, onnx, onnx.helper, onnx.numpy_helper, torch, torch.nn as nn, torch.nn.functional as F

WIDTH, HEADS, LAYERS, SIZE, PATCH, CONTEXT, DIM, VOCAB = 32, 4, 2, 32, 8, 24, 24, 514
START, END = 512, 513
MEAN, STD = torch.tensor([0.48145466, 0.4578275, 0.40821073]), torch.tensor([0.26862954, 0.26130258, 0.27577711])
NAMES = ["dog", "an old red car", "y"]
CONTEXT_WORDS = 4


def byte_chars():
    """The printable stand-ins that byte-level tokenizers use for the 256 bytes, in CLIP's order."""
    kept = list(range(33, 127)) + list(range(161, 173)) + list(range(174, 256))
    chars, extra = [chr(b) for b in kept], 0
    codes = list(kept)
    for b in range(256):
        if b not in kept:
            codes.append(b)
            chars.append(chr(256 + extra))
            extra += 1
    return dict(zip(codes, chars)), chars


def tokenizer_json():
    _, chars = byte_chars()
    vocab = {c: i for i, c in enumerate(chars)}
    vocab.update({c + "</w>": 256 + i for i, c in enumerate(chars)})
    vocab.update({"<|startoftext|>": START, "<|endoftext|>": END})
    special = lambda i, c: {"id": i, "content": c, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
    pattern = r"<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"
    return {
        "version": "1.0", "truncation": None, "padding": None,
        "added_tokens": [special(START, "<|startoftext|>"), special(END, "<|endoftext|>")],
        "normalizer": {"type": "Sequence", "normalizers": [{"type": "NFC"}, {"type": "Replace", "pattern": {"Regex": r"\s+"}, "content": " "}, {"type": "Lowercase"}]},
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": [{"type": "Split", "pattern": {"Regex": pattern}, "behavior": "Removed", "invert": True},
                                                                {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}]},
        "post_processor": {"type": "RobertaProcessing", "sep": ["<|endoftext|>", END], "cls": ["<|startoftext|>", START], "trim_offsets": False, "add_prefix_space": False},
        "decoder": {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True},
        "model": {"type": "BPE", "dropout": None, "unk_token": "<|endoftext|>", "continuing_subword_prefix": "", "end_of_word_suffix": "</w>", "fuse_unk": False,
                  "byte_fallback": False, "ignore_merges": False, "vocab": vocab, "merges": []},
    }


def words(text):
    table, chars = byte_chars()
    ids = []
    for word in text.lower().replace(".", " .").split():
        codes = [chars.index(table[b]) for b in word.encode()]
        ids += codes[:-1] + [codes[-1] + 256]
    return ids


def quick_gelu(x):
    return x * torch.sigmoid(1.702 * x)


def tanh_gelu(x):
    return 0.5 * x * (1 + torch.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * torch.pow(x, 3))))


def exact_gelu(x):
    return x * 0.5 * (1.0 + torch.erf(x / math.sqrt(2.0)))


class Attention(nn.Module):
    """Separate projections with biases; batch and heads merged, as older Hugging Face models export."""

    def __init__(self, merged):
        super().__init__()
        self.q_proj, self.k_proj, self.v_proj, self.out_proj = (nn.Linear(WIDTH, WIDTH) for _ in range(4))
        self.merged = merged

    def forward(self, x, mask):
        b, t, _ = x.size()
        split = lambda y: y.view(b, t, HEADS, WIDTH // HEADS).transpose(1, 2)
        q, k, v = split(self.q_proj(x) * (WIDTH // HEADS) ** -0.5), split(self.k_proj(x)), split(self.v_proj(x))
        if self.merged:
            q, k, v = (y.contiguous().view(b * HEADS, t, WIDTH // HEADS) for y in (q, k, v))
            w = torch.bmm(q, k.transpose(1, 2))
            if mask is not None:
                w = (w.view(b, HEADS, t, t) + mask).view(b * HEADS, t, t)
            y = torch.bmm(F.softmax(w, -1), v).view(b, HEADS, t, WIDTH // HEADS)
        else:
            w = torch.matmul(q, k.transpose(-1, -2))
            y = torch.matmul(F.softmax(w if mask is None else w + mask, -1), v)
        return self.out_proj(y.transpose(1, 2).reshape(b, t, WIDTH))


class Block(nn.Module):
    def __init__(self, act, merged):
        super().__init__()
        self.layer_norm1, self.layer_norm2 = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
        self.self_attn = Attention(merged)
        self.fc1, self.fc2, self.act = nn.Linear(WIDTH, 4 * WIDTH), nn.Linear(4 * WIDTH, WIDTH), act

    def forward(self, x, mask=None):
        x = x + self.self_attn(self.layer_norm1(x), mask)
        return x + self.fc2(self.act(self.fc1(self.layer_norm2(x))))


class Vision(nn.Module):
    def __init__(self, act, merged):
        super().__init__()
        self.class_embedding = nn.Parameter(torch.randn(WIDTH))
        self.patch_embedding = nn.Conv2d(3, WIDTH, PATCH, PATCH, bias=False)
        self.position_embedding = nn.Embedding((SIZE // PATCH) ** 2 + 1, WIDTH)
        self.pre_layrnorm, self.post_layernorm = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
        self.layers = nn.ModuleList(Block(act, merged) for _ in range(LAYERS))
        self.visual_projection = nn.Linear(WIDTH, DIM, bias=False)

    def forward(self, pixel_values):
        n = pixel_values.shape[0]
        x = self.patch_embedding(pixel_values).flatten(2).transpose(1, 2)
        x = torch.cat([self.class_embedding.expand(n, 1, -1), x], 1)
        x = self.pre_layrnorm(x + self.position_embedding(torch.arange(x.shape[1]).unsqueeze(0)))
        for layer in self.layers:
            x = layer(x)
        return self.visual_projection(self.post_layernorm(x[:, 0, :]))


class Text(nn.Module):
    def __init__(self, act, merged):
        super().__init__()
        self.token_embedding, self.position_embedding = nn.Embedding(VOCAB, WIDTH), nn.Embedding(CONTEXT, WIDTH)
        self.layers = nn.ModuleList(Block(act, merged) for _ in range(LAYERS))
        self.final_layer_norm, self.text_projection = nn.LayerNorm(WIDTH), nn.Linear(WIDTH, DIM, bias=False)

    def embed(self, ids):
        return self.token_embedding(ids)

    def forward(self, input_ids, attention_mask=None, vectors=None):
        n, t = input_ids.size()
        input_ids = input_ids.view(-1, t)
        x = self.token_embedding(input_ids) if vectors is None else vectors
        x = x + self.position_embedding(torch.arange(t).unsqueeze(0))
        least = torch.finfo(torch.float32).min
        mask = torch.full((t, t), least).triu(1)[None, None].expand(n, 1, t, t).to(x.dtype)
        if attention_mask is not None:
            inverted = 1.0 - attention_mask[:, None, None, :].expand(n, 1, t, t).to(x.dtype)
            mask = mask + inverted.masked_fill(inverted.to(torch.bool), least)
        for layer in self.layers:
            x = layer(x, mask)
        x = self.final_layer_norm(x)
        return self.text_projection(x[torch.arange(n), input_ids.to(torch.int).argmax(-1)])


class Tiny(nn.Module):
    """Both towers in one graph."""

    def __init__(self):
        super().__init__()
        self.vision, self.text = Vision(exact_gelu, False), Text(exact_gelu, False)
        self.logit_scale = nn.Parameter(torch.tensor(3.2))

    def forward(self, input_ids, pixel_values, attention_mask):
        image, text = self.vision(pixel_values), self.text(input_ids, attention_mask)
        image, text = image / image.norm(p=2, dim=-1, keepdim=True), text / text.norm(p=2, dim=-1, keepdim=True)
        logits = torch.matmul(text, image.t()) * self.logit_scale.exp()
        return logits.t(), logits, text, image


class OpenBlock(nn.Module):
    def __init__(self):
        super().__init__()
        self.attn, self.ln_1, self.ln_2 = nn.MultiheadAttention(WIDTH, HEADS), nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
        self.c_fc, self.c_proj, self.gelu = nn.Linear(WIDTH, 4 * WIDTH), nn.Linear(4 * WIDTH, WIDTH), nn.GELU()

    def forward(self, x, mask=None):
        y = self.ln_1(x)
        x = x + self.attn(y, y, y, need_weights=False, attn_mask=mask)[0]
        return x + self.c_proj(self.gelu(self.c_fc(self.ln_2(x))))


class OpenVision(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, WIDTH, PATCH, PATCH, bias=False)
        self.class_embedding, self.positional_embedding = nn.Parameter(torch.randn(WIDTH)), nn.Parameter(torch.randn((SIZE // PATCH) ** 2 + 1, WIDTH))
        self.ln_pre, self.ln_post = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
        self.blocks, self.proj = nn.ModuleList(OpenBlock() for _ in range(LAYERS)), nn.Parameter(torch.randn(WIDTH, DIM) * WIDTH ** -0.5)

    def forward(self, x):
        x = self.conv1(x)
        x = x.reshape(x.shape[0], x.shape[1], -1).permute(0, 2, 1)
        x = torch.cat([self.class_embedding.to(x.dtype) + torch.zeros(x.shape[0], 1, x.shape[-1], dtype=x.dtype), x], 1)
        x = self.ln_pre(x + self.positional_embedding).permute(1, 0, 2)
        for block in self.blocks:
            x = block(x)
        return self.ln_post(x.permute(1, 0, 2)[:, 0, :]) @ self.proj


class OpenText(nn.Module):
    def __init__(self):
        super().__init__()
        self.token_embedding, self.positional_embedding = nn.Embedding(VOCAB, WIDTH), nn.Parameter(torch.randn(CONTEXT, WIDTH))
        self.blocks, self.ln_final = nn.ModuleList(OpenBlock() for _ in range(LAYERS)), nn.LayerNorm(WIDTH)
        self.text_projection = nn.Parameter(torch.randn(WIDTH, DIM) * WIDTH ** -0.5)
        self.register_buffer("attn_mask", torch.full((CONTEXT, CONTEXT), float("-inf")).triu(1))

    def embed(self, ids):
        return self.token_embedding(ids)

    def forward(self, text, vectors=None):
        t = text.shape[1]
        x = (self.token_embedding(text) if vectors is None else vectors) + self.positional_embedding[:t]
        x = x.permute(1, 0, 2)
        for block in self.blocks:
            x = block(x, self.attn_mask[:t, :t].to(x.dtype))
        x = self.ln_final(x.permute(1, 0, 2))
        return x[torch.arange(x.shape[0]), text.argmax(-1)] @ self.text_projection


class SigVision(nn.Module):
    def __init__(self):
        super().__init__()
        self.patch_embedding = nn.Conv2d(3, WIDTH, PATCH, PATCH)
        self.position_embedding = nn.Embedding((SIZE // PATCH) ** 2, WIDTH)
        self.layers, self.post_layernorm = nn.ModuleList(Block(tanh_gelu, False) for _ in range(LAYERS)), nn.LayerNorm(WIDTH)
        self.probe, self.attention = nn.Parameter(torch.randn(1, 1, WIDTH)), nn.MultiheadAttention(WIDTH, HEADS, batch_first=True)
        self.layernorm, self.fc1, self.fc2 = nn.LayerNorm(WIDTH), nn.Linear(WIDTH, 2 * WIDTH), nn.Linear(2 * WIDTH, WIDTH)

    def forward(self, pixel_values):
        x = self.patch_embedding(pixel_values).flatten(2).transpose(1, 2)
        x = x + self.position_embedding(torch.arange(x.shape[1]).unsqueeze(0))
        for layer in self.layers:
            x = layer(x)
        x = self.post_layernorm(x)
        y = self.attention(self.probe.repeat(x.shape[0], 1, 1), x, x)[0]
        return (y + self.fc2(tanh_gelu(self.fc1(self.layernorm(y)))))[:, 0]


class SigText(nn.Module):
    def __init__(self):
        super().__init__()
        self.token_embedding, self.position_embedding = nn.Embedding(VOCAB, WIDTH), nn.Embedding(CONTEXT, WIDTH)
        self.layers, self.final_layer_norm = nn.ModuleList(Block(tanh_gelu, False) for _ in range(LAYERS)), nn.LayerNorm(WIDTH)
        self.head = nn.Linear(WIDTH, WIDTH)

    def embed(self, ids):
        return self.token_embedding(ids)

    def forward(self, input_ids, vectors=None):
        x = self.token_embedding(input_ids) if vectors is None else vectors
        x = x + self.position_embedding(torch.arange(x.shape[1]).unsqueeze(0))
        for layer in self.layers:
            x = layer(x)
        return self.head(self.final_layer_norm(x)[:, -1, :])


class ConvBlock(nn.Module):
    """A depthwise mixer and a feed-forward of single-pixel convolutions, each with a scale a channel."""

    def __init__(self, width, mixer):
        super().__init__()
        self.mixer, self.scale1, self.scale2 = mixer, nn.Parameter(torch.rand(width, 1, 1)), nn.Parameter(torch.rand(width, 1, 1))
        self.conv, self.norm = nn.Conv2d(width, width, 7, padding=3, groups=width, bias=False), nn.BatchNorm2d(width)
        self.fc1, self.fc2 = nn.Conv2d(width, 2 * width, 1), nn.Conv2d(2 * width, width, 1)

    def forward(self, x):
        x = x + self.scale1 * self.mixer(x)
        return x + self.scale2 * self.fc2(F.gelu(self.fc1(self.norm(self.conv(x)))))


class ConvAttention(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.norm, self.qkv, self.proj = nn.BatchNorm2d(width), nn.Linear(width, 3 * width, bias=False), nn.Linear(width, width)

    def forward(self, x):
        b, c, h, w = x.shape
        y = self.norm(x).flatten(2).transpose(1, 2)
        q, k, v = self.qkv(y).reshape(b, h * w, 3, HEADS, c // HEADS).permute(2, 0, 3, 1, 4).unbind(0)
        y = ((q * (c // HEADS) ** -0.5) @ k.transpose(-2, -1)).softmax(-1) @ v
        return self.proj(y.transpose(1, 2).reshape(b, h * w, c)).transpose(1, 2).reshape(b, c, h, w)


class MobileVision(nn.Module):
    def __init__(self):
        super().__init__()
        half = WIDTH // 2
        self.stem = nn.Sequential(nn.Conv2d(3, half, 3, 2, 1), nn.BatchNorm2d(half), nn.GELU(), nn.Conv2d(half, half, 3, 2, 1, groups=half), nn.GELU(), nn.Conv2d(half, half, 1), nn.GELU())
        self.stage1 = ConvBlock(half, nn.Conv2d(half, half, 3, padding=1, groups=half))
        self.down = nn.Sequential(nn.Conv2d(half, WIDTH, 7, 2, 3, groups=half), nn.GELU(), nn.Conv2d(WIDTH, WIDTH, 1))
        self.layers = nn.ModuleList(ConvBlock(WIDTH, ConvAttention(WIDTH)) for _ in range(LAYERS))
        self.expand, self.squeeze, self.excite = nn.Conv2d(WIDTH, 2 * WIDTH, 3, padding=1, groups=WIDTH), nn.Conv2d(2 * WIDTH, 8, 1), nn.Conv2d(8, 2 * WIDTH, 1)
        self.head = nn.Linear(2 * WIDTH, DIM)
        for module in self.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.running_mean, module.running_var = 0.3 * torch.randn_like(module.running_mean), 0.5 + torch.rand_like(module.running_var)

    def forward(self, pixel_values):
        x = self.down(self.stage1(self.stem(pixel_values)))
        for layer in self.layers:
            x = layer(x)
        x = self.expand(x)
        x = F.gelu(x * torch.sigmoid(self.excite(F.relu(self.squeeze(F.adaptive_avg_pool2d(x, 1))))))
        return self.head(F.adaptive_avg_pool2d(x, 1).flatten(1))


def patch_tokens(vision, output):
    """The patches' tokens [n, T, w] of what the first block gives, in whatever order it gives them."""
    if isinstance(vision, MobileVision):
        return output.flatten(2).transpose(1, 2)
    tokens = output.transpose(0, 1) if isinstance(vision, OpenVision) else output
    return tokens[:, tokens.shape[1] - (SIZE // PATCH) ** 2:]


def spread(model):
    """Weights far from their usual start: every part of the graph must matter in the result."""
    for name, p in model.named_parameters():
        if p.dim() == 0:
            continue
        if p.dim() == 1:
            p.data = p.data + 0.3 * torch.randn_like(p)
        elif "embedding" in name or "probe" in name:
            p.data = 0.7 * torch.randn_like(p)
        else:
            p.data = torch.randn_like(p) * 1.3 / math.sqrt(p[0].numel() if "proj" not in name.split(".")[-1] else p.shape[0])
        p.data = p.data.half().float()
    return model


def pixels():
    i = torch.arange(2 * SIZE * SIZE * 3, dtype=torch.float64)
    return (0.5 + 0.4 * torch.sin(0.37 * i + 0.01 * i * (i % 5))).reshape(2, SIZE, SIZE, 3)


def context():
    i = torch.arange(len(NAMES) * CONTEXT_WORDS * WIDTH, dtype=torch.float64)
    return (0.7 * torch.sin(0.53 * i + 0.002 * i * (i % 3))).reshape(len(NAMES), CONTEXT_WORDS, WIDTH)


def cosine(a, b):
    return F.cosine_similarity(a, b, dim=-1).sum()


def expected_vision(vision, mean, std):
    """In float64: the embeddings and the gradient by pixels of their summed cosine with fixed directions; the same for the tokens after the first block."""
    vision, kept = vision.double(), []
    block = vision.blocks[0] if isinstance(vision, OpenVision) else vision.layers[0]
    hook = block.register_forward_hook(lambda _module, _input, output: kept.append(patch_tokens(vision, output)))
    x = pixels().requires_grad_()
    image = vision(((x - mean) / std).permute(0, 3, 1, 2))
    hook.remove()
    towards = lambda y: torch.sin(torch.arange(y.numel(), dtype=torch.float64) * 0.71).reshape(y.shape)
    (gx,) = torch.autograd.grad(cosine(image, towards(image)), x, retain_graph=True)
    (gt,) = torch.autograd.grad(cosine(kept[0], towards(kept[0])), x)
    flat = lambda y: [float("%.8g" % value) for value in y.detach().reshape(-1)]
    return {"image": flat(image), "pixelGradient": flat(gx[1]), "tokens": flat(kept[0][1]), "tokenGradient": flat(gt[1].reshape(-1)[::8])}


def expected(vision, text, full, mean, std):
    """In float64: embeddings, and gradients of the summed cosine with fixed directions by pixels and by context vectors."""
    text = text.double()
    rows = [[START] + words(".") * CONTEXT_WORDS + words(name) + words(".") + [END] for name in NAMES]
    longest = CONTEXT if full else max(len(row) for row in rows)
    ids = torch.tensor([row + [END] * (longest - len(row)) for row in rows])
    v = context().requires_grad_()
    vectors = text.embed(ids)
    vectors = torch.cat([vectors[:, :1], v, vectors[:, 1 + CONTEXT_WORDS:]], 1)
    prompt = text(ids, vectors=vectors)
    towards = lambda y: torch.sin(torch.arange(y.numel(), dtype=torch.float64) * 0.71).reshape(y.shape)
    (gv,) = torch.autograd.grad(cosine(prompt, towards(prompt)), v)
    flat = lambda y: [float("%.8g" % value) for value in y.detach().reshape(-1)]
    return {**expected_vision(vision, mean, std), "prompt": flat(prompt), "contextGradient": flat(gv)}


def write(folder, name, model, args, inputs, outputs, opset):
    os.makedirs(folder, exist_ok=True)
    axes = {n: {0: "batch_size"} for n in inputs + outputs}
    for n in inputs:
        if "pixel" not in n and n != "image":
            axes[n][1] = "sequence_length"
    path = os.path.join(folder, name)
    torch.onnx.export(model, args, path, input_names=inputs, output_names=outputs, dynamic_axes=axes, opset_version=opset, do_constant_folding=True, training=torch.onnx.TrainingMode.PRESERVE)
    graph = onnx.load(path)
    graph.graph.doc_string = ""
    for node in graph.graph.node:
        node.doc_string = ""
    halve(graph)
    onnx.checker.check_model(graph)
    onnx.save(graph, path)


def halve(model):
    """Stores the weights in half precision (they were rounded to it), each followed by a Cast."""
    casts = []
    for tensor in model.graph.initializer:
        array = onnx.numpy_helper.to_array(tensor)
        if array.dtype != np.float32 or array.size < 2 or not np.array_equal(array, array.astype(np.float16)):
            continue
        name = tensor.name
        tensor.CopyFrom(onnx.numpy_helper.from_array(array.astype(np.float16), name + "_fp16"))
        casts.append(onnx.helper.make_node("Cast", [name + "_fp16"], [name], to=1))
    nodes = casts + list(model.graph.node)
    del model.graph.node[:]
    model.graph.node.extend(nodes)


def quantize(source, target):
    """The model with dynamically quantised products, convolution and token table, node by node as onnxruntime's quantiser writes them."""
    model = onnx.load(source)
    graph = model.graph
    casts = {node.output[0]: node.input[0] for node in graph.node if node.op_type == "Cast"}
    weights = {tensor.name: onnx.numpy_helper.to_array(tensor).astype(np.float32) for tensor in graph.initializer}
    added, inputs, nodes = {}, {}, []
    make = onnx.helper.make_node

    def weight(name):
        array = weights[casts.get(name, name)]
        low, high = min(0.0, array.min()), max(0.0, array.max())
        scale = np.float32((high - low) / 255)
        zero = np.uint8(round(-low / scale))
        added[name + "_quantized"] = np.clip(np.round(array / scale) + zero, 0, 255).astype(np.uint8)
        added[name + "_scale"], added[name + "_zero_point"] = np.array(scale), np.array(zero)

    for node in graph.node:
        w = node.input[1] if node.op_type in ("MatMul", "Conv") else node.input[0] if node.op_type == "Gather" else ""
        known = casts.get(w, w) in weights and weights[casts.get(w, w)].ndim in (2, 4)
        out = node.output[0]
        if not known:
            nodes.append(node)
        elif node.op_type == "Gather":
            weight(w)
            nodes.append(make("Gather", [w + "_quantized", node.input[1]], [out + "_quantized"]))
            nodes.append(make("DequantizeLinear", [out + "_quantized", w + "_scale", w + "_zero_point"], [out]))
        else:
            weight(w)
            x = node.input[0]
            if x not in inputs:
                inputs[x] = [x + "_quantized", x + "_scale", x + "_zero_point"]
                nodes.append(make("DynamicQuantizeLinear", [x], inputs[x]))
            attributes = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
            kind = "MatMulInteger" if node.op_type == "MatMul" else "ConvInteger"
            nodes.append(make(kind, [inputs[x][0], w + "_quantized", inputs[x][2], w + "_zero_point"], [out + "_integer"], **attributes))
            nodes.append(make("Cast", [out + "_integer"], [out + "_float"], to=1))
            nodes.append(make("Mul", [inputs[x][1], w + "_scale"], [out + "_scale"]))
            nodes.append(make("Mul", [out + "_float", out + "_scale"], [out]))
    del graph.node[:]
    graph.node.extend(nodes)
    graph.initializer.extend(onnx.numpy_helper.from_array(array, name) for name, array in added.items())
    used = {name for node in graph.node for name in node.input}
    for node in [node for node in graph.node if node.op_type == "Cast" and node.output[0] not in used]:
        graph.node.remove(node)
    used = {name for node in graph.node for name in node.input}
    kept = [tensor for tensor in graph.initializer if tensor.name in used]
    del graph.initializer[:]
    graph.initializer.extend(kept)
    onnx.checker.check_model(model)
    onnx.save(model, target)


def main(out):
    torch.manual_seed(7)
    image, ids = torch.randn(2, 3, SIZE, SIZE), torch.tensor([[START, 3, 4, END, END], [START, 5, 6, 7, END]])
    half = torch.full((3,), 0.5)
    for name in ("openai", "tiny", "openclip", "siglip"):
        folder = os.path.join(out, name)
        mean, std = (half, half) if name == "siglip" else (MEAN, STD)
        if name == "openai":
            vision, text = spread(Vision(quick_gelu, True)), spread(Text(quick_gelu, True))
            write(folder, "vision_model.onnx", vision, (image,), ["pixel_values"], ["image_embeds"], 17)
            write(folder, "text_model.onnx", text, (ids,), ["input_ids"], ["text_embeds"], 17)
        elif name == "tiny":
            both = spread(Tiny())
            vision, text = both.vision, both.text
            write(folder, "model.onnx", both, (ids, image, torch.ones_like(ids)), ["input_ids", "pixel_values", "attention_mask"],
                  ["logits_per_image", "logits_per_text", "text_embeds", "image_embeds"], 14)
        elif name == "openclip":
            vision, text = spread(OpenVision()), spread(OpenText())
            write(folder, "visual.onnx", vision, (image,), ["image"], ["image_features"], 14)
            write(folder, "textual.onnx", text, (ids,), ["text"], ["text_features"], 14)
        else:
            vision, text = spread(SigVision()), spread(SigText())
            write(folder, "vision_model.onnx", vision, (image,), ["pixel_values"], ["pooler_output"], 14)
            full = torch.full((2, CONTEXT), 1)
            write(folder, "text_model.onnx", text, (full,), ["input_ids"], ["pooler_output"], 14)
        with open(os.path.join(folder, "expected.json"), "w") as file:
            json.dump(expected(vision, text, name == "siglip", mean.double(), std.double()), file, separators=(",", ":"))
    mobile = spread(MobileVision()).eval()
    write(os.path.join(out, "mobile"), "vision_model.onnx", mobile, (image,), ["pixel_values"], ["image_embeds"], 17)
    with open(os.path.join(out, "mobile", "expected.json"), "w") as file:
        json.dump(expected_vision(mobile, MEAN.double(), STD.double()), file, separators=(",", ":"))
    os.makedirs(os.path.join(out, "quantized"), exist_ok=True)
    for name in ("vision_model.onnx", "text_model.onnx"):
        quantize(os.path.join(out, "openai", name), os.path.join(out, "quantized", name))
    with open(os.path.join(out, "tokenizer.json"), "w") as file:
        json.dump(tokenizer_json(), file, separators=(",", ":"), ensure_ascii=False)


if __name__ == "__main__":
    main(sys.argv[1])
