"""Everyday topics and neutral prompts of the generated sample. Nothing here is a real text."""

from __future__ import annotations

from typing import NamedTuple

CONVERSATION_TYPES: tuple[str, ...] = ("unguided", "values guided", "controversy guided")


class Topic(NamedTuple):
    """Words of one topic: a plural noun, an activity, three short acts, two reasons, three cases."""

    noun: str
    activity: str
    acts: tuple[str, str, str]
    reasons: tuple[str, str]
    cases: tuple[str, str, str]


TOPICS: tuple[Topic, ...] = (
    Topic(
        "houseplants",
        "growing houseplants",
        ("check soil", "water slowly", "trim leaves"),
        ("roots need air", "light changes slowly"),
        ("ferns", "cacti", "ivy"),
    ),
    Topic(
        "weekday meals",
        "cooking weekday meals",
        ("plan meals", "chop vegetables", "season late"),
        ("heat builds flavour", "planning saves time"),
        ("soups", "curries", "salads"),
    ),
    Topic(
        "sleeping habits",
        "sleeping well",
        ("dim lights", "cool rooms", "rise early"),
        ("bodies like rhythm", "screens delay rest"),
        ("naps", "weekends", "holidays"),
    ),
    Topic(
        "running shoes",
        "running regularly",
        ("start slowly", "stretch calves", "rest often"),
        ("muscles adapt gradually", "rest prevents injury"),
        ("hills", "parks", "tracks"),
    ),
    Topic(
        "household budgets",
        "planning a budget",
        ("list costs", "set limits", "review monthly"),
        ("small costs add", "limits reduce stress"),
        ("rent", "groceries", "gifts"),
    ),
    Topic(
        "foreign languages",
        "learning a language",
        ("learn phrases", "listen daily", "speak early"),
        ("memory needs repetition", "speaking builds confidence"),
        ("songs", "films", "letters"),
    ),
    Topic(
        "moving boxes",
        "moving house",
        ("label boxes", "pack early", "measure doors"),
        ("labels save hours", "doors can surprise"),
        ("books", "plates", "lamps"),
    ),
    Topic(
        "job interviews",
        "preparing for an interview",
        ("research roles", "practise answers", "arrive early"),
        ("practice calms nerves", "listeners value stories"),
        ("projects", "mistakes", "goals"),
    ),
    Topic(
        "noisy neighbours",
        "talking to noisy neighbours",
        ("stay calm", "choose times", "propose rules"),
        ("calm invites calm", "walls carry sound"),
        ("parties", "drums", "drills"),
    ),
    Topic(
        "birthday parties",
        "planning a birthday party",
        ("invite early", "pick music", "keep snacks"),
        ("guests plan ahead", "music lifts moods"),
        ("picnics", "quizzes", "dances"),
    ),
    Topic(
        "weekend trips",
        "planning a weekend trip",
        ("check trains", "pack light", "book rooms"),
        ("queues cost hours", "light bags travel"),
        ("museums", "lakes", "markets"),
    ),
    Topic(
        "old bicycles",
        "repairing a bicycle",
        ("clean chains", "tighten brakes", "pump tyres"),
        ("dirt wears metal", "pressure prevents punctures"),
        ("gears", "pedals", "saddles"),
    ),
    Topic(
        "long novels",
        "reading long novels",
        ("read mornings", "mark pages", "switch genres"),
        ("habits need anchors", "variety keeps interest"),
        ("mysteries", "memoirs", "essays"),
    ),
    Topic(
        "young dogs",
        "training a young dog",
        ("reward quickly", "repeat cues", "walk daily"),
        ("rewards shape behaviour", "dogs love routine"),
        ("sitting", "fetching", "waiting"),
    ),
    Topic(
        "tidy desks",
        "keeping a desk tidy",
        ("sort papers", "clear cables", "file weekly"),
        ("clutter hides things", "order helps focus"),
        ("pens", "bills", "notebooks"),
    ),
    Topic(
        "used laptops",
        "choosing a used laptop",
        ("compare prices", "test batteries", "ask sellers"),
        ("batteries age first", "prices fall quickly"),
        ("keyboards", "screens", "hinges"),
    ),
)

OPENING_TEMPLATES: dict[str, tuple[str, ...]] = {
    "unguided": (
        "How do I get better at {activity}?",
        "What is a good way to start {activity}?",
        "I have little time for {activity}, what should I do?",
        "Can you give me some advice about {noun}?",
        "What do beginners get wrong about {noun}?",
        "My friend struggles with {activity}, how can I help?",
        "Which {noun} would you recommend, and what about {case}?",
        "How often should I think about {case} when {activity}?",
    ),
    "values guided": (
        "Why do people care so much about {noun}?",
        "Is {activity} worth the effort?",
        "What does {activity} teach us about patience?",
        "Should families share the work of {activity}?",
        "How important are {case} when {activity}?",
        "What makes {activity} meaningful to people?",
    ),
    "controversy guided": (
        "Some say {noun} are overrated, what do you think?",
        "Are {case} a waste of money?",
        "Should schools teach {activity}?",
        "My family disagrees about {noun}, who is right?",
        "Is it fair to complain about {noun}?",
        "Do experts make {activity} too complicated?",
    ),
}
"""First prompts, by conversation type."""

LATER_TEMPLATES: tuple[str, ...] = (
    "And what about {case}?",
    "Can you say more about {noun}?",
    "What if I have tried that already?",
    "Does that also hold for {case}?",
    "How long does it take before {activity} feels easy?",
    "What would you change first?",
    "Why is that so?",
    "Is there a cheaper way?",
)


def opening_prompt(topic: Topic, kind: str, template: int, case: int) -> str:
    """Write the first prompt of a conversation of type `kind`; `template` and `case` are taken modulo."""
    templates = OPENING_TEMPLATES[kind]
    return fill(templates[template % len(templates)], topic, case)


def later_prompt(topic: Topic, template: int, case: int) -> str:
    """Write the prompt of a later turn; `template` and `case` are taken modulo."""
    return fill(LATER_TEMPLATES[template % len(LATER_TEMPLATES)], topic, case)


def fill(text: str, topic: Topic, rotation: int) -> str:
    """Put words of the topic into the places in braces; `rotation` chooses among its acts, reasons and cases."""
    acts, reasons, cases = topic.acts, topic.reasons, topic.cases
    return text.format(
        noun=topic.noun,
        activity=topic.activity,
        act_1=acts[rotation % 3],
        act_2=acts[(rotation + 1) % 3],
        act_3=acts[(rotation + 2) % 3],
        reason_1=reasons[rotation % 2],
        reason_2=reasons[(rotation + 1) % 2],
        case=cases[rotation % 3],
        case_1=cases[rotation % 3],
        case_2=cases[(rotation + 1) % 3],
    )
