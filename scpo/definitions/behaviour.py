"""What would change for people: picks among the real responses of a turn."""

from __future__ import annotations

from scpo.definitions.definition import OWN, Definition

SECTION = "Behaviour"

DEFINITIONS: dict[str, Definition] = {
    "win_share": Definition(
        "Win share of a pick",
        "Each model picks the response with its highest reward among the real responses of a turn of a test user. The "
        "win share is the share of the other responses that the person liked less, half where no preference is known. "
        "It needs no scale of scores: a random pick has 50 %, the person's favourite 100 %. Beside it stands the "
        "person's own score, whose scale differs from person to person.",
        r"w = \frac{1}{n - 1} \left( n_{less} + \frac{1}{2} n_{unknown} \right)",
        OWN,
        SECTION,
    ),
    "changed_pick": Definition(
        "Changed picks",
        "Share of turns whose pick is another response than the global model's, mean over seeds. Responses with equal "
        "rewards share a pick.",
        source=OWN,
        section=SECTION,
    ),
    "best_of_n": Definition(
        "From random to best-of-n",
        "A policy draws one of the n responses of a turn, the better rewarded the likelier. b falls from infinity, a "
        "random response, to 0, always the best rewarded: best-of-n. KL is how far it has moved from random, exact, in "
        "nats. Reward rises all the way by construction. Where the people's win share falls meanwhile, the reward is "
        "over-optimised. b is in standard deviations of a model's own rewards within turns.",
        r"\begin{gathered} \pi_b(i) = \frac{e^{r_i / b}}{\sum_j e^{r_j / b}} "
        r"\\ \mathrm{KL} = \sum_i \pi_b(i) \log\left(n \, \pi_b(i)\right) \end{gathered}",
        "Gao, Schulman and Hilton (2022), arXiv 2210.10760; gold standard here: people",
        SECTION,
    ),
    "writers": Definition(
        "Ranking of writers",
        "Which of the models that wrote the responses win: Bradley-Terry strengths on the same test pairs, by the "
        "people's choices and by each model's rewards, shown as wins against an average rival. A rank is a range: "
        "above stand the writers that are surely better, below those surely worse. Intervals leave out one user at a "
        "time.",
        r"P(i \text{ beats } j) = \sigma(s_i - s_j)",
        "Bradley and Terry (1952)",
        SECTION,
    ),
}
