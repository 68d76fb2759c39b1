"""One word, one thing: a name of a module or a class says which one is meant, wherever it stands."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterable

from tests.law.test_imports import modules, room_of, said

FILES = {
    "commands": "a slice's commands",
    "identity": "tokens of end users in `contacts`, and samples that make them for other people's servers in `setup`",
    "jobs": "a slice's jobs",
    "models": "a slice's rows",
    "service": "a slice's verbs",
    "views": "a slice's blueprint",
    "vocabulary": "a slice's words",
    "reverts": "how a slice's changes are taken back",
    "bulk": "a slice's rows written by the thousand",
    "events": "what end users do in `contacts`, what is recorded in `ledger`: the product's word and the trade's",
}
"""Names of files that several rooms have, each for the same part of a slice, and which part that is."""
LAYERS = {"endpoints", "ingestion", "models", "records"}
"""Folders that hold one layer of a slice: the same noun may have a file in each."""
ROOMS_OF_EVERYTHING = {"demo", "servers", "tools"}
"""Rooms that speak of the same things from the other side: `demo` plants them, `tools` shows them to models, and
`servers` is the client of the protocols whose server `oauth` and `mcp` are."""
LOOK_UPS = {"catalogue.of", "facts.of"}
"""`facts.of(workspace)` and `catalogue.of(facts)`: the two look-ups of the line, which are never imported bare."""
EMPTY_WORDS = {"of", "do", "handle", "process", "execute", "helper", "util", "utils", "helpers", "misc", "common"}


def homes(names: Iterable[tuple[str, str]]) -> dict[str, set[str]]:
    """Each name with the modules that have it, layers of one slice counted as one."""
    found = defaultdict(set)
    for name, module in names:
        if room_of(module) not in ROOMS_OF_EVERYTHING:
            found[name].add(module)
    return found


def file_names() -> Iterable[tuple[str, str]]:
    folder = {module.rpartition(".")[0] for module in modules()}
    for module in modules():
        *folders, name = module.split(".")
        if module not in folder and not set(folders[1:]) & LAYERS and name not in FILES:
            yield name, module


def classes() -> Iterable[tuple[str, str]]:
    for module, tree in modules().items():
        for node in tree.body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                yield node.name, module


def twins(names: Iterable[tuple[str, str]]) -> list[str]:
    return [f"{name}: {', '.join(sorted(them))}" for name, them in sorted(homes(names).items()) if len(them) > 1]


def test_no_two_modules_share_a_name() -> None:
    assert not (found := twins(file_names())), (
        "name each for what it holds, or, where every slice has one, add it to FILES:" + said(found)
    )


def test_no_two_public_classes_share_a_name() -> None:
    assert not (found := twins(classes())), "name each for what it is, as a reader meets it elsewhere:" + said(found)


def test_a_name_says_something_without_its_module() -> None:
    found = [
        f"halo/{module.replace('.', '/')}.py: {node.name}"
        for module, tree in modules().items()
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name in EMPTY_WORDS
        if f"{module}.{node.name}" not in LOOK_UPS
    ]
    found += [f"halo/{name.replace('.', '/')}.py" for name in modules() if name.split(".")[-1] in EMPTY_WORDS]
    assert not found, "name it for what it gives or does (`state.standing`, `outage.seen_in`):" + said(found)
