"""Old addresses: whatever link was ever given away opens the page, the experiment or the sweep that it opened then."""

import json
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
import torch

import kd_core
from kd_core import Experiment
from kd_core.sweeps.grid import Sweep
from tests.e2e.visitor import Visitor

PAGES = {
    "/": "What is distillation?",
    "/?level=technical": "What is distillation?",
    "/soft-targets": "Soft targets",
    "/two-losses": "The two losses",
    "/dark-knowledge": "Dark knowledge",
    "/when": "When it helps",
    "/when?scenario=noisy": "When it helps",
    "/forest": "From forest to network",
    "/ensemble": "Several teachers",
    "/ensemble?weights=1+0+2": "Several teachers",
    "/domain": "Another domain",
    "/noise": "Noise and overfitting",
    "/noise?view=speed&level=0.9": "Noise and overfitting",
    "/bugs": "The lab of bugs",
    "/bugs?bug=argmax": "The lab of bugs",
    "/read-code": "Read the code",
    "/read-code?file=losses": "Read the code",
    "/check": "Check yourself",
    "/check?question=order": "Check yourself",
    "/playground": "Playground",
    "/sweep": "Sweep",
    "/data": "Your data",
    "/answers": "Bring answers",
    "/answers?dataset=iris&seed=3": "Bring answers",
}
SAID_SINCE = {"/bugs?bug=argmax": "/bugs?bug=2"}  # a bug's name gives it away
SMALL = "teacher=8&teacher_epochs=2&student=8&epochs=4&seeds=2"
WITH_FRAME = (  # what a link says to the frame is heard when the app is opened
    "lang=de&labels=50&temperature=2",
    "lecture=1&dataset=rings&labels=30",
    "hide=alpha,labels&alpha=0.25&labels=200",
)
EXPERIMENTS = (
    "labels=100&temperature=4",
    "dataset=blobs&labels=12",
    "dataset=crescents&labels=15&temperature=6",
    "dataset=spirals&labels=0",
    "dataset=rings&labels=30&noise=0.1",
    "labels=0&alpha=0",
    "alpha=1",
    "temperature=7.5&alpha=0.35",
    "temperature=1.0&alpha=.5&t_squared=1",
    "t_squared=0&temperature=8",
    "label_noise=0.3",
    "teacher_dropout=0.2&teacher_label_smoothing=0.1",
    "optimizer=sgd&learning_rate=0.1",
    "optimizer=adamw&batch_size=16",
    "schedule=1:10:0.5,3:2:0.9",
    "dataset=blobs&labels=40&schedule=2:20:0",
    "teacher=8-8&student=4-8-4&seed=12345",
)
SWEEPS = (
    "over=temperature=1,4",
    "over=temperature=1..9..4&over=alpha=0,1",
    "dataset=blobs&labels=12&over=alpha=0..1..0.5",
    "over=student=4,8-4&over=labels=20..60..20",
    "dataset=rings&labels=30&over=label_noise=0,0.3&over=learning_rate=0.01,0.05",
)
FRAME = ("lang", "lecture", "hide")


def fields_of(address):
    return parse_qsl(urlsplit(address).query)


def split(address):
    """What an address says to the frame, and what to the page."""
    fields = fields_of(address)
    return {k: v for k, v in fields if k in FRAME}, urlencode([(k, v) for k, v in fields if k not in FRAME])


def small(link):
    """A link whose run takes no time: what the small networks' fields do not say is as the link says."""
    return urlencode(list((dict(parse_qsl(SMALL)) | dict(parse_qsl(link))).items()), safe=":,")


def go_on_to(visitor, link):
    """Come to a link as one does by the browser's Back or Forward: without loading the app anew."""
    before = visitor.page.evaluate("watch.runs.length")
    turn = "(link) => { history.pushState(null, '', link); dispatchEvent(new PopStateEvent('popstate')); }"
    visitor.page.evaluate(turn, f"/playground?{link}")
    visitor.wait_for(f"watch.runs.length > {before}")


@pytest.fixture
def one_thread():
    """As the workers have: then numbers are equal, to rounding."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def check_experiment(visitor, link):
    """The address holds the experiment of this link still, and the run on screen is the run of this experiment."""
    visitor.wait_for("run.status === 'done'").wait_for_script()
    frame, query = split(visitor.page.url)
    asked_frame, asked = split(f"?{link}")
    experiment = Experiment.from_query(asked)
    assert (frame, Experiment.from_query(query)) == (asked_frame, experiment)
    *_, expected = kd_core.run(experiment)
    shown = visitor.run["frames"][-1]
    assert (shown["epoch"], shown["temperature"], shown["alpha"]) == (
        expected.epoch,
        expected.temperature,
        expected.alpha,
    )
    for name, measures in expected.actors.items():
        loss, accuracy = shown["actors"][name]["loss"]["train"], shown["actors"][name]["accuracy"]["test"]
        assert accuracy[0] == pytest.approx(measures.test_accuracy.mean(), abs=2.5 / 500), (link, name)
        for term, values in measures.train_loss._asdict().items():
            assert loss[term][0] == pytest.approx(values.mean(), rel=0.01, nan_ok=True), (link, name, term)


@pytest.mark.parametrize("link", [small(link) for link in WITH_FRAME])
def test_a_link_with_the_frames_fields_opens_its_experiment(visit, one_thread, link):
    check_experiment(visit(link), link)


def test_every_link_opens_its_experiment(visit, one_thread):
    first, *others = (small(link) for link in EXPERIMENTS)
    visitor = visit(first)
    check_experiment(visitor, first)
    for link in others:
        go_on_to(visitor, link)
        check_experiment(visitor, link)
    assert visitor.problems == []


def test_every_link_opens_its_sweep(come, server):
    visitor = come(Visitor)
    for link in (f"{SMALL}&{link}" for link in SWEEPS):
        visitor.page.goto(f"{server.url}/sweep?{link}")
        visitor.page.get_by_text("done after").wait_for()
        visitor.wait_for_script()
        sweep = Sweep.from_query(link)
        assert Sweep.from_query(urlsplit(visitor.page.url).query) == sweep
        with visitor.page.expect_download() as download:
            visitor.page.get_by_role("button", name="JSON").click()
        whole = json.loads(download.value.path().read_text())
        assert (Sweep.from_query(whole["sweep"]), len(whole["cells"])) == (sweep, len(sweep.cells))
        assert visitor.problems == []


def test_every_page_is_where_it_was_and_hears_its_fields(come, server):
    visitor = come(Visitor)
    for address, title in PAGES.items():
        visitor.page.goto(server.url + address)
        heading = visitor.page.locator("main h1").first
        heading.wait_for(state="attached")
        assert heading.text_content() == title
        visitor.wait_for_script()
        said = fields_of(visitor.page.url)  # a field that means nothing is dropped
        assert said in (fields_of(address), fields_of(SAID_SINCE.get(address, address)))
        assert visitor.page.get_by_text("Page not found").count() == 0
        assert visitor.problems == []
