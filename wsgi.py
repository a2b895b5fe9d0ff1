"""The application factory: configuration, extensions, packages, subscribers, slots. Nothing else.

Roles: web, live, relay, clock, worker, mailroom, cli. All are the same code; the role decides pool sizes and what is served.
"""

from __future__ import annotations

from flask import Flask
from flask_migrate import Migrate

import config as settings
from callcenter.console import wiring as console
from callcenter.demo import outbox as demo_outbox
from callcenter.demo import wiring as demo
from callcenter.mail import wiring as mail
from callcenter.supervision import wiring as supervision
from callcenter.voice import hooks as voice_hooks
from callcenter.voice import wiring as voice
from callcenter.web import wiring as visitors
from core import api as core_api
from core import clock, duty, i18n, jobs, logs, outage, pages, processes, redis, relay, search_api, styleguide, sweeps, web
from core.auth import cli as auth_cli
from core.auth import security
from core.db import db, engine_options
from core.jsonable import Json
from core.live import server as live_server
from core.live import views as live_views
from core.webhooks import wiring as webhooks
from customers import hooks as customer_hooks
from customers import wiring as customers
from dispatch import hooks as dispatch_hooks
from dispatch import wiring as dispatch
from dispatch.cli import plan_cli
from staff import wiring as staff
from tickets import hooks as ticket_hooks
from tickets import wiring as tickets
from tickets.cli import sla_cli


def create_app(role: str = "web", config: settings.Config | None = None) -> Flask:
    """Build the application for one serving role. Reads the environment unless a configuration is given."""
    cfg = config or settings.read()
    app = Flask("callout", root_path=str(web.ROOT), static_folder=None)
    app.config.update(
        CALLOUT=cfg,
        ROLE=role,
        SQLALCHEMY_DATABASE_URI=cfg.database_url or "postgresql+psycopg://",
        SQLALCHEMY_ENGINE_OPTIONS=engine_options(role),
        MAX_CONTENT_LENGTH=32 * 1024 * 1024,
        MAX_FORM_MEMORY_SIZE=4 * 1024 * 1024,
    )
    clock.use(cfg.data_dir)
    logs.configure(cfg.log_level)
    db.init_app(app)
    Migrate(app, db, directory=str(web.ROOT / "migrations"), compare_type=True)
    redis.init_app(app, cfg.redis_url)
    i18n.init_app(app)
    logs.init_app(app)
    security.init_app(app, cfg)
    app.json = Json(app)  # after Flask-Security, which sets one of its own
    web.init_app(app, cfg)
    outage.init_app(app)
    pages.init_app(app)
    styleguide.init_app(app)
    live_views.init_app(app)
    if role == "live":
        live_server.init_app(app, cfg)
    api = core_api.init_app(app)
    search_api.init_app(api)
    webhooks.wire(app, api)
    _packages(app, api)
    _processes()
    for group in (auth_cli.admin_cli, auth_cli.tokens_cli, processes.process_cli):
        app.cli.add_command(group)
    return app


def _packages(app: Flask, api: core_api.Api) -> None:
    """Blueprints, subscribers and slots of the packages, lowest first."""
    for pure in (sla_cli, plan_cli):
        app.cli.add_command(pure)
    staff.wire(app, api)
    customers.wire(app, api)
    tickets.wire(app, api)
    dispatch.wire(app, api)
    voice.wire(app, api)
    mail.wire(app, api)
    visitors.wire(app, api)
    console.wire(app, api)
    supervision.wire(app, api)
    demo.wire(app, api)
    demo_outbox.wire(app)
    for hooks in (ticket_hooks, voice_hooks, dispatch_hooks, customer_hooks):
        hooks.declare()


def _processes() -> None:
    """The loops of the serving roles."""
    processes.register("worker-fast", lambda app: jobs.work(app, "fast"))
    processes.register("worker-heavy", lambda app: jobs.work(app, "heavy"))
    processes.register("relay", lambda app: lambda: duty.run(app, own=relay.Relay(app), other=sweeps.Clock()))
    processes.register("clock", lambda app: lambda: duty.run(app, own=sweeps.Clock(), other=relay.Relay(app)))
    sweeps.register_own()
