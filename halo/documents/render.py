"""Pages as HTML: markdown-it without raw HTML, anchors on headings, code coloured by CSS classes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markupsafe import Markup, escape
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name
from pygments.util import ClassNotFound

from halo.documents.index import CLOSE, OPEN
from halo.documents.pages import DocumentPage

_PAGE_LINK = re.compile(r"([a-z0-9-]+)\.md(#.*)?")
_formatter: Any = HtmlFormatter(nowrap=True)


def to_html(page: DocumentPage) -> Markup:
    """The page without its title, as HTML; the headings carry the anchors of its passages."""
    tokens = _markdown.parse("\n\n".join(passage.markdown for passage in page.passages))
    anchors = iter(passage.anchor for passage in page.passages if passage.anchor)
    for at, token in enumerate(tokens):
        if token.type == "heading_open" and token.tag in ("h2", "h3"):
            _anchor(token, tokens[at + 1], next(anchors))
        elif token.type == "inline":
            _point_links(token.children or ())
    return Markup(_markdown.renderer.render(tokens, _markdown.options, {}))  # noqa: S704 - html is off in the parser


def marked(excerpt: str) -> Markup:
    """An excerpt of the index with its hits as <mark>."""
    safe = str(escape(" ".join(excerpt.split())))
    return Markup(safe.replace(OPEN, "<mark>").replace(CLOSE, "</mark>"))  # noqa: S704 - escaped above


def _anchor(heading: Token, inline: Token, anchor: str) -> None:
    heading.attrSet("id", anchor)
    inside = inline.children or []
    link = Token("link_open", "a", 1, attrs={"href": f"#{anchor}", "class": "heading-anchor"})
    inline.children = [link, *inside, Token("link_close", "a", -1)]


def _point_links(tokens: Sequence[Token]) -> None:
    """Links between files become links between pages; links elsewhere leak no address."""
    for token in _links(tokens):
        target = str(token.attrGet("href") or "")
        if page := _PAGE_LINK.fullmatch(target):
            token.attrSet("href", f"/docs/{page[1]}{page[2] or ''}")
        elif "://" in target:
            token.attrSet("rel", "noopener noreferrer")


def _links(tokens: Sequence[Token]) -> Iterator[Token]:
    return (token for token in tokens if token.type == "link_open")


class _Renderer(RendererHTML):
    """Code blocks with a language and a button to copy them; tables that scroll by themselves."""

    def fence(self, tokens: Sequence[Token], idx: int, *_: Any) -> str:
        language = tokens[idx].info.strip() or "text"
        return (
            f'<div class="code-block" data-language="{escape(language)}">'
            f'<button type="button" class="button button-small code-copy" data-copy><span>Copy</span></button>'
            f'<pre tabindex="0"><code class="highlight">{_coloured(tokens[idx].content, language)}</code></pre></div>\n'
        )

    def table_open(self, *_: Any) -> str:
        return '<div class="table-scroll" tabindex="0"><table class="table table-plain">\n'

    def table_close(self, *_: Any) -> str:
        return "</table></div>\n"


def _coloured(code: str, language: str) -> str:
    try:
        lexer = get_lexer_by_name(language, stripnl=False)
    except ClassNotFound:
        return str(escape(code))
    coloured: str = highlight(code, lexer, _formatter)
    return coloured


_markdown = MarkdownIt("commonmark", {"html": False}, renderer_cls=_Renderer).enable("table")
