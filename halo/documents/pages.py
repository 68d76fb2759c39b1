"""The pages as files: front matter, passages under their headings, and the anchors that links use."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent.parent / "docs"

_HEADING = re.compile(r"(#{2,3}) +(.+?) *#*")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
_MARKS = re.compile(r"`([^`]+)`|[`*]|(?<!\w)_|_(?!\w)")
_BULLET = re.compile(r"\s*(?:[-*+]|\d+\.) +")
_BLANK = re.compile(r"\{\{ *(\w+) *\}\}")


@dataclass(frozen=True, slots=True)
class Passage:
    """A heading and what stands under it, up to the next heading; the first one of a page has no heading."""

    anchor: str
    heading: str
    level: int
    markdown: str


@dataclass(frozen=True, slots=True)
class DocumentPage:
    """One file of `halo/docs`."""

    slug: str
    title: str
    summary: str
    section: str
    order: int
    passages: tuple[Passage, ...]

    @property
    def markdown(self) -> str:
        """The whole page with its title, as a reader without a browser gets it."""
        return f"# {self.title}\n\n" + "\n\n".join(passage.markdown for passage in self.passages) + "\n"

    @property
    def digest(self) -> str:
        """Changes with the text; eight characters."""
        return hashlib.sha256(self.markdown.encode()).hexdigest()[:8]

    def passages_at(self, anchor: str) -> tuple[Passage, ...]:
        """The passage with this anchor and the deeper ones under it; empty when there is none."""
        for at, passage in enumerate(self.passages):
            if passage.anchor == anchor:
                rest = self.passages[at + 1 :]
                end = next((i for i, later in enumerate(rest) if later.level <= passage.level), len(rest))
                return (passage, *rest[:end])
        return ()


def load(blanks: Mapping[str, str], folder: Path = FOLDER) -> tuple[DocumentPage, ...]:
    """Every page, in reading order; `{{name}}` in a text becomes the value of that blank."""
    pages = [_read(path, blanks) for path in sorted(folder.glob("*.md"))]
    return tuple(sorted(pages, key=lambda page: (page.order, page.slug)))


def _read(path: Path, blanks: Mapping[str, str]) -> DocumentPage:
    text = _BLANK.sub(lambda match: blanks[match[1]], path.read_text(encoding="utf-8"))
    head, body = _front_matter(text, path.name)
    return DocumentPage(
        slug=path.stem,
        title=head["title"],
        summary=head["summary"],
        section=head["section"],
        order=int(head["order"]),
        passages=tuple(_passages(body)),
    )


def _front_matter(text: str, name: str) -> tuple[dict[str, str], str]:
    fence, head, body = text.split("---\n", 2)
    if fence:
        raise ValueError(f"{name} does not begin with front matter")
    pairs = (line.partition(":") for line in head.splitlines() if line.strip())
    return {key.strip(): value.strip() for key, _, value in pairs}, body


def _passages(body: str) -> Iterator[Passage]:
    taken: set[str] = set()
    anchor, heading, level, lines = "", "", 1, list[str]()
    for line, match in _lines_and_headings(body):
        if match:
            if lines or heading:
                yield Passage(anchor, heading, level, "\n".join(lines).strip())
            heading, level, lines = plain(match[2]), len(match[1]), []
            anchor = _free(anchor_of(heading), taken)
        lines.append(line)
    yield Passage(anchor, heading, level, "\n".join(lines).strip())


def _lines_and_headings(body: str) -> Iterator[tuple[str, re.Match[str] | None]]:
    """Each line, with the match if it is a heading; what looks like one inside a code block is not."""
    fence = ""
    for line in body.strip().splitlines():
        mark = _FENCE.match(line)
        if mark and not fence:
            fence = mark[1]
        elif mark and fence and line.strip().startswith(fence):
            fence = ""
        yield line, None if fence or mark else _HEADING.fullmatch(line)


def _free(anchor: str, taken: set[str]) -> str:
    candidate, number = anchor, 2
    while candidate in taken:
        candidate, number = f"{anchor}-{number}", number + 1
    taken.add(candidate)
    return candidate


def anchor_of(heading: str) -> str:
    """The fragment that links to a heading: lower-case words joined by hyphens."""
    simple = unicodedata.normalize("NFKD", heading).encode("ascii", "ignore").decode().lower()
    return "-".join(re.findall(r"[a-z0-9]+(?:_[a-z0-9]+)*", simple)) or "section"


def plain(markdown: str) -> str:
    """One line of Markdown without its marks; what stands in it as code keeps its own."""
    return _MARKS.sub(lambda mark: mark[1] or "", _LINK.sub(r"\1", markdown)).strip()


def words_of(markdown: str) -> str:
    """A passage as running text, for the index and its excerpts: without headings, fences, bullets and marks."""
    kept = []
    for line in markdown.splitlines():
        if _FENCE.match(line) or _HEADING.fullmatch(line) or re.fullmatch(r"[|\s:-]*", line):
            continue
        cells = [plain(cell) for cell in re.split(r"(?<!\\)\|", _BULLET.sub("", line, count=1)) if cell.strip()]
        kept.append(" · ".join(cells).lstrip("> "))
    return "\n".join(kept)
