"""Consent: what a person is asked before an application may do anything, and what their answer amounts to.

The transaction between `/authorize` and the answer is kept by `halo.oauth.transactions`; here is what the person sees
of it (`offers`, `places`, `lines`, `risks`, `samples`) and what their ticks mean (`choice`). The rule that must not
break: nothing is granted that the page did not show and the person did not leave ticked.
"""
