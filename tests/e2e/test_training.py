"""Start, pause, step, stop, reset, steer: the transport while it really trains."""

STUDENTS_START = 3  # position of the students' epoch 0 in these runs: the teacher has epochs 0 to 2 before it


def test_charts_are_updated_in_place_and_keep_their_zoom(visit, slow):
    visitor = visit(slow).wait_for_end()
    chart = visitor.chart().element_handle()
    visitor.set_pace("5 epochs/s").press_for_new_run("start").wait_for_position(STUDENTS_START + 2)
    whole = visitor.ranges()
    visitor.zoom()
    part = visitor.ranges()
    assert 0 < part[0][0] < part[0][1] < whole[0][1]
    drawn = len(visitor.run["drawn"])
    visitor.wait_for(f"run.drawn.length > {drawn} + 5")
    visitor.set_pace("full speed").wait_for_end()
    assert visitor.ranges() == part
    assert chart.evaluate("(chart) => chart.isConnected && document.querySelectorAll('.js-plotly-plot').length") == 2
    assert visitor.charts_removed == 0


def test_pause_holds_step_trains_one_epoch_and_resume_goes_on_to_the_end(visit, slow):
    visitor = visit(slow).wait_for_end()
    end = visitor.actors
    visitor.set_pace("5 epochs/s").press_for_new_run("start").wait_for_position(STUDENTS_START + 1)
    visitor.press("pause").wait_for_status("paused")
    held = len(visitor.run["frames"])
    for more in (1, 2):
        visitor.wait_for_script().press("step").wait_for(
            "root.dataset.status === 'paused' && run.frames.length > argument", held + more - 1
        )
        assert len(visitor.run["frames"]) == held + more  # neither the pause nor the step lets more through
        visitor.wait_for_position(held + more - 1)
    visitor.set_pace("full speed").press("start").wait_for_end()
    assert visitor.where.startswith("Students: epoch 100 of 100")
    assert visitor.actors == end


def test_reset_goes_back_to_the_same_start(visit, plane):
    visitor = visit(plane).wait_for_end()
    before = visitor.run
    visitor.press_for_new_run("reset").wait_for_status("paused").wait_for_position(STUDENTS_START)
    assert visitor.where.startswith("Students: epoch 0 of 20")
    after = visitor.run
    assert after["id"] != before["id"]
    for old, new in zip(before["frames"][: STUDENTS_START + 1], after["frames"], strict=True):
        assert new["actors"] == old["actors"]
    visitor.press("start").wait_for_end()
    assert visitor.run["frames"][-1]["actors"] == before["frames"][-1]["actors"]


def test_reset_can_be_pressed_again_and_again(visit, plane):
    visitor = visit(plane).wait_for_end()
    for _ in range(4):
        visitor.press_for_new_run("reset").wait_for_status("paused").wait_for_position(STUDENTS_START)
        visitor.button("start").wait_for()


def test_stop_ends_the_run_where_it_is(visit, slow):
    visitor = visit(slow).wait_for_end()
    visitor.set_pace("5 epochs/s").press_for_new_run("start").wait_for_position(STUDENTS_START + 1)
    visitor.press("stop").wait_for_end("stopped")
    stopped = visitor.run
    assert STUDENTS_START + 1 < len(stopped["frames"]) < 104
    visitor.button("start").wait_for()
    visitor.set_pace("full speed").press_for_new_run("start").wait_for_end()  # a whole run later, nothing was added
    assert visitor.page.evaluate("(id) => watch.runs.find((run) => run.id === id).frames.length", stopped["id"]) == len(
        stopped["frames"]
    )


def test_a_temperature_moved_while_it_trains_acts_and_is_marked_on_the_curve(visit, slow):
    visitor = visit(slow).wait_for_end()
    visitor.set_pace("5 epochs/s").press_for_new_run("start").wait_for_position(STUDENTS_START + 2)
    visitor.slide("temperature", "End").wait_for("run.frames.at(-1).temperature === 20")
    ((epoch, temperature, alpha),) = visitor.run["frames"][-1]["changes"]
    assert (temperature, alpha) == (20, 0.1)
    visitor.wait_for_query(f"schedule={epoch}:20:0.1").wait_for_position(STUDENTS_START + epoch + 1)
    assert "T 20 · alpha 0.1" in visitor.where
    assert visitor.page.locator(".kd-plot-measure .annotation-text").text_content() == "T 20α 0.1"
    visitor.press("stop").wait_for_end("stopped")


