"""What every page has: security headers, errors in one form, versioned static files, health and metrics."""

from __future__ import annotations

import functools
import hashlib
import ipaddress
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from alembic.config import Config as AlembicConfig
from alembic.script import ScriptDirectory
from flask import Blueprint, Flask, Response, abort, current_app, g, jsonify, redirect, render_template, request
from flask.sessions import SecureCookieSessionInterface, SessionMixin
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from redis.exceptions import RedisError
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException
from werkzeug.middleware.proxy_fix import ProxyFix

from config import Config
from core import leases, redis
from core.api import problem_of
from core.auth.access import public
from core.auth.security import may, wants_json
from core.db import db
from core.errors import DomainError
from core.slots import Slot
from core.static_files import StaticFiles

ROOT = Path(__file__).parent.parent
MENU = Slot("menu", "(): a dict(label, icon, address, permission, key) for the main navigation")
blueprint = Blueprint("web", __name__)


def build_number() -> str:
    """Changes when a static file changes: part of every static address, so that those can be cached for ever."""
    digest = hashlib.sha256()
    for path in sorted((ROOT / "static").rglob("*")):
        if path.is_file():
            stat = path.stat()
            digest.update(f"{path.relative_to(ROOT)}:{stat.st_size}:{stat.st_mtime_ns}".encode())
    return digest.hexdigest()[:10]


def init_app(app: Flask, config: Config) -> None:
    """Wire all of it."""
    if config.trusted_proxies:
        app.wsgi_app = TrustedProxyFix(app.wsgi_app, config.trusted_proxies)  # type: ignore[method-assign]
    app.config["BUILD"] = build_number()
    app.config["HEADERS"] = security_headers(config)
    app.wsgi_app = StaticFiles(app, ROOT / "static", app.config["HEADERS"])  # type: ignore[method-assign]
    app.jinja_env.globals.update(static=static_address, may=may, menu=menu, config_demo=config.demo)
    app.session_interface = Sessions()
    app.register_blueprint(blueprint)
    app.before_request(one_name)
    app.after_request(headers)
    for error, handler in ((DomainError, on_domain_error), (CSRFError, on_csrf_error), (HTTPException, on_http_error), (Exception, on_bug)):
        app.register_error_handler(error, without_reader(handler))


def one_name() -> Response | None:
    """`localhost` and 127.0.0.1 are two sites to a browser: a cookie of one is not sent to the live channel under the other. Go where we live."""
    base: str = current_app.config["CALLOUT"].public_base_url
    if (
        request.method == "GET"
        and base == f"http://127.0.0.1{request.host.removeprefix('localhost')}"
        and request.host.startswith("localhost:")
    ):
        return redirect(base + request.full_path.rstrip("?"))  # type: ignore[return-value]
    return None


class TrustedProxyFix:
    """ProxyFix for requests that come from a proxy named in TRUSTED_PROXIES; from anybody else forwarding headers count for nothing."""

    def __init__(self, inner: Any, networks: tuple[str, ...]) -> None:
        self.inner, self.fixed = inner, ProxyFix(inner, x_for=1, x_proto=1, x_host=1)
        self.networks = [ipaddress.ip_network(text, strict=False) for text in networks]

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        peer = environ.get("REMOTE_ADDR", "")
        trusted = bool(peer) and any(ipaddress.ip_address(peer) in network for network in self.networks)
        return (self.fixed if trusted else self.inner)(environ, start_response)


def content_security_policy(config: Config) -> str:
    """One strict policy. Names the hosts of the carrier and of map tiles only when they are configured."""
    live = urlsplit(config.live_public_url)
    connect = ["'self'", config.live_public_url, f"{'wss' if live.scheme == 'https' else 'ws'}://{live.netloc}"]
    script = ["'self'"]
    media = ["'self'", "blob:"]
    image = ["'self'", "data:", "blob:"]
    if config.map_tiles_url:
        tiles = urlsplit(config.map_tiles_url)
        image += [f"{tiles.scheme}://{tiles.netloc}"]
    if config.carrier == "simulator":
        at = urlsplit(config.simulator_url)
        connect += [config.simulator_url, f"ws://{at.netloc}"]
        script += [config.simulator_url]
        media += [config.simulator_url]
    if config.carrier == "twilio":
        connect += [
            "https://eventgw.twilio.com",
            "wss://voice-js.roaming.twilio.com",
            "https://media.twiliocdn.com",
            "https://sdk.twilio.com",
        ]
        media += ["mediastream:", "https://sdk.twilio.com", "https://media.twiliocdn.com"]
    parts = {
        "default-src": "'self'",
        "script-src": " ".join(script),
        "style-src": "'self'",
        "img-src": " ".join(image),
        "font-src": "'self'",
        "connect-src": " ".join(dict.fromkeys(connect)),
        "media-src": " ".join(media),
        "frame-src": "'self'",
        "object-src": "'none'",
        "base-uri": "'none'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
    }
    return "; ".join(f"{name} {value}" for name, value in parts.items())


class Sessions(SecureCookieSessionInterface):
    """Who asks is looked up before every request, and Flask would say that every answer depends on the cookie. One that caches may keep for everybody
    does not: it neither varies by a cookie nor sets one."""

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        if not response.cache_control.public:
            super().save_session(app, session, response)


def security_headers(config: Config) -> dict[str, str]:
    """Of every answer."""
    found = {
        "Content-Security-Policy": content_security_policy(config),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Permissions-Policy": "camera=(self), microphone=(self), geolocation=(self)",
    }
    return found | ({"Strict-Transport-Security": "max-age=31536000"} if config.secure_cookies else {})


