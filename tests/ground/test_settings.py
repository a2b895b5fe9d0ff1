"""The list of settings is the list of what is read."""

from __future__ import annotations

import re
from pathlib import Path

import config
import wsgi
from callcenter.mail.listener import Listener
from core.embedded import children, servers
from tests.installation import free_ports
from tests.servers import ROOT


def test_every_setting_that_is_read_is_listed() -> None:
    source = (ROOT / "config.py").read_text()
    read = re.findall(r'(?:env(?:iron)?(?:\.get\(|\[)|_(?:port|url|flag|networks|number)\(env, )"([A-Z_]+)"', source)
    assert len(set(read)) > 20
    assert set(read) | {"DATA_DIR"} == set(config.SETTINGS)


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
