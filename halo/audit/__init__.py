"""The audit log: every attempt (`action_executions`) and every change of configuration (`changes`).

The rule that must not break: a call's row is durable before the caller has its answer (`writer.record` waits), and a
change's row is in the transaction of the change (`changes.record` inside `one_change`). A newcomer would question two
things: past a limit one row a minute stands for the rest, with their number (`folded`), and searching for text looks at
arguments only for who said why (`payloads`), because finding is reading.
"""
