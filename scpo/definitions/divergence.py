"""How far communities are apart."""

from __future__ import annotations

from scpo.definitions.definition import OWN, Definition

SECTION = "Divergence"

LOWER_BOUND = (
    "a distance is a lower bound set by the model's features: tastes that differ in anything else leave no trace; "
    "distances are between fitted models, not people"
)

DEFINITIONS: dict[str, Definition] = {
    "divergence": Definition(
        "Divergence of two communities",
        "Angle between the preferences of two last-layer models on the same pairs of responses, from 0 (the same "
        "order) over 0.5 (unrelated) to 1 (opposite), corrected for the error that few users leave. Note: "
        f"{LOWER_BOUND}.",
        r"\delta(A, B) = \frac{\arccos \rho(A, B)}{\pi}",
        "Sheppard (1899); correction: Spearman (1904)",
        SECTION,
    ),
    "floor": Definition(
        "Noise floor",
        "The same distance between two random halves of one community: what chance alone makes. A picture, no test.",
        source=OWN,
        section=SECTION,
    ),
    "couples_differ": Definition(
        "Whether two communities differ",
        "Users of both are dealt anew to two communities of the same sizes, thousands of times; p is the share of "
        "deals with models at least as far apart. Corrected by Holm over all couples of communities with at least ten "
        "users in the data set, whatever is selected. Not below 0.05 means that no difference was shown, not "
        "that there is none.",
        r"p = \frac{1 + \#\{b : T_b \ge T\}}{B + 1}",
        "Phipson & Smyth (2010); Holm (1979)",
        SECTION,
    ),
    "jensen_shannon": Definition(
        "Jensen-Shannon distance",
        "How far the answers of two groups to a survey question are apart, from 0 to 1: the root of the divergence, "
        "with logarithms to base 2. Similarity is 1 minus the distance.",
        r"\begin{gathered} d(P, Q) = \sqrt{\tfrac{1}{2} \operatorname{KL}(P \,\|\, M) + "
        r"\tfrac{1}{2} \operatorname{KL}(Q \,\|\, M)} "
        r"\\ M = \tfrac{1}{2}(P + Q) \end{gathered}",
        "Endres & Schindelin (2003)",
        SECTION,
    ),
}
