"""What of the official suite is not ours, by name and with the reason. Whatever is not named here has to pass.

A scenario that stands here and passes fails the test too, so that the list never outlives its reasons.
"""

from __future__ import annotations

NOT_OURS = {
    "completion": ("completion-complete",),
    "logging": ("logging-set-level", "tools-call-with-logging"),
    "sampling and elicitation": (
        "tools-call-sampling",
        "tools-call-elicitation",
        "elicitation-sep1034-defaults",
        "elicitation-sep1330-enums",
    ),
    "resources": (
        "resources-list",
        "resources-read-text",
        "resources-read-binary",
        "resources-templates-read",
        "resources-subscribe",
        "resources-unsubscribe",
        "sep-2164-resource-not-found",
    ),
    "prompts": (
        "prompts-list",
        "prompts-get-simple",
        "prompts-get-with-args",
        "prompts-get-embedded-resource",
        "prompts-get-with-image",
    ),
    "no tool asks the client for input (the test_input_required_result_ fixtures)": (
        "input-required-result-basic-elicitation",
        "input-required-result-basic-sampling",
        "input-required-result-basic-list-roots",
        "input-required-result-request-state",
        "input-required-result-multiple-input-requests",
        "input-required-result-multi-round",
        "input-required-result-missing-input-response",
        "input-required-result-non-tool-request",
        "input-required-result-result-type",
        "input-required-result-tampered-state",
        "input-required-result-capability-check",
        "input-required-result-ignore-extra-params",
    ),
    "the tasks extension": (
        "tasks-lifecycle",
        "tasks-capability-negotiation",
        "tasks-wire-fields",
        "tasks-request-state-removal",
        "tasks-mrtr-input",
        "tasks-request-headers",
        "tasks-dispatch-and-envelope",
        "tasks-required-task-error",
        "tasks-mrtr-composition",
    ),
    "hints of lists that do not exist": (
        "caching:sep-2549-prompts-list-caching-hints",
        "caching:sep-2549-resources-list-caching-hints",
        "caching:sep-2549-resources-templates-list-caching-hints",
    ),
    "no session is ever issued, so there is none to open streams in (warnings)": (
        "server-sse-multiple-streams:server-sse-multiple-streams-session",
        "server-sse-polling:server-sse-polling-session",
    ),
}
NAMES = frozenset(name for names in NOT_OURS.values() for name in names)
