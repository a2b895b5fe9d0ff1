"""The list of settings is the list of what is read."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import config
import wsgi
from callcenter.mail.listener import Listener
from core.embedded import children, servers
from core.web import content_security_policy
from tests.installation import free_ports
from tests.servers import ROOT


def test_every_setting_that_is_read_is_listed() -> None:
    source = (ROOT / "config.py").read_text()
    read = re.findall(r'(?:env(?:iron)?(?:\.get\(|\[)|_(?:port|url|flag|networks|number)\(env, )"([A-Z_]+)"', source)
    assert len(set(read)) > 20
    assert set(read) | {"DATA_DIR"} == set(config.SETTINGS)


def test_only_the_host_of_configured_map_tiles_may_be_asked_for_pictures(data_dir: Path) -> None:
    environ = {"DATA_DIR": str(data_dir), "SECRET_KEY": "x"}
    tiles = "https://tiles.example:8443/streets/{z}/{x}/{y}.png?key=1"
    policies = [content_security_policy(config.read({**environ, **more})) for more in ({}, {"MAP_TILES_URL": tiles})]
    assert [re.findall(r"img-src ([^;]*)", policy) for policy in policies] == [
        ["'self' data: blob:"],
        ["'self' data: blob: https://tiles.example:8443"],
    ]
    for wrong in (
        "tiles.example/{z}/{x}/{y}",
        "https://tiles.example/{z}/{x}.png",
        "https://{s}.example/{z}/{x}/{y}",
        "https://a;b/{z}/{x}/{y}",
    ):
        with pytest.raises(config.WrongSetting, match="MAP_TILES_URL"):
            config.read({**environ, "MAP_TILES_URL": wrong})


def test_mail_is_awaited_where_the_start_looks_whether_it_is_free(data_dir: Path) -> None:
    environ = {"DATA_DIR": str(data_dir), "SECRET_KEY": "x", "HOST": "0.0.0.0", "SMTP_HOST": "127.0.0.9", "LOG_LEVEL": "ERROR"}
    cfg = config.read({**environ, "DATABASE_URL": "postgresql+psycopg://nobody@127.0.0.1:1/none", "REDIS_URL": "redis://127.0.0.1:1"})
    every = children.of(cfg, servers.of(data_dir), {}, demo_data=False)
    looked = next(child.ports for child in every if child.name == "mailroom")
    listener = Listener(wsgi.create_app("mailroom", cfg), port=free_ports())
    listener.start()
    try:
        assert [(port.setting, port.host) for port in looked] == [("SMTP_PORT", "127.0.0.9")]
        assert listener.host == "127.0.0.9"
    finally:
        listener.stop()
