"""The names that a search is narrowed by: where nothing is found, a name that does not exist is told as that.

"No tickets with assignee 'olivai'" would be read as a fact about tickets. So an empty page is only given where every
name exists for this caller; else a `Mistake` says which do not, with the nearest that do.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import literal_column, select

from halo.contacts.models import Ticket
from halo.contacts.models.shared import Record
from halo.contacts.records.narrowing import Narrowing
from halo.contacts.records.paging import Page
from halo.contacts.records.visible import Reader, is_bound
from halo.ground import limits
from halo.ground.errors import Mistake
from halo.ground.principal import Principal
from halo.ground.text import nearest
from halo.ground.text.folding import fold, mail
from halo.workspaces import members
from halo.workspaces.models import Person

Column = Any
_NOBODY = ("none", "nobody", "unassigned")
_ME = "me"


class Names:
    """What a search names, field by field."""

    def __init__(self, reader: Reader, principal: Principal) -> None:
        self._reader, self._principal = reader, principal
        self._checks: list[Callable[[], tuple[str, str] | None]] = []

    def word(self, filters: Narrowing, field: str, column: Column, value: str | None) -> None:
        """Narrow to this value of the column, whatever its case."""
        self.narrow(filters, field, column, value, lambda to: to.same_word(column, value))

    def exactly(self, filters: Narrowing, field: str, column: Column, value: str | None) -> None:
        """Narrow to this value of the column as it is kept."""
        self.narrow(filters, field, column, value, lambda to: to.equal(column, value))

    def narrow(
        self, filters: Narrowing, field: str, column: Column, value: str | None, by: Callable[[Narrowing], None]
    ) -> None:
        """Narrow by what this value means for the column."""
        if value is not None:
            by(filters)
            self._checks.append(lambda: self._unknown(field, column, value, by))

    def assignee(self, filters: Narrowing, value: str | None) -> None:
        """Narrow to the tickets of a teammate, by name or address; `me` is the person of the connection."""
        if value is None:
            return
        plain = fold(value.strip())
        if plain in _NOBODY:
            filters.add(Ticket.assignee_id.is_(None))
        elif plain == _ME:
            filters.add(Ticket.assignee_id == (self._principal.person_id or ""))
        else:
            called = {email: name for name, email in self._teammates() if _is_called(value, name, email)}
            filters.add(Ticket.assignee_id.in_(select(Person.id).where(Person.email.in_(called))))
            filters.mean("assignee", "teammates", value, [name or email for email, name in called.items()])
            self._checks.append(lambda: self._unknown_teammate(value))

    def checked(self, page: Page) -> Page:
        """The page; raises `Mistake` where it is empty because of a name that does not exist."""
        if page.total == 0 and not page.rows:
            unknown = [found for check in self._checks if (found := check())]
            if unknown:
                raise Mistake(unknown[0][0], "\n".join(sentence for _, sentence in unknown))
        return page

    def _unknown(
        self, field: str, column: Column, value: str, by: Callable[[Narrowing], None]
    ) -> tuple[str, str] | None:
        model: type[Record] = column.class_
        probe = Narrowing(self._reader, self._principal)
        by(probe)
        if self._reader.rows(model, probe.on(select(literal_column("1")).select_from(model)).limit(1)):
            return None
        says = f"{field}: no {_NOUNS[model.__name__]} has {value!r}."
        if column.key == "id":
            return field, says  # all ids are alike, and none is what was meant
        known = select(column).where(column.is_not(None)).distinct().limit(limits.NAMES_COMPARED)
        return field, says + nearest.told(value, [row[0] for row in self._reader.rows(model, known)])

    def _unknown_teammate(self, value: str) -> tuple[str, str] | None:
        names = self._teammates()
        if any(_is_called(value, name, email) for name, email in names):
            return None
        both = [*dict(names), *dict(names).values()]
        told = nearest.told(value, both if nearest.near(value, both) else dict(names))
        return "assignee", f"assignee: nobody here is called {value!r}; me and none are understood too.{told}"

    def _teammates(self) -> list[tuple[str, str]]:
        """(name, address) of those who can have tickets; for a caller bound to a customer, of those who have theirs."""
        who = select(Person.name, Person.email).limit(limits.NAMES_COMPARED)
        theirs = who.distinct().select_from(Ticket).join(Person, Person.id == Ticket.assignee_id)
        found = self._reader.rows(Ticket, theirs)
        named = [(str(row[0]), str(row[1])) for row in found]
        if not is_bound(self._principal):
            named += [(it.person.name, it.person.email) for it in members.of_workspace(self._reader.workspace_id)]
        return list(dict.fromkeys(named))


_NOUNS = {
    "Ticket": "ticket", "Conversation": "conversation", "EndUser": "end user", "Company": "company", "Lead": "lead",
}  # fmt: skip


def _is_called(value: str, name: str, email: str) -> bool:
    """Whether a teammate is meant: by the address, or by the beginning of a word of the name."""
    wanted, name = fold(value.strip()), fold(name)
    return mail(value) == mail(email) or name.startswith(wanted) or f" {wanted}" in name
