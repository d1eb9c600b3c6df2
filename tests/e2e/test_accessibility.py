"""Every page under axe, in both themes and at both widths: no serious finding."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.e2e.playground import PATIENCE

PAGES = {
    "": "main h1",
    "soft-targets": "main h1",
    "two-losses": "main h1",
    "dark-knowledge": "main h1",
    "when": "main h1",
    "bugs": "main h1",
    "read-code": "main h1",
    "check": "main h1",
    "playground": ".kd-reading:has-text('%')",
    "sweep": ".st-key-map .kd-chart[aria-label*='%']",
}
# Streamlit's own: its header and its menus are outside our reach.
OPTIONS = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"], "resultTypes": ["violations"]}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", PAGES)
def test_axe_has_no_serious_finding(browser, server, path, scheme):
    width, height = (1440, 900) if scheme == "light" else (390, 844)
    context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": height})
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.goto(f"{server.url}/{path}")
    page.wait_for_selector(PAGES[path])
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")
    page.wait_for_function("getComputedStyle(document.querySelector('.st-key-frame')).position === 'fixed'")  # styled
    found = Axe().run(page, context="main", options=OPTIONS).response["violations"]
    context.close()
    serious = [
        f"{one['id']}: {one['help']}: {node['html'][:160]}"
        for one in found
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"]
    ]
    assert serious == []
