"""HTML parsed by html5lib once a shape: parsing in Python is most of what looking at a page costs.

Two pages have one shape when they differ in words and in attributes' values only, and neither changes how HTML is
parsed. So a page is split into its shape, with a mark where each word or value stood, and what stood there; the tree
and the errors of a shape are kept, and a page gets a copy with its own words in it. What could mean more than itself is
part of the shape and no word: white space at the edges, anything with an uncommon `&`, and the type of a field.
"""

from __future__ import annotations

import copy
import re
from functools import lru_cache
from html import unescape
from typing import NamedTuple
from xml.etree.ElementTree import Element

import html5lib

_KNOWN = "&(?:amp|lt|gt|quot|#34|#39);"
_WORD = re.compile(
    rf"""(?P<open>(?<![ ]type)=(?P<quote>["']))(?:(?!(?P=quote))[^&]|{_KNOWN})+(?=(?P=quote))"""
    rf"""|(?P<edge>>\s*)(?:[^<&\s]|{_KNOWN})(?:(?:[^<&]|{_KNOWN})*(?:[^<&\s]|{_KNOWN}))?(?=\s*<)"""
)
_MARK = re.compile("\ue000([0-9]+)\ue001")
KEPT = 500
"""Shapes a process holds."""


class _Parsed(NamedTuple):
    tree: Element
    errors: list[str]
    holes: list[tuple[int, str, str]]
    """Where words go: which element, its attribute (or `:text` or `:tail`), and the text with marks."""


def parse(html: str) -> tuple[Element, list[str]]:
    """The tree, and html5lib's errors on the way to it."""
    words: list[str] = []

    def marked(found: re.Match[str]) -> str:
        edge = found["open"] or found["edge"]
        words.append(found[0][len(edge) :])
        return f"{edge}\ue000{len(words) - 1}\ue001"

    known = _parsed(_WORD.sub(marked, html.replace("\r\n", "\n")))
    tree = copy.deepcopy(known.tree)
    elements = list(tree.iter())
    for at, name, text in known.holes:
        _fill(elements[at], name, _MARK.sub(lambda mark: unescape(words[int(mark[1])]), text))
    return tree, known.errors


@lru_cache(KEPT)
def _parsed(shape: str) -> _Parsed:
    parser = html5lib.HTMLParser(namespaceHTMLElements=False)
    tree = parser.parse(shape)
    errors = [f"HTML line {position[0]}: {code} {details}" for position, code, details in parser.errors]
    holes = []
    for at, element in enumerate(tree.iter()):
        texts = {":text": element.text, ":tail": element.tail, **element.attrib}
        holes += [(at, name, text) for name, text in texts.items() if text and "\ue000" in text]
    return _Parsed(tree, errors, holes)


def _fill(element: Element, name: str, text: str) -> None:
    if name == ":text":
        element.text = text
    elif name == ":tail":
        element.tail = text
    else:
        element.set(name, text)
