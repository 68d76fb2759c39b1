"""The import law: doors -> spine -> services -> models and vocabularies -> ground (README, "Where is what")."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tests.support.parts import ROOT

PACKAGE = ROOT / "halo"
PAGES = {"web", "answers", "assets", "cookies", "forms", "queries", "throttle", "navigation"}
SPINE = {"authenticate", "gate", "perform", "trial", *PAGES}
TOP_DOORS = {"__init__", "cli", *PAGES}
"""Modules beside the slices that are doors, or hang things on the app."""
GROUND = {"telemetry"}
"""Folders that are ground: no slice, and nothing of a slice in them."""
DOOR_NAMES = {"views", "endpoints", "commands"}
"""Inside a slice: modules or folders of this name speak HTTP or the command line."""
DOORS = {
    "contacts.answers": "the ingestion API's answers to mistakes, hung on its blueprint",
    "mcp.front": "the short way in for POST /api/mcp, a WSGI callable",
    "serve": "holds the commands and the server",
}
"""Other doors, and what they are."""
MODEL_NAMES = {"models", "vocabulary", "catalogue", "events"}
FLASK = {"flask", "flask_sqlalchemy", "flask_limiter", "htmx_flask", "werkzeug"}
ALLOWED_FLASK = {
    "database": "binds Flask-SQLAlchemy to the app",
    "lasting": "the class of Flask-SQLAlchemy's sessions",
    "accept": "reads the header Accept with Werkzeug's parser",
}
SHARED_MODELS = {
    "workspaces": "every row belongs to a workspace, most are made by a person",
}
"""Models that other slices may read, and why."""
ALLOWED_MODELS = {
    ("workspaces.facts", "flags"): "one look-up for the call path reads the flags with the workspace",
    ("workspaces.facts", "actions"): "the same look-up reads what is switched off",
    ("audit.overview", "oauth"): "home counts the connections beside the calls",
    ("audit.search", "oauth"): "the audit log names the client of a row",
}
"""Other readers of another slice's models, and why."""

WAYS_OUT = {
    "outbound": "the way out",
    "guard": "its network",
    "lookups": "its resolver",
    "postgres": "knocks at the database of a setting",
    "serve": "takes connections, and asks this very server whether it is up",
}
"""Who opens sockets or looks up names, and why."""
OPENS = re.compile(
    r"(httpx|httpcore|requests|urllib3|aiohttp)\.\w+|(urllib\.request\.)?(urlopen|build_opener)|HTTPS?Connection"
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


def slice_of(name: str) -> str | None:
    """The slice that a module belongs to; None for ground and spine."""
    first = name.partition(".")[0]
    return first if first not in GROUND and (PACKAGE / first).is_dir() else None


def is_door(name: str) -> bool:
    if slice_of(name) is None:
        return name in TOP_DOORS
    return bool(set(name.split(".")[1:]) & DOOR_NAMES) or any(f"{name}.".startswith(f"{door}.") for door in DOORS)


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
    assert not found, (
        "only doors (views, endpoints, commands, web.py) may; pass what the code needs as arguments:" + said(found)
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
    here, there = slice_of(name), slice_of(target)
    if is_door(target) and not is_door(name):
        return "nothing below a door imports one; move what both need into a service"
    if here is None and name not in SPINE | TOP_DOORS and (there is not None or target in SPINE):
        return "ground imports only ground; move this up into the spine or a slice"
    if is_models(name) and here is not None and target in SPINE:
        return "models and vocabularies import only ground and models"
    if here is not None and not is_door(name) and target == "web":
        return "a service never touches the request; take what it needs as arguments"
    if here is not None and there is not None and here != there:
        return across(name, here, target, there)
    return ""


def across(name: str, here: str, target: str, there: str) -> str:
    """A slice calls another slice's services, not its doors and not its tables."""
    if is_door(target) and here != "serve":
        return f"a slice calls another slice's service; add a verb to halo/{there}/service.py"
    reads_models = "models" in target.split(".") and there not in SHARED_MODELS
    if reads_models and (name, there) not in ALLOWED_MODELS:
        return f"only halo/{there} reads its tables; add a verb to halo/{there}/service.py"
    return ""


def test_there_is_one_way_out() -> None:
    found = [
        f"{where(name, node.lineno)} calls {ast.unparse(node.func)}"
        for name, tree in modules().items()
        if name not in WAYS_OUT and slice_of(name) not in WAYS_OUT
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
    assert len(found) == 1, f"`.commit(` stands at {found}; use `with one_change():` of halo/database.py instead"
    assert found[0].startswith("halo/database.py")


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
