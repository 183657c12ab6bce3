"""What survey answers say, and how close a model is to them."""

from __future__ import annotations

from scpo.definitions.definition import OWN, PAPER, Definition

SECTION = "Survey answers"

NO_NOISE_FLOOR = (
    "there is no noise floor: the data do not say how many people answered, so nobody can say how far two samples of "
    "one country would lie apart by chance"
)

DEFINITIONS: dict[str, Definition] = {
    "question_units": Definition(
        "Questions in the place of users",
        "Survey answers hold no persons. Each question counts as one user: in the split, in every interval and in the "
        "line at ten. Of two answers to a question a country prefers the one that more of its people gave.",
        source=OWN,
        section=SECTION,
    ),
    "answer_distance": Definition(
        "Distance of two countries' answers",
        "Mean Jensen-Shannon distance over the questions that both countries answered, with equal weight. Intervals "
        "resample questions. Couples share different questions, and the first of many is the largest partly by chance. "
        "Couples with fewer than ten shared questions are grey and get no rank.",
        r"\bar d(A, B) = \frac{1}{|Q_{AB}|} \sum_{q \in Q_{AB}} d\!\left(P_A^q, P_B^q\right)",
        OWN,
        SECTION,
    ),
    "answer_order": Definition(
        "Order of the countries",
        "Average linkage of the distances, neighbours as close as possible (optimal leaf ordering). Couples without a "
        "distance stand at the mean of the others.",
        source="Bar-Joseph et al. (2001)",
        section=SECTION,
    ),
    "no_floor": Definition(
        "No noise floor of answers",
        f"{NO_NOISE_FLOOR[0].upper()}{NO_NOISE_FLOOR[1:]}. A single question has no interval for the same reason.",
        source=OWN,
        section=SECTION,
    ),
    "non_answers": Definition(
        "Non-answers",
        "“Don't know”, “Refused” and the like. They are left out and the rest adds up to 100 %, unless they are "
        "counted as options on request. A question with fewer than two options left counts nowhere.",
        source=OWN,
        section=SECTION,
    ),
    "question_spread": Definition(
        "Questions that divide a group",
        "Distance of each country's answers to the mean of the group's answers, which contains the country; the mean "
        "of these distances ranks the questions. Questions that fewer than half of the group answered are not "
        "ranked; in a large group five countries are enough. The first of many are the largest partly by chance.",
        r"s_q = \frac{1}{|G_q|} \sum_{A \in G_q} d\!\left(P_A^q,\; \tfrac{1}{|G_q|} \sum_{B \in G_q} P_B^q\right)",
        OWN,
        SECTION,
    ),
    "opinion_distribution": Definition(
        "Opinions of a model",
        "Softmax of the model's rewards for the options of a question, divided by a temperature T. No source gives a "
        "right T: a low one makes every model certain, a high one makes it uniform, so T is stated with each number.",
        r"P_r^q(o) = \frac{e^{r(q, o) / T}}{\sum_{o'} e^{r(q, o') / T}}",
        f"{PAPER}; the temperature: {OWN}",
        SECTION,
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
        SECTION,
    ),
    "uniform_opinions": Definition(
        "Every option alike",
        "The baseline: a model that knows nothing gives each option the same share. What is not closer than this has "
        "learnt nothing about a country's answers.",
        r"P^q(o) = \frac{1}{|O_q|}",
        OWN,
        SECTION,
    ),
    "holm_models": Definition(
        "Holm's correction over models",
        "Filled mark: the difference to the global model differs from 0 at the 5 % level after Holm's correction over "
        "all models that are compared at this country. Open mark: it may be chance.",
        source="Holm (1979)",
        section=SECTION,
    ),
    "few_questions": Definition(
        "Too few questions",
        "Grey: fewer than ten questions. Such numbers get no rank and no colour.",
        source=OWN,
        section=SECTION,
    ),
}
