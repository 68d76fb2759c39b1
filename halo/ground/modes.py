"""How a holder of switches may call an action, and what holds where nobody decided."""

from __future__ import annotations

from halo.ground.words import Word


class Mode(Word):
    """How an action may be called, the freest first."""

    AUTO = "auto", "It runs whenever it is called."
    ASK = "ask", "A teammate is asked first."
    NEVER = "never", "It is refused."


MODES = {mode.value: mode for mode in Mode}
EXTERNAL = "external_clients"
"""The holder that all AI clients of a workspace are together."""
STARTS = {EXTERNAL: Mode.AUTO}
"""What holds for an action that nobody decided about: clients need a scope and a person's consent as well. For every
other holder it is `never`, until a person says otherwise."""
