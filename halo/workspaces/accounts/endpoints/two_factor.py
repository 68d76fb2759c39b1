"""One's own two-factor sign-in: setting it up, its recovery codes, switching it off."""

from __future__ import annotations

import re
from typing import Any

from flask import Response, flash, redirect, render_template, request, url_for

from halo import web
from halo.ground.errors import Denied, HaloError, Mistake, NotFound
from halo.web import PERSON, door
from halo.web.cookies import show_once, shown_once
from halo.workspaces.accounts import qr, two_factor
from halo.workspaces.accounts.endpoints import attempts
from halo.workspaces.endpoints import blueprint, keep_session, own_path

PATH = "/dashboard/profile/two-factor"
_CODES = re.compile(r"[a-z0-9]{4}(?:-[a-z0-9]{4}){3}(?: [a-z0-9]{4}(?:-[a-z0-9]{4}){3})*")


@blueprint.get(PATH, endpoint="two_factor")
@door(PERSON)
def state() -> Any:
    """Whether it is on, and why a workspace may ask for it."""
    return _page()


@blueprint.post(f"{PATH}/setup")
@door(PERSON)
def begin_two_factor() -> Any:
    """Take the password and make a secret for the app."""
    try:
        attempts.count_password_check(web.person())
        two_factor.begin(request.form.get("password", ""), principal=web.person())
    except (Denied, Mistake) as problem:
        return _page(problem, "setup"), _status(problem)
    return redirect(url_for("workspaces.two_factor_setup", next=_next()), 303)


@blueprint.get(f"{PATH}/setup")
@door(PERSON)
def two_factor_setup() -> Any:
    """The QR code, the secret in letters, and the field for the first code."""
    return _setup_page()


@blueprint.post(f"{PATH}/on")
@door(PERSON)
def switch_two_factor_on() -> Any:
    """Take the first code; this browser gets a new session, the others are signed out."""
    person_id = web.person().person_id
    try:
        attempts.count_code(person_id)
        codes, token = two_factor.confirm(request.form.get("code", ""), principal=web.person())
    except (Denied, Mistake) as problem:
        return _setup_page(problem), _status(problem)
    except NotFound:
        return _setup_page()
    attempts.forget_codes(person_id)
    answer = _to_codes(codes)
    keep_session(answer, token)
    return answer


@blueprint.get(f"{PATH}/recovery-codes")
@door(PERSON)
def recovery_codes() -> Any:
    """The codes, once."""
    codes = shown_once("recovery_codes")
    if codes is None:
        return redirect(url_for("workspaces.two_factor", next=_next()), 303)
    return render_template("workspaces/recovery_codes.html", codes=codes.split(), next=_next())


@blueprint.post(f"{PATH}/recovery-codes")
@door(PERSON)
def renew_recovery_codes() -> Any:
    """Make new codes in place of the old ones."""
    try:
        attempts.count_password_check(web.person())
        codes = two_factor.renew_codes(request.form.get("password", ""), principal=web.person())
    except (Denied, Mistake) as problem:
        return _page(problem, "renew"), _status(problem)
    return _to_codes(codes)


@blueprint.post(f"{PATH}/recovery-codes/file")
@door(PERSON)
def recovery_codes_file() -> Any:
    """The codes that the page shows, back as a file; Halo itself no longer knows them."""
    codes = request.form.get("codes", "")
    if len(codes) > 500 or not _CODES.fullmatch(codes):
        raise Mistake("codes", "These are no recovery codes.")
    title = f"Recovery codes of {web.person().email} for {web.settings().base_url}"
    text = f"{title}\nEach works once, and switches two-factor sign-in off.\n\n" + "\n".join(codes.split()) + "\n"
    name = {"Content-Disposition": 'attachment; filename="halo-recovery-codes.txt"', "Cache-Control": "no-store"}
    return Response(text, mimetype="text/plain", headers=name)


@blueprint.post(f"{PATH}/off")
@door(PERSON)
def switch_two_factor_off() -> Any:
    """Sign in with the password alone from now on."""
    try:
        attempts.count_password_check(web.person())
        two_factor.switch_off(request.form.get("password", ""), principal=web.person())
    except (Denied, Mistake) as problem:
        return _page(problem, "off"), _status(problem)
    flash("Two-factor sign-in is off. Your password alone signs you in.", "warning")
    return redirect(url_for("workspaces.two_factor"), 303)


def _next() -> str:
    return own_path(request.values.get("next"))


def _status(problem: HaloError) -> int:
    return problem.reason.status if isinstance(problem, Denied) else 422


def _to_codes(codes: list[str]) -> Response:
    show_once("recovery_codes", " ".join(codes))
    return redirect(url_for("workspaces.recovery_codes", next=_next()), 303)  # type: ignore[return-value]


def _page(problem: HaloError | None = None, form: str = "") -> Any:
    person_id = web.person().person_id
    held = two_factor.of_person(person_id)
    return render_template(
        "workspaces/two_factor.html",
        authenticator=held,
        codes_left=two_factor.codes_left(person_id) if held else 0,
        total=two_factor.CODES,
        demanded_by=two_factor.demanded_by(person_id),
        problem=problem,
        wrong_form=form,
        next=_next(),
    )


def _setup_page(problem: HaloError | None = None) -> Any:
    try:
        setup = two_factor.setup(principal=web.person())
    except NotFound:
        return redirect(url_for("workspaces.two_factor", next=_next()), 303)
    web.keep_plain()
    return render_template(
        "workspaces/two_factor_setup.html",
        secret=" ".join(re.findall("....", setup.secret)),
        drawing=qr.drawing(setup.address),
        problem=problem,
        next=_next(),
    )
