"""The shop that a browser connects through the pages."""

from __future__ import annotations

from typing import Any

from flask import Flask
from sqlalchemy import select

from halo.ground.database import db
from halo.ledger.models import ActionExecution
from halo.servers.models import ServerTool
from tests.support.browser import Browser

PAGES = "/dashboard/integrations/mcp"
SHOP = f"{PAGES}/shop"
TABS = ("", "/tools", "/changes", "/credentials", "/calls", "/health", "/settings")
NOTE = {
    "name": "add_note",
    "description": "Adds a note to an order.",
    "inputSchema": {
        "type": "object",
        "properties": {"order": {"type": "string"}, "text": {"type": "string", "maxLength": 1000}},
        "required": ["order", "text"],
    },
    "annotations": {"destructiveHint": False},
}


def connect(browser: Browser, url: str, **fields: Any) -> None:
    browser.get("/dashboard/integrations/new-server")
    browser.submit("address-form", url=url)
    browser.submit("server-form", **{"slug": "shop", "name": "Shop"} | fields)


def tool_row(app: Flask, name: str) -> ServerTool:
    with app.app_context():
        return db.session.scalars(select(ServerTool).where(ServerTool.name == name)).one()


def calls(app: Flask) -> list[ActionExecution]:
    with app.app_context():
        rows = select(ActionExecution).where(ActionExecution.caller == "dashboard").order_by(ActionExecution.id)
        return list(db.session.scalars(rows))
