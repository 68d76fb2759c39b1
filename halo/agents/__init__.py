"""AI Agents: who may call what in this workspace, and the page where it is switched.

Today there is one holder of actions, *External clients*: all AI clients that people of the workspace connected. The
page is the form of every agent that comes, and knows none of them by name: the holder in the address is found through
the workspace (`halo.actions.holders`), each line knows what modes it may have there, and where on and off is not all, a
bar of modes stands in the place of the switch.
"""
