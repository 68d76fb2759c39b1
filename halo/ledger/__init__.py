"""The log that everybody writes: every attempt (`action_executions`) and every change of configuration (`changes`).

The pages that read it are `halo.audit`; nothing here knows them, or any slice. The rule that must not break: a call's
row is durable before the caller has its answer (`writer.record` waits), and a change's row is in the transaction of the
change (`changes.record` inside `one_change`). A newcomer would question that past a limit one row a minute stands for
the rest, with their number (`folded`).
"""
