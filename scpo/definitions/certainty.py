"""How sure a number is, and what may be said of it."""

from __future__ import annotations

from scpo.definitions.definition import OWN, PAPER, Definition

SECTION = "Certainty"

DEFINITIONS: dict[str, Definition] = {
    "split": Definition(
        "Training and test users",
        "Users are divided, never pairs: pairs of one person never lie on both sides. The reference split permutes all "
        "users; the stratified one divides the users of each community.",
        source=f"{PAPER}; the stratified split: {OWN}",
        section=SECTION,
    ),
    "interval": Definition(
        "Intervals",
        "How far the number would move with other test users: pairs of one person stand or fall together, so each user "
        "is left out once (jackknife). They hold for these trained models; other training users would widen them by a "
        "fifth to a third. A mean over countries with several seeds also has the variance between seeds; with one seed "
        "it does not contain it. Where no user differs from another, the interval is the exact one of so many users.",
        r"\begin{gathered} \mathrm{se}^2 = \frac{n - 1}{n} \sum_u \left(\theta_{(-u)} - \theta\right)^2 "
        r"\\ \sigma\!\left(\operatorname{logit} \theta \mp t_{n-1}\, \frac{\mathrm{se}}{\theta (1 - \theta)}\right) "
        r"\end{gathered}",
        "Efron & Stein (1981); Rust & Rao (1996)",
        section=SECTION,
    ),
    "paired": Definition(
        "Paired differences",
        "Both models rank the same pairs, and each user is left out of both at once. Overlapping intervals of two "
        "models are no test; the interval of the difference is.",
        r"\Delta = A(\text{model}) - A(\text{global}) \mp t_{n-1}\, \mathrm{se}",
        OWN,
        section=SECTION,
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
        SECTION,
    ),
    "holm": Definition(
        "Holm's correction",
        "Filled mark: the difference differs from 0 at the 5 % level after correction. The comparisons of a setting at "
        "home are one family, those in other countries another, always over all countries that have a model, whatever "
        "is selected. A gain is also not surer than the mean over countries; a loss needs no mean. Open mark: it may "
        "be chance.",
        r"p^{\mathrm{Holm}}_{(i)} = \max_{j \le i} \min\!\left(1,\, (m - j + 1)\, p_{(j)}\right)",
        "Holm (1979); the gate: Westfall & Krishen (2001)",
        section=SECTION,
    ),
    "visible": Definition(
        "Smallest loss that could be seen",
        "The loss that so many users would have shown four times of five. No loss seen does not exclude smaller ones.",
        r"(t_{0.975} + t_{0.8})\, \mathrm{se}",
        OWN,
        section=SECTION,
    ),
    "few": Definition(
        "Too few users",
        "Grey: fewer than ten test users. Such numbers get no rank and no colour.",
        source=OWN,
        section=SECTION,
    ),
    "design": Definition(
        "Design effect",
        "How much larger the variance is because pairs of one person are alike: variance over users divided by the "
        "variance as if pairs were independent.",
        r"\frac{\operatorname{Var}_{\mathrm{users}}(A)}{\operatorname{Var}_{\mathrm{pairs}}(A)}",
        "Kish (1965), Survey Sampling",
        SECTION,
    ),
}
