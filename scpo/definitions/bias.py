"""Who gains and who pays, inside countries too."""

from __future__ import annotations

from scpo.definitions.definition import OWN, Definition

SECTION = "Bias"

DEFINITIONS: dict[str, Definition] = {
    "lost_and_won": Definition(
        "Lost and won",
        "Lost: test pairs that the global model ranks as the person did and the country's model does not. Won: the "
        "reverse. With several seeds both are means over them.",
        r"\Delta = \frac{\text{won} - \text{lost}}{n}",
        OWN,
        section=SECTION,
    ),
    "others": Definition(
        "Other countries",
        "What a model does to countries that it was not trained for: the mean of the differences to the global model "
        "over all of them with at least ten test users, each counting the same. The variance between seeds is in the "
        "interval where there are several.",
        source=OWN,
        section=SECTION,
    ),
    "groups": Definition(
        "Groups inside countries",
        "Every test pair of a country with a model is ranked by that country's own model, and pairs are grouped by an "
        "answer of the person or a kind of conversation, over all these countries together. Correction is over the "
        "groups of the shown answer, not over all answers one may look at.",
        source=OWN,
        section=SECTION,
    ),
    "extremes": Definition(
        "Worst group and gap",
        "The gap between the best and the worst of several groups is above 0 by chance alone: what such groups show "
        "that do not differ stands beside it. The interval bounds all couples of groups together, so it holds "
        "whichever are the best and the worst; a bootstrap of the gap misses the truth where groups are alike. Groups "
        "with fewer than ten test users take no part.",
        r"\begin{gathered} \max_{g,h} (|\hat\theta_g - \hat\theta_h| - q\, se_{gh}) \le \max \theta - \min \theta "
        r"\\ \le \max_{g,h} (|\hat\theta_g - \hat\theta_h| + q\, se_{gh}) \end{gathered}",
        "Hothorn, Bretz & Westfall (2008), Biometrical Journal 50",
        section=SECTION,
    ),
    "length_bias": Definition(
        "Length bias",
        "How much more often a model prefers the longer response than the people do, on the test pairs whose responses "
        "differ in their number of words: 0 is as often as they do. Beside it the accuracy where the person chose the "
        "longer, and where they chose the shorter response.",
        r"P(\text{model prefers longer}) - P(\text{person chose longer})",
        "after Dubois et al. (2024), length-controlled AlpacaEval",
        section=SECTION,
    ),
    "reliability": Definition(
        "Calibration of margins",
        "A model says how sure it is by the size of its margin. Pairs about which it is equally sure are put together: "
        "does the person agree as often as it says? Over-confidence is said minus agreed. The calibration error (ECE) "
        "is the mean distance over the bins; few pairs alone lift it, so what a perfectly calibrated model would show "
        "on as many pairs stands beside it.",
        r"\text{said} = \sigma(|r(x, y^+) - r(x, y^-)|)",
        "Murphy & Winkler (1977); ECE: Naeini et al. (2015)",
        section=SECTION,
    ),
}
