"""Which customer a grant is bound to, as somebody wrote it: at consent, on a page, on the command line."""

from __future__ import annotations

from halo.contacts.records import end_users
from halo.ground.errors import Mistake
from halo.ground.permissions import Permission
from halo.ground.principal import Member
from halo.ground.text import names


def named(typed: str, *, principal: Member | None) -> str | None:
    """The id of the one end user with this e-mail, external id or id; None where nothing was written.

    Raises `Mistake` where it names none or several: a binding that is not understood never becomes none.
    """
    if not typed.strip():
        return None
    if principal is None or not principal.may(Permission.CONTACTS_VIEW):
        raise Mistake("customer", "You may not see customers in this workspace. An admin can change that on Team.")
    words = names.visible(typed)
    for by in ("email", "external_id", "id"):
        found = end_users.find(by, words, principal=principal) if words else []
        if len(found) > 1:
            raise Mistake("customer", "Several customers have this e-mail; name one by external id or id.")
        if found:
            return str(found[0]["id"])
    raise Mistake("customer", "There is no customer with this e-mail, external id or id in the workspace.")
