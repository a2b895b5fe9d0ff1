"""How long property tests search: `CALLOUT_TEST_DEPTH=10 script/test tests/callcenter/voice` tries ten times as many examples.

From 2 on, what else takes too long for every change is done too: the road is walked in both languages at both moments, faults are planted into a
thousand plans.
"""

from __future__ import annotations

import os

DEPTH = int(os.environ.get("CALLOUT_TEST_DEPTH", "1"))


def examples(usual: int) -> int:
    """Number of examples of a test that usually tries `usual`."""
    return usual * DEPTH
