"""How long property tests search: `CALLOUT_TEST_DEPTH=10 script/test tests/callcenter/voice` tries ten times as many examples."""

from __future__ import annotations

import os


def examples(usual: int) -> int:
    """Number of examples of a test that usually tries `usual`."""
    return usual * int(os.environ.get("CALLOUT_TEST_DEPTH", "1"))
