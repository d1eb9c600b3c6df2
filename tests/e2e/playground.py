"""The playground as one who sits before it: open, look, press, wait. Nothing here sleeps, and nothing judges."""

from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from tests.e2e.visitor import Visitor

WATCH = (Path(__file__).parent / "watch.js").read_text()


class Playground(Visitor):
    """One visitor of the playground."""

    def __init__(self, context, server, **options):
        super().__init__(context, server, script=WATCH, **options)

    def open(self, query=""):
        """Come in by a link; the run on screen may still be training."""
        self.page.goto(f"{self.server.url}/playground" + (f"?{query}" if query else ""))
        return self.wait_for("run.drawn.length")

    # Look

    @property
    def query(self):
        """The experiment in the address bar."""
        return urlsplit(self.page.url).query

    @property
    def fields(self):
        return dict(parse_qsl(self.query))

    @property
    def status(self):
        return self.page.locator(".kd").get_attribute("data-status")

    @property
    def drawn(self):
        """Position on screen, counted in snapshots from the teacher's epoch 0."""
        return int(self.page.locator(".kd").get_attribute("data-drawn"))

    @property
    def where(self):
        return self.page.locator(".kd-where").inner_text()

    @property
    def reading(self):
        """Headline, how sure it is, and the rest."""
        parts = (".kd-headline", ".kd-sure", ".kd-reading")
        return "\n".join(self.page.locator(part).inner_text() for part in parts)

    @property
    def message(self):
        return self.page.locator(".kd-message").inner_text()

    @property
    def temperature(self):
        return float(self.slider("temperature").get_attribute("aria-valuetext"))

    @property
    def run(self):
        """The run on screen, as the page has heard it: id, status, message, frames, and when each was drawn."""
        return self.page.evaluate("watch.runs.at(-1)")

    @property
    def run_id(self):
        return self.page.evaluate("watch.runs.at(-1).id")

    @property
    def actors(self):
        """All that the last frame says of teacher and students: what a repeated run must find again."""
        frames = self.run["frames"]
        students = frames[-1]["actors"]
        teacher = [frame for frame in frames if frame["phase"] == "teacher"][-1]["actors"]
        return {**teacher, **students}

    @property
    def charts_removed(self):
        """How many nodes of charts have been taken out of the page since it was opened."""
        return self.page.evaluate("watch.removed")

    def slider(self, key):
        return self.page.locator(f".st-key-{key} input[type=range]")

    def number(self, label):
        return self.page.get_by_role("spinbutton", name=label, exact=True)

    def button(self, key):
        return self.page.locator(f".st-key-{key} button:visible").first

    def chart(self, name="measure"):
        return self.page.locator(f".kd-plot-{name}")

    # Press

    def press(self, key):
        """Press a button of the transport, when it can be pressed."""
        self.button(key).click()
        return self

    def press_for_new_run(self, key):
        """Press a button, and wait for the run that it begins."""
        before = len(self.page.evaluate("watch.runs.map((run) => run.id)"))
        self.press(key)
        return self.wait_for(f"watch.runs.length > {before}")

    def choose(self, box, option):
        """Pick an option of a select box, given by its locator."""
        box.locator("input").click()
        self.page.get_by_role("option", name=option, exact=True).click()
        return self.wait_for_script()

    def open_menu(self, key):
        """Open one of the transport's menus: settings ("more") or examples ("preset")."""
        self.page.locator(f".st-key-{key} [data-testid=stPopover] button").first.click()
        return self

    def open_network(self, actor):
        """Open what the teacher's or the student's network is built with."""
        self.page.locator(f".st-key-{actor}_network button").first.click()
        self.page.locator(f".st-key-{actor} input").wait_for()
        return self

    def write_network(self, actor, text):
        """Write a network as text, and close what it was written in."""
        field = self.open_network(actor).page.locator(f".st-key-{actor} input")
        field.fill(text)
        field.press("Enter")
        self.wait_for_query(f"{actor}={text}").page.keyboard.press("Escape")
        return self.wait_for_script()

    def set_pace(self, pace):
        return self.choose(self.page.locator(".st-key-pace"), pace)

    def fill(self, label, value):
        """Type into a number input."""
        field = self.number(label)
        field.fill(str(value))
        field.press("Enter")
        return self

    def slide(self, key, *presses):
        """Move a slider by keys: ArrowRight is one step, End the far end."""
        for press in presses:
            self.slider(key).press(press)
        return self

    def zoom(self, name="measure"):
        """Drag a box over the middle of a chart, as one does with a mouse."""
        box = self.chart(name).locator(".nsewdrag").first.bounding_box()
        corners = [(box["x"] + share * box["width"], box["y"] + share * box["height"]) for share in (0.3, 0.5, 0.7)]
        self.page.mouse.move(*corners[0])
        self.page.mouse.down()
        for corner in corners[1:]:
            self.page.mouse.move(*corner)
        self.page.mouse.up()
        return self

    def ranges(self, name="measure"):
        """What part of the axes a chart shows."""
        return self.chart(name).evaluate("(chart) => [chart.layout.xaxis.range, chart.layout.yaxis.range]")

    # Wait

    def wait_for(self, condition, argument=None):
        """Wait for a condition in JavaScript on `root` (the live view) and `run` (what it heard), once there is one."""
        self.page.wait_for_function(
            "(argument) => { const root = document.querySelector('.kd'), run = window.watch?.runs.at(-1);"
            f" return Boolean(root && run && run.began !== null && ({condition})); }}",
            arg=argument,
        )
        return self

    def wait_for_status(self, status):
        return self.wait_for("root.dataset.status === argument && run.drawn.length", status)

    def wait_for_position(self, position):
        """Wait until the picture has come this far, or further."""
        return self.wait_for("run.drawn.length && run.drawn.at(-1)[1] >= argument", position)

    def wait_for_end(self, status="done"):
        """Wait until the run has ended and its last picture is drawn."""
        return self.wait_for(
            "root.dataset.status === argument && run.status === argument && run.drawn.length"
            " && run.drawn.at(-1)[1] === run.frames.length - 1",
            status,
        )

    def wait_for_reading(self, text):
        """Wait until the reading says this: a run that is opened anew while its page is drawn is heard of twice."""
        self.page.wait_for_function(
            "(text) => document.querySelector('.kd-reading')?.textContent.includes(text)", arg=text
        )
        return self

    def wait_for_query(self, *parts):
        """Wait until the address bar holds all these texts."""
        self.page.wait_for_function(
            "(parts) => parts.every((part) => decodeURIComponent(location.search).includes(part))", arg=parts
        )
        return self
