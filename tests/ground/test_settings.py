"""The list of settings is the list of what is read."""

from __future__ import annotations

import re

import config
from tests.servers import ROOT


def test_every_setting_that_is_read_is_listed() -> None:
    source = (ROOT / "config.py").read_text()
    read = re.findall(r'(?:env(?:iron)?(?:\.get\(|\[)|_(?:port|url|flag|networks|number)\(env, )"([A-Z_]+)"', source)
    assert len(set(read)) > 20
    assert set(read) | {"DATA_DIR"} == set(config.SETTINGS)
