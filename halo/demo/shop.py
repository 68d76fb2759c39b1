"""The demo shop: a third-party MCP server of orders and shipping, over goods that it makes up.

It stands for what a workspace would connect: its own internal API behind a small server. Started by `make run` after
the workers listen, and in no production. It knows nothing of Halo: what it is told, it is told over MCP (2026-07-28 and
the revisions with a handshake). Run by its path it needs the standard library alone, so it takes less than 25 MB, and
anybody may read it to write a server of their own:

    python -I halo/demo/shop.py 8070
"""

from __future__ import annotations

import datetime
import hashlib
import json
import random
import sys
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

GOODS = (
    ("Desk lamp", 48.0), ("Standing desk", 612.0), ("Monitor arm", 129.5), ("Office chair", 349.0),
    ("Noise-cancelling headset", 219.0), ("Webcam", 89.0), ("Keyboard", 139.0), ("Footrest", 39.9),
)  # fmt: skip
STATES = ("delivered", "delivered", "delivered", "on its way", "being packed", "returned")
CARRIERS = ("DHL", "UPS", "FedEx")
ZONES = {"DE": 4.9, "AT": 6.9, "FR": 8.9, "GB": 11.9, "US": 19.9, "JP": 24.9}
FAR = 29.9


def orders_of(email: str, status: str | None = None) -> list[dict[str, Any]]:
    """The customer's orders, the newest first."""
    chance = random.Random(email.strip().lower())
    day = datetime.date.today()  # noqa: DTZ011 - the shop's own day
    found = []
    for number in range(chance.randint(1, 4)):
        day -= datetime.timedelta(days=chance.randint(2, 40))
        name, price = chance.choice(GOODS)
        count = chance.randint(1, 3)
        state = chance.choice(STATES) if number else chance.choice(STATES[2:5])
        found.append(
            {
                "order": f"SH-{chance.randint(10_000, 99_999)}",
                "placed": day.isoformat(),
                "item": name,
                "count": count,
                "total": round(price * count, 2),
                "currency": "EUR",
                "status": state,
                "carrier": chance.choice(CARRIERS) if state in ("delivered", "on its way", "returned") else None,
            }
        )
    return [each for each in found if status in (None, each["status"])]


def rates_of(country: str, kilograms: float) -> list[dict[str, Any]]:
    """What sending a parcel costs, the cheapest first."""
    base = ZONES.get(country.upper(), FAR)
    return [
        {"service": "standard", "days": 3 if base < 10 else 7, "price": round(base + 0.9 * kilograms, 2)},
        {"service": "express", "days": 1 if base < 10 else 3, "price": round(2.4 * base + 1.6 * kilograms, 2)},
    ]


Arguments = Mapping[str, Any]
Outcome = tuple[str, dict[str, Any]]


class Refused(Exception):
    """The shop does not do this; the message is for who called."""


class Tool(NamedTuple):
    """One tool of the shop."""

    definition: dict[str, Any]
    run: Callable[[Arguments], Outcome]


def find_orders(said: Arguments) -> Outcome:
    found = orders_of(_text(said, "email"), said.get("status"))
    lines = [
        f"{each['order']}: {each['count']} x {each['item']}, {each['total']:.2f} EUR, {each['status']}"
        for each in found
    ]
    return "\n".join(lines) or "No orders.", {"orders": found}


def shipping_rates(said: Arguments) -> Outcome:
    weight = said.get("weight_kg", 1)
    if isinstance(weight, bool) or not isinstance(weight, int | float) or not 0 < weight <= 30:
        raise Refused("weight_kg is more than 0 and at most 30.")
    found = rates_of(_text(said, "country"), float(weight))
    lines = [f"{each['service']}: {each['price']:.2f} EUR, {each['days']} days" for each in found]
    return "\n".join(lines), {"rates": found}


def refund_order(said: Arguments) -> Outcome:
    name = _text(said, "order")
    refund = "RF-" + hashlib.sha256(name.encode()).hexdigest()[:8].upper()
    return f"{name} was refunded ({refund}).", {"refund": refund, "order": name}


def _text(said: Arguments, name: str) -> str:
    value = said.get(name)
    if not isinstance(value, str) or not value.strip():
        raise Refused(f"{name} is missing.")
    return value.strip()


def _object(properties: dict[str, Any], *required: str) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(required), "additionalProperties": False}


