"""The frame around every page: navigation, sidebar, status line, banner, and errors in words."""

from dashboard.frame import components, load, lost, places, presenting, sidebar, starring, state, status, way
from dashboard.kit import figure

page = way.navigate()
way.one_step_each()
figure.offer(starring.show_star)
components.legible_buttons()

with components.errors_in_words():
    datasets = load.list_datasets()
    on_stage = presenting.toggle(datasets)
    choices = presenting.sidebar_place()
    selection = sidebar.choose(datasets, choices)
    with way.title(page):
        if not on_stage:
            status.status_line(selection)
    components.banner(datasets.get(selection.dataset or ""))
    selection = sidebar.choose_setting(selection, choices)
    state.remember(selection)
    state.arrive(page.url_path or places.FIRST)
    state.follow_click()
    lost.show(state.page())
    sidebar.link(selection)
    way.next_step(page)
    page.run()
