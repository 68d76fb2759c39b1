"""The audit log: every attempt (`action_executions`) and every change of configuration (`changes`).

The rule that must not break: a call's row is durable before the caller has its answer (`writer.record` waits), and a
change's row is in the transaction of the change (`changes.record` inside `one_change`).
"""
