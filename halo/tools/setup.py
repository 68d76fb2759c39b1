"""The set-up tools (scope `setup:read`): what a coding assistant pastes to install the widget."""

from __future__ import annotations

import functools

from pydantic import Field

from halo.ground import settings
from halo.ground.principal import Principal
from halo.setup import jwt_samples, service
from halo.setup.jwt_samples import SECRET_VARIABLE, Language
from halo.setup.snippets import Framework
from halo.tool import Answer, Arguments, Result, tool


class GetInstallSnippet(Arguments):
    framework: Framework = Field(
        default="html", description="Where the widget goes; gtm is Google Tag Manager, html fits any site."
    )


class InstallSnippet(Result):
    framework: Framework
    file: str = Field(description="Where the code goes.")
    language: str = Field(description="Language of the code, as for a Markdown fence.")
    code: str = Field(description="Ready to paste, with the workspace's id and publishable widget key filled in.")
    step: str = Field(description="What is left to do after pasting.")


class GetJwtSample(Arguments):
    language: Language = Field(description="Language of the server that signs the token.")


class JwtSample(Result):
    language: Language
    file: str = Field(description="Name for the file.")
    install: str | None = Field(description="Command that installs what the code needs; null if it needs nothing.")
    run: str = Field(description="Command that prints a token for an example user.")
    secret_variable: str = Field(description="Environment variable from which the code reads the identity secret.")
    code: str = Field(description="The whole file.")


@tool(
    title="Get the install snippet",
    scope="setup:read",
    group="setup",
    result=InstallSnippet,
    read_only=True,
    destructive=False,
    idempotent=True,
    open_world=False,
    bound="same",
)
def setup_get_install_snippet(arguments: GetInstallSnippet, *, principal: Principal) -> Answer:
    """Returns the code that installs this workspace's Halo widget on a web site, for one framework.

    The workspace's id and publishable widget key are filled in; both may stand in public pages. The answer
    says which file the code goes into and what is left to do.
    """
    given = service.install_snippet(arguments.framework, principal=principal, settings=settings.current())
    told = f"Put this into {given.file}:\n\n```{given.language}\n{given.code}```\n\n{given.step}"
    return Answer(
        told,
        InstallSnippet(
            framework=given.framework,
            file=given.file,
            language=given.language,
            code=given.code,
            step=given.step,
        ),
    )


@tool(
    title="Get an identity token sample",
    scope="setup:read",
    group="setup",
    result=JwtSample,
    read_only=True,
    destructive=False,
    idempotent=True,
    open_world=False,
    bound="same",
)
def setup_get_jwt_sample(arguments: GetJwtSample, *, principal: Principal) -> Answer:
    """Returns server code that signs the JWT by which Halo knows a signed-in user, in one language.

    The token is HS256 with the claim user_id and an expiry of 24 hours. The code reads the workspace's
    identity secret from the environment variable HALO_IDENTITY_SECRET; the secret itself is never part of
    an answer.
    """
    return _sample(arguments.language)


@functools.cache
def _sample(language: Language) -> Answer:
    """The answer of a language; the same for everybody, so it is made once."""
    given = jwt_samples.sample(language)
    needs = f"It needs: {given.install}\n" if given.install else ""
    told = (
        f"Save as {given.file}, on the server only, with the identity secret in {SECRET_VARIABLE}.\n{needs}"
        f"Try it: {given.run}\n\n```{language}\n{given.code}```"
    )
    data = JwtSample(
        language=language,
        file=given.file,
        install=given.install,
        run=given.run,
        secret_variable=SECRET_VARIABLE,
        code=given.code,
    )
    return Answer(told, data.model_dump(mode="json"))
