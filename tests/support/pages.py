"""An HTML page as tests look at it, and what every page of Halo promises."""

from __future__ import annotations

from collections import Counter
from functools import cached_property
from xml.etree.ElementTree import Element

from tests.support import parsed


class Page:
    """A parsed page. Text with `text`, elements with ElementTree paths through `find`."""

    def __init__(self, html: str) -> None:
        self.html = html

    @cached_property
    def _parsed(self) -> tuple[Element, list[str]]:
        """The tree and the errors on the way to it."""
        return parsed.parse(self.html)

    @property
    def tree(self) -> Element:
        return self._parsed[0]

    @property
    def title(self) -> str:
        return (self.tree.findtext("head/title") or "").strip()

    @property
    def text(self) -> str:
        """The words of the body, single-spaced."""
        body = self.tree.find("body")
        return " ".join("".join(body.itertext()).split()) if body is not None else ""

    def all(self, tag: str = "*", **attributes: str) -> list[Element]:
        """Elements by tag and exact attributes (`class_`: one of the classes)."""
        return [it for it in self.tree.iter() if tag in ("*", it.tag) and _matches(it, attributes)]

    def one(self, tag: str = "*", **attributes: str) -> Element:
        found = self.all(tag, **attributes)
        assert len(found) == 1, f"{len(found)} elements {tag} {attributes}, not one, in:\n{self.html}"
        return found[0]

    def form(self, name: str) -> Element:
        """The form with this id or action; the only form of the main part for "form"."""
        forms = self.all("form")
        named = [it for it in forms if name in (it.get("id"), it.get("action"))]
        main = self.tree.find("body/main") or self.tree
        found = named or (list(main.iter("form")) if name == "form" else [])
        assert len(found) == 1, f"{len(found)} forms {name!r}; the page has {[_name(it) for it in forms]}"
        return found[0]

    def fields(self, name: str) -> list[Element]:
        return [it for it in self.tree.iter() if it.tag in ("input", "select", "textarea") and it.get("name") == name]

    def field_names(self, form: Element) -> set[str]:
        return {name for it in form.iter() if (name := it.get("name"))}

    def values(self, form: Element, press: str | None = None) -> dict[str, str | list[str] | None]:
        """What a browser would send for the form as it stands, with the pressed button."""
        sent: dict[str, str | list[str] | None] = {}
        for it in form.iter():
            if (name := it.get("name")) and (value := _value(it)) is not None:
                held = sent.get(name)
                sent[name] = value if held is None else [*(held if isinstance(held, list) else [held]), value]
        if press is not None:
            button = self._button(form, press)
            if name := button.get("name"):
                sent[name] = button.get("value", "")
        return sent

    def _button(self, form: Element, press: str) -> Element:
        buttons = list(form.iter("button"))
        words = {id(it): " ".join("".join(it.itertext()).split()) for it in buttons}
        found = [it for it in buttons if press in (it.get("name"), it.get("value"), it.get("id"), words[id(it)])]
        assert found, f"no button {press!r}; the form has {list(words.values())}"
        return found[0]

    def check(self) -> None:
        """Every page parses, has a title and a language, ids once, forms with actions, labels, and nothing inline."""
        problems = [*self._parsed[1], *self._structure(), *self._forms(), *self._inline()]
        assert not problems, "the page is not sound:\n  " + "\n  ".join(problems) + "\n" + self.html

    def _structure(self) -> list[str]:
        problems = [] if self.title else ["it has no <title>"]
        if not self.tree.get("lang"):
            problems.append("<html> has no lang")
        if len(self.all("h1")) != 1:
            problems.append(f"it has {len(self.all('h1'))} <h1>, not one")
        ids = Counter(it.get("id") for it in self.tree.iter() if it.get("id"))
        problems += [f"id {name!r} stands {count} times" for name, count in ids.items() if count > 1]
        problems += [
            f'label for="{target}" points at nothing'
            for label in self.all("label")
            if (target := label.get("for")) and target not in ids
        ]
        return problems

    def _forms(self) -> list[str]:
        problems = []
        for form in self.all("form"):
            if not form.get("action"):
                problems.append(f"a form without an action: {_name(form)}")
            if form.get("method", "").lower() == "post" and "csrf_token" not in self.field_names(form):
                problems.append(f"a POST form without csrf_field(): {_name(form)}")
        for it in self.tree.iter():
            if it.get("hx-post") and it.tag != "form":
                problems.append(f"hx-post on <{it.tag}>: put it on the form, so that it works without JavaScript")
            if it.get("hx-get") and not (it.get("href") or it.tag in ("form", "input", "select")):
                problems.append(f"hx-get on <{it.tag}> without href: it must be a working link")
        return problems

    def _inline(self) -> list[str]:
        problems = []
        for it in self.tree.iter():
            if it.tag == "style" or it.get("style"):
                problems.append(f"inline style on <{it.tag}>: the CSP blocks it, use a class")
            if it.tag == "script" and not it.get("src") and it.get("type") != "application/json":
                problems.append("inline <script>: the CSP blocks it, use a file under static/js")
            problems += [f"inline handler {name} on <{it.tag}>" for name in it.attrib if name.startswith("on")]
            if (it.get("href") or "").startswith("javascript:"):
                problems.append("a javascript: link")
        return problems


def _matches(element: Element, attributes: dict[str, str]) -> bool:
    for name, wanted in attributes.items():
        held = element.get(name.rstrip("_").replace("_", "-"), "")
        if wanted not in (held.split() if name == "class_" else [held]):
            return False
    return True


def _value(field: Element) -> str | None:
    kind = field.get("type", "text").lower()
    if field.get("disabled") is not None or field.tag == "button" or kind in ("submit", "button", "image", "file"):
        return None
    if field.tag == "select":
        options = list(field.iter("option"))
        chosen = [it for it in options if it.get("selected") is not None] or options[:1]
        return chosen[0].get("value", "".join(chosen[0].itertext())) if chosen else None
    if field.tag == "textarea":
        return "".join(field.itertext())
    if field.tag != "input":
        return None
    if kind in ("checkbox", "radio"):
        return field.get("value", "on") if field.get("checked") is not None else None
    return field.get("value", "")


def _name(form: Element) -> str:
    return form.get("id") or form.get("action") or "(no id, no action)"
