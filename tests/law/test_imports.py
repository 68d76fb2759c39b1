"""The import law: a room imports what stands before it; inside it, doors -> services -> models."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tests.support.parts import ROOT

PACKAGE = ROOT / "halo"
ROOMS = (
    ("ground",),
    ("jobs",),
    ("ledger",),
    ("web", "tool"),
    ("catalogue",),
    ("flags",),
    ("workspaces", "actions", "documents", "health"),
    ("facts",),
    ("gate",),
    ("contacts", "setup", "oauth"),
    ("perform",),
    ("trial",),
    ("servers",),
    ("tools",),
    ("authenticate", "palette"),
    ("audit",),
    ("mcp", "consent", "agents", "connect", "operators", "external"),
    ("apps", "styleguide"),
    ("home",),
    ("demo",),
    ("serve",),
    ("cli",),
    ("wiring",),
    ("__init__",),
)
"""The rooms of the house, lowest first. A room imports what stands on an earlier line, never one of its own line or a
later one; what must be told upwards is told in `halo/wiring.py`."""
DOOR_ROOMS = {"web", "cli", "serve"}
DOOR_NAMES = {"views", "endpoints", "commands"}
"""Inside a slice: modules or folders of this name speak HTTP or the command line."""
DOORS = {
    "mcp.front": "the short way in for POST /api/mcp, a WSGI callable",
    "__init__": "create_app",
}
"""Other doors, and what they are."""
MODEL_NAMES = {"models", "vocabulary", "catalogue", "events"}
FLASK = {"flask", "flask_sqlalchemy", "flask_limiter", "htmx_flask", "werkzeug"}
ALLOWED_FLASK = {
    "ground.database": "binds Flask-SQLAlchemy to the app",
    "ground.database.lasting": "the class of Flask-SQLAlchemy's sessions",
    "ground.per_app": "what an app has of its own hangs on Flask's current app",
    "ground.settings": "the same, of its settings",
    "ground.wire.accept": "reads the header Accept with Werkzeug's parser",
}
SHARED_MODELS = {
    "jobs": "rows that a job works on carry its columns",
    "workspaces": "every row belongs to a workspace, most are made by a person",
    "ledger": "the log is read by whoever shows what happened",
    "oauth": "consent, connected apps and the audit log are people's pages over the authorization server's rows",
    "flags": "operators' pages over the flags' rows",
}
"""Models that other slices may read, and why."""
ALLOWED_MODELS = {
    ("facts", "flags"): "one look-up for the call path reads the flags with the workspace",
    ("facts", "actions"): "the same look-up reads what is switched off",
}
"""Other readers of another slice's models, and why."""

WAYS_OUT = {
    "ground.outbound": "the way out, its network and its resolver",
    "ground.database.postgres": "knocks at the database of a setting",
    "serve": "takes connections, and asks this very server whether it is up",
}
"""Who opens sockets or looks up names, and why."""
OPENS = re.compile(
    r"(httpx|httpcore|requests|urllib3|aiohttp)\.(?!(URL|Request|Headers)\b)\w+|(urllib\.request\.)?(urlopen|build_opener)|HTTPS?Connection"
    r"|socket\.(socket|create_connection|getaddrinfo|gethostby\w+)|httpx\.\w+\.\w+"
)


