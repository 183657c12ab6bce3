"""What could prove a finding wrong."""

from __future__ import annotations

from scpo.definitions.definition import OWN, PAPER, Definition

SECTION = "Checks"

DEFINITIONS: dict[str, Definition] = {
    "check_shuffled": Definition(
        "Check: shuffled labels",
        "The last layer is fitted again with the choices of the training users exchanged: whole people give their "
        "choices to others with about as many pairs, so that how often the global model is wrong stays, and how that "
        "depends on its gap. What is lost is which responses the country likes. p is the share of exchanges that do at "
        "least as well on the test users. It does not say whether other countries' choices would do as well.",
        r"p = \frac{1 + \#\{b : T_b \ge T\}}{B + 1}, \quad "
        r"T = E \text{ or } A_{\mathrm{all}} - A_{\mathrm{all}}^{\mathrm{glo}}",
        f"Phipson & Smyth (2010); {OWN}",
        SECTION,
    ),
    "check_noise_floor": Definition(
        "Check: other training users",
        "The training users are halved at random, and the last layer is fitted on both halves. How far the two models "
        "lie apart on the test users says how far the number moves when other people are asked for training. The "
        "wider interval contains both kinds of users.",
        r"V = \frac{1}{B} \sum_b \frac{(a_{b1} - a_{b2})^2}{4}, \quad "
        r"\mathrm{se}_{\mathrm{both}} = \sqrt{\mathrm{se}^2 + V}",
        "Wolter (2007), random groups",
        SECTION,
    ),
    "check_length": Definition(
        "Check: length",
        "What a doubling of the words adds to the country model's margin, given the global gap, is measured on the "
        "training pairs and taken out of its margins on the test pairs; the rest is measured as before. Length bias: "
        "how much more often the model prefers the longer response than the people do, on the same pairs.",
        r"m = \kappa g + \gamma \log_2 \frac{1 + w^+}{1 + w^-} + e, \quad "
        r"\tilde m = m - \gamma \log_2 \frac{1 + w^+}{1 + w^-}",
        "after Dubois et al. (2024), length-controlled AlpacaEval",
        SECTION,
    ),
    "check_topics": Definition(
        "Check: matched topics",
        "Two communities may look apart because they ask other things. Pairs are weighted so that both have the same "
        "mixture of types of conversation and topics of prompts, the models are fitted anew, and their distance on the "
        "same pairs stands beside the unmatched one. For gains: what other people's choices gain for a country when "
        "they are weighted to its topics. What is left is its own.",
        r"w_A(s) \propto \frac{\min(p_A(s),\, p_B(s))}{p_A(s)}",
        "Li, Morgan & Zaslavsky (2018)",
        SECTION,
    ),
    "check_budget": Definition(
        "Check: equal movement",
        "A method that trains on disagreements moves further from the global model under the same λ, whatever it has "
        "learnt. Each method gets the λ at which it flips as many pairs of training users, out of their folds, as "
        "training on all pairs does. Gain and excess on test users are compared there.",
        r"\lambda_s: \; q_s(\lambda_s) = q_{\mathrm{full}}(\lambda), \quad "
        r"q_s(\lambda) = \tfrac{1}{n} \sum_i \mathbf{1}\!\left[m_{-k(i)}(i) > 0 \ne g_i > 0\right]",
        OWN,
        SECTION,
    ),
    "check_efficiency": Definition(
        "Check: random pairs",
        "Pairs over kept pairs only says that a filter threw some away. Efficiency asks how many pairs, drawn at "
        "random, do as well when all of them count alike, over the pairs that were kept. Below 100 % fewer random "
        "pairs do as well. If all pairs do not, it is at least pairs over kept pairs.",
        r"\frac{x^*}{n_{\mathrm{kept}}}, \quad x^* = \min \{x : \bar A_{\mathrm{full}}(x) \ge A_{\mathrm{scpo}}\}",
        f"pairs over kept pairs: {PAPER}; the rest: {OWN}",
        SECTION,
    ),
}
