"""A figure as SVG inside a page: accessible, coloured by classes, with ids of its own."""

from __future__ import annotations

import re
from xml.etree import ElementTree

from judge.reports.figures.drawing.figure import Drawing, clean
from judge.reports.figures.drawing.palette import LIGHT, ROLES
from judge.reports.figures.drawing.style import rendered

_SPACE = "http://www.w3.org/2000/svg"
_HREF = "{http://www.w3.org/1999/xlink}href"
_FONTS = "DejaVu Sans, Verdana, Helvetica, Arial, sans-serif"
_POINTER = re.compile(r"url\(#([^)]+)\)")
_NUMBER = re.compile(r"-?\d+\.\d+")
_MEASURES = frozenset(("d", "x", "y", "width", "height", "transform"))
_KEPT = frozenset(
    "stroke-width stroke-dasharray stroke-dashoffset stroke-linejoin stroke-linecap stroke-opacity fill-opacity "
    "opacity text-anchor font-size font-weight font-style fill-rule".split()
)


def inline_svg(drawing: Drawing) -> str:
    """Render a figure as one `<svg>` element with role img, a title and a description. Output is deterministic.

    It has no style, no script, and only references to its own parts, whose ids begin with the drawing's name. Colours
    are presentation attributes, and classes ``f-ROLE`` (fill) and ``s-ROLE`` (stroke) that
    :func:`judge.reports.figures.drawing.palette.style_sheet` overrides in light and dark.
    """
    # Matplotlib wrote this, and escaped what is others' text.
    root = ElementTree.fromstring(rendered(drawing, "svg"))  # noqa: S314
    prefix = "d-" + re.sub(r"[^a-z0-9-]+", "-", drawing.name.lower())
    _without_styles(root)
    for element in root.iter():
        element.tag = element.tag.removeprefix(f"{{{_SPACE}}}")
        element.text = _kept_space(element, element.text)
        element.tail = None
        _plain(element, prefix)
    _coloured_where_used(root)
    _unused_names(root)
    _flatten(root)
    title, description = ElementTree.Element("title"), ElementTree.Element("desc")
    for words, part, text in ((title, "title", drawing.title), (description, "desc", drawing.description)):
        words.set("id", f"{prefix}-{part}")
        words.text = clean(text)
    root.insert(0, title)
    root.insert(1, description)
    width, height = drawing.size
    root.attrib.clear()
    for name, value in {
        "xmlns": _SPACE,
        "class": "drawing",
        "role": "img",
        "aria-labelledby": f"{prefix}-title {prefix}-desc",
        "viewBox": f"0 0 {width * 72:g} {height * 72:g}",
        "width": f"{width:g}in",
        "height": f"{height:g}in",
        "font-family": _FONTS,
        "stroke-linejoin": "round",
        "stroke-linecap": "butt",
    }.items():
        root.set(name, value)
    return ElementTree.tostring(root, encoding="unicode")


def svg_file(drawing: Drawing) -> str:
    """Render a figure as an SVG file, in light colours on a white background, readable on dark pages as well."""
    width, height = drawing.size
    paper = f'<rect width="{width * 72:g}" height="{height * 72:g}" fill="{LIGHT["paper"]}" />'
    head, end, shapes = inline_svg(drawing).partition("</desc>")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{head}{end}{paper}{shapes}\n'


def _without_styles(root: ElementTree.Element) -> None:
    """Remove matplotlib's metadata and style sheet; attributes of the root replace them."""
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag in (f"{{{_SPACE}}}metadata", f"{{{_SPACE}}}style"):
                parent.remove(child)


def _kept_space(element: ElementTree.Element, text: str | None) -> str | None:
    return text if element.tag in ("text", "tspan") and text and text.strip() else None


def _plain(element: ElementTree.Element, prefix: str) -> None:
    """Turn an element's style into attributes and classes, and prefix its ids."""
    if href := element.attrib.pop(_HREF, None):
        element.set("href", f"#{prefix}-{href.removeprefix('#')}")
    if "id" in element.attrib:
        element.set("id", f"{prefix}-{element.attrib['id']}")
    for name in _MEASURES & element.attrib.keys():
        element.set(name, _NUMBER.sub(_rounded, " ".join(element.attrib[name].split())))
    if element.attrib.get("transform", "").startswith(("rotate(0 ", "rotate(-0 ")):
        del element.attrib["transform"]
    style = dict(part.split(": ", 1) for part in element.attrib.pop("style", "").split("; ") if part)
    for name, value in style.items():
        if name in ("fill", "stroke") or name in _KEPT:
            element.set(name, value)
    classes = []
    for name in ("fill", "stroke", "clip-path"):
        value = element.attrib.get(name, "none")
        if (pointer := _POINTER.fullmatch(value)) is not None:
            element.set(name, f"url(#{prefix}-{pointer[1]})")
        elif value != "none" and name != "clip-path":
            classes.append(f"{name[0]}-{ROLES[value]}")  # a colour that means nothing is a mistake in a figure
    if element.tag == "text" and "fill" not in element.attrib:
        raise KeyError("a text without a colour")
    if classes:
        element.set("class", " ".join(classes))


def _rounded(number: re.Match[str]) -> str:
    """Round a length to a hundredth of a point, below the resolution of printers."""
    text = f"{float(number[0]):.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _flatten(parent: ElementTree.Element) -> None:
    """Replace each group without attributes by its children."""
    kept = []
    for child in parent:
        _flatten(child)
        kept += list(child) if child.tag == "g" and not child.attrib else [child]
    parent[:] = kept


def _coloured_where_used(root: ElementTree.Element) -> None:
    """Remove colours from the shapes of markers: each use sets them, and page rules do not reach into shapes."""
    for definitions in root.iter("defs"):
        for shape in definitions.findall("path"):
            for name in ("fill", "stroke", "class"):
                shape.attrib.pop(name, None)


def _unused_names(root: ElementTree.Element) -> None:
    used = {element.attrib["href"][1:] for element in root.iter() if "href" in element.attrib}
    for element in root.iter():
        used |= {match[1] for value in element.attrib.values() for match in _POINTER.finditer(value)}
    for element in root.iter():
        if "id" in element.attrib and element.attrib["id"] not in used:
            del element.attrib["id"]
