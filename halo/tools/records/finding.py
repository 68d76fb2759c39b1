"""Records that are looked up by a key or a name, of which several may fit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from halo.contacts.records.paging import Page
from halo.contacts.records.terms import read, terms_of
from halo.ground.errors import Mistake, NotFound
from halo.ground.principal import Principal
from halo.ground.text.folding import domain, is_same, mail
from halo.tool import Answer, found
from halo.tools.records.shapes import RecordArguments

SHOWN = 10
"""Records of which a `find` tool names the ids where several fit."""


class Finds(Protocol):
    """A service of records that are looked up by a key."""

    @property
    def MOST_FOUND(self) -> int: ...  # noqa: N802 - a constant of the service

    def find(self, by: str, value: str, /, *, principal: Principal) -> list[dict[str, Any]]: ...

    def near(self, reference: str, /, *, principal: Principal) -> str: ...


@dataclass(frozen=True, slots=True)
class Fitting:
    """Records that fit what a `find` tool was asked: those that were read, and how many there are."""

    records: list[dict[str, Any]]
    total: int
    total_is_exact: bool = True

    @classmethod
    def of_key(cls, records: list[dict[str, Any]], most: int) -> Fitting:
        """Those found by a key, of which at most one more than `most` were read."""
        return cls(records[:most], min(len(records), most), len(records) <= most)

    @classmethod
    def of_page(cls, page: Page, columns: Iterable[str]) -> Fitting:
        """Those on the first page of a search."""
        records = [dict(zip(columns, row, strict=False)) for row in page.rows]
        return cls(records, page.total, page.total_is_exact)

    def by_all(self, arguments: RecordArguments, noun: str, near: Callable[[str], str]) -> Fitting:
        """Those that fit all other arguments too; raises NotFound for none, with what comes near to the first."""
        given = arguments.given()
        # What was looked up by name fits it in the eyes of the full-text index, which knows more of spelling.
        others = {} if set(given) == {"name"} else given
        left = [it for it in self.records if all(_fits(by, value, it[by]) for by, value in others.items())]
        if len(left) == len(self.records) and left:
            return self
        said = ", ".join(f"{name} {value!r}" for name, value in given.items())
        if not self.total_is_exact:
            raise Mistake("id", f"More than {self.total:,} fit a part of {said}: name the {noun} by id.")
        if not left:
            nearest = near(str(next(iter(given.values()), "")))
            raise NotFound(f"{noun}: {said}.{nearest}".rstrip("."))
        return Fitting(left, len(left))

    @classmethod
    def of(
        cls,
        arguments: RecordArguments,
        keys: Sequence[str],
        noun: str,
        records: Finds,
        by_name: Callable[[str, Principal], Fitting],
        principal: Principal,
    ) -> Fitting:
        """Those that the first given of the keys names, or else their name, and that fit everything else."""
        by = next((key for key in keys if getattr(arguments, key) is not None), None)
        name = getattr(arguments, "name", None)
        if by is not None:
            fits = cls.of_key(records.find(by, getattr(arguments, by), principal=principal), records.MOST_FOUND)
        elif name is not None:
            fits = by_name(name, principal)
        else:
            raise Mistake("id", f"Name the {noun} by at least one of {', '.join(keys)} or name.")
        return fits.by_all(arguments, noun, lambda said: records.near(said, principal=principal))

    def several(self, key: str, others: list[dict[str, Any]], said: Iterable[str], plural: str, lister: str) -> Answer:
        """Names and ids of the first of them; `key` is what the one that fits would be called."""
        text = "\n".join([self.heading(plural, lister), *said])
        return Answer(text, {key: None, **self.told(), "others": others}, word=self.word)

    @property
    def word(self) -> str:
        """For the audit log."""
        return found(self.total, is_exact=self.total_is_exact)

    def told(self) -> dict[str, Any]:
        """How many there are, as data."""
        return {"total": self.total, "total_is_exact": self.total_is_exact}

    def heading(self, plural: str, lister: str) -> str:
        """How many there are, and that not all of them follow."""
        count = f"{self.total:,}" if self.total_is_exact else f"More than {self.total:,}"
        if self.total_is_exact and self.total <= SHOWN:
            return f"{count} {plural} fit; say which one by id:"
        return f"{count} {plural} fit; say which one by id. The first {SHOWN}, of all that {lister} lists:"


def _fits(by: str, asked: str, known: str | None) -> bool:
    """Whether what a record says of itself is what was asked: a name by the beginnings of its words."""
    if by == "name":
        found = frozenset(terms_of(known or ""))
        return all(word.is_in(found) for word in read(asked).words)
    if by == "domain":
        return domain(known or "") == domain(asked)
    return mail(known or "") == mail(asked) if by == "email" else is_same(known, asked)