def test_the_keyboard_alone_can_steer(visit, slow):
    visitor = visit(slow).wait_for_end()
    visitor.set_pace("5 epochs/s").press_for_new_run("start").wait_for_position(STUDENTS_START + 1)
    visitor.page.locator("body").focus()
    for _ in range(80):
        visitor.page.keyboard.press("Tab")
        if visitor.slider("temperature").evaluate("(slider) => slider === document.activeElement"):
            break
    visitor.page.keyboard.press("ArrowLeft")
    visitor.wait_for("run.frames.at(-1).temperature === 3.5").press("stop").wait_for_end("stopped")


def test_a_refresh_in_mid_run_comes_back_to_the_same_run_with_its_history(visit, slow):
    visitor = visit(slow).wait_for_end()
    visitor.set_pace("5 epochs/s").press_for_new_run("start").wait_for_position(STUDENTS_START + 4)
    before = visitor.run
    visitor.page.reload()
    visitor.wait_for_position(len(before["frames"]))
    after = visitor.run
    assert after["id"] == before["id"]
    assert after["frames"][: len(before["frames"])] == before["frames"]
    assert after["status"] == "running"
    visitor.press("stop").wait_for_end("stopped")


def test_presets_switch_the_run(visit, digits):
    visitor = visit(digits).wait_for_end()
    visitor.open_menu("preset").press("preset_blobs")
    visitor.wait_for_query("dataset=blobs").wait_for("run.frames.length && run.frames[0].actors.teacher.map")
    visitor.wait_for_script().wait_for_end()
    assert visitor.page.locator(".kd-maps-title").inner_text() == "Decision maps"
    assert "Three labelled points a class." in visitor.reading
    visitor.press("preset_few_labels")
    visitor.page.wait_for_function("location.search === ''")
    visitor.wait_for("root.querySelector('.kd-maps-title').textContent === 'Confusion matrices'")


def test_start_pressed_while_the_server_still_answers_a_preset_runs_the_preset(visit, digits):
    visitor = visit(digits).wait_for_end().open_menu("preset")
    visitor.button("preset_blobs").wait_for()
    visitor.wait_for_script().page.evaluate(
        """() => {
          const [app, click] = [
            document.querySelector("[data-testid=stApp]"),
            (key) => document.querySelector(`.st-key-${key} button`).click(),
          ];
          new MutationObserver((_, observer) => {
            observer.disconnect();
            click("start");
          }).observe(app, { attributeFilter: ["data-test-script-state"] });
          click("preset_blobs");
        }"""
    )
    visitor.wait_for_query("dataset=blobs", "labels=12", "student=8")
    visitor.wait_for("run.frames.length && run.frames[0].actors.teacher.map")
    visitor.wait_for_script().press("stop").wait_for_end("stopped")
    assert visitor.page.locator(".kd-stale").is_hidden()


def test_a_run_that_diverges_says_so_and_the_shelf_stays(visit, plane):
    visitor = visit(f"{plane}&optimizer=sgd".replace("student=8", "student=64-64-64")).wait_for_end()
    visitor.page.get_by_role("button", name="run 1").wait_for()
    visitor.open_menu("more")
    visitor.fill("Learning rate", 1000).wait_for_query("learning_rate=1000")
    visitor.page.keyboard.press("Escape")
    visitor.press_for_new_run("start").wait_for_status("failed")
    assert "diverged at step" in visitor.message
    assert "Try a smaller learning rate" in visitor.message
    visitor.button("start").wait_for()
    assert visitor.page.get_by_role("button", name="run 1").is_visible()
    assert visitor.page.get_by_role("button", name="run 2").count() == 0
