"""The changes that are recorded: `noun.past_verb` and the sentence that a person reads. An unknown name raises."""

from __future__ import annotations

EVENTS: dict[str, str] = {
    "workspace.created": "created the workspace {subject}",
    "workspace.updated": "changed the settings of {subject}",
    "workspace.key_rotated": "replaced the widget key",
    "workspace.secret_rotated": "replaced the identity secret",
    "workspace.secret_revealed": "looked at the identity secret",
    "invitation.created": "invited {subject}",
    "invitation.withdrawn": "withdrew the invitation of {subject}",
    "member.added": "added {subject} to the team",
    "member.changed": "changed what {subject} may do",
    "member.removed": "removed {subject} from the team",
    "person.created": "created an account for {subject}",
    "person.renamed": "changed the name of {subject}",
    "person.password_changed": "changed the password of {subject}",
    "person.operator_changed": "changed whether {subject} is an operator",
    "person.deactivated": "deactivated the account of {subject}",
    "person.reactivated": "opened the account of {subject} again",
    "two_factor.switched_on": "switched on two-factor sign-in for {subject}",
    "two_factor.switched_off": "switched off two-factor sign-in for {subject}",
    "two_factor.codes_renewed": "made new recovery codes for {subject}",
    "two_factor.recovered": "signed in with a recovery code, which switched off two-factor sign-in for {subject}",
    "two_factor.reset": "took two-factor sign-in from {subject}, who lost the app",
    "two_factor.demanded": "asked everybody in {subject} for two-factor sign-in",
    "two_factor.released": "left two-factor sign-in to each person in {subject}",
    "flag.turned_on": "switched on the flag {subject}",
    "flag.turned_off": "switched off the flag {subject}",
    "flag.began": "began the planned time of the flag {subject}",
    "flag.ended": "ended the planned time of the flag {subject}",
    "grant.approved": "allowed {subject} to connect",
    "grant.narrowed": "changed what {subject} may do",
    "grant.paused": "paused {subject}",
    "grant.resumed": "resumed {subject}",
    "grant.revoked": "disconnected {subject}",
    "client.reported": "reported {subject}",
    "client.report_settled": "settled what was reported of {subject}",
    "admission.changed": "changed which apps may connect to {subject}",
    "token.created": "created the access token {subject}",
    "token.replayed": "{subject} presented a used token; the connection was ended",
    "action.switched_on": "switched on {subject}",
    "action.switched_off": "switched off {subject}",
    "action.mode_set": "changed whether a teammate is asked about {subject}",
    "audit.exported": "exported the audit log {subject}",
    "payload.revealed": "revealed the arguments of {subject}",
    "payload.searched": "searched the arguments of calls for {subject}",
    "view.saved": "saved the view {subject}",
    "view.removed": "deleted the view {subject}",
}


def sentence(event: str, subject: str) -> str:
    """What happened, without the actor, as the page says it."""
    return EVENTS[event].format(subject=subject)
