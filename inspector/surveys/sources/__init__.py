"""Sources are where the pictures of a survey come from: one module for each kind.

Each is a `inspector.surveys.items.Source`. Whatever it reads, a picture in it is decoded by
`inspector.decoding` with all its checks, and one that fails is an item that says why.
"""

from inspector.surveys.sources.listing import Unreadable, Vanished
from inspector.surveys.sources.opening import open_source

__all__ = ["Unreadable", "Vanished", "open_source"]