@cache
def modules() -> dict[str, ast.Module]:
    """Every module of Halo, named without the `halo.` in front."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)
        found[name] = ast.parse(path.read_text(), str(path))
    return found


def imports(name: str) -> Iterator[tuple[str, int]]:
    """What a module imports, as (dotted name, line); imports for type checkers only do not count."""
    for node in ast.walk(modules()[name]):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            node.body = []
        elif isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield from ((f"{node.module}.{alias.name}", node.lineno) for alias in node.names)


def own_imports(name: str) -> Iterator[tuple[str, int]]:
    """The modules of Halo that a module imports, named without the `halo.`."""
    for imported, line in imports(name):
        if imported.startswith("halo."):
            target = imported.removeprefix("halo.")
            while target and target not in modules():
                target = target.rpartition(".")[0]
            if target:
                yield target, line


def room_of(name: str) -> str:
    """The room that a module stands in."""
    return name.partition(".")[0]


@cache
def step_of(room: str) -> int:
    """On which line of `ROOMS` a room stands."""
    return next(step for step, rooms in enumerate(ROOMS) if room in rooms)


def is_door(name: str) -> bool:
    in_door = room_of(name) in DOOR_ROOMS or bool(set(name.split(".")[1:]) & DOOR_NAMES)
    return in_door or any(f"{name}.".startswith(f"{door}.") for door in DOORS)


def is_models(name: str) -> bool:
    return bool(set(name.split(".")[1:]) & MODEL_NAMES)


def said(problems: list[str]) -> str:
    return "".join(f"\n  {problem}" for problem in problems)


def where(name: str, line: int) -> str:
    return f"halo/{name.replace('.', '/')}.py:{line}"


def test_only_doors_know_flask() -> None:
    found = [
        f"{where(name, line)} imports {imported}"
        for name in modules()
        if not is_door(name) and name not in ALLOWED_FLASK
        for imported, line in imports(name)
        if imported.partition(".")[0] in FLASK
    ]
    assert not found, "only doors (views, endpoints, commands, web) may; pass what the code needs as arguments:" + said(
        found
    )


def test_imports_go_down() -> None:
    found = [
        f"{where(name, line)} imports halo.{target}: {problem}"
        for name in modules()
        for target, line in own_imports(name)
        if (problem := upward(name, target))
    ]
    assert not found, said(found)


def upward(name: str, target: str) -> str:
    """Why this import breaks the law; empty when it does not."""
    here, there = room_of(name), room_of(target)
    if here == there:
        return ""
    if here == "ground":
        return "ground imports only ground; hand in what it needs, or move this up"
    if step_of(there) >= step_of(here):
        return (
            f"{here} stands at or below {there} in ROOMS; let {there} tell it what it must know (a registry in {here} "
            "and a line in halo/wiring.py, as reverts do), take it as an argument, or move what both need below them"
        )
    if is_door(target) and not is_door(name):
        return "nothing below a door imports one; move what both need into a service"
    if is_models(name) and there not in ("ground", "ledger") and not is_models(target):
        return "models and vocabularies import only ground and models"
    return across(name, target)


def across(name: str, target: str) -> str:
    """A slice calls another slice's services, not its doors and not its tables."""
    there = room_of(target)
    if is_door(target) and there != "web" and room_of(name) not in ("__init__", "serve", "cli"):
        return f"a slice calls another slice's service, not its doors; add a verb to {services_of(there)}"
    reads_models = "models" in target.split(".") and there not in SHARED_MODELS
    if reads_models and (name, there) not in ALLOWED_MODELS:
        return f"only halo/{there} reads its tables; add a verb to {services_of(there)}"
    return ""


def services_of(room: str) -> str:
    """Where a room's verbs stand, in words."""
    service = f"halo/{room}/service.py"
    return service if (ROOT / service).exists() else f"the module of halo/{room}/ that is named for it"


def test_every_room_has_its_place() -> None:
    there = {room_of(name) for name in modules()}
    missing = sorted(there - {room for rooms in ROOMS for room in rooms})
    assert not missing, f"give these a line of ROOMS, as low as their imports allow: {missing}"


def test_there_is_one_way_out() -> None:
    found = [
        f"{where(name, node.lineno)} calls {ast.unparse(node.func)}"
        for name, tree in modules().items()
        if not any(f"{name}.".startswith(f"{way}.") for way in WAYS_OUT)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and OPENS.fullmatch(ast.unparse(node.func))
    ]
    assert not found, "requests of Halo's own go through `outbound.errand`, which guards them:" + said(found)


def test_one_place_commits() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in sorted(PACKAGE.rglob("*.py"))
        for number, text in enumerate(path.read_text().splitlines(), 1)
        if ".commit(" in text
    ]
    assert len(found) == 1, (
        f"`.commit(` stands at {found}; use `with one_change():` of halo/ground/database/__init__.py instead"
    )
    assert found[0].startswith("halo/ground/database/__init__.py")


def test_files_stay_small() -> None:
    long = {
        str(path.relative_to(ROOT)): count
        for folder in ("halo", "tests", "scripts", "templates")
        for path in sorted((ROOT / folder).rglob("*"))
        if path.suffix in (".py", ".html") and (count := len(path.read_text().splitlines())) > 350
    }
    assert not long, f"no file goes past 350 lines; split these where they change subject: {long}"


def test_conftest_stays_small() -> None:
    count = len(Path(ROOT / "tests" / "conftest.py").read_text().splitlines())
    assert count <= 150, f"tests/conftest.py has {count} lines; move what a few tests need next to them"
