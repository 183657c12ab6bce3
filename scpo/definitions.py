"""What every number means: one place for its name, formula, sentence and source. Pages and reports quote it."""

from __future__ import annotations

from typing import NamedTuple

from scpo.methods import WEIGHT_LATEX

PAPER = "arXiv 2606.18606"
OWN = "this project"

NO_NOISE_FLOOR = (
    "there is no noise floor: the data do not say how many people answered, so nobody can say how far two samples of "
    "one country would lie apart by chance"
)


class Definition(NamedTuple):
    """A quantity of the method."""

    name: str
    plain: str
    """What it is and which way it points, plain text."""

    formula: str = ""
    """LaTeX without dollar signs; empty where words say it all."""

    source: str = PAPER
    section: str = "Measures"


_METHOD, _MEASURES, _CERTAINTY, _DIVERGENCE = "Method", "Measures", "Certainty", "Divergence"
_SURVEY = "Survey answers"

DEFINITIONS: dict[str, Definition] = {
    "pair": Definition(
        "Preference pair",
        "A prompt with two responses of which a person preferred one. Equal scores, equal texts and single responses "
        "make no pair; they are counted.",
        r"(x, y^+, y^-)",
        section=_METHOD,
    ),
    "gap": Definition(
        "Gap",
        "Reward of the global model for the response the person chose minus the reward for the one they rejected. "
        "Above 0 the global model agrees with the person, below 0 it disagrees.",
        r"g = r_{glo}(x, y^+) - r_{glo}(x, y^-)",
        section=_METHOD,
    ),
    "p_glo": Definition(
        "Global preference",
        "Probability, by the Bradley-Terry model, that the global model prefers what the person chose.",
        r"p_{glo} = \sigma(g) = \frac{1}{1 + e^{-g}}",
        section=_METHOD,
    ),
    "filter": Definition(
        "Filter, kept pairs",
        "A training pair is kept if the global preference is below τ. τ = 1 keeps all pairs, 0.5 only disagreements; "
        "0.7 also keeps mild agreements.",
        r"\text{keep } (x, y^+, y^-) \iff p_{glo} < \tau",
        section=_METHOD,
    ),
    "weights": Definition(
        "Weight",
        "Extreme disagreement is turned down; all agreeing pairs weigh 1.",
        WEIGHT_LATEX,
        section=_METHOD,
    ),
    "inverse_weights": Definition(
        "Inverse weight (ablation)",
        "Extreme disagreement is turned up instead. The exponent is cut at a limit, 5 by default.",
        r"w = \max\!\left(e^{-g},\, 1\right)",
        section=_METHOD,
    ),
    "weighted_loss": Definition(
        "Training loss",
        "Weighted Bradley-Terry loss, the mean over the pairs of a step. The country model r starts at the global "
        "model and is finetuned.",
        r"L = -\frac{1}{n} \sum_i w_i \log \sigma\!\left(r(x_i, y_i^+) - r(x_i, y_i^-)\right)",
        section=_METHOD,
    ),
    "ess": Definition(
        "Effective sample size",
        "Number of equally weighted pairs that carry as much information as the weighted ones.",
        r"n_{eff} = \frac{\left(\sum_i w_i\right)^2}{\sum_i w_i^2}",
        "Kish (1965), Survey Sampling",
        _METHOD,
    ),
    "all_country": Definition(
        "All-country accuracy",
        "Share of all test pairs of a country that the model ranks as the person did. Test pairs come from test users, "
        "whom no model has seen. Equal rewards count as wrong.",
        r"A_{all} = \frac{1}{|T|} \sum_{i \in T} \mathbf{1}\!\left[r(x_i, y_i^+) > r(x_i, y_i^-)\right]",
    ),
    "true_country": Definition(
        "True-country accuracy",
        "The same, on the test pairs where the global model disagrees with the person (gap below 0). The global model "
        "scores 0 there by construction, so the value is the recovered share, not a gain. A very high value can mean "
        "over-steering: the model follows extreme preferences too.",
        r"\begin{gathered} A_{true} = \frac{1}{|D|} "
        r"\sum_{i \in D} \mathbf{1}\!\left[r(x_i, y_i^+) > r(x_i, y_i^-)\right] "
        r"\\ D = \{i \in T : g_i < 0\} \end{gathered}",
    ),
    "disagreement": Definition(
        "Disagreement",
        "Share of test pairs where the global model prefers the response that the person rejected.",
        r"\frac{|\{i \in T : g_i < 0\}|}{|T|}",
        OWN,
    ),
    "over": Definition(
        "Over-steering",
        "Something is recovered, yet accuracy over all pairs of the country falls below the global model's, both "
        "beyond their intervals.",
        source=OWN,
    ),
    "front": Definition(
        "Front and chosen setting",
        "Settings that no other setting beats on both accuracies. The ring is the choice of the stated rule. A chosen "
        "setting is the best of many on the same test pairs, so its accuracy is a little too good.",
        source=OWN,
    ),
    "mean": Definition(
        "Mean over countries",
        "Every selected country counts the same, whatever its number of users.",
        r"\bar A = \frac{1}{K} \sum_{k=1}^{K} A_k",
    ),
    "split": Definition(
        "Training and test users",
        "Users are divided, never pairs: pairs of one person never lie on both sides. The reference split permutes all "
        "users; the stratified one divides the users of each community.",
        source=f"{PAPER}; the stratified split: {OWN}",
        section=_CERTAINTY,
    ),
    "interval": Definition(
        "Intervals",
        "They come from resampling users: pairs of one person stand or fall together. Points are means over seeds; all "
        "seeds see the same resamples.",
        source=OWN,
        section=_CERTAINTY,
    ),
    "paired": Definition(
        "Paired differences",
        "Both models rank the same pairs, with the same resampled users. Overlapping intervals of two models are no "
        "test; the interval of the difference is.",
        r"\Delta = A(\text{model}) - A(\text{global})",
        OWN,
        _CERTAINTY,
    ),
    "holm": Definition(
        "Holm's correction",
        "Filled mark: the difference differs from 0 at the 5 % level after Holm's correction over the countries of one "
        "setting. Open mark: it may be chance.",
        r"p^{Holm}_{(i)} = \max_{j \le i} \min\!\left(1,\, (m - j + 1)\, p_{(j)}\right)",
        "Holm (1979)",
        _CERTAINTY,
    ),
    "few": Definition(
        "Too few users",
        "Grey: fewer than ten test users. Such numbers get no rank and no colour.",
        source=OWN,
        section=_CERTAINTY,
    ),
    "design": Definition(
        "Design effect",
        "How much larger the variance is because pairs of one person are alike: variance over users divided by the "
        "variance as if pairs were independent.",
        r"\frac{\operatorname{Var}_{users}(A)}{\operatorname{Var}_{pairs}(A)}",
        "Kish (1965), Survey Sampling",
        _CERTAINTY,
    ),
    "divergence": Definition(
        "Divergence of two communities",
        "Angle between the preferences of two last-layer models on the same pairs of responses, from 0 (the same "
        "order) over 0.5 (unrelated) to 1 (opposite), corrected for the error that few users leave. Below the noise "
        "floor it means that no difference was found.",
        r"\delta(A, B) = \frac{\arccos \rho(A, B)}{\pi}",
        "Sheppard (1899); correction: Spearman (1904)",
        _DIVERGENCE,
    ),
    "floor": Definition(
        "Noise floor",
        "The same distance between two random halves of one community: what chance alone makes.",
        source=OWN,
        section=_DIVERGENCE,
    ),
    "jensen_shannon": Definition(
        "Jensen-Shannon distance",
        "How far the answers of two groups to a survey question are apart, from 0 to 1: the root of the divergence, "
        "with logarithms to base 2. Similarity is 1 minus the distance.",
        r"\begin{gathered} d(P, Q) = \sqrt{\tfrac{1}{2} KL(P \,\|\, M) + \tfrac{1}{2} KL(Q \,\|\, M)} "
        r"\\ M = \tfrac{1}{2}(P + Q) \end{gathered}",
        "Endres & Schindelin (2003)",
        _DIVERGENCE,
    ),
    "question_units": Definition(
        "Questions in the place of users",
        "Survey answers hold no persons. Each question counts as one user: in the split, in every interval and in the "
        "line at ten. Of two answers to a question a country prefers the one that more of its people gave.",
        source=OWN,
        section=_SURVEY,
    ),
    "answer_distance": Definition(
        "Distance of two countries' answers",
        "Mean Jensen-Shannon distance over the questions that both countries answered, with equal weight. Intervals "
        "resample questions. Couples share different questions, and the first of many is the largest partly by chance. "
        "Couples with fewer than ten shared questions are grey and get no rank.",
        r"\bar d(A, B) = \frac{1}{|Q_{AB}|} \sum_{q \in Q_{AB}} d\!\left(P_A^q, P_B^q\right)",
        OWN,
        _SURVEY,
    ),
    "answer_order": Definition(
        "Order of the countries",
        "Average linkage of the distances, neighbours as close as possible (optimal leaf ordering). Couples without a "
        "distance stand at the mean of the others.",
        source="Bar-Joseph et al. (2001)",
        section=_SURVEY,
    ),
    "no_floor": Definition(
        "No noise floor of answers",
        f"{NO_NOISE_FLOOR[0].upper()}{NO_NOISE_FLOOR[1:]}. A single question has no interval for the same reason.",
        source=OWN,
        section=_SURVEY,
    ),
    "non_answers": Definition(
        "Non-answers",
        "“Don't know”, “Refused” and the like. They are left out and the rest adds up to 100 %, unless they are "
        "counted as options on request. A question with fewer than two options left counts nowhere.",
        source=OWN,
        section=_SURVEY,
    ),
    "question_spread": Definition(
        "Questions that divide a group",
        "Distance of each country's answers to the mean of the group's answers, which contains the country; the mean "
        "of these distances ranks the questions. Questions that fewer than half of the group answered are not "
        "ranked; in a large group five countries are enough. The first of many are the largest partly by chance.",
        r"s_q = \frac{1}{|G_q|} \sum_{A \in G_q} d\!\left(P_A^q,\; \tfrac{1}{|G_q|} \sum_{B \in G_q} P_B^q\right)",
        OWN,
        _SURVEY,
    ),
    "opinion_distribution": Definition(
        "Opinions of a model",
        "Softmax of the model's rewards for the options of a question, divided by a temperature T. No source gives a "
        "right T: a low one makes every model certain, a high one makes it uniform, so T is stated with each number.",
        r"P_r^q(o) = \frac{e^{r(q, o) / T}}{\sum_{o'} e^{r(q, o') / T}}",
        f"{PAPER}; the temperature: {OWN}",
        _SURVEY,
    ),
    "opinion_closeness": Definition(
        "Closeness of opinions",
        "1 minus the Jensen-Shannon distance between a model's opinions and a country's answers, mean over questions. "
        "Higher is closer. At one temperature a model whose rewards lie further apart is more decided, and that alone "
        "moves its closeness: look at several temperatures before reading a difference. Differences are paired: the "
        "same questions for both models, the same resamples of questions. A model that was trained on questions of "
        "this survey is judged on the others alone.",
        r"c(r, A) = 1 - \frac{1}{|Q_A|} \sum_{q \in Q_A} d\!\left(P_r^q, P_A^q\right)",
        f"{PAPER}; intervals: {OWN}",
        _SURVEY,
    ),
    "uniform_opinions": Definition(
        "Every option alike",
        "The baseline: a model that knows nothing gives each option the same share. What is not closer than this has "
        "learnt nothing about a country's answers.",
        r"P^q(o) = \frac{1}{|O_q|}",
        OWN,
        _SURVEY,
    ),
    "holm_models": Definition(
        "Holm's correction over models",
        "Filled mark: the difference to the global model differs from 0 at the 5 % level after Holm's correction over "
        "all models that are compared at this country. Open mark: it may be chance.",
        source="Holm (1979)",
        section=_SURVEY,
    ),
    "few_questions": Definition(
        "Too few questions",
        "Grey: fewer than ten questions. Such numbers get no rank and no colour.",
        source=OWN,
        section=_SURVEY,
    ),
}
"""Key -> definition, in the order of a page."""


def markdown(key: str) -> str:
    """Write a definition as Markdown: name, sentence and formula.

    Raises
    ------
    KeyError
        If nothing is defined under this key.
    """
    found = DEFINITIONS[key]
    formula = f"\n\n$${found.formula}$$" if found.formula else ""
    return f"**{found.name}**: {found.plain}{formula}"
