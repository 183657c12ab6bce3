"""A reward model's opinions on survey questions, and how close they are to a country's answers."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import softmax

from scpo.arrays import FloatArray
from scpo.errors import InputError
from scpo.measures.survey import Answers, distance

DEFAULT_TEMPERATURE = 1.0
"""Rewards are used as they are. The choice is ours; no source gives one."""


def opinion_distribution(reward: ArrayLike, offered: ArrayLike, *, temperature: float) -> FloatArray:
    """Return a model's opinions: the softmax of its rewards of the options over the temperature.

    Parameters
    ----------
    reward : array_like, shape (n_questions, most_options)
        Rewards; what stands where no option is offered does not matter.
    offered : array_like of bool, same shape
    temperature : float, > 0

    Returns
    -------
    ndarray, same shape
        Sums to 1 over the offered options, 0 elsewhere; NaN throughout where an offered option has no reward, and
        where none is offered.

    Raises
    ------
    InputError
        If the temperature is not positive or the shapes differ.
    """
    if not (math.isfinite(temperature) and temperature > 0):
        raise InputError(f"the temperature must be above 0, got {temperature}")
    rewards, options = np.asarray(reward, dtype=np.float64), np.asarray(offered, dtype=bool)
    if rewards.shape != options.shape:
        raise InputError(f"rewards and options must have the same shape, got {rewards.shape} and {options.shape}")
    known = options.any(axis=-1) & (np.isfinite(rewards) | ~options).all(axis=-1)
    logits = np.where(options, rewards / temperature, -np.inf)
    found = np.full(rewards.shape, np.nan)
    if known.any():
        found[known] = softmax(logits[known], axis=-1)
    return found


def uniform_distribution(offered: ArrayLike) -> FloatArray:
    """Return the opinions of a model that knows nothing: all offered options alike; NaN where none is offered."""
    options = np.asarray(offered, dtype=bool)
    return opinion_distribution(np.zeros(options.shape), options, temperature=1.0)


def closeness(answers: Answers, country: str, distribution: ArrayLike) -> FloatArray:
    """Return 1 - distance between a model's opinions and a country's answers, shape (n_questions,).

    NaN where the country has no answers or the model no opinion.
    """
    return 1 - distance(answers.of(country), distribution)
