"""`mail parse` prints JSON and asks for no database."""

from __future__ import annotations

import json
from pathlib import Path

from flask import Flask
from flask.testing import FlaskCliRunner

from callcenter.mail.cli import mail_cli

RAW = "From: 王伟 <wang@example.cn>\nTo: s@callout.example\nSubject: 空调\n\n坏了\n".encode()
KEYS = ["subject", "from_email", "from_name", "to", "cc", "reply_to", "text", "new_text", "attachments", "auto_reply", "bounce", "problems"]


def runner() -> FlaskCliRunner:
    application = Flask("bare")
    application.cli.add_command(mail_cli)
    return application.test_cli_runner()


def test_a_file_is_printed_as_json(tmp_path: Path) -> None:
    path = tmp_path / "m.eml"
    path.write_bytes(RAW)
    result = runner().invoke(args=["mail", "parse", str(path)])
    printed = json.loads(result.stdout_bytes)
    assert list(printed) == KEYS
    assert (printed["subject"], printed["from_name"], printed["text"]) == ("空调", "王伟", "坏了")
    assert printed["to"] == [{"email": "s@callout.example", "name": ""}]


def test_a_dash_reads_standard_input() -> None:
    result = runner().invoke(args=["mail", "parse", "-"], input=RAW)
    assert json.loads(result.stdout_bytes)["from_email"] == "wang@example.cn"


def test_a_missing_file_is_named() -> None:
    result = runner().invoke(args=["mail", "parse", "/nowhere.eml"])
    assert result.exit_code == 2
    assert "/nowhere.eml" in result.output
