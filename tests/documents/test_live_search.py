"""The search page in a real browser."""

import pytest


@pytest.mark.parametrize("live_server", ["sqlite"], indirect=True)
def test_results_come_while_somebody_types(live_server, browser_context):
    page = browser_context.new_page()
    refused = []
    page.on("console", lambda message: refused.append(message.text) if message.type == "error" else None)
    page.goto(f"{live_server.url}/docs/search")
    page.get_by_role("searchbox").press_sequentially("refresh rot")
    page.get_by_role("link", name="Protocol reference: Tokens").wait_for()
    assert page.url.endswith("q=refresh+rot") or page.url.endswith("q=refresh%20rot")
    page.get_by_role("link", name="Protocol reference: Tokens").click()
    assert page.url.endswith("/docs/protocol-reference#tokens")
    assert refused == []
