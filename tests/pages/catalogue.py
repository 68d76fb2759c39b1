"""The pages, each with who opens it. A GET route that is in none of them fails `test_catalogue.py`."""

from __future__ import annotations

from dataclasses import dataclass

from tests import cast
from tests.pages import acts
from tests.pages.acts import Act, Opening

HALF_WAY = "somebody whose password was right and who owes the code"
GUARD = "guard@guarded.test"
"""Of a workspace that lets in known apps only."""
REHEARSAL = "rita@rehearsal.test"
"""Of a workspace where acts leave things behind: a page of nobody else shows them."""

SERVER = "/dashboard/integrations/mcp/parcels"
NEW_SERVER = "/dashboard/integrations/new-server?url={shop_url}"


@dataclass(frozen=True, slots=True)
class Shown:
    """One page in one state; `path` may name things of the stage: `/dashboard/apps/{grant_id}`."""

    name: str
    path: str
    who: str | None = cast.OWNER
    status: int = 200
    blank: bool = False
    """Seen in Umbra, where nothing has happened yet."""
    act: Act | None = None
    """What is done there first; the status is that of its answer."""
    opens: Opening | None = None
    """What is opened there then, by script: it is looked at, and was no answer of its own."""

    def at(self, facts: dict[str, str]) -> str:
        return self.path.format_map(facts)

    @property
    def person(self) -> str | None:
        return cast.STRANGER if self.blank else self.who


