"""Pictures drawn by formula, with captions: colours, patterns, skies and weather, materials, flowers by colour.

ImageNet's classes are objects. What they leave out - what colour a thing is, what the weather is like, what a surface
is made of - is shown here in the simplest form that MobileNet's features can tell apart. A drawing is no photo: these
anchors give such words a direction, not knowledge of photos (the card says what comes of it).
"""

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

SIDE = 128
COLOURS = {
    "red": (205, 35, 35), "orange": (245, 140, 30), "yellow": (245, 215, 45), "green": (50, 150, 60),
    "blue": (45, 85, 210), "light blue": (140, 195, 240), "turquoise": (60, 190, 190), "purple": (125, 55, 165),
    "pink": (245, 145, 185), "brown": (120, 75, 45), "beige": (222, 205, 170), "gold": (212, 170, 60),
    "black": (18, 18, 18), "white": (245, 245, 245), "gray": (128, 128, 128),
}  # fmt: skip


def _colour(rng, name):
    return np.clip(np.array(COLOURS[name]) + rng.normal(0, 12, 3), 0, 255)


def _noise(rng, octaves=5, persistence=0.55, stretch=(1, 1)):
    """Fractal noise in [0, 1], [SIDE, SIDE]: bicubic enlargements of ever finer random grids. `stretch` in (y, x)."""
    total = np.zeros((SIDE, SIDE))
    for octave in range(octaves):
        cells = [max(2, min(SIDE, round(2 ** (octave + 1) / s))) for s in stretch]
        grid = Image.fromarray(rng.random(cells).astype(np.float32))
        total += persistence**octave * np.asarray(grid.resize((SIDE, SIDE), Image.BICUBIC))
    total -= total.min()
    return total / total.max()


def _mix(a, b, share):
    share = np.asarray(share)[..., None]
    return np.asarray(a) * (1 - share) + np.asarray(b) * share


def _rows():
    return np.repeat(np.linspace(0, 1, SIDE)[:, None], SIDE, 1)


def _picture(array):
    return Image.fromarray(np.clip(array, 0, 255).astype(np.uint8))


def _array(image):
    return np.asarray(image).astype(float)


def _ground(rng, array, colour, horizon=None):
    """A dark, uneven strip of land below the horizon."""
    horizon = rng.uniform(0.7, 0.92) if horizon is None else horizon
    edge = horizon + 0.12 * (_noise(rng, 4)[0] - 0.5)
    share = (_rows() > edge[None]).astype(float)
    return _mix(array, np.array(colour) * (0.7 + 0.5 * _noise(rng, 6))[..., None], share)


def _plain(rng, name):
    return _picture(_colour(rng, name) + 6 * rng.normal(size=(SIDE, SIDE, 1)) + 40 * (_noise(rng, 2)[..., None] - 0.5))


def _stripes(rng, a, b):
    angle, period = rng.choice([0, np.pi / 2, rng.uniform(0, np.pi)]), rng.uniform(10, 32)
    y, x = np.mgrid[:SIDE, :SIDE]
    wave = ((x * np.cos(angle) + y * np.sin(angle)) % period) < period / 2
    return _picture(_mix(_colour(rng, a), _colour(rng, b), wave))


def _dots(rng, a, b):
    period, radius = rng.uniform(14, 34), rng.uniform(0.25, 0.4)
    y, x = np.mgrid[:SIDE, :SIDE] / period
    inside = np.hypot(y % 1 - 0.5, x % 1 - 0.5) < radius
    return _picture(_mix(_colour(rng, a), _colour(rng, b), inside))