TOOLS = {
    tool.definition["name"]: tool
    for tool in (
        Tool(
            {
                "name": "find_orders",
                "title": "Find orders",
                "description": "The orders of a customer of the shop, the newest first, with what became of each.",
                "inputSchema": _object(
                    {
                        "email": {"type": "string", "description": "E-mail address of the customer."},
                        "status": {"type": "string", "enum": sorted(set(STATES))},
                    },
                    "email",
                ),
                "outputSchema": _object({"orders": {"type": "array", "items": {"type": "object"}}}, "orders"),
                "annotations": {"readOnlyHint": True, "openWorldHint": False},
            },
            find_orders,
        ),
        Tool(
            {
                "name": "shipping_rates",
                "title": "Shipping rates",
                "description": "What sending a parcel costs, by country and weight, with the days that it takes.",
                "inputSchema": _object(
                    {
                        "country": {"type": "string", "description": "Two letters, ISO 3166."},
                        "weight_kg": {"type": "number", "exclusiveMinimum": 0, "maximum": 30, "default": 1},
                    },
                    "country",
                ),
                "outputSchema": _object({"rates": {"type": "array", "items": {"type": "object"}}}, "rates"),
                "annotations": {"readOnlyHint": True, "openWorldHint": False},
            },
            shipping_rates,
        ),
        Tool(
            {
                "name": "refund_order",
                "title": "Refund an order",
                "description": "Pays an order back. It cannot be undone.",
                "inputSchema": _object({"order": {"type": "string", "description": "Such as SH-12345."}}, "order"),
                "annotations": {"readOnlyHint": False, "destructiveHint": True, "idempotentHint": False},
            },
            refund_order,
        ),
    )
}


MODERN, LEGACY = ("2026-07-28",), ("2025-03-26", "2025-06-18", "2025-11-25")
ABOUT = {"name": "demo-shop", "title": "Demo shop", "version": "1"}
META = "io.modelcontextprotocol/"
LONGEST = 1_000_000
FRESH_MS = 300_000
"""How long what is listed may be kept."""


class Problem(Exception):
    """A JSON-RPC error."""

    def __init__(self, code: int, message: str, status: int = 200, data: Any = None) -> None:
        super().__init__(message)
        self.code, self.message, self.status, self.data = code, message, status, data


class Shop(BaseHTTPRequestHandler):
    """One connection: messages in, answers out; nothing is remembered between two."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        message = self._message(self.rfile.read(min(length, LONGEST)))
        if message is None:
            return self._send(400, {"jsonrpc": "2.0", "id": None, "error": {"code": -32700, "message": "Not JSON."}})
        if "id" not in message:
            return self._send(202)
        answer: dict[str, Any] = {"jsonrpc": "2.0", "id": message["id"]}
        try:
            return self._send(200, answer | {"result": self._result(message)})
        except Problem as problem:
            error = {"code": problem.code, "message": problem.message}
            said = error if problem.data is None else error | {"data": problem.data}
            return self._send(problem.status, answer | {"error": said})

    def do_GET(self) -> None:
        self._send(405)

    def do_DELETE(self) -> None:
        self._send(405)

    def _result(self, message: dict[str, Any]) -> dict[str, Any]:
        params = message.get("params") or {}
        version = (params.get("_meta") or {}).get(f"{META}protocolVersion")
        if version is None:
            return legacy(str(message.get("method")), params)
        if version not in MODERN:
            raise Problem(-32022, "This revision is not served.", 400, {"supported": MODERN, "requested": version})
        if self.headers.get("Mcp-Method") != message.get("method"):
            raise Problem(-32020, "Mcp-Method and the message differ.", 400)
        marks = {"resultType": "complete", "_meta": {f"{META}serverInfo": ABOUT}}
        return modern(str(message["method"]), params) | marks

    @staticmethod
    def _message(body: bytes) -> dict[str, Any] | None:
        try:
            message = json.loads(body)
        except ValueError:
            return None
        return message if isinstance(message, dict) else None

    def _send(self, status: int, said: dict[str, Any] | None = None) -> None:
        body = b"" if said is None else json.dumps(said).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        if body:
            self.send_header("Content-Type", "application/json")
        if status == 405:
            self.send_header("Allow", "POST")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Quiet: Halo's log says what was called."""


def modern(method: str, params: dict[str, Any]) -> dict[str, Any]:
    """2026-07-28, where every request says everything."""
    if method == "server/discover":
        found = {"supportedVersions": MODERN, "capabilities": {"tools": {}}, "instructions": ""}
        return found | {"ttlMs": FRESH_MS, "cacheScope": "public"}
    if method == "tools/list":
        return listed() | {"ttlMs": FRESH_MS, "cacheScope": "public"}
    if method == "tools/call":
        return called(params)
    raise Problem(-32601, "No such method.", 404)


def legacy(method: str, params: dict[str, Any]) -> dict[str, Any]:
    """The revisions with a handshake."""
    if method == "initialize":
        asked = params.get("protocolVersion")
        version = asked if asked in LEGACY else LEGACY[-1]
        return {"protocolVersion": version, "capabilities": {"tools": {}}, "serverInfo": ABOUT}
    if method == "ping":
        return {}
    if method == "tools/list":
        return listed()
    if method == "tools/call":
        return called(params)
    raise Problem(-32601, "No such method.")


def listed() -> dict[str, Any]:
    return {"tools": [tool.definition for tool in TOOLS.values()]}


def called(params: dict[str, Any]) -> dict[str, Any]:
    tool = TOOLS.get(str(params.get("name")))
    if tool is None:
        raise Problem(-32602, "No such tool.")
    try:
        text, data = tool.run(params.get("arguments") or {})
    except Refused as why:
        return {"content": [{"type": "text", "text": str(why)}], "isError": True}
    return {"content": [{"type": "text", "text": text}], "structuredContent": data, "isError": False}


def main() -> None:
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Shop).serve_forever()


if __name__ == "__main__":
    main()
