"""The photos of the demo: small scenes drawn at run time with Pillow, real JPEGs that the engine checks and keeps like any other.

Each scene is a background and a list of shapes; the caption says in English what is seen, since no Chinese font can be counted on."""

from __future__ import annotations

from pathlib import Path

SIZE = (640, 420)
Shape = tuple[str, tuple[float, ...], str]
"""What (box, disc, line, poly), where, in which colour."""

_ROAD: tuple[Shape, ...] = (
    ("box", (0, 0, 640, 190), "#a9c7dd"),
    ("box", (0, 150, 640, 230), "#9aa58b"),
    ("box", (0, 230, 640, 420), "#6d6f73"),
    ("line", (0, 325, 110, 325), "#e8e4d0"),
    ("line", (190, 325, 300, 325), "#e8e4d0"),
    ("line", (380, 325, 490, 325), "#e8e4d0"),
    ("line", (560, 325, 640, 325), "#e8e4d0"),
)
_NIGHT: tuple[Shape, ...] = (
    ("box", (0, 0, 640, 420), "#0d1420"),
    ("box", (0, 90, 170, 330), "#161d2a"),
    ("box", (470, 60, 640, 330), "#141b28"),
    ("box", (0, 330, 640, 420), "#1c2129"),
    ("box", (500, 120, 530, 150), "#8a7a3c"),
    ("line", (320, 90, 320, 340), "#39414f"),
    ("line", (320, 92, 370, 92), "#39414f"),
)
_INDOORS: tuple[Shape, ...] = (
    ("box", (0, 0, 640, 420), "#d9d3c7"),
    ("poly", (0, 420, 150, 300, 490, 300, 640, 420), "#b5aa97"),
    ("box", (150, 40, 490, 300), "#e6e1d6"),
)
_LIT: tuple[Shape, ...] = (
    ("poly", (365, 98, 230, 345, 520, 345, 382, 98), "#57512f"),
    ("disc", (356, 84, 392, 104), "#ffe9a3"),
)
_CRATER: tuple[Shape, ...] = (("disc", (250, 270, 400, 350), "#3a3a3a"), ("disc", (268, 282, 372, 338), "#242424"))
_COVER: tuple[Shape, ...] = (
    ("disc", (255, 270, 395, 345), "#4a4d52"),
    ("disc", (262, 275, 388, 340), "#787c82"),
    ("line", (285, 290, 365, 325), "#4a4d52"),
    ("line", (285, 325, 365, 290), "#4a4d52"),
)
_FENCE: tuple[Shape, ...] = (
    ("line", (200, 240, 200, 350), "#d8342a"),
    ("line", (440, 240, 440, 350), "#d8342a"),
    ("line", (200, 265, 440, 265), "#f2d13c"),
    ("line", (200, 300, 440, 300), "#f2d13c"),
)
_BOXES: tuple[Shape, ...] = (
    ("box", (190, 200, 290, 310), "#b98a52"),
    ("box", (300, 160, 420, 310), "#a5763f"),
    ("box", (330, 90, 410, 158), "#c79a63"),
    ("line", (190, 230, 290, 230), "#8a6233"),
    ("line", (300, 200, 420, 200), "#8a6233"),
)
_STEEL: tuple[Shape, ...] = tuple(("line", (120.0 + 23 * i, 390 - 9 * i, 420 + 15 * i, 262 + 6 * i), "#b7a08c") for i in range(9))
_LITTER: tuple[Shape, ...] = (
    ("box", (360, 190, 450, 320), "#3f6a4c"),
    *(
        ("disc", (180.0 + 31 * i, 330 + (i * 37) % 50, 204 + 31 * i, 350 + (i * 37) % 50), ("#d9d6cf", "#8d6f4d", "#5f7d93")[i % 3])
        for i in range(9)
    ),
)
_DOOR: tuple[Shape, ...] = (
    ("box", (255, 80, 385, 300), "#7c4d2b"),
    ("disc", (365, 190, 377, 202), "#e0c14b"),
    ("box", (290, 110, 350, 130), "#e5dcc5"),
)

