"""When each tool was last called by one holder of switches, however much others called it since."""

from __future__ import annotations

import datetime
from collections.abc import Collection

from sqlalchemy import func, select, union_all

from halo.audit.counting import hours
from halo.audit.filters import Filters, conditions
from halo.ground.database import db
from halo.ledger import moments, tally
from halo.ledger.models import ActionExecution

_Row = ActionExecution
AT_ONCE = 100
"""Tools asked for in one statement; SQLite puts at most 500 together."""


def of_tools(workspace_id: str, names: Collection[str], filters: Filters) -> dict[str, datetime.datetime]:
    """Tool -> the last call of it that fits, refused ones too; tools that nobody called are absent.

    The tables of days say which tools were called and on which day last, so that a look never goes further back than
    the call that it finds. What is not in them yet lies behind their mark.
    """
    tally.catch_up()
    first = _first_ids(workspace_id, filters)
    wanted = [name for name in names if name in first]
    found: dict[str, datetime.datetime] = {}
    fits = conditions(workspace_id, filters, reads_payloads=False)
    for start in range(0, len(wanted), AT_ONCE):
        newest = [
            select(
                select(_Row.tool, _Row.at)
                .where(*fits, _Row.tool == name, _Row.id >= first[name])
                .order_by(_Row.id.desc())
                .limit(1)
                .subquery()
            )
            for name in wanted[start : start + AT_ONCE]
        ]
        found |= {tool: at for tool, at in db.session.execute(union_all(*newest)) if tool}
    return found


def _first_ids(workspace_id: str, filters: Filters) -> dict[str, str]:
    """Tool -> an id from which on there is a call of it that fits."""
    table, mark = hours.tools_table(filters, by_day=True), tally.mark(hours.mark_for(filters))
    days = select(table.tool, func.max(table.hour)).where(*hours.of_tools(workspace_id, filters, table))
    behind = select(_Row.tool).where(*conditions(workspace_id, filters, reads_payloads=False), _Row.id >= mark)
    found = {tool: mark for tool in db.session.scalars(behind.distinct()) if tool}
    return found | {
        tool: moments.first_id(hours.begin_of(day)) for tool, day in db.session.execute(days.group_by(table.tool))
    }
