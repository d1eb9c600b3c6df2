"""Somebody before a browser: what every journey needs, whatever page it goes to."""

import re
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
TELL = """addEventListener("securitypolicyviolation", (event) =>
  tell_forbidden(event.effectiveDirective, event.blockedURI, event.sourceFile || ""));"""
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


def as_function(expression):
    """What to wait for, as a function: an expression is asked again by `eval`, which the page's policy forbids."""
    return expression if re.match(r"(\(.*?\)|\w+) => ", expression) else f"() => ({expression})"


class Visitor:
    """One visitor's page, and what it asks of the server. `media` is what Playwright's `emulate_media` takes."""

    def __init__(self, context, server, *, width=1440, height=900, script="", **media):
        self.server = server
        self.page = context.new_page()
        self.page.set_default_timeout(PATIENCE)
        wait = partial(self.page.wait_for_function, polling=LOOK_EVERY)
        self.page.wait_for_function = lambda true, **options: wait(as_function(true), **options)
        self.page.set_viewport_size({"width": width, "height": height})
        self.page.emulate_media(**media)
        self.page.add_init_script(script)
        self.errors, self.requests, self.sent = [], [], []
        self.forbidden, self.elsewhere = [], []  # by the page's policy; what was asked of other hosts
        self.page.expose_function("tell_forbidden", lambda *what: self.forbidden.append(what))
        self.page.add_init_script(TELL)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("request", lambda request: self._note(request.url))
        self.page.on("websocket", self._listen)

    def _note(self, url):
        if not url.startswith(("data:", "blob:", self.server.url, self.server.url.replace("http", "ws", 1))):
            self.elsewhere.append(url)
        # Streamlit's own files come when they come: a typeface with its first letter, a script with its widget.
        if not url.startswith(f"{self.server.url}/static/"):
            self.requests.append(url)

    def _listen(self, socket):
        self._note(socket.url)
        socket.on("framesent", lambda payload: self.sent.append(payload))

    @property
    def problems(self):
        """What the page's scripts have raised, the exceptions that it shows, and whether it wanted more than it may."""
        wanted = [f"forbidden: {' '.join(what)}" for what in self.forbidden] + [
            f"asked: {url}" for url in self.elsewhere
        ]
        return self.errors + wanted + self.page.locator("[data-testid=stException]").all_inner_texts()

    def wait_for_script(self):
        """Wait until Streamlit has nothing to do."""
        self.page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")
        return self

    def close(self):
        self.page.close()
