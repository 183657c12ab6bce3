"""Columns of the table twins of the tab of survey answers."""

from __future__ import annotations

from dashboard.kit.table import Column, estimate

ANSWER_COUPLES = [
    Column("first_name", "Country"),
    Column("second_name", "Other country"),
    *estimate("", "Mean distance", "number"),
    Column("n_questions", "Shared questions", "count"),
    Column("too_few_questions", "Too few questions", "flag"),
]

ANSWER_SPREAD = [
    Column("rank", "Rank", "count"),
    Column("question", "Question", "quote"),
    Column("name", "Country"),
    Column("distance", "Distance to the mean of the shown countries", "number"),
    Column("question_distance", "Mean over countries", "number"),
    Column("n_countries", "Countries that answered", "count"),
]

ANSWERS = [
    Column("name", "Country"),
    Column("option", "Option", "quote"),
    Column("share", "Share, %", "percent"),
    Column("n", "People who answered", "count"),
    Column("left_out", "Non-answers left out, %", "percent"),
]

CLOSENESS = [
    Column("name", "Country"),
    *estimate("", "Closeness", "number"),
    Column("inner_low", "Closeness, 80 % low", "number"),
    Column("inner_high", "Closeness, 80 % high", "number"),
    Column("uniform", "Closeness of equal shares", "number"),
    Column("gain", "Global model minus equal shares", "number"),
    Column("gain_low", "Difference, low", "number"),
    Column("gain_high", "Difference, high", "number"),
    Column("gain_holm", "p after Holm", "p"),
    Column("decided", "Its distance from equal shares", "number"),
    Column("n_questions", "Questions", "count"),
    Column("too_few_questions", "Too few questions", "flag"),
    Column("test_questions_only", "Test questions only", "flag"),
]

CLOSENESS_RUNS = [
    Column("trained_name", "Trained for"),
    Column("trained_on", "Trained on"),
    Column("setting_label", "Setting"),
    Column("seed", "Seed", "count"),
    Column("diff_value", "Difference to the global model", "number"),
    Column("diff_low", "Difference, low", "number"),
    Column("diff_high", "Difference, high", "number"),
    Column("diff_inner_low", "Difference, 80 % low", "number"),
    Column("diff_inner_high", "Difference, 80 % high", "number"),
    Column("p", "p", "p"),
    Column("holm", "p after Holm", "p"),
    *estimate("closeness", "Closeness", "number"),
    Column("uniform_value", "Its distance from equal shares", "number"),
    Column("diff_n_questions", "Questions", "count"),
    Column("too_few_questions", "Too few questions", "flag"),
    Column("test_questions_only", "Test questions only", "flag"),
    Column("run", "Run"),
]
