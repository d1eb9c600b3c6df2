"""Every page under axe, in both themes and at both widths: no serious finding."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.e2e.visitor import Visitor

# What stands on a page once its own scripts have drawn it.
PAGES = {
    "": ".kd-home[aria-label]",
    "soft-targets": ".kd-soft[aria-label]",
    "two-losses": ".kd-voices[aria-label]",
    "dark-knowledge": ".kd-gallery[aria-label]",
    "when": "main h1",
    "forest": ".st-key-forest_accuracy .kd-chart[aria-label]",
    "ensemble": ".st-key-ensemble_accuracies .kd-chart[aria-label]",
    "domain": ".st-key-domain_both .kd-chart[aria-label]",
    "noise": ".st-key-noise_chart_test .kd-chart[aria-label]",
    "bugs": ".kd-code-lines[aria-label]",
    "read-code": "main h1",
    "check": "main h1",
    "playground": ".kd-reading:has-text('%')",
    "sweep": ".st-key-map .kd-chart[aria-label*='%']",
    "data": "[data-testid=stFileUploaderDropzone]",
    "answers": "[data-testid=stFileUploaderDropzone]",
}
# Streamlit's own: its header and its menus are outside our reach.
OPTIONS = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"], "resultTypes": ["violations"]}


@pytest.mark.parametrize("path", PAGES)
def test_axe_has_no_serious_finding_in_light_on_a_desk_nor_in_dark_on_a_phone(come, server, path):
    visitor = come(Visitor, width=1440, height=900, color_scheme="light")
    page = visitor.page
    page.goto(f"{server.url}/{path}")
    page.wait_for_selector(PAGES[path])
    visitor.wait_for_script()
    page.wait_for_function("getComputedStyle(document.querySelector('.st-key-frame')).position === 'fixed'")  # styled
    serious = findings(page, "light")
    page.set_viewport_size({"width": 390, "height": 844})
    page.emulate_media(color_scheme="dark")
    assert serious + findings(page, "dark") == []


def findings(page, scheme):
    """What axe finds serious or critical, once the page has this colour scheme."""
    app = "document.querySelector('[data-testid=stApp]')"
    page.wait_for_function(f"(scheme) => getComputedStyle({app}).colorScheme === scheme", arg=scheme)
    return [
        f"{scheme}: {one['id']}: {one['help']}: {node['html'][:160]}"
        for one in Axe().run(page, context="main", options=OPTIONS).response["violations"]
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"]
    ]
