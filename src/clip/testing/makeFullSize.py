"""ViT-B/32 in OpenAI's public structure at full size with random weights, as two f32 files like those people download, and PyTorch's gradients.

  python makeFullSize.py OUT    needs what makeTowers.py needs; writes about 610 MB, in a minute or two

vision_model.onnx (352 MB, pixel_values [n, 3, 224, 224] -> image_embeds [n, 512]) and text_model.onnx (254 MB, input_ids -> text_embeds), quick GELU,
opset 14; vision_expected.json: for one picture given by a formula, the embedding and the gradient by its pixels of a cosine, in float64. Too large to keep: made
where it is wanted.
"""
import json, os, sys
import onnx, torch
import makeTowers as towers


def sizes(**values):
    for name, value in values.items():
        setattr(towers, name, value)


def write(model, args, path, inputs, outputs):
    axes = {name: {0: "batch_size"} for name in inputs + outputs}
    if "input_ids" in axes:
        axes["input_ids"][1] = "sequence_length"
    torch.onnx.export(model, args, path, input_names=inputs, output_names=outputs, dynamic_axes=axes, opset_version=14, do_constant_folding=True)


def livened(model):
    """Weights as large as keeps activations of the order of one and lets every layer show in the result."""
    for name, p in model.named_parameters():
        if p.dim() == 1 and "embedding" not in name:
            p.data = p.data + 0.1 * torch.randn_like(p)
        elif "embedding" in name and p.dim() < 4:
            p.data = 0.5 * torch.randn_like(p)
        else:
            p.data = torch.randn_like(p) / p[0].numel() ** 0.5
    return model


def main(out):
    os.makedirs(out, exist_ok=True)
    torch.manual_seed(11)
    sizes(WIDTH=768, HEADS=12, LAYERS=12, SIZE=224, PATCH=32, DIM=512)
    vision = livened(towers.Vision(towers.quick_gelu, False)).eval()
    write(vision, (torch.randn(1, 3, 224, 224),), os.path.join(out, "vision_model.onnx"), ["pixel_values"], ["image_embeds"])
    vision = vision.double()
    x = towers.pixels()[:1].requires_grad_()
    image = vision(((x - towers.MEAN.double()) / towers.STD.double()).permute(0, 3, 1, 2))
    towards = torch.sin(torch.arange(image.numel(), dtype=torch.float64) * 0.71).reshape(image.shape)
    (gradient,) = torch.autograd.grad(towers.cosine(image, towards), x)
    flat = lambda y: [float("%.8g" % value) for value in y.detach().reshape(-1)]
    with open(os.path.join(out, "vision_expected.json"), "w") as file:
        json.dump({"image": flat(image), "pixelGradient": flat(gradient)}, file)
    del vision
    sizes(WIDTH=512, HEADS=8, LAYERS=12, CONTEXT=77, DIM=512, VOCAB=49408)
    text = livened(towers.Text(towers.quick_gelu, False)).eval()
    write(text, (torch.tensor([[49406, 320, 1125, 539, 320, 2368, 49407]]),), os.path.join(out, "text_model.onnx"), ["input_ids"], ["text_embeds"])


if __name__ == "__main__":
    main(sys.argv[1])
