"""AI Agents: who may call what in this workspace, and the page where it is switched.

Today there is one holder of actions, *External clients*: all AI clients that people of the workspace connected. Its
page is the form of every agent that comes: the lines know what modes their holder allows (`halo.actions.vocabulary`),
and with two of them a switch is the whole control.
"""
