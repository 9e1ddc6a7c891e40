"""A survey is what a network shows of many pictures: distributions in place of single figures.

The package is `inspector.surveys`, since `inspector.survey` is the function. Sources are in
`inspector.surveys.sources`, engines in `inspector.surveys.engines`. Importing it does not wait for
torch.
"""

from inspector.surveys.items import Damaged, Item, Shard, Source
from inspector.surveys.making import survey
from inspector.surveys.refusals import Interrupted, NotTheSame
from inspector.surveys.result import Survey, open_survey

__all__ = [
    "Damaged",
    "Interrupted",
    "Item",
    "NotTheSame",
    "Shard",
    "Source",
    "Survey",
    "open_survey",
    "survey",
]