def headers(response: Response) -> Response:
    """Security headers; a view may set a stricter policy of its own first."""
    for name, value in current_app.config["HEADERS"].items():
        response.headers.setdefault(name, value)
    if response.mimetype in ("text/html", "application/json", "application/problem+json"):
        response.headers.setdefault("Cache-Control", "no-store")
    return response


def static_address(path: str) -> str:
    """Address of a file under static/, with the build in its path so that relative imports of modules carry it along."""
    return f"/static/{current_app.config['BUILD']}/{path}"


def menu() -> list[dict[str, Any]]:
    """Entries of the navigation that the signed-in user may open."""
    return [entry for entry in MENU.call() if may(entry["permission"])]


def without_reader(handler: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """An error's words and page are in its reader's language: when the database does not say who that is, they are for nobody in particular."""

    @functools.wraps(handler)
    def guarded(error: Exception) -> Any:
        try:
            return handler(error)
        except SQLAlchemyError as second:
            if second is error:
                raise  # `on_bug` in a test
            nobody()
            return handler(error)

    return guarded


def nobody() -> None:
    """From here on the request is nobody's, and the session knows nothing: what follows needs no database."""
    db.session.remove()
    g.pop("token", None)
    g._login_user = current_app.login_manager.anonymous_user()  # type: ignore[attr-defined]


def on_domain_error(error: DomainError) -> tuple[Response | str, int]:
    """Refused by a rule: problem+json to programs, a page to people."""
    db.session.rollback()
    if wants_json():
        return problem(problem_of(error)), error.status
    return render_template("core/error.html", title=str(error.message), status=error.status), error.status


def on_csrf_error(_error: CSRFError) -> tuple[Response | str, int]:
    """The page is older than the session: nothing was done, reload."""
    message = _("This page has expired. Nothing was changed. Reload it and try again.")
    if wants_json():
        return problem({"title": message, "status": 400, "code": "csrf"}), 400
    return render_template("core/error.html", title=message, status=400), 400


def on_http_error(error: HTTPException) -> tuple[Response | str, int] | HTTPException:
    """Errors of HTTP itself, among them what marshmallow refused (422 with messages by field)."""
    status = error.code or 500
    if error.response is not None and status < 400:
        return error
    if wants_json():
        messages = getattr(error, "data", {}) or {}
        found = {"title": str(error.description or error.name), "status": status, "code": error.name.lower().replace(" ", "_")}
        if "messages" in messages:
            found |= {"title": _("Some of what was sent cannot be used."), "code": "not_valid", "errors": flat(messages["messages"])}
        return problem(found), status
    titles = {
        404: _("There is nothing at this address."),
        403: _("Your role does not allow this."),
        429: _("Too many tries. Wait a little."),
    }
    return render_template("core/error.html", title=titles.get(status, error.name), status=status), status


def on_bug(error: Exception) -> tuple[Response | str, int]:
    """Our fault: logged with the request's id, which the page shows."""
    db.session.rollback()
    current_app.logger.exception("bug", exc_info=error)
    if current_app.testing:
        raise error
    title = _("Something went wrong on our side. It was recorded.")
    if wants_json():
        return problem({"title": title, "status": 500, "code": "bug"}), 500
    return render_template("core/error.html", title=title, status=500), 500


def flat(messages: dict[str, Any], prefix: str = "") -> dict[str, list[str]]:
    """marshmallow's nested messages as one level: `{"json": {"lines": {0: {"sku": […]}}}}` → `{"lines.0.sku": […]}`."""
    found: dict[str, list[str]] = {}
    for key, value in messages.items():
        path = prefix if not prefix and key in ("json", "query", "form", "files") else f"{prefix}.{key}".lstrip(".")
        if isinstance(value, dict):
            found |= flat(value, path)
        else:
            found[path or str(key)] = [str(item) for item in value]
    return found


def problem(found: dict[str, Any]) -> Response:
    """A problem+json answer."""
    response = jsonify(found)
    response.mimetype = "application/problem+json"
    return response


@blueprint.get("/healthz")
@public
def healthz() -> Response:
    """This process answers."""
    return jsonify({"status": "ok"})


@blueprint.get("/readyz")
@public
def readyz() -> tuple[Response, int]:
    """All that a user needs answers: database, Redis, migrations, relay, clock."""
    checks = {"database": False, "redis": False, "migrations": False, "relay": False, "clock": False}
    try:
        found = db.session.execute(text("SELECT version_num FROM alembic_version")).scalar()
        checks["database"] = True
        checks["migrations"] = found == migration_head()
        checks["relay"], checks["clock"] = leases.alive("relay"), leases.alive("clock")
    except SQLAlchemyError:
        db.session.rollback()
    with suppress(RedisError):
        checks["redis"] = bool(redis.client().ping())
    return jsonify(checks), 200 if all(checks.values()) else 503


def migration_head() -> str | None:
    """The newest revision under migrations/."""
    config = AlembicConfig()
    config.set_main_option("script_location", str(ROOT / "migrations"))
    return ScriptDirectory.from_config(config).get_current_head()


def from_loopback() -> bool:
    """Whether the request comes straight from this machine: loopback peer and host, nothing forwarded."""
    host = request.host.rsplit(":", 1)[0].strip("[]")
    forwarded = any(
        name in request.headers for name in ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP")
    )
    try:
        near = ipaddress.ip_address(request.remote_addr or "").is_loopback
        named = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
    return near and named and not forwarded


@blueprint.get("/metrics")
@public
def metrics() -> Response:
    """Prometheus figures, to loopback or with the token."""
    token = current_app.config["CALLOUT"].metrics_token
    if not (from_loopback() or (token and request.headers.get("Authorization") == f"Bearer {token}")):
        abort(403)
    return Response(generate_latest(), mimetype=CONTENT_TYPE_LATEST)
