"""Stored results to findings: what pages and commands show. Reads the cache, trains nothing, loads no torch."""

from scpo.results.bias import bias_table, others_table, over_steering_table, steering_points
from scpo.results.busy import Busy, BusyStudy, Known, NextTurn, load_known, next_turn, queue_signature, read_busy
from scpo.results.calibration import budgets, load_calibration
from scpo.results.choice import band_table, choice_table, setting_choices
from scpo.results.closeness import closeness_table, run_differences
from scpo.results.communities import country_table
from scpo.results.community_pairs import to_global_table
from scpo.results.controls import Control, measured_controls
from scpo.results.controls_document import control_points, control_rows
from scpo.results.cost import Cost, Rates, estimate_cost, measured_rates, pair_passes
from scpo.results.divergence import divergence_document, layout, load_couple_tests, load_divergence
from scpo.results.dividing import Dividing, dividing_document, dividing_pairs
from scpo.results.external import Externals, load_externals
from scpo.results.folds import HeldOut, mark_choice_on_folds
from scpo.results.frontier import MEAN, setting_rows, setting_table
from scpo.results.groups import community_extremes, facets, group_table, setting_groups
from scpo.results.length_bias import length_table
from scpo.results.missing import missing_runs
from scpo.results.model_opinions import GLOBAL, UNIFORM, load_opinionated, opinions_fingerprint
from scpo.results.noise import noise_table
from scpo.results.preview import Previewer
from scpo.results.preview_error import PreviewError
from scpo.results.reliability import EVERYWHERE, reliability_table
from scpo.results.shuffled import n_kept_of_shuffled
from scpo.results.survey import (
    answer_table,
    couple_table,
    load_surveyed,
    question_table,
    related_countries,
    spread_table,
)
from scpo.results.what_differs import what_differs, where_it_differs
from scpo.results.work import (
    RunDetail,
    WorkCounts,
    run_detail,
    run_table,
    smooth,
    study_progress,
    waiting_seconds,
    work_counts,
)
from scpo.store.fingerprint import fingerprint
from scpo.store.scored import (
    FinishedRun,
    Scored,
    group_runs,
    list_models,
    load_scored,
    open_store,
    read_runs,
    runs_of,
)
from scpo.store.studies import list_studies
