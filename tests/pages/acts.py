"""What is done on a page before it is looked at, for states that no address leads to.

An `Act` gives the answer that the browser went on to; an `Opening` leaves it where it is, with something open.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests import cast

Act = Callable[[Any], Any]
Opening = Callable[[Any], None]
MANY = 30
"""Attempts to sign in after which somebody has been stopped for sure."""
FAR_TOO_MUCH = 3_000_000
"""Characters in one field."""


def wrong_password(tab: Any, email: str = "nobody@acme.test") -> Any:
    """Somebody mistypes."""
    tab.fill("input[name=email]", email)
    tab.fill("input[name=password]", "not this one")
    return _sent(tab, "main form button[type=submit]")


def too_often(tab: Any) -> Any:
    """Somebody guesses, at an account of their own: whoever mistypes elsewhere within the minute is not stopped."""
    for _ in range(MANY):
        answer = wrong_password(tab, "guessed@acme.test")
        if answer.status == 429:
            return answer
    raise AssertionError("nobody was stopped")


def session_over(tab: Any) -> Any:
    """The session ended while a form was open; it is back afterwards, for whoever comes next."""
    cookies = tab.context.cookies()
    tab.fill("#rename input[name=name]", "Olivia Owner-Ortega")
    tab.context.clear_cookies(name="halo_session")
    answer = _sent(tab, "#rename button[type=submit]")
    tab.context.add_cookies(cookies)
    return answer


def out_of_date(tab: Any) -> Any:
    """The form comes from a page of another visit."""
    tab.fill("#rename input[name=name]", "Olivia Owner-Ortega")
    _write_token(tab, "#rename", "of another visit")
    return _sent(tab, "#rename button[type=submit]")


def send_far_too_much(tab: Any) -> Any:
    """Somebody sends a book."""
    _write_token(tab, "main form", "x" * FAR_TOO_MUCH)
    return wrong_password(tab)


def renew_codes(tab: Any) -> Any:
    """Somebody with two-factor sign-in wants new recovery codes."""
    tab.click("#renew summary")
    tab.fill("#password-renew", cast.PASSWORD)
    return _sent(tab, "#renew-two-factor button[type=submit]")


def make_token(tab: Any) -> Any:
    """Somebody makes an access token for a script."""
    tab.fill("#token-form input[name=name]", "Nightly report")
    tab.check("#token-form input[value='data:read']")
    return _sent(tab, "#token-form button[type=submit]")


def invite(tab: Any) -> Any:
    """Somebody makes an invitation link."""
    tab.fill("#invite-form input[name=email]", "newcomer@rehearsal.test")
    return _sent(tab, "#invite-form button[type=submit]")


def take_permissions(tab: Any) -> Any:
    """Somebody gives a member less than what they connected needs, and is told so before it counts."""
    tab.select_option("#member-form select[name=preset]", "help_center_editor")
    return _sent(tab, "#member-form button[type=submit]")


def name_an_agent_twice(tab: Any) -> Any:
    """Somebody gives an agent the name of another."""
    tab.fill("#agent-form input[name=name]", "Front desk")
    return _sent(tab, "#agent-form button[type=submit]")


def run_a_tool(tab: Any) -> Any:
    """Somebody runs the tool that is chosen."""
    for name, text in (("arg:query", "consent"), ("arg:number", "RX-1042")):
        if tab.locator(f"#run-form input[name='{name}']").count():
            tab.fill(f"#run-form input[name='{name}']", text)
    return _sent(tab, "#run-form button[type=submit]")


def allow(tab: Any) -> Any:
    """Somebody allows what is asked for."""
    return _sent(tab, "#allow")


def show_sample(tab: Any) -> None:
    """Everything is ticked, and somebody looks at what reading data would show."""
    for scope in tab.locator("#consent input[name=scope]:enabled").all():
        scope.check()
    tab.click("#consent button[value='data:read']")
    tab.wait_for_selector("#sample-data-read .sample-fields")
    tab.wait_for_selector("#risk .notice-warning")


def search_without_why(tab: Any) -> Any:
    """Somebody wants arguments searched and gives no reason."""
    open_search(tab)
    tab.fill("#search-why", "  ")
    return _sent(tab, "#search-arguments-form button[type=submit]")


def open_search(tab: Any) -> None:
    """What a search of arguments asks for, below the filters."""
    tab.click("#search-arguments summary")
    tab.wait_for_selector("#search-why")


def open_palette(tab: Any) -> None:
    """The palette over a page."""
    tab.keyboard.press("Control+k")
    tab.wait_for_selector("#palette .palette-line")


def open_dialog(tab: Any) -> None:
    """The question before an app is revoked."""
    tab.click("[data-opens=revoke-dialog]")
    tab.wait_for_selector("#revoke-dialog[open]")


def look_at_address(tab: Any) -> Any:
    """Somebody wants to know how an address answers."""
    return _sent(tab, "#address-form button[type=submit]")


def connect_without_slug(tab: Any) -> Any:
    """Somebody empties the slug before they connect."""
    look_at_address(tab)
    tab.fill("#server-form input[name=slug]", "Not A Slug")
    return _sent(tab, "#server-form .form-actions button[type=submit]")


def examine_server(tab: Any) -> Any:
    """Somebody calls the Doctor."""
    return _sent(tab, "#examine-form button[type=submit]")


def open_tool_settings(tab: Any) -> None:
    """What people decide of one tool."""
    tab.click("#settings-parcels__track_parcel summary")


def try_tool(tab: Any) -> Any:
    """Somebody calls a tool from its page, and the whole page answers."""
    tab.fill("#trial-form [name='arg:number']", "RX-1042")
    with tab.expect_navigation() as navigation:
        tab.evaluate("document.querySelector('#trial-form').submit()")
    return navigation.value


def open_drawer(tab: Any) -> None:
    """One connected app beside the list."""
    tab.click("#apps .row-anchor >> nth=0")
    tab.wait_for_selector("#drawer .drawer-panel")


def _write_token(tab: Any, form: str, text: str) -> None:
    tab.eval_on_selector(f"{form} [name=csrf_token]", "(field, text) => { field.value = text }", text)


def _sent(tab: Any, button: str) -> Any:
    with tab.expect_navigation() as navigation:
        tab.click(button)
    return navigation.value
