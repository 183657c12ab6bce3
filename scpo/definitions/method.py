"""What the method computes: pairs, gaps, filter, weights, loss."""

from __future__ import annotations

from scpo.definitions.definition import OWN, Definition
from scpo.methods import WEIGHT_LATEX

SECTION = "Method"

DEFINITIONS: dict[str, Definition] = {
    "pair": Definition(
        "Preference pair",
        "A prompt with two responses of which a person preferred one. Equal scores, equal texts and single responses "
        "make no pair; they are counted.",
        r"(x, y^+, y^-)",
        section=SECTION,
    ),
    "gap": Definition(
        "Gap",
        "Reward of the global model for the response the person chose minus the reward for the one they rejected. "
        "Above 0 the global model agrees with the person, below 0 it disagrees.",
        r"g = r_{\mathrm{glo}}(x, y^+) - r_{\mathrm{glo}}(x, y^-)",
        section=SECTION,
    ),
    "p_glo": Definition(
        "Global preference",
        "Probability, by the Bradley-Terry model, that the global model prefers what the person chose.",
        r"p_{\mathrm{glo}} = \sigma(g) = \frac{1}{1 + e^{-g}}",
        section=SECTION,
    ),
    "filter": Definition(
        "Filter, kept pairs",
        "A training pair is kept if the global preference is below τ. τ = 1 keeps all pairs, 0.5 only disagreements; "
        "0.7 also keeps mild agreements.",
        r"\text{keep } (x, y^+, y^-) \iff p_{\mathrm{glo}} < \tau",
        section=SECTION,
    ),
    "weights": Definition(
        "Weight",
        "Extreme disagreement is turned down; all agreeing pairs weigh 1.",
        WEIGHT_LATEX,
        section=SECTION,
    ),
    "inverse_weights": Definition(
        "Inverse weight (ablation)",
        "Extreme disagreement is turned up instead. The exponent is cut at a limit, 5 by default.",
        r"w = \max\!\left(e^{-g},\, 1\right)",
        section=SECTION,
    ),
    "weighted_loss": Definition(
        "Training loss",
        "Weighted Bradley-Terry loss, the mean over the pairs of a step. The country model r starts at the global "
        "model and is finetuned.",
        r"L = -\frac{1}{n} \sum_i w_i \log \sigma\!\left(r(x_i, y_i^+) - r(x_i, y_i^-)\right)",
        section=SECTION,
    ),
    "budget": Definition(
        "Training budget",
        "Steps of every finetune, the same for all methods: the smallest number at which the mean accuracy of full, "
        "over five folds of training users whom the global model has not seen, is within one standard error of its "
        "best. Test users take no part.",
        source=f"{OWN}; the rule of one standard error: Breiman et al. (1984)",
        section=SECTION,
    ),
    "external": Definition(
        "External model",
        "A reward model that was trained elsewhere. It is measured on the same test pairs as the others, but how it "
        "was trained is not known. If its training has seen these test users, its numbers are too high. So they are "
        "no held-out numbers, and it is never on the front, chosen or proposed.",
        source=OWN,
        section=SECTION,
    ),
    "ess": Definition(
        "Effective sample size",
        "Number of equally weighted pairs that carry as much information as the weighted ones.",
        r"n_{\mathrm{eff}} = \frac{\left(\sum_i w_i\right)^2}{\sum_i w_i^2}",
        "Kish (1965), Survey Sampling",
        SECTION,
    ),
}
