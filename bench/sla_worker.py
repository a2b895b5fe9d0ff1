"""One recomputation in a process of its own, as the heavy worker does it; the request comes by the arguments.

    python -m bench.sla_worker ROW_ID PAYLOAD

Prints how many tickets it looked at.
"""

from __future__ import annotations

import json
import sys

from core import clock
from tickets.sla import recompute
from wsgi import create_app

if __name__ == "__main__":
    with create_app("heavy").app_context():
        print(recompute.work(int(sys.argv[1]), json.loads(sys.argv[2]), now=clock.now))
