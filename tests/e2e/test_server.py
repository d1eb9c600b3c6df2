"""Several visitors, lost workers, strangers: what the server does about them."""

from tests.e2e.server import has_torch

# Long enough to be met in the middle: a few seconds of training at full speed.
LONG = "dataset=blobs&labels=0&teacher=16&teacher_epochs=2&student=64-64&epochs=500&seeds=20&batch_size=8"


def test_two_visitors_of_one_link_share_a_run_and_one_who_pauses_does_not_hold_the_other(visit):
    one = visit(LONG)
    other = visit(LONG)
    shared = other.run_id
    assert one.run_id == shared
    one.press_for_new_run("pause").wait_for_status("paused")
    assert one.run_id != shared
    other.wait_for_position(one.drawn + 5)
    assert other.run_id == shared
    assert (one.status, other.status) == ("paused", "running")
    position = one.drawn
    assert one.run["frames"][position]["actors"] == other.run["frames"][position]["actors"]
    one.press("stop").wait_for_end("stopped")
    assert other.status == "running"
    other.press("stop").wait_for_end("stopped")


def test_a_run_whose_workers_are_killed_begins_again_and_ends_with_the_same_numbers(visit, server, slow):
    visitor = visit(slow).wait_for_end()
    end = visitor.actors
    visitor.set_pace("5 epochs/s").press_for_new_run("start").wait_for_position(5)
    for worker in server.workers():
        worker.kill()
    visitor.wait_for("run.message.includes('began again')")
    assert visitor.message == "A training worker was lost, so the run began again."
    visitor.set_pace("full speed").wait_for_end()
    assert visitor.actors == end
    assert visitor.message == "A training worker was lost, so the run began again."
    visitor.press_for_new_run("start").wait_for_end()  # and the app lives
    assert visitor.actors == end
    assert visitor.message == ""


def test_a_page_of_another_origin_cannot_listen_to_a_run(visit, server, plane):
    visitor = visit(plane).wait_for_end()
    listen = """(url) => new Promise((resolve) => {
      const socket = new WebSocket(url);
      socket.onmessage = () => resolve("heard");
      socket.onclose = () => resolve("refused");
    })"""
    address = f"{server.url}/live/{visitor.run_id}".replace("http", "ws")
    assert visitor.page.evaluate(listen, address) == "heard"
    visitor.page.goto("about:blank")
    assert visitor.page.evaluate(listen, address) == "refused"


def test_the_web_process_never_loads_torch(visit, server, plane):
    visitor = visit(plane).wait_for_end()
    visitor.press_for_new_run("start").wait_for_end()
    assert not has_torch(server.process)
    assert all(has_torch(worker) for worker in server.workers())
