"""Every tool that a model can be offered. Importing this package fills the registry of `halo.tool`."""

from __future__ import annotations

import importlib
import pkgutil

GROUPS = tuple(sorted(group.name for group in pkgutil.iter_modules(__path__)))
for _group in GROUPS:
    importlib.import_module(f"{__name__}.{_group}")
