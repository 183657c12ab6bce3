"""What would change for people: picks of real responses, the way to best-of-n, the writers who win, the texts."""

from scpo.results.behaviour.community import communities
from scpo.results.behaviour.curve import B, curve_table
from scpo.results.behaviour.document import behaviour_document
from scpo.results.behaviour.table import behaviour_table
from scpo.results.behaviour.turns import Candidate, changed_turns, read_turn
from scpo.results.behaviour.writers import JUDGES, writer_table
