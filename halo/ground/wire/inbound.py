"""The SDK's rules for headers and `_meta` of modern requests (`mcp.shared.inbound`), without the rest of the SDK.

Importing that module by name would run `mcp/__init__`, which brings client, server, transports and an event loop: half
a second and 10 to 20 MB in every process. The module itself needs only `mcp_types`, so its file is loaded alone: 7 ms
and no measurable memory, cheap enough to do at start. `mcp` is pinned to one minor version, and the conformance suite
runs against every change of it.
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mcp.shared.inbound import *  # noqa: F403
else:

    def _load() -> Any:
        package = importlib.util.find_spec("mcp")
        folder = Path(package.submodule_search_locations[0])
        spec = importlib.util.spec_from_file_location("halo.ground.wire._inbound", folder / "shared" / "inbound.py")
        module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    _module = _load()
    globals().update({name: value for name, value in vars(_module).items() if not name.startswith("_")})
