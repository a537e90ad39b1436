"""Makes resize.json: what Pillow gives for the resizing that src/data/resize.ts copies. Run: python3 src/data/golden/resize.py
Inputs are made from a formula that the test repeats (sample i of channel c), so that only outputs are stored."""
import base64
import json
import os

from PIL import Image, __version__

CASES = [  # width, height, target, alpha
    (64, 64, 32, False), (256, 256, 32, False), (256, 256, 64, False), (100, 75, 32, False), (75, 101, 24, False), (33, 33, 32, False),
    (20, 20, 32, False), (7, 5, 21, False), (1, 1, 32, False), (300, 17, 32, False), (1000, 700, 16, False), (32, 32, 32, False),
    (96, 96, 17, True), (61, 90, 32, True),
]


def sample(i, c):
    """A hash of position and channel, laid over a slow ramp: hard edges, noise and flat parts all occur."""
    h = (i * 2654435761 + c * 40503) & 0xFFFFFFFF
    h ^= h >> 15
    block = (i >> 5) % 3
    return (h & 255) if block == 0 else (255 if (h >> 8) & 1 else 0) if block == 1 else (i * (c + 1)) & 255


def picture(width, height, alpha):
    data = bytearray()
    for i in range(width * height):
        data += bytes(sample(i, c) for c in range(3)) + bytes([sample(i, 3) if alpha else 255])
    return Image.frombytes("RGBA", (width, height), bytes(data))


def expected(image, target):
    white = Image.new("RGB", image.size, (255, 255, 255))
    white.paste(image.convert("RGB"), mask=image.getchannel("A"))
    edge = min(image.size)
    left, top = (image.width - edge) // 2, (image.height - edge) // 2
    return white.crop((left, top, left + edge, top + edge)).resize((target, target), Image.BICUBIC)


cases = [
    {"width": w, "height": h, "target": t, "alpha": a, "rgb": base64.b64encode(expected(picture(w, h, a), t).tobytes()).decode()}
    for w, h, t, a in CASES
]
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "resize.json"), "w") as file:
    json.dump({"pillow": __version__, "cases": cases}, file, indent=1)
    file.write("\n")
