"""Somebody before a browser: what every journey needs, whatever page it goes to."""

import shutil
from contextlib import contextmanager
from functools import partial

from playwright.sync_api import sync_playwright

# The shell draws no window, not even an unseen one, which saves a process a page; without it the whole browser serves.
PROGRAMS = ("chromium-headless-shell", "chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-gpu",
    "--disable-quic",
    "--disable-component-update",
]
# Milliseconds. Playwright looks at every picture, and so makes a page at rest draw sixty a second.
LOOK_EVERY = 50
PATIENCE = 120_000  # milliseconds; only a broken app takes this long, however busy the machine


def chromium_program():
    """Where Chromium is, if there is one."""
    return next(filter(None, map(shutil.which, PROGRAMS)), None)


@contextmanager
def chromium(*arguments):
    """Debian's Chromium without a window, started with these arguments too."""
    program = chromium_program()
    if program is None:
        raise RuntimeError(f"The journeys need {PROGRAMS[0]} on the PATH (Debian: apt-get install {PROGRAMS[0]}).")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=[*ARGUMENTS, *arguments])
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
        self.page.wait_for_function = partial(self.page.wait_for_function, polling=LOOK_EVERY)
        self.page.set_viewport_size({"width": width, "height": height})
        self.page.emulate_media(**media)
        self.page.add_init_script(script)
        self.errors, self.requests, self.sent = [], [], []
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("request", lambda request: self._note(request.url))
        self.page.on("websocket", self._listen)

    def _note(self, url):
        # Streamlit's own files come when they come: a typeface with its first letter, a script with its widget.
        if not url.startswith(f"{self.server.url}/static/"):
            self.requests.append(url)

    def _listen(self, socket):
        self._note(socket.url)
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
