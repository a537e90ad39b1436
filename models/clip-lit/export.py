"""Writes the towers as ONNX in CLIP's interface, the tokenizer, the configuration, and golden.json for ports to be
checked by.

Weights are stored in float16, each followed by a Cast to float32, as in clip-nano's *_fp16w.onnx: the graphs compute
in float32, so every engine gives the same, and the files are half as large. Everything here is computed with the
rounded weights.
"""

import copy
import hashlib
import json
import math
import re
from pathlib import Path

import numpy as np
import onnx
import torch
import torch.nn as nn
import torch.nn.functional as F
from onnx import TensorProto, helper, numpy_helper

from mobilenet import SIDE, padding

GOLDEN_TEXTS = [
    "a photo of a dog",
    "a photo of a red delicious apple",
    "sunrise",
    "two yellow flowers",
    "traffic-light",
    "a photo of a grand piano",
]


def rounded(module):
    return copy.deepcopy(module).half().float().eval()


class _Initializers:
    """Tensors of a graph; large ones as float16 with their Cast."""

    def __init__(self):
        self.tensors, self.casts = [], []

    def add(self, name, array):
        array = np.asarray(array)
        if array.dtype == np.float32 and array.size > 64:
            self.tensors.append(numpy_helper.from_array(array.astype(np.float16), name + "_fp16"))
            self.casts.append(helper.make_node("Cast", [name + "_fp16"], [name], to=TensorProto.FLOAT))
        else:
            self.tensors.append(numpy_helper.from_array(array, name))
        return name


def _save(model, path):
    model.producer_name, model.producer_version = "clip-lit", "1"
    onnx.checker.check_model(model)
    onnx.save(model, str(path))


