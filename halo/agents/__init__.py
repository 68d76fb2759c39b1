"""AI Agents: who they are, what each may call, and one of them run by hand.

An agent is a holder of switches beside *External clients* (all AI clients that people of the workspace connected), and
the Actions page is the same for all: it knows none of them by name, finds the holder in the address through the
workspace (`halo.actions.holders`), and draws a bar of modes where on and off is not all.

The rule that must not break: an agent is nothing but what the rooms below were told of it (`holding`). The gate refuses
a paused or archived one by the workspace's facts, whoever built its run; there is no second place that asks. Run by
hand it walks the line of every call (`running`), and the row names who pressed.
"""
