"""How long property tests search: `CALLOUT_TEST_DEPTH=10 script/test tests/callcenter/voice` tries ten times as many examples.

From 2 on, what else takes too long for every change is done too: the road is walked in both languages at both moments (else once), the desk's two
stories and the day of dispatch are told in both, the shell and the webhooks' page are looked at in every width and theme, a thousand plans have
every fault, each of relay and clock is frozen apart from the whole road's fault run, which freezes both.
"""

from __future__ import annotations

import os

DEPTH = int(os.environ.get("CALLOUT_TEST_DEPTH", "1"))


def examples(usual: int) -> int:
    """Number of examples of a test that usually tries `usual`."""
    return usual * DEPTH
