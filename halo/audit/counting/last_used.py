"""When each tool was last called by one holder of switches, however much others called it since."""

from __future__ import annotations

import datetime
from collections.abc import Iterable

from sqlalchemy import func, select, union_all

from halo.audit.counting import hours
from halo.audit.filters import Filters, conditions
from halo.ground.database import db
from halo.ledger import moments, tally
from halo.ledger.models import ActionExecution

_Row = ActionExecution


def of_tools(workspace_id: str, names: Iterable[str], filters: Filters) -> dict[str, datetime.datetime]:
    """Tool -> the last call of it that fits, refused ones too; tools that nobody called are absent.

    The tables of days say from which day on to look, so that a look never goes further back than the call that it
    finds. What is not in them yet lies behind their mark.
    """
    tally.catch_up()
    mark, days = tally.mark(hours.mark_for(filters)), _last_days(workspace_id, filters)
    fits = conditions(workspace_id, filters, reads_payloads=False)
    newest = [
        select(_Row.tool, _Row.at)
        .where(*fits, _Row.tool == name, _Row.id >= days.get(name, mark))
        .order_by(_Row.id.desc())
        .limit(1)
        .subquery()
        for name in names
    ]
    if not newest:
        return {}
    return {row.tool: row.at for row in db.session.execute(union_all(*(select(each) for each in newest)))}


def _last_days(workspace_id: str, filters: Filters) -> dict[str, str]:
    """Tool -> the lowest id of the last day on which it was called, as far as days are added up."""
    table = hours.tools_table(filters, by_day=True)
    last = select(table.tool, func.max(table.hour)).where(*hours.of_tools(workspace_id, filters, table))
    found = db.session.execute(last.group_by(table.tool))
    return {tool: moments.first_id(hours.begin_of(day)) for tool, day in found}