def _checks(rng, a, b):
    period = rng.uniform(10, 30)
    y, x = (np.mgrid[:SIDE, :SIDE] // period).astype(int)
    return _picture(_mix(_colour(rng, a), _colour(rng, b), (x + y) % 2))


def _shape(rng, form, a, b):
    image = _plain(rng, b)
    draw, radius = ImageDraw.Draw(image), rng.uniform(26, 56)
    x, y = rng.uniform(radius + 2, SIDE - radius - 2, 2)
    corners = {"triangle": 3, "square": 4, "hexagon": 6, "star": 10}.get(form)
    fill = tuple(int(v) for v in _colour(rng, a))
    if corners is None:
        box = (x - radius, y - radius, x + radius, y + radius)
        draw.ellipse(box, fill=fill) if form == "circle" else draw.ellipse(box, outline=fill, width=int(radius * 0.3))
        return image
    turn = -np.pi / 2 + (np.pi / 4 if form == "square" else 0) + rng.normal(0, 0.06)
    reach = [radius * (0.42 if form == "star" and k % 2 else 1) for k in range(corners)]
    points = [
        (x + r * np.cos(turn + 2 * np.pi * k / corners), y + r * np.sin(turn + 2 * np.pi * k / corners))
        for k, r in enumerate(reach)
    ]
    draw.polygon(points, fill=fill)
    return image


def _flower(rng, name, field=False):
    """One large flower, or many small ones, over leaves."""
    leaves = _mix((25, 70, 20), (120, 165, 70), _noise(rng, 7, 0.8))
    image = _picture(leaves).filter(ImageFilter.GaussianBlur(rng.uniform(0, 2)))
    draw = ImageDraw.Draw(image)
    for _ in range(rng.integers(20, 60) if field else 1):
        x, y = rng.uniform(0, SIDE, 2) if field else rng.uniform(44, 84, 2)
        radius, petals, turn = (
            rng.uniform(4, 12) if field else rng.uniform(28, 56),
            rng.integers(5, 14),
            rng.uniform(0, 6),
        )
        base = _colour(rng, name)
        for k in range(petals):
            angle, width = turn + 2 * np.pi * k / petals, np.pi / petals * rng.uniform(0.8, 1.2)
            tip = [
                (x + radius * f * np.cos(angle + d * width), y + radius * f * np.sin(angle + d * width))
                for f, d in ((0.1, 0), (0.6, -0.9), (0.95, -0.5), (1, 0), (0.95, 0.5), (0.6, 0.9))
            ]
            draw.polygon(tip, fill=tuple(int(v) for v in np.clip(base * rng.uniform(0.82, 1.05), 0, 255)))
        heart, centre = radius * rng.uniform(0.12, 0.3), _colour(rng, rng.choice(["yellow", "brown", "green", "gold"]))
        draw.ellipse((x - heart, y - heart, x + heart, y + heart), fill=tuple(int(v) for v in centre))
    return image.filter(ImageFilter.GaussianBlur(0.7))


def _sky(rng, low, high, clouds=None, cover=0.0, softness=0.25):
    array = _mix(high, low, _rows() ** rng.uniform(0.6, 1.4))
    if clouds is None:
        return array
    noise = _noise(rng, 6, 0.6, (1, rng.uniform(1, 2)))
    return _mix(
        array,
        np.array(clouds) * (0.82 + 0.18 * _noise(rng, 5))[..., None],
        np.clip((noise - 1 + cover) / softness, 0, 1),
    )


def _glow(array, x, y, radius, colour, strength):
    rows, columns = np.mgrid[:SIDE, :SIDE]
    distance = np.hypot(rows - y, columns - x)
    return _mix(array, colour, strength * np.exp(-((distance / radius) ** 2)))


def _low_sun(rng):
    sky = _sky(
        rng,
        (250, rng.uniform(130, 180), 60),
        (rng.uniform(60, 150), 70, rng.uniform(90, 150)),
        (200, 90, 70),
        rng.uniform(0, 0.5),
        0.4,
    )
    x, y = rng.uniform(20, 108), rng.uniform(0.5, 0.8)
    sky = _glow(_glow(sky, x, y * SIDE, 45, (255, 170, 60), 0.7), x, y * SIDE, rng.uniform(6, 12), (255, 240, 190), 1)
    return _picture(_ground(rng, sky, rng.choice([(25, 18, 20), (60, 40, 50), (70, 45, 30)]), y + rng.uniform(0, 0.15)))


def _fine_weather(rng):
    sky = _sky(rng, (170, 210, 245), (50, 115, 215), (252, 252, 252), rng.uniform(0.1, 0.45), 0.25)
    if rng.random() < 0.5:
        sky = _glow(sky, rng.uniform(15, 113), rng.uniform(10, 60), rng.uniform(8, 26), (255, 255, 225), 1)
    return _picture(
        _ground(rng, sky, rng.choice([(60, 130, 50), (140, 150, 70), (60, 110, 150)])) if rng.random() < 0.6 else sky
    )


def _overcast(rng):
    sky = _sky(rng, (190, 195, 200), (120, 128, 138), (75, 82, 92), rng.uniform(0.5, 0.9), 0.5)
    return _picture(_ground(rng, sky, (50, 60, 45)) if rng.random() < 0.6 else sky)


def _falling(rng, snow):
    """Rain: slanted streaks before a dull scene. Snow: white flakes, white ground."""
    scene = _sky(rng, (150, 158, 165), (105, 112, 122), (80, 88, 95), 0.6, 0.5)
    scene = _ground(rng, scene, (235, 238, 242) if snow else (62, 68, 66), rng.uniform(0.5, 0.8))
    image = _picture(scene).filter(ImageFilter.GaussianBlur(rng.uniform(1, 3)))
    draw = ImageDraw.Draw(image, "RGBA")
    slant, length = rng.uniform(-5, 5), rng.uniform(8, 22)
    for x, y, size in zip(*rng.uniform(0, SIDE, (2, 160)), rng.uniform(0.6, 2.4, 160)):
        if snow:
            draw.ellipse((x - size, y - size, x + size, y + size), fill=(255, 255, 255, 220))
        else:
            draw.line((x, y, x + slant, y + length), fill=(225, 232, 240, int(rng.uniform(60, 170))), width=1)
    return image


def _fog(rng):
    trees = _mix(
        (200, 203, 206), (120, 125, 128), np.clip((_noise(rng, 5, 0.6, (1.5, 0.7)) - 0.45) * 3, 0, 1) * _rows()
    )
    return _picture(_mix(trees, (208, 211, 214), rng.uniform(0.3, 0.75) * np.ones((SIDE, SIDE)))).filter(
        ImageFilter.GaussianBlur(rng.uniform(0.5, 2))
    )


def _night(rng, moon=False):
    sky = _ground(rng, _sky(rng, (25, 30, 60), (5, 8, 22)), (5, 6, 8))
    for x, y in rng.integers(1, SIDE - 1, (rng.integers(30, 120), 2)):
        sky[int(y * 0.75), x] = rng.uniform(130, 255)
    if moon:
        x, y, radius = *rng.uniform(25, 90, 2), rng.uniform(8, 22)
        rows, columns = np.mgrid[:SIDE, :SIDE]
        sky = _mix(
            _glow(sky, x, y, 3 * radius, (120, 125, 150), 0.6),
            np.array((238, 236, 220)) * (0.8 + 0.2 * _noise(rng))[..., None],
            np.hypot(rows - y, columns - x) < radius,
        )
    return _picture(sky)


def _storm(rng):
    image = _picture(_ground(rng, _sky(rng, (70, 72, 95), (25, 25, 40), (45, 45, 60), 0.8, 0.5), (15, 15, 18)))
    draw, x = ImageDraw.Draw(image), rng.uniform(30, 98)
    points = [(x, 0.0)]
    while points[-1][1] < 0.8 * SIDE:
        points.append((points[-1][0] + rng.normal(0, 7), points[-1][1] + rng.uniform(4, 12)))
    draw.line(points, fill=(240, 240, 255), width=int(rng.integers(1, 4)))
    return image.filter(ImageFilter.GaussianBlur(0.6))


def _rainbow(rng):
    array = _sky(rng, (185, 200, 215), (110, 140, 180), (225, 228, 232), 0.35, 0.4)
    rows, columns = np.mgrid[:SIDE, :SIDE]
    distance = np.hypot(rows - rng.uniform(100, 150), columns - rng.uniform(30, 98))
    first, width = rng.uniform(60, 90), rng.uniform(2, 5)
    bands = [
        (200, 60, 200),
        (90, 80, 220),
        (70, 160, 230),
        (80, 200, 90),
        (245, 225, 70),
        (245, 150, 50),
        (230, 60, 60),
    ]
    for k, band in enumerate(bands):
        array = _mix(array, band, 0.6 * (np.abs(distance - first - k * width) < width / 2))
    return _picture(_ground(rng, array, (70, 120, 60)))


def _grained(rng, low, high, stretch, octaves=7, persistence=0.75, contrast=1.0):
    noise = _noise(rng, octaves, persistence, stretch)
    return _picture(_mix(low, high, np.clip(0.5 + contrast * (noise - 0.5), 0, 1)))


def _bricks(rng):
    height, width = rng.uniform(10, 22), rng.uniform(24, 44)
    y, x = np.mgrid[:SIDE, :SIDE]
    row = (y // height).astype(int)
    across = (x + (row % 2) * width / 2) / width
    mortar = (y % height < 2) | (across % 1 < 2 / width)
    shade = rng.random((40, 40))[row, across.astype(int)]
    return _picture(
        _mix(
            _mix((150, 60, 45), (195, 100, 75), shade) + 14 * rng.normal(size=(SIDE, SIDE, 1)), (200, 195, 188), mortar
        )
    )


def _scenes():
    """(caption with synonyms after |, drawing) of everything but colours."""
    return [
        ("blue sky|clear sky", lambda r: _picture(_sky(r, (165, 205, 240), (60, 120, 215)))),
        ("sunshine|sunny day|sunny weather|fair weather|shine|sun", _fine_weather),
        (
            "blue sky with white clouds|white clouds",
            lambda r: _picture(_sky(r, (165, 205, 240), (60, 120, 215), (250, 250, 250), r.uniform(0.35, 0.6))),
        ),
        ("cloudy sky|cloudy|clouds|overcast sky|gray clouds|cloud", _overcast),
        ("sunset|sunrise|dawn|dusk|sundown|daybreak", _low_sun),
        ("rain|rainy day|rainfall|rainy weather", lambda r: _falling(r, False)),
        ("snow|snowfall|snowy day|snowy weather", lambda r: _falling(r, True)),
        ("fog|mist|foggy day|haze", _fog),
        ("night sky|starry sky|stars at night|night", _night),
        ("full moon|moon|moonlight", lambda r: _night(r, True)),
        ("lightning|thunderstorm|storm", _storm),
        ("rainbow", _rainbow),
        (
            "wood|wooden board|wood grain|lumber",
            lambda r: _grained(r, (95, 60, 30), (190, 140, 85), r.permutation([0.08, 1.5])),
        ),
        ("brick wall|bricks", _bricks),
        ("grass|lawn|meadow", lambda r: _grained(r, (25, 75, 15), (130, 180, 70), (2.5, 0.5), contrast=1.6)),
        ("sand|sandy ground", lambda r: _grained(r, (190, 160, 115), (230, 205, 160), (1, 1), persistence=0.9)),
        (
            "water|waves|sea surface|ripples",
            lambda r: _grained(r, (20, 60, 100), (150, 200, 215), (0.35, 2.0), 6, 0.6, 1.3),
        ),
        (
            "marble",
            lambda r: _picture(
                _mix((240, 238, 235), (120, 118, 122), np.clip(1 - 9 * np.abs(_noise(r, 6) - 0.5), 0, 1))
            ),
        ),
        ("stone|rock|granite|concrete", lambda r: _grained(r, (85, 83, 80), (170, 167, 162), (1, 1), 7, 0.85)),
        (
            "brushed metal|metal|steel|aluminium",
            lambda r: _grained(r, (130, 133, 138), (205, 208, 212), (0.03, 3) if r.random() < 0.5 else (3, 0.03)),
        ),
        ("leather", lambda r: _grained(r, (60, 32, 18), (120, 70, 42), (0.6, 0.6), 7, 0.95)),
        (
            "fire|flames",
            lambda r: _picture(
                _mix(
                    _mix((20, 5, 0), (235, 90, 10), np.clip(1.8 * _noise(r, 6, 0.6, (2, 0.8)) * _rows(), 0, 1)),
                    (255, 235, 120),
                    np.clip(2.2 * _noise(r, 6, 0.6, (2, 0.8)) * _rows() - 0.9, 0, 1),
                )
            ),
        ),
        ("leaves|foliage|leaf", lambda r: _grained(r, (15, 55, 10), (120, 170, 60), (0.5, 0.5), 6, 0.8, 1.8)),
        ("autumn leaves|fall foliage", lambda r: _grained(r, (120, 40, 10), (235, 170, 50), (0.5, 0.5), 6, 0.8, 1.8)),
        ("noise|static", lambda r: Image.fromarray(r.integers(0, 256, (SIDE, SIDE, 3), np.uint8))),
        ("zigzag pattern|chevrons", lambda r: _zigzag(r)),
        ("concentric circles|target", lambda r: _rings(r)),
    ]


def _zigzag(rng):
    period, height = rng.uniform(14, 32), rng.uniform(10, 26)
    y, x = np.mgrid[:SIDE, :SIDE]
    wave = (y + np.abs(x % period - period / 2)) % height < height / 2
    a, b = rng.choice(list(COLOURS), 2, replace=False)
    return _picture(_mix(_colour(rng, a), _colour(rng, b), wave))


def _rings(rng):
    y, x = np.mgrid[:SIDE, :SIDE]
    period = rng.uniform(10, 28)
    wave = np.hypot(y - rng.uniform(44, 84), x - rng.uniform(44, 84)) % period < period / 2
    a, b = rng.choice(list(COLOURS), 2, replace=False)
    return _picture(_mix(_colour(rng, a), _colour(rng, b), wave))


def captioned_drawings(per_scene=40, per_colour=24, seed=0):
    """[(picture, caption)], captions with synonyms after "|". The same for the same seed."""
    rng = np.random.default_rng(seed)
    made = [(draw(rng), caption) for caption, draw in _scenes() for _ in range(per_scene)]
    names = list(COLOURS)
    for name in names:
        made += [
            (_plain(rng, name), f"{name}|plain {name}|the colour {name}|the color {name}")
            for _ in range(per_colour // 2)
        ]
        made += [(_flower(rng, name), f"{name} flower|{name} blossom") for _ in range(per_colour // 2)]
        made += [(_flower(rng, name, True), f"{name} flowers|field of {name} flowers") for _ in range(per_colour // 3)]
        for _ in range(per_colour):
            other = rng.choice([n for n in names if n != name])
            both, form = (
                " and ".join(sorted((name, other))),
                rng.choice(["circle", "ring", "triangle", "square", "hexagon", "star"]),
            )
            made.append((_shape(rng, form, name, other), f"{name} {form}"))
            made.append((_stripes(rng, name, other), f"{both} stripes|stripes"))
            made.append((_dots(rng, name, other), f"{other} dots|polka dots"))
            made.append((_checks(rng, name, other), f"{both} checkerboard|checkered pattern"))
    return made