STRANGERS = (
    Shown("landing", "/", None),
    Shown("sign-in", "/signin", None),
    Shown("sign-in-wrong", "/signin", None, 422, act=acts.wrong_password),
    Shown("sign-in-too-often", "/signin", None, 429, act=acts.too_often),
    Shown("sign-in-code", "/signin/code", HALF_WAY),
    Shown("sign-in-recovery", "/signin/recovery-code", HALF_WAY),
    Shown("sign-up", "/signup", None),
    Shown("invitation", "/invitation/{token}", None),
    Shown("not-found", "/nowhere", None, 404),
    Shown("too-large", "/signin", None, 413, act=acts.send_far_too_much),
    Shown("docs", "/docs", None),
    Shown("docs-page", "/docs/scopes-and-permissions", None),
    Shown("docs-search", "/docs/search?q=consent", None),
)
CONSENT = (
    Shown("consent", "{authorize}"),
    Shown("consent-viewer", "{authorize}", cast.VIEWER),
    Shown("consent-again", "{authorize_again}"),
    Shown("consent-not-admitted", "{authorize}", GUARD),
    Shown("consent-sample", "{authorize}", opens=acts.show_sample),
    Shown("consent-answered", "{authorize_application}", REHEARSAL, act=acts.allow),
    Shown("connected", "/mcp/connected/{grant_id}"),
    Shown("consent-refused", "/api/mcp/oauth/authorize?client_id=nobody", status=400),
)
DASHBOARD = (
    Shown("home", "/dashboard"),
    Shown("home-new", "/dashboard", blank=True),
    Shown("first-call", "/dashboard/first-call", blank=True),
    Shown("palette", "/dashboard/palette"),
    Shown("palette-open", "/dashboard", opens=acts.open_palette),
    Shown("palette-found", "/dashboard/palette?q=team"),
    Shown("palette-none", "/dashboard/palette?q=zzzz"),
    Shown("home-support", "/dashboard", cast.SUPPORT),
    Shown("apps", "/dashboard/apps"),
    Shown("apps-empty", "/dashboard/apps", blank=True),
    Shown("apps-workspace", "/dashboard/apps?show=all"),
    Shown("apps-grouped", "/dashboard/apps?show=all&by=person"),
    Shown("apps-refused", "/dashboard/apps?show=all", cast.VIEWER, 403),
    Shown("apps-drawer", "/dashboard/apps", opens=acts.open_drawer),
    Shown("app", "/dashboard/apps/{grant_id}"),
    Shown("app-dialog", "/dashboard/apps/{grant_id}", opens=acts.open_dialog),
    Shown("app-proof", "/dashboard/apps/{grant_id}/proof"),
    Shown("app-revoke", "/dashboard/apps/{grant_id}/revoke"),
    Shown("app-revoke-everywhere", "/dashboard/apps/{grant_id}/revoke-everywhere"),
    Shown("apps-idle", "/dashboard/apps/idle?show=all"),
    Shown("admission", "/dashboard/apps/admission"),
    Shown("admission-trial", "/dashboard/apps/admission?cimd=known&dcr=off"),
    Shown("tokens", "/dashboard/apps/tokens"),
    Shown("token-made", "/dashboard/apps/tokens", REHEARSAL, act=acts.make_token),
    Shown("agents", "/dashboard/agents"),
    Shown("agents-none", "/dashboard/agents", blank=True),
    Shown("agents-viewer", "/dashboard/agents", cast.VIEWER),
    Shown("agent-new", "/dashboard/agents/new"),
    Shown("agent-new-wrong", "/dashboard/agents/new", status=422, act=acts.name_an_agent_twice),
    Shown("agent", "/dashboard/agents/{agent_id}"),
    Shown("agent-viewer", "/dashboard/agents/{agent_id}", cast.VIEWER),
    Shown("agent-archived", "/dashboard/agents/{archived_agent_id}"),
    Shown("agent-actions", "/dashboard/agents/{agent_id}/actions"),
    Shown("agent-actions-held", "/dashboard/agents/{agent_id}/actions?show=held"),
    Shown("agent-actions-viewer", "/dashboard/agents/{agent_id}/actions", cast.VIEWER),
    Shown("agent-run", "/dashboard/agents/{agent_id}/run"),
    Shown(
        "agent-run-call",
        "/dashboard/agents/{agent_id}/run?tool=data_find_user&customer=Tom+Okafor",
    ),
    Shown("agent-run-which", "/dashboard/agents/{agent_id}/run?tool=data_find_user&customer=dubois"),
    Shown("agent-run-done", "/dashboard/agents/{agent_id}/run?tool=search_docs", act=acts.run_a_tool),
    Shown("agent-run-refused", "/dashboard/agents/{agent_id}/run?tool=data_find_user", act=acts.run_a_tool),
    Shown(
        "agent-run-server",
        "/dashboard/agents/{agent_id}/run?tool=parcels__track_parcel&customer=Tom+Okafor",
        act=acts.run_a_tool,
    ),
    Shown("agent-run-sure", "/dashboard/agents/{agent_id}/run?tool=parcels__send_parcel", act=acts.run_a_tool),
    Shown("agent-run-nothing", "/dashboard/agents/{draft_agent_id}/run"),
    Shown("actions", "/dashboard/agents/external-clients/actions"),
    Shown("actions-none", "/dashboard/agents/external-clients/actions?show=off"),
    Shown("actions-destructive", "/dashboard/agents/external-clients/actions?show=destructive"),
    Shown("actions-viewer", "/dashboard/agents/external-clients/actions", cast.VIEWER),
    Shown("servers", "/dashboard/integrations/mcp"),
    Shown("servers-flag-off", "/dashboard/integrations/mcp", blank=True),
    Shown("servers-empty", "/dashboard/integrations/mcp", REHEARSAL),
    Shown("servers-looker", "/dashboard/integrations/mcp", cast.SUPPORT),
    Shown("new-server", "/dashboard/integrations/new-server"),
    Shown("new-server-found", NEW_SERVER, act=acts.look_at_address),
    Shown(
        "new-server-unreached",
        "/dashboard/integrations/new-server?url=http%3A%2F%2F127.0.0.1%3A9%2Fmcp",
        act=acts.look_at_address,
    ),
    Shown("new-server-mistake", NEW_SERVER, status=422, act=acts.connect_without_slug),
    Shown("new-server-slug", "/dashboard/integrations/new-server/slug?slug=parcels"),
    Shown("server", f"{SERVER}"),
    Shown("server-signed-out", "/dashboard/integrations/mcp/ledger"),
    Shown("server-tools", f"{SERVER}/tools"),
    Shown("server-tools-looker", f"{SERVER}/tools", cast.SUPPORT),
    Shown("server-tools-none", "/dashboard/integrations/mcp/ledger/tools"),
    Shown("server-tool-open", f"{SERVER}/tools", opens=acts.open_tool_settings),
    Shown("server-changes", f"{SERVER}/changes"),
    Shown("server-credentials", f"{SERVER}/credentials"),
    Shown("server-credentials-oauth", "/dashboard/integrations/mcp/ledger/credentials"),
    Shown("server-sign-in-refused", "/integrations/mcp/callback?state=another&code=x", status=400),
    Shown("server-calls", f"{SERVER}/calls"),
    Shown("server-calls-looker", f"{SERVER}/calls", cast.SUPPORT),
    Shown("server-health", f"{SERVER}/health"),
    Shown("server-examined", f"{SERVER}/health", act=acts.examine_server),
    Shown("server-settings", f"{SERVER}/settings"),
    Shown("server-disconnect", f"{SERVER}/disconnection"),
    Shown("server-trial", f"{SERVER}/tools/parcels__track_parcel/trial"),
    Shown("server-trial-done", f"{SERVER}/tools/parcels__track_parcel/trial", act=acts.try_tool),
    Shown("server-trial-sure", f"{SERVER}/tools/parcels__send_parcel/trial", act=acts.try_tool),
    Shown("server-trial-withheld", f"{SERVER}/tools/parcels__cancel_parcel/trial"),
    Shown("connect", "/dashboard/connect"),
    Shown("connect-cursor", "/dashboard/connect?client=cursor&preset=look-up"),
    Shown("connect-claude", "/dashboard/connect?client=claude&address=any"),
    Shown("audit", "/dashboard/audit"),
    Shown("audit-empty", "/dashboard/audit", blank=True),
    Shown("audit-refused", "/dashboard/audit", cast.SUPPORT, 403),
    Shown("audit-call", "/dashboard/audit/{execution_id}"),
    Shown("audit-table", "/dashboard/audit?view=table"),
    Shown("audit-mistake", "/dashboard/audit?since=last+weak&outcome=refused", status=422),
    Shown("audit-unreadable", "/dashboard/audit?text=%00", status=422),
    Shown("audit-search", "/dashboard/audit?text=brightwater"),
    Shown("audit-search-why", "/dashboard/audit?text=brightwater", opens=acts.open_search),
    Shown("audit-search-unexplained", "/dashboard/audit?text=brightwater", status=422, act=acts.search_without_why),
    Shown("audit-searched", "/dashboard/audit?text=brightwater", REHEARSAL),
    Shown("audit-call-limited", "/dashboard/audit/{limited_id}", REHEARSAL),
    Shown("audit-newer", "/dashboard/audit/newer"),
    Shown("audit-views", "/dashboard/audit/views"),
    Shown("audit-streams", "/dashboard/audit/streams"),
    Shown("audit-streams-empty", "/dashboard/audit/streams", blank=True),
    Shown("audit-stream", "/dashboard/audit/streams/{stream_id}"),
    Shown("audit-stream-paused", "/dashboard/audit/streams/{paused_stream_id}"),
    Shown("audit-retention", "/dashboard/audit/retention?look=1&calls=30&waits=on"),
    Shown("audit-retention-mistake", "/dashboard/audit/retention?look=1&calls=3", status=422),
    Shown("change", "/dashboard/audit/changes/{change_id}"),
    Shown("changes", "/dashboard/audit/changes"),
    Shown("changes-empty", "/dashboard/audit/changes", blank=True),
    Shown("why", "/dashboard/audit/why?tool=data_find_user"),
    Shown("why-seen", "/dashboard/audit/why?grant={grant_id}&tool=data_find_user"),
    Shown("why-refused", "/dashboard/audit/why?grant={grant_id}&tool=setup_get_install_snippet"),
    Shown("team", "/dashboard/settings/team"),
    Shown("team-invited", "/dashboard/settings/team", REHEARSAL, act=acts.invite),
    Shown("team-viewer", "/dashboard/settings/team", cast.VIEWER),
    Shown("member", "/dashboard/settings/team/{person_id}"),
    Shown("member-change", "/dashboard/settings/team/{person_id}", act=acts.take_permissions),
    Shown("member-removal", "/dashboard/settings/team/{person_id}/removal"),
    Shown("settings", "/dashboard/settings"),
    Shown("settings-refused", "/dashboard/settings", cast.VIEWER, 403),
    Shown("profile", "/dashboard/profile"),
    Shown("session-over", "/dashboard/profile", status=401, act=acts.session_over),
    Shown("out-of-date", "/dashboard/profile", status=403, act=acts.out_of_date),
    Shown("two-factor", "/dashboard/profile/two-factor"),
    Shown("two-factor-setup", "/dashboard/profile/two-factor/setup"),
    Shown("two-factor-on", "/dashboard/profile/two-factor", REHEARSAL),
    Shown("recovery-codes", "/dashboard/profile/two-factor/recovery-codes", REHEARSAL, act=acts.renew_codes),
    Shown("new-workspace", "/workspaces/new"),
    Shown("form-only", "/signout", status=405),
)
OPERATORS = (
    Shown("flags", "/admin/flags", cast.OPERATOR),
    Shown("flags-workspace", "/admin/flags/{slug}", cast.OPERATOR),
    Shown("flag", "/admin/flags/{slug}/mcp_server", cast.OPERATOR),
    Shown("flag-off", "/admin/flags/{slug}/mcp_server/off/confirmation", cast.OPERATOR),
    Shown("flag-on", "/admin/flags/{slug}/mcp_external_servers/on/confirmation", cast.OPERATOR),
    Shown("flags-refused", "/admin/flags", cast.OWNER, 403),
    Shown("styleguide", "/styleguide", cast.OPERATOR),
)
BREAKS = (
    Shown("too-fast", "/breaks/too-fast", status=429),
    Shown("crowded", "/breaks/crowd", status=503),
    Shown("crashed", "/breaks/inside", status=500),
    Shown("upstream-failed", "/breaks/elsewhere", status=502),
)
"""What must not happen happens at addresses that the theatre alone has (`served`)."""
SEEN_ON_THE_WAY = {"consent.consent": "consent"}
"""Endpoints that answer for one visit only, and the page of the catalogue that ends there."""
UNSEEN: dict[str, str] = {"external/leaving.html": "leads the browser on to another host at once"}
"""Templates of whole pages that no page of the catalogue is made of, and why."""
PAGES: tuple[Shown, ...] = (*STRANGERS, *CONSENT, *DASHBOARD, *OPERATORS, *BREAKS)

NOT_PAGES = {
    "static": "files",
    "audit.export_executions": "a file to download",
    "documents.raw": "Markdown for models",
    "documents.llms": "text for models",
    "health.healthz": "JSON for machines",
    "health.readyz": "JSON for machines",
    "contacts.config": "JSON for the widget",
    "mcp.endpoint": "JSON for MCP clients",
    "oauth.authorization_server": "JSON for OAuth clients",
    "oauth.protected_resource": "JSON for OAuth clients",
    "oauth.not_known": "JSON for OAuth clients",
    "oauth.authorize_at_origin": "sends the browser on",
    "apps.logo": "a picture",
    "external.list_servers": "JSON for programs",
    "external.show_server": "JSON for programs",
    "external.list_tools": "JSON for programs",
    "external.client_document": "JSON for authorization servers",
    "external.published_keys": "JSON for connected servers",
    "connect.follow": "a part of Connect your AI, for htmx",
}
"""GET routes that show nobody a page of their own, and what they give instead."""
