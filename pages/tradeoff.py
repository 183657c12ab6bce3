"""Trade-off: which setting gives a country most for an acceptable loss?"""

import streamlit as st

from dashboard.frame import checks, components, load, presenting
from dashboard.kit import text
from dashboard.tradeoff import control_methods, controls, details, parallel, previews, view, words
from dashboard.tradeoff.load import load_band, with_choice
from scpo.results import MEAN

selection = components.opened()
components.needs_runs(selection, load.load_settings(selection))

above = presenting.controls_place()
with above:
    rule, eps = controls.rule_picker()
settings = with_choice(selection, load.load_settings(selection, rule=rule, eps=eps), rule=rule, eps=eps)
with above:
    country = controls.country_view(settings)
    log = controls.scale_picker()
    with_previews = controls.previews_toggle() if country != controls.EVERY else False

if country == controls.EVERY:
    rows = settings[settings["country"] != MEAN]
    st.header(text.plain(words.multiples_title(rows)))
else:
    rows = settings[settings["country"] == country]
    st.header(text.plain(words.tradeoff_title(rows, rule)))
components.study_note(selection, settings)
view.show_left_out(selection)

look = view.Look(rule, eps, log, selection.setting)
if country == controls.EVERY:
    view.show_small_multiples(selection, rows, look)
else:
    grid = previews.load_grid_of(selection, country, rule=rule, eps=eps) if with_previews else None
    grey = control_methods.load_controls(selection, settings, country)
    chart, beside = st.columns([5, 2], gap="large")
    with chart:
        band = load_band(selection, country, rule=rule, eps=eps)
        view.show_tradeoff(selection, rows, look, beside=grey, previews=grid, band=band)
    with beside:
        if grid is not None:
            details.proposed(grid, country)
        details.point_details(selection, rows, selection.setting)
    parallel.show_parallel(selection, rows, setting=selection.setting)
view.show_setting_everywhere(selection, settings, selection.setting)
presenting.show_limits("tradeoff")
checks.show_checks(selection, "tradeoff")
