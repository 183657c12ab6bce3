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

LOWER_BOUND = (
    "a distance is a lower bound set by the model's features: tastes that differ in anything else leave no trace; "
    "distances are between fitted models, not people"
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
_CHECKS = "Checks"

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
    "budget": Definition(
        "Training budget",
        "Steps of every finetune, the same for all methods: the smallest number at which the mean accuracy of full, "
        "over five folds of training users whom the global model has not seen, is within one standard error of its "
        "best. Test users take no part.",
        source=f"{OWN}; the rule of one standard error: Breiman et al. (1984)",
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
        r"A_{true}(s) = \operatorname{mean}_D \Phi(-|g| / s)",
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
    "split": Definition(
        "Training and test users",
        "Users are divided, never pairs: pairs of one person never lie on both sides. The reference split permutes all "
        "users; the stratified one divides the users of each community.",
        source=f"{PAPER}; the stratified split: {OWN}",
        section=_CERTAINTY,
    ),
    "interval": Definition(
        "Intervals",
        "How far the number would move with other test users: pairs of one person stand or fall together, so each user "
        "is left out once (jackknife). They hold for these trained models; other training users would widen them by a "
        "fifth to a third. A mean over countries with several seeds also has the variance between seeds; with one seed "
        "it does not contain it. Where no user differs from another, the interval is the exact one of so many users.",
        r"\begin{gathered} se^2 = \frac{n - 1}{n} \sum_u \left(\theta_{(-u)} - \theta\right)^2 "
        r"\\ \sigma\!\left(\operatorname{logit} \theta \mp t_{n-1}\, \frac{se}{\theta (1 - \theta)}\right) "
        r"\end{gathered}",
        "Efron & Stein (1981); Rust & Rao (1996)",
        section=_CERTAINTY,
    ),
    "paired": Definition(
        "Paired differences",
        "Both models rank the same pairs, and each user is left out of both at once. Overlapping intervals of two "
        "models are no test; the interval of the difference is.",
        r"\Delta = A(\text{model}) - A(\text{global}) \mp t_{n-1}\, se",
        OWN,
        section=_CERTAINTY,
    ),
    "fidelity": Definition(
        "Fidelity of previews",
        "Skill: is a preview nearer to the finished run than a guess that never looks at it, the mean of the method in "
        "the other countries? 1 is perfect, 0 no better than the guess. Rank within a method: does it order the "
        "settings (τ, β) of one method in one country as the runs do? Unknown below three settings. Regret: what is "
        "lost by choosing the setting that the preview likes best. Error: the root mean square distance to the run; "
        "the intervals of previews contain it. Every preview is judged at the λ chosen without its run. A rank pooled "
        "over methods mostly says that methods differ.",
        r"1 - \frac{\sum_i (\hat A_i - A_i)^2}{\sum_i (\bar A_{-c(i),\, m(i)} - A_i)^2}",
        f"{OWN}; skill: Murphy (1988)",
        _CERTAINTY,
    ),
    "holm": Definition(
        "Holm's correction",
        "Filled mark: the difference differs from 0 at the 5 % level after correction. The comparisons of a setting at "
        "home are one family, those in other countries another, always over all countries that have a model, whatever "
        "is selected. A gain is also not surer than the mean over countries; a loss needs no mean. Open mark: it may "
        "be chance.",
        r"p^{Holm}_{(i)} = \max_{j \le i} \min\!\left(1,\, (m - j + 1)\, p_{(j)}\right)",
        "Holm (1979); the gate: Westfall & Krishen (2001)",
        section=_CERTAINTY,
    ),
    "visible": Definition(
        "Smallest loss that could be seen",
        "The loss that so many users would have shown four times of five. No loss seen does not exclude smaller ones.",
        r"(t_{0.975} + t_{0.8})\, se",
        OWN,
        section=_CERTAINTY,
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
        "order) over 0.5 (unrelated) to 1 (opposite), corrected for the error that few users leave. Note: "
        f"{LOWER_BOUND}.",
        r"\delta(A, B) = \frac{\arccos \rho(A, B)}{\pi}",
        "Sheppard (1899); correction: Spearman (1904)",
        _DIVERGENCE,
    ),
    "floor": Definition(
        "Noise floor",
        "The same distance between two random halves of one community: what chance alone makes. A picture, no test.",
        source=OWN,
        section=_DIVERGENCE,
    ),
    "couples_differ": Definition(
        "Whether two communities differ",
        "Users of both are dealt anew to two communities of the same sizes, thousands of times; p is the share of "
        "deals with models at least as far apart. Corrected by Holm over all couples of communities with at least ten "
        "users in the data set, whatever is selected. Not below 0.05 means that no difference was shown, not "
        "that there is none.",
        r"p = \frac{1 + \#\{b : T_b \ge T\}}{B + 1}",
        "Phipson & Smyth (2010); Holm (1979)",
        _DIVERGENCE,
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
    "check_shuffled": Definition(
        "Check: shuffled labels",
        "The last layer is fitted again with the choices of the training users exchanged: whole people give their "
        "choices to others with about as many pairs, so that how often the global model is wrong stays, and how that "
        "depends on its gap. What is lost is which responses the country likes. p is the share of exchanges that do at "
        "least as well on the test users. It does not say whether other countries' choices would do as well.",
        r"p = \frac{1 + \#\{b : T_b \ge T\}}{B + 1}, \quad T = E \text{ or } A_{all} - A_{all}^{glo}",
        f"Phipson & Smyth (2010); {OWN}",
        _CHECKS,
    ),
    "check_noise_floor": Definition(
        "Check: other training users",
        "The training users are halved at random, and the last layer is fitted on both halves. How far the two models "
        "lie apart on the test users says how far the number moves when other people are asked for training. The "
        "wider interval contains both kinds of users.",
        r"V = \frac{1}{B} \sum_b \frac{(a_{b1} - a_{b2})^2}{4}, \quad se_{both} = \sqrt{se^2 + V}",
        "Wolter (2007), random groups",
        _CHECKS,
    ),
    "check_length": Definition(
        "Check: length",
        "What a doubling of the words adds to the country model's margin, given the global gap, is measured on the "
        "training pairs and taken out of its margins on the test pairs; the rest is measured as before. Length bias: "
        "how much more often the model prefers the longer response than the people do, on the same pairs.",
        r"m = \kappa g + \gamma \log_2 \frac{1 + w^+}{1 + w^-} + e, \quad "
        r"\tilde m = m - \gamma \log_2 \frac{1 + w^+}{1 + w^-}",
        "after Dubois et al. (2024), length-controlled AlpacaEval",
        _CHECKS,
    ),
    "check_topics": Definition(
        "Check: matched topics",
        "Two communities may look apart because they ask other things. Pairs are weighted so that both have the same "
        "mixture of types of conversation and topics of prompts, the models are fitted anew, and their distance on the "
        "same pairs stands beside the unmatched one. For gains: what other people's choices gain for a country when "
        "they are weighted to its topics. What is left is its own.",
        r"w_A(s) \propto \frac{\min(p_A(s),\, p_B(s))}{p_A(s)}",
        "Li, Morgan & Zaslavsky (2018)",
        _CHECKS,
    ),
    "check_budget": Definition(
        "Check: equal movement",
        "A method that trains on disagreements moves further from the global model under the same λ, whatever it has "
        "learnt. Each method gets the λ at which it flips as many pairs of training users, out of their folds, as "
        "training on all pairs does. Gain and excess on test users are compared there.",
        r"\lambda_s: \; q_s(\lambda_s) = q_{full}(\lambda), \quad "
        r"q_s(\lambda) = \tfrac{1}{n} \sum_i \mathbf{1}\!\left[m_{-k(i)}(i) > 0 \ne g_i > 0\right]",
        OWN,
        _CHECKS,
    ),
    "check_efficiency": Definition(
        "Check: random pairs",
        "Pairs over kept pairs only says that a filter threw some away. Efficiency asks how many pairs, drawn at "
        "random, do as well when all of them count alike, over the pairs that were kept. Below 100 % fewer random "
        "pairs do as well. If all pairs do not, it is at least pairs over kept pairs.",
        r"\frac{x^*}{n_{kept}}, \quad x^* = \min \{x : \bar A_{full}(x) \ge A_{scpo}\}",
        f"pairs over kept pairs: {PAPER}; the rest: {OWN}",
        _CHECKS,
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
