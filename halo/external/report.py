"""What the Doctor found, as a text for whoever runs the server: no credential and no customer stands in it."""

from __future__ import annotations

import json

from halo.ground.database import now
from halo.ground.outbound import overheard
from halo.ground.outbound.overheard import Exchange
from halo.servers.findings import Found
from halo.servers.probing import Examination

_WORDS = {"ok": "ok", "warning": "WARNING", "failed": "FAILED", "skipped": "not asked"}


def written(examination: Examination) -> str:
    """The whole report; looks at the server while it is written."""
    head = f"How {overheard.shown(examination.url)} answers as an MCP server"
    head += f"\nLooked at by Halo, {now():%Y-%m-%d %H:%M} UTC"
    return "\n\n".join([head, *map(_line, examination)]) + "\n"


def exchanged(each: Exchange) -> str:
    """One request, and what came back."""
    sent = [f"{each.method} {each.url}", *(f"{name}: {value}" for name, value in each.headers)]
    body = _readable(each.body)
    came = ["no answer"] if each.status is None else [str(each.status)]
    came += [f"{name}: {value}" for name, value in each.answer]
    return "\n".join([*sent, *(["", body] if body else []), "", f"-> {came[0]}", *came[1:]])


def _line(found: Found) -> str:
    lines = [f"[{_WORDS[found.verdict]}] {found.title}: {found.says}"]
    lines += [f"What helps: {found.remedy}"] if found.remedy else []
    lines += [f"{name}: {value}" for name, value in found.facts]
    evidence = "\n\n".join(exchanged(each) for each in found.exchanges)
    lines += ["", *(f"    {line}".rstrip() for line in evidence.splitlines())] if evidence else []
    return "\n".join(lines)


def _readable(body: str) -> str:
    try:
        return json.dumps(json.loads(body), indent=2, ensure_ascii=False)
    except ValueError:
        return body
