"""Somebody before a browser: what every journey needs, whatever page it goes to."""

import shutil
from contextlib import contextmanager

from playwright.sync_api import sync_playwright

ARGUMENTS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-gpu",
    "--disable-quic",
    "--disable-component-update",
]
PATIENCE = 120_000  # milliseconds; only a broken app takes this long, however busy the machine


@contextmanager
def chromium():
    """Debian's Chromium without a window."""
    program = shutil.which("chromium")
    if program is None:
        raise RuntimeError("The journeys need the program chromium on the PATH (Debian: apt-get install chromium).")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()


class Visitor:
    """One visitor's page, and what it asks of the server. `media` is what Playwright's `emulate_media` takes."""

    def __init__(self, context, server, *, width=1440, height=900, script="", **media):
        self.server = server
        self.page = context.new_page()
        self.page.set_default_timeout(PATIENCE)
        self.page.set_viewport_size({"width": width, "height": height})
        self.page.emulate_media(**media)
        self.page.add_init_script(script)
        self.errors, self.requests, self.sent = [], [], []
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("websocket", self._listen)

    def _listen(self, socket):
        self.requests.append(socket.url)
        socket.on("framesent", lambda payload: self.sent.append(payload))

    @property
    def problems(self):
        """What the page's scripts have raised, and the exceptions that it shows."""
        return self.errors + self.page.locator("[data-testid=stException]").all_inner_texts()

    def wait_for_script(self):
        """Wait until Streamlit has nothing to do."""
        self.page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")
        return self

    def close(self):
        self.page.close()
