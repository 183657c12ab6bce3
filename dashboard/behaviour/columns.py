"""Columns of the table twins of the page Behaviour."""

from __future__ import annotations

from dashboard.kit.table import Column, estimate, sample

PICKS = [
    Column("name", "Country"),
    Column("setting_label", "Setting"),
    *estimate("changed", "Picks changed", "percent"),
    *estimate("picked", "Win share of the pick", "percent"),
    *estimate("gain", "Against the global pick", "points"),
    Column("gain_holm", "p, corrected", "p"),
    Column("gain_visible", "Smallest visible change, points", "points"),
    *estimate("over_random", "Against a random pick", "points"),
    *estimate("below_best", "Against the best possible", "points"),
    Column("best_value", "Best possible, %", "percent"),
    *estimate("score", "Person's score of the pick", "percent"),
    *estimate("score_gain", "Score against the global pick", "points"),
    Column("score_random_value", "Score of a random pick, %", "percent"),
    Column("score_best_value", "Score of the best pick, %", "percent"),
    Column("words_value", "Words", "number"),
    Column("words_gain_value", "More words", "number"),
    Column("characters_value", "Characters", "number"),
    Column("n_turns", "Turns", "count"),
    Column("n_users", "Test users", "count"),
    Column("too_few_users", "Too few users", "flag"),
    Column("runs", "Runs", "runs"),
]

CURVE = [
    Column("setting_label", "Setting"),
    Column("b_words", "b, SD of rewards"),
    Column("kl_value", "KL, nats", "number"),
    *estimate("picked", "Win share", "percent"),
    Column("reward_value", "Reward above random, SD", "number"),
    Column("reward_low", "Reward, low", "number"),
    Column("reward_high", "Reward, high", "number"),
    Column("picked_n_turns", "Turns", "count"),
    Column("picked_n_users", "Test users", "count"),
]

WRITERS = [
    Column("writer", "Writer"),
    *(
        column
        for judge, name in (("people", "People"), ("global", "Global model"), ("tuned", "Country's model"))
        for column in (*estimate(judge, f"{name}: wins", "percent"), Column(f"{judge}_rank", f"{name}: rank"))
    ),
    *sample("Pairs", "Test users"),
]

CHANGED = [
    Column("name", "Country"),
    Column("prompt", "Prompt"),
    Column("n_candidates", "Responses", "count"),
    Column("before_win", "Global pick, %", "percent"),
    Column("after_win", "Country's pick, %", "percent"),
    Column("gain", "Change, points", "points"),
    Column("score_gain", "Score, points", "points"),
    Column("agreement", "Seeds"),
    Column("flagged", "Flagged", "flag"),
]