def vision_graph(network, projection, path):
    """pixel_values [N, 3, 96, 96] -> image_embeds [N, d]; written node by node, since PyTorch would export its
    padding apart.
    """
    parts, nodes = _Initializers(), []
    low, high = parts.add("zero", np.float32(0)), parts.add("six", np.float32(6))
    x, side = "pixel_values", SIDE
    layers = zip(network.weights, network.biases, network.depthwise, network.strides())
    for i, (weight, bias, depthwise, stride) in enumerate(layers):
        before, after = padding(side, weight.shape[2], stride)
        side = -(-side // stride)
        inputs = [
            x,
            parts.add(f"conv{i}.weight", weight.detach().numpy()),
            parts.add(f"conv{i}.bias", bias.detach().numpy()),
        ]
        about = dict(kernel_shape=list(weight.shape[2:]), strides=[stride] * 2, pads=[before, before, after, after])
        nodes.append(helper.make_node("Conv", inputs, [f"conv{i}"], group=weight.shape[0] if depthwise else 1, **about))
        nodes.append(helper.make_node("Clip", [f"conv{i}", low, high], [f"relu{i}"]))
        x = f"relu{i}"
    bias = (-(projection.weight @ projection.mean)).detach().half().float()
    inputs = [
        "features",
        parts.add("projection.weight", projection.weight.detach().numpy()),
        parts.add("projection.bias", bias.numpy()),
    ]
    nodes.append(helper.make_node("GlobalAveragePool", [x], ["pooled"]))
    nodes.append(helper.make_node("Flatten", ["pooled"], ["features"], axis=1))
    nodes.append(helper.make_node("Gemm", inputs, ["image_embeds"], transB=1))
    ends = [
        helper.make_tensor_value_info(n, TensorProto.FLOAT, s)
        for n, s in (("pixel_values", ["N", 3, SIDE, SIDE]), ("image_embeds", ["N", len(bias)]))
    ]
    graph = helper.make_graph(parts.casts + nodes, "vision", ends[:1], ends[1:], parts.tensors)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 8
    _save(model, path)
    return lambda pixels: F.linear(network(pixels), projection.weight, bias)


def text_graph(tower, path):
    """input_ids int64 [N, L], L <= 32 -> text_embeds [N, d]."""

    class Ids(nn.Module):
        def __init__(self):
            super().__init__()
            self.tower = tower

        def forward(self, input_ids):
            return self.tower(input_ids)

    example = tower.padded([tower.tokenizer(text) for text in GOLDEN_TEXTS[:3]])
    free = {"input_ids": {0: "N", 1: "L"}, "text_embeds": {0: "N"}}
    names = dict(input_names=["input_ids"], output_names=["text_embeds"], dynamic_axes=free)
    torch.onnx.export(Ids(), (example,), str(path), opset_version=14, do_constant_folding=True, **names)
    model, parts = onnx.load(str(path)), _Initializers()
    for tensor in model.graph.initializer:
        parts.add(tensor.name, numpy_helper.to_array(tensor))
    nodes = parts.casts + list(model.graph.node)
    for field, values in ((model.graph.node, nodes), (model.graph.initializer, parts.tensors)):
        del field[:]
        field.extend(values)
    _save(model, path)


def golden_pixels(count=4):
    """The same formula as clip-nano's, at this size; in place of normalised pixels."""
    n, c, y, x = np.meshgrid(np.arange(count), np.arange(3), np.arange(SIDE), np.arange(SIDE), indexing="ij")
    return torch.from_numpy(np.sin(0.11 * (n + 1) * x + 0.07 * (c + 1) * y + 0.5 * n * c).astype(np.float32))


@torch.no_grad()
def golden(image, tower):
    rows = [tower.tokenizer(text) for text in GOLDEN_TEXTS]
    images, texts = image(golden_pixels()), tower(tower.padded(rows))

    def about(row):
        return dict(first8=[round(v, 6) for v in row[:8].tolist()], norm=round(row.norm().item(), 6))

    cosine = F.normalize(images, dim=1) @ F.normalize(texts, dim=1).T
    return dict(
        pixels="pixels[n][c][y][x] = sin(0.11 (n + 1) x + 0.07 (c + 1) y + 0.5 n c), already normalised",
        images=[about(row) for row in images],
        texts=[dict(text=text, ids=ids, **about(row)) for text, ids, row in zip(GOLDEN_TEXTS, rows, texts)],
        cosine=[[round(v, 6) for v in row] for row in cosine.tolist()],
    )


def configurations(tower, dim, scale):
    width = tower.tokens.weight.shape[1]
    text = dict(
        hidden_size=width, num_hidden_layers=len(tower.blocks), num_attention_heads=tower.blocks[0].heads,
        intermediate_size=4 * width,
        max_position_embeddings=tower.positions.shape[0], vocab_size=tower.end + 1, hidden_act="quick_gelu",
        bos_token_id=tower.end - 1, eos_token_id=tower.end, pad_token_id=tower.end,
    )  # fmt: skip
    vision = dict(model_type="mobilenet_v1", image_size=SIDE)
    config = dict(
        model_type="clip",
        projection_dim=dim,
        logit_scale_init_value=math.log(scale),
        text_config=text,
        vision_config=vision,
    )
    preprocessor = dict(
        do_convert_rgb=True, do_resize=True, size=dict(shortest_edge=SIDE), resample=3, do_center_crop=True,
        crop_size=dict(height=SIDE, width=SIDE),
        do_rescale=True, rescale_factor=1 / 255, do_normalize=True, image_mean=[0.5] * 3, image_std=[0.5] * 3,
    )  # fmt: skip
    return dict(config=config, preprocessor_config=preprocessor)


def export(network, projection, tower, scale, out):
    """All files of the model into `out`."""
    out = Path(out)
    out.mkdir(parents=True, exist_ok=True)
    network, projection, tower = rounded(network), rounded(projection), rounded(tower)
    image = vision_graph(network, projection, out / "vision_model_fp16w.onnx")
    text_graph(tower, out / "text_model_fp16w.onnx")
    tower.tokenizer.save(out / "tokenizer.json")
    documents = configurations(tower, projection.weight.shape[0], scale)
    for name, document in documents.items():
        (out / f"{name}.json").write_text(json.dumps(document, indent=2) + "\n")
    (out / "golden.json").write_text(json.dumps(golden(image, tower), indent=1) + "\n")


def update_manifest(out, scale):
    """Sizes, checksums and the logit scale of these files in ../manifest.json, where that lists them; its layout
    stays.
    """
    folder = Path(out).resolve()
    path = folder.parent / "manifest.json"
    if not path.exists():
        return
    text = path.read_text("utf8")
    for file in folder.iterdir():
        data = file.read_bytes() if file.is_file() else b""
        listed = rf'("url": "{folder.name}/{re.escape(file.name)}", "bytes": )\d+(, "sha256": ")[0-9a-f]*'
        text = re.sub(listed, rf"\g<1>{len(data)}\g<2>{hashlib.sha256(data).hexdigest()}", text)
    text = re.sub(
        rf'("id": "{folder.name}",.*?"logitScale": )[\d.]+', rf"\g<1>{scale:.2f}", text, count=1, flags=re.DOTALL
    )
    path.write_text(text, "utf8")
