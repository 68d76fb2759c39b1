"""Health: whether the process lives (`/healthz`), whether it is of use (`/readyz`), and what `flask doctor` finds.

The rule that must not break: nothing secret is told, because both doors are open. Two questions, because they have
different answers: a process that lives with a database that does not answer, or one of another release, is taken out
of service and must not be killed for it.
"""
