"""Joins the demo to the application; its pages answer in a demo only."""

from __future__ import annotations

from flask import Flask

from callcenter.demo import views
from callcenter.demo.cli import demo_cli
from core.api import Api


def wire(app: Flask, _api: Api) -> None:
    """Pages and commands."""
    app.register_blueprint(views.blueprint)
    app.cli.add_command(demo_cli)
