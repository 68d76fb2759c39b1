"""Install snippets with the workspace's own values: one file a framework in `frameworks/`, filled in here.

A file marks the places: JS_* takes a JavaScript string literal, ATTR_* the inside of an HTML attribute,
PHP_* a PHP string literal, BASE_URL (only in comments) the address of this instance.
"""

from __future__ import annotations

import functools
import html
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

FOLDER = Path(__file__).parent / "frameworks"

_PLACE = re.compile(r"\b(JS|ATTR|PHP)_(ORG_ID|API_KEY|CDN_URL)\b|\bBASE_URL\b")
_LOUD = re.compile(r"[<>&{}%'`\u007f-\uffff]|[^\u0000-\uffff]")


Framework = Literal["html", "react", "next", "vue", "rails", "django", "wordpress", "gtm"]
"""Where the widget can be pasted."""


@dataclass(frozen=True, slots=True)
class Snippet:
    """The code for one framework, the file it goes into and the step that is left."""

    framework: Framework
    file: str
    language: str
    code: str
    step: str


_PLACES: dict[Framework, tuple[str, str, str, str]] = {
    "html": ("html.html", "html", "every page", "Paste it before </body>."),
    "react": ("react.jsx", "jsx", "src/HaloWidget.jsx", "Render <HaloWidget /> once, in the root component."),
    "next": ("next.tsx", "tsx", "app/halo-widget.tsx", "Render <HaloWidget /> once, in app/layout.tsx."),
    "vue": ("vue.vue", "vue", "src/components/HaloWidget.vue", "Render <HaloWidget /> once, in App.vue."),
    "rails": (
        "rails.erb", "erb", "app/views/layouts/_halo.html.erb",
        "Put <%= render 'layouts/halo' %> before </body> in app/views/layouts/application.html.erb.",
    ),
    "django": (
        "django.html", "django", "templates/_halo.html",
        'Put {% include "_halo.html" %} before </body> in base.html.',
    ),
    "wordpress": (
        "wordpress.php", "php", "functions.php of the theme",
        "Append it, or add it with a code-snippets plugin, so that a theme update does not drop it.",
    ),
    "gtm": (
        "gtm.html", "html", "Tags > New > Custom HTML",
        "Trigger it on All Pages (Page View), then submit and publish the container.",
    ),
}  # fmt: skip


def snippet(framework: Framework, *, workspace_id: str, widget_key: str, cdn_url: str, base_url: str) -> Snippet:
    """The snippet of a framework, ready to paste."""
    file, language, goes_to, step = _PLACES[framework]
    values = {"ORG_ID": workspace_id, "API_KEY": widget_key, "CDN_URL": cdn_url}
    code = _PLACE.sub(lambda place: _fill(place, values) if place[1] else base_url, _source(file))
    return Snippet(framework, goes_to, language, code, step)


@functools.cache
def _source(file: str) -> str:
    return (FOLDER / file).read_text(encoding="utf-8")


def _fill(place: re.Match[str], values: dict[str, str]) -> str:
    value = values[place[2]]
    if place[1] == "JS":
        return javascript(value)
    return attribute(value) if place[1] == "ATTR" else php(value)


def javascript(value: str) -> str:
    r"""A string literal of JavaScript that no HTML page, template language or PHP text around it can
    misread.

    Everything that could end a script, open a template tag or a quote goes as \uXXXX.
    """
    return _LOUD.sub(
        lambda found: json.dumps(found[0])[1:-1] if ord(found[0]) > 126 else f"\\u{ord(found[0]):04x}",
        json.dumps(value, ensure_ascii=False),
    )


def attribute(value: str) -> str:
    """The inside of a double-quoted HTML attribute, also in ERB and Django templates."""
    return re.sub(r"[{}%]", lambda found: f"&#{ord(found[0])};", html.escape(value))


def php(value: str) -> str:
    """A string literal of PHP."""
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
