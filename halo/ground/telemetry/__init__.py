"""What an operator sees: the log, the metrics, the traces. Ground: everything may tell it something, it knows nothing.

The rule that must not break: no argument, no customer, no token and no text of a caller in any of it, but for the
host that a request of Halo's own was kept from, which the log alone says. Logs name the workspace, because an
operator has to find who is concerned; metrics and spans name none, because they are kept elsewhere, by others, for
long. Labels come from lists that this code holds, so that no caller can make series.

Every call of it costs next to nothing where nobody listens: `log` decides by settings, `measures` count only where
`HALO_METRICS` names a listener, and the OpenTelemetry SDK is imported only where an `OTEL_*` variable asks for it.
"""
