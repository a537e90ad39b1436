"""Makes bmp.json: small bitmaps of every uncompressed depth with the pixels that Pillow reads. Run: python3 src/data/golden/bmp.py"""
import base64
import io
import json
import os

from PIL import Image

EDGE = 9
base = Image.frombytes("RGB", (EDGE, EDGE), bytes((i * 7919 >> 3) & 255 for i in range(EDGE * EDGE * 3)))


def saved(image):
    buffer = io.BytesIO()
    image.save(buffer, "BMP")
    return buffer.getvalue()


def top_down(bmp):
    """The same picture with its rows stored from the top."""
    start = int.from_bytes(bmp[10:14], "little")
    row = (len(bmp) - start) // EDGE
    rows = [bmp[start + i * row : start + (i + 1) * row] for i in range(EDGE)]
    return bmp[:22] + (-EDGE).to_bytes(4, "little", signed=True) + bmp[26:start] + b"".join(reversed(rows))


files = {
    "24 bit": saved(base),
    "24 bit, top-down": top_down(saved(base)),
    "32 bit": saved(base.convert("RGBA")),
    "8 bit": saved(base.convert("P", palette=Image.ADAPTIVE)),
    "1 bit": saved(base.convert("1")),
}
cases = []
for name, data in files.items():
    pixels = Image.open(io.BytesIO(data)).convert("RGB").tobytes()
    cases.append({"name": name, "bmp": base64.b64encode(data).decode(), "rgb": base64.b64encode(pixels).decode()})
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "bmp.json"), "w") as file:
    json.dump(cases, file, indent=1)
    file.write("\n")
