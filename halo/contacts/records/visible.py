"""What a caller may see: the one place that every read of contacts goes through.

`conditions` says in SQL which rows of a table belong to the caller's workspace and, for a caller bound to one
customer, to that customer; `values` gives the parameters of those conditions. Statements that are prepared once
and statements that are built for a call use the same two functions.

Bound means: that end user; the company they are in now, if somebody vouched for that; their own tickets, conversations
and events, and those of their company that no end user owns. Colleagues are somebody else. Leads are always somebody
else.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Row,
    Select,
    String,
    and_,
    bindparam,
    case,
    false,
    func,
    literal_column,
    or_,
    select,
)

from halo.contacts.models import (
    Company,
    Conversation,
    ConversationMessage,
    EndUser,
    Lead,
    SdkEvent,
    Ticket,
    TicketMessage,
)
from halo.contacts.models.shared import Record
from halo.ground.database import db
from halo.ground.database.quick import Prepared
from halo.ground.database.quick import Row as QuickRow
from halo.ground.principal import Principal

Statement = Select[*tuple[Any, ...]]
Found = Row[*tuple[Any, ...]]

_CUSTOMER: BindParameter[str] = bindparam("visible_customer", type_=String)
PROVEN_COMPANY = case((EndUser.company_unproven.is_(False), EndUser.company_id))
"""The company of an end user; none where only the public widget key named it."""
_THEIR_COMPANY = select(PROVEN_COMPANY).where(EndUser.id == _CUSTOMER).scalar_subquery()


def is_bound(principal: Principal) -> bool:
    """Whether the caller may see one customer only, or, bound to nobody, none."""
    return principal.customer is not None


def conditions(model: type[Record], *, bound: bool, keyed: bool = False) -> tuple[ColumnElement[bool], ...]:
    """Which rows of the table such a caller may see; the parameters come from `values`.

    `keyed` is for statements that find their rows by a key of another table: without statistics SQLite takes the
    workspace for a better key and reads all of it, so the condition is written as one that no index serves.
    """
    workspace = func.coalesce(model.workspace_id, literal_column("''")) if keyed else model.workspace_id
    inside = workspace == bindparam("visible_workspace", type_=String)
    return (inside, _of_customer(model)) if bound else (inside,)


def values(principal: Principal) -> dict[str, str]:
    """The parameters of `conditions` for this caller."""
    given = {"visible_workspace": principal.workspace_id}
    if principal.customer is not None:
        given["visible_customer"] = principal.customer.end_user_id
    return given


class Lookup:
    """A select over one table and its joins, prepared once for callers with and without a binding.

    `for_bound` is another select for bound callers: `conditions` reach the table's rows, not what a column counts.
    """

    def __init__(
        self, model: type[Record], statement: Statement, *, keyed: bool = False, for_bound: Statement | None = None
    ) -> None:
        self._statements = {
            bound: Prepared(asked.where(*conditions(model, bound=bound, keyed=keyed)))
            for bound, asked in ((False, statement), (True, statement if for_bound is None else for_bound))
        }

    def rows(self, principal: Principal, **parameters: Any) -> list[QuickRow]:
        """The rows that this caller may see."""
        return self._statements[is_bound(principal)].rows(**values(principal), **parameters)

    def first(self, principal: Principal, **parameters: Any) -> QuickRow | None:
        """The first of them."""
        found = self.rows(principal, **parameters)
        return found[0] if found else None


class Reader:
    """Runs selects of one answer in one short transaction, so that its rows and its count agree."""

    def __init__(self, connection: Connection, principal: Principal) -> None:
        self.connection = connection
        self.workspace_id = values(principal)["visible_workspace"]
        self._bound = is_bound(principal)
        self._values = values(principal)

    def rows(self, model: type[Record], statement: Statement, *, keyed: bool = False) -> Sequence[Found]:
        """The rows of the statement that this caller may see; `model` is the table it selects from."""
        return self.connection.execute(self.seen(model, statement, keyed=keyed), self._values).all()

    def count(self, model: type[Record], statement: Statement, most: int, *, keyed: bool = False) -> int:
        """How many such rows there are; counting stops at `most`."""
        seen = self.seen(model, statement, keyed=keyed).limit(most).subquery()
        return self.connection.execute(select(func.count()).select_from(seen), self._values).scalar_one()

    def seen(self, model: type[Record], statement: Statement, *, keyed: bool = False) -> Statement:
        """The statement with the conditions on what this caller may see."""
        return statement.where(*conditions(model, bound=self._bound, keyed=keyed))


@contextlib.contextmanager
def reading(principal: Principal) -> Iterator[Reader]:
    """A reader for this caller."""
    with db.engine.connect() as connection:
        yield Reader(connection, principal)


def _of_customer(model: type[Record]) -> ColumnElement[bool]:
    if model is EndUser:
        return EndUser.id == _CUSTOMER
    if model is Company:
        return Company.id == _THEIR_COMPANY
    if model in (Ticket, Conversation):
        return or_(
            model.end_user_id == _CUSTOMER,
            and_(model.end_user_id.is_(None), model.company_id == _THEIR_COMPANY),
        )
    if model is SdkEvent:
        return SdkEvent.end_user_id == _CUSTOMER
    if model is TicketMessage:
        return TicketMessage.ticket_id.in_(select(Ticket.id).where(_of_customer(Ticket)))
    if model is ConversationMessage:
        return ConversationMessage.conversation_id.in_(select(Conversation.id).where(_of_customer(Conversation)))
    if model is Lead:
        return false()
    raise TypeError(f"{model.__name__}: say here what a caller who is bound to one customer sees of it")
