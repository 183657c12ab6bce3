"""What a model is judged by."""

from __future__ import annotations

from scpo.definitions.definition import OWN, Definition

DEFINITIONS: dict[str, Definition] = {
    "all_country": Definition(
        "All-country accuracy",
        "Share of all test pairs of a country that the model ranks as the person did. Test pairs come from test users, "
        "whom no model has seen. Equal rewards count as wrong.",
        r"A_{\mathrm{all}} = \frac{1}{|T|} \sum_{i \in T} \mathbf{1}\!\left[r(x_i, y_i^+) > r(x_i, y_i^-)\right]",
    ),
    "true_country": Definition(
        "True-country accuracy",
        "The same, on the test pairs where the global model disagrees with the person (gap below 0). The global model "
        "scores 0 there by construction, so the value is the recovered share, not a gain. A very high value can mean "
        "over-steering: the model follows extreme preferences too.",
        r"\begin{gathered} A_{\mathrm{true}} = \frac{1}{|D|} "
        r"\sum_{i \in D} \mathbf{1}\!\left[r(x_i, y_i^+) > r(x_i, y_i^-)\right] "
        r"\\ D = \{i \in T : g_i < 0\} \end{gathered}",
    ),
    "disagreement": Definition(
        "Disagreement",
        "Share of test pairs where the global model prefers the response that the person rejected.",
        r"\frac{|\{i \in T : g_i < 0\}|}{|T|}",
        OWN,
    ),
    "excess": Definition(
        "Excess",
        "Every model that moves recovers something: flips prefer pairs on which the global model is unsure, and there "
        "it is often wrong. Each flip therefore counts 1 if the global model was wrong, less the chance that it "
        "was, given how sure it was. The rest is the label-blind share: what flips of the same pairs recover that do "
        "not know which are wrong. The global model has 0, with random noise it still has 0.",
        r"\begin{gathered} E = \frac{1}{|D|} \sum_{i \in F} \left(\mathbf{1}[i \in D] - \pi_i\right) "
        r"\\ \pi_i = \sigma\!\left(b - k\,|g_i|\right) \end{gathered}",
        OWN,
    ),
    "noise": Definition(
        "Noise curve and break-even line",
        "Grey curve: the global model with random noise on its gaps, more to the right; what lies on it knows nothing "
        "of the country. Grey line: one pair gained for one lost; above it all-country accuracy rises.",
        r"A_{\mathrm{true}}(s) = \operatorname{mean}_D \Phi(-|g| / s)",
        OWN,
    ),
    "controls": Definition(
        "Controls",
        "What a country's model is compared with; never on the front, never chosen, never judged. Random pairs: as "
        "many as Filter + weight keeps, drawn by chance. Shuffled labels: the country's users exchange their "
        "judgements before training, so what is recovered is label-blind and the excess is about 0. Pooled "
        "countries: one last layer for all countries that have runs. Other countries' models: mean over them. Longer "
        "response: the one with more words wins, a tie is wrong.",
        source=OWN,
    ),
    "over": Definition(
        "Over-steering",
        "The excess is below that of training on all pairs, yet accuracy over all pairs of the country falls below the "
        "global model's: it recovers by flipping more, not by knowing more. Both paired, after Holm over all settings "
        "and countries.",
        source=OWN,
    ),
    "front": Definition(
        "Front and chosen setting",
        "Settings that no other setting beats on both accuracies; light area: where the front lies when test users are "
        "resampled. The ring is the choice of the stated rule. Finished settings are chosen on the test users they are "
        "reported on, so the best of many looks too good: a resample chooses again, and what its choice gains on the "
        "resample is luck. Where all settings are alike the root of 2 makes it right, where one always wins it is 0. "
        "Previews are chosen by five folds of training users and reported on test users, who have no part in it.",
        r"\text{optimism} = \sqrt 2 \; \operatorname{mean}_b \left( A_b(s_b) - A(s_b) \right)",
        f"Efron (1983), Stone (1974); the factor: {OWN}",
    ),
    "mean": Definition(
        "Mean over countries",
        "Every selected country counts the same, whatever its number of users.",
        r"\bar A = \frac{1}{K} \sum_{k=1}^{K} A_k",
    ),
}
