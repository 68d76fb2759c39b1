"""Switches of actions: what a holder may call, and how.

A holder is an AI agent, or `external_clients`: all AI clients of the workspace together. Rows exist only where a person
decided; otherwise the holder's default stands (on for external clients, which need a scope and a person's consent as
well). The one rule that must not break: the gate reads the switches through `WorkspaceFacts`, so that listing and
calling ask the same question, and a change raises the state version, so that every process refuses from its next call.

A holder says what modes it may be given (`vocabulary.Holder`), and is found through its workspace (`holders`).
Destructive actions never run without a teammate's word: where a teammate can be asked they are held as *ask a teammate*
or *never*; external clients, which nobody can ask for, have no switch for them, and there they do not exist, whatever a
row says.
"""
