"""The live channel: everyone sees the same picture, and nobody has to reload.

A service touches rows (`live.touch`); at commit that is one outbox row; the relay renders the rows afresh for each audience, adds the
changes to a stream in Redis and emits them; the live process hands them to the browsers; the browser's reducer keeps the newest version
of every row and asks again when it sees that it missed something. docs/adr/0001-read-versions.md says why that cannot go wrong.

    from core import live
    live.touch("board", ticket.id, tiles=True)      # in a service or subscriber
    live.register(live.Topic(name="board", …))      # in wsgi.py, through the package's own function
"""

from core.live.remembered import remembered
from core.live.topics import Argument, Rows, Topic, register
from core.live.touches import kick, touch, touch_all
from core.live.viewers import Viewer, visitor_token

__all__ = ["Argument", "Rows", "Topic", "Viewer", "kick", "register", "remembered", "touch", "touch_all", "visitor_token"]