SCENES: dict[str, tuple[str, tuple[Shape, ...]]] = {
    "lamp-dark": ("street lamp out", (*_NIGHT, ("disc", (356, 84, 392, 104), "#2b313b"))),
    "lamp-lit": ("street lamp lit again", (*_NIGHT[:5], *_LIT, *_NIGHT[5:])),
    "sparks": (
        "lamp post sparking",
        (*_NIGHT, *(("line", (340.0, 180, 340 + 22 * (i - 3), 130 + 17 * (i % 4)), "#ffd23f") for i in range(7)), ("disc", (332, 172, 350, 190), "#fff6c9")),
    ),
    "manhole-broken": ("manhole cover broken", (*_ROAD, *_CRATER, ("poly", (250, 310, 320, 300, 300, 350, 265, 340), "#787c82"))),
    "manhole-fenced": ("crew on site, fenced off", (*_ROAD, *_CRATER, *_FENCE)),
    "manhole-whole": ("new manhole cover", (*_ROAD, *_COVER)),
    "pothole": ("hole in the road", (*_ROAD, *_CRATER)),
    "road-clear": ("clear again", _ROAD),
    "steel": ("steel bars on the road", (*_ROAD, *_STEEL)),
    "branch": (
        "blown down by the storm",
        (*_ROAD, ("line", (110, 390, 520, 262), "#5a4630"), *(("disc", (300.0 + 30 * i, 215 + 13 * (i % 3), 360 + 30 * i, 275 + 13 * (i % 3)), "#3f7a44") for i in range(7))),
    ),
    "litter": ("litter", (*_ROAD, *_LITTER)),
    "bikes": (
        "exit blocked",
        (*_ROAD, *((("disc"), (130.0 + 70 * i, 255, 180 + 70 * i, 305), "#e0a92e") for i in range(6)), ("line", (130, 255, 560, 255), "#3d3d3d")),
    ),
    "clutter": ("boxes in the stairwell", (*_INDOORS, *_BOXES)),
    "stairwell-clear": ("stairwell clear", _INDOORS),
    "door": ("at the door", (*_INDOORS, *_DOOR)),
    "wire": ("hanging wire", (*_ROAD, ("line", (0, 40, 300, 90), "#20242b"), ("line", (300, 90, 330, 300), "#20242b"), ("line", (60, 0, 60, 230), "#54493a"))),
    "kitchen-dirty": (
        "kitchen as found",
        (*_INDOORS, ("box", (170, 210, 470, 300), "#8e9196"), *(("disc", (170.0 + 55 * i, 320 + 11 * (i % 3), 215 + 55 * i, 350 + 11 * (i % 3)), "#4c3f22") for i in range(6))),
    ),
    "kitchen-clean": ("kitchen put right", (*_INDOORS, ("box", (170, 210, 470, 300), "#c9ced4"), ("box", (200, 170, 260, 210), "#9fb7c4"))),
    "lift-open": ("lift door stuck", (*_INDOORS, ("box", (230, 70, 410, 300), "#2c2f33"), ("box", (230, 70, 270, 300), "#9aa0a8"), ("box", (372, 70, 410, 300), "#9aa0a8"))),
    "lift-closed": ("lift door closes", (*_INDOORS, ("box", (230, 70, 410, 300), "#9aa0a8"), ("line", (320, 70, 320, 300), "#5c6168"))),
}  # fmt: skip
"""Scene → caption and shapes."""


def draw(scene: str, stamp: str, folder: Path) -> Path:
    """Draw a scene as a JPEG file in `folder`, with its caption and `stamp` (place, time) at the bottom. KeyError for no such scene."""
    from PIL import Image, ImageDraw, ImageFont

    caption, shapes = SCENES[scene]
    image = Image.new("RGB", SIZE, "#888888")
    brush = ImageDraw.Draw(image)
    for what, where, colour in shapes:
        if what == "box":
            brush.rectangle(where, fill=colour)
        elif what == "disc":
            brush.ellipse(where, fill=colour)
        elif what == "poly":
            brush.polygon(where, fill=colour)
        else:
            brush.line(where, fill=colour, width=7)
    brush.rectangle((0, 384, SIZE[0], SIZE[1]), fill="#101010")
    brush.text((14, 391), f"{stamp}   {caption}", fill="#f4f4f4", font=ImageFont.load_default(size=20))
    target = folder / f"{scene}-{stamp.replace(' ', '-').replace(':', '')}.jpg"
    image.save(target, "JPEG", quality=80)
    return target
