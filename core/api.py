"""The REST API's frame: OpenAPI, problem+json, one transaction per write, `Idempotency-Key`, keyset paging.

The browser's own pages use the same operations with their session and CSRF token, so there is one set of verbs.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import json
import threading
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import flask_smorest
import marshmallow as ma
from flask import Flask, Response, g, make_response, request
from flask_babel import lazy_gettext as _
from flask_login import current_user
from sqlalchemy import Select, tuple_
from sqlalchemy.orm import InstrumentedAttribute

from core import clock, field_words, inbox
from core.db import db, transaction
from core.errors import DomainError, NotValid

field_words.install()  # before the first schema is defined: a field takes its words when it is made
# flask-smorest copies an operation's description at each decorator, and with it every field of its schemas: a quarter of the time that importing
# us takes. A description only refers to a schema, and a schema is not changed once it is made.
ma.Schema.__deepcopy__ = lambda self, _memo: self  # type: ignore[attr-defined]
PROBLEM_JSON = "application/problem+json"
WRITES = ("POST", "PUT", "PATCH", "DELETE")
METHODS = ("GET", *WRITES)
PAGE = 50
MOST = 200


class Api(flask_smorest.Api):  # type: ignore[misc]
    """flask-smorest without its error pages (`core.web` answers all errors in one form), described when somebody first asks for the description.

    Describing 400 operations takes a third of a second and touches every schema; a dozen processes would do it at each start, for nobody.
    """

    DEFAULT_ERROR_RESPONSE_NAME = None  # each status is described by itself

    def __init__(self, app: Flask) -> None:
        self._undescribed: list[tuple[ApiBlueprint, str]] = []
        self._describing = threading.Lock()
        super().__init__(app)

    def _register_error_handlers(self) -> None:
        return None

    def _register_responses(self) -> None:
        """Every refusal is problem+json; flask-smorest would describe its own."""
        for status in HTTPStatus:
            if status >= HTTPStatus.BAD_REQUEST:
                # An address that is too long is refused by the web server, in its own words.
                words: dict[str, Any] = (
                    {"text/html": {}} if status == HTTPStatus.REQUEST_URI_TOO_LONG else {PROBLEM_JSON: {"schema": Problem}}
                )
                response = {"description": status.phrase, "content": words}
                self.spec.components.response(status.name, response, lazy=True)

    def register_blueprint(self, blp: ApiBlueprint, **options: Any) -> None:
        name: str = options.get("name", blp.name) or ""
        self._app.extensions["flask-smorest"]["blp_name_to_api"][name] = self
        self._app.register_blueprint(blp, **options)
        self._undescribed.append((blp, name))

    def _openapi_json(self) -> Any:
        with self._describing:
            found = bool(self._undescribed)
            while self._undescribed:
                blueprint, name = self._undescribed.pop(0)
                blueprint.register_views_in_doc(self, self._app, self.spec, name=name, parameters=None)
                self.spec.tag({"name": name, "description": blueprint.description})
            if found:
                self._add_refusals()
        return super()._openapi_json()

    def _add_refusals(self) -> None:
        """What the frame may refuse, whatever the operation is."""
        for path, operations in self.spec._paths.items():
            for method, operation in operations.items():
                for status in _refusals(path, method.upper(), operation) if method.upper() in METHODS else ():
                    operation["responses"].setdefault(str(int(status)), self.spec.components.get_ref("response", status.name))


def _refusals(path: str, method: str, operation: dict[str, Any]) -> set[HTTPStatus]:
    found = {
        HTTPStatus.REQUEST_URI_TOO_LONG,
        HTTPStatus.UNAUTHORIZED,
        HTTPStatus.FORBIDDEN,
        HTTPStatus.UNPROCESSABLE_ENTITY,
        HTTPStatus.SERVICE_UNAVAILABLE,
    }
    if "{" in path or method in WRITES or operation.get("parameters"):  # whatever may name something that is not there
        found |= {HTTPStatus.NOT_FOUND}
    if method in WRITES:
        found |= {HTTPStatus.BAD_REQUEST, HTTPStatus.CONFLICT, HTTPStatus.REQUEST_ENTITY_TOO_LARGE}
    return found


class ApiBlueprint(flask_smorest.Blueprint):  # type: ignore[misc]
    """A blueprint under `/api/v1`. A view with a writing method runs in one transaction, together with its `Idempotency-Key`."""

    def __init__(self, name: str, description: str) -> None:
        super().__init__(f"api_{name}", name, url_prefix="/api/v1", description=description)
        self.noun = name

    def route(
        self, rule: str, *, methods: tuple[str, ...] = ("GET",), **options: Any
    ) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        outer = super().route(rule, methods=list(methods), **options)

        def decorate(view: Callable[..., Any]) -> Callable[..., Any]:
            return outer(in_one_transaction(view) if set(methods) & set(WRITES) else view)  # type: ignore[no-any-return]

        return decorate


def in_one_transaction(view: Callable[..., Any]) -> Callable[..., Any]:
    """Run a writing view in `transaction()`. With an `Idempotency-Key` a repeat gets the first answer and no second effect."""

    @functools.wraps(view)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        key = request.headers.get("Idempotency-Key")
        if not key:
            with transaction():
                return make_response(view(*args, **kwargs))
        now = clock.now()
        source = f"api:{current_user.get_id() and current_user.id}"
        body = hashlib.sha256(request.get_data()).hexdigest()
        with transaction():
            received = inbox.receive(
                source=source, key=key[:200], raw={"method": request.method, "path": request.path, "body": body}, now=now
            )
        with transaction() as session:
            row = inbox.claim(received.row_id)
            if row is None:
                row = session.get_one(inbox.InboxRow, received.row_id)
                if row.raw != {"method": request.method, "path": request.path, "body": body}:
                    raise NotValid(_("This Idempotency-Key was used for another request."), code="key_reused")
                return _answer_of(row.answer or {})
            response = make_response(view(*args, **kwargs))
            inbox.applied(row, answer=_stored(response), now=now)
            return response

    return wrapped


def answer_holds_a_secret() -> None:
    """Called by a view whose answer is shown once (a token, a one-time link): it is not kept for a repeat of the Idempotency-Key."""
    g.answer_holds_a_secret = True


def _stored(response: Response) -> dict[str, Any]:
    if g.pop("answer_holds_a_secret", False):
        told = {"title": str(_("This was done. Its answer is shown only once.")), "status": 409, "code": "shown_once"}
        return {"status": 409, "body": json.dumps(told), "type": PROBLEM_JSON, "location": None}
    location = response.headers.get("Location")
    return {"status": response.status_code, "body": response.get_data(as_text=True), "type": response.mimetype, "location": location}


def _answer_of(answer: dict[str, Any]) -> Response:
    response = Response(answer.get("body", ""), status=answer.get("status", 200), mimetype=answer.get("type", "application/json"))
    if answer.get("location"):
        response.headers["Location"] = answer["location"]
    response.headers["Idempotency-Replayed"] = "true"
    return response


class PageQuery(ma.Schema):
    """Query of every list: `after` is the `next` of the page before."""

    after = ma.fields.String(load_default=None)
    limit = ma.fields.Integer(load_default=PAGE, validate=ma.validate.Range(1, MOST))


def page(
    query: Select[Any], *, order: list[InstrumentedAttribute[Any]], after: str | None, limit: int, descending: bool = False
) -> tuple[list[Any], str | None]:
    """One page by keyset: rows and the token of the next page, None at the end. `order` must be unique together and not null."""
    columns = tuple_(*order)
    if after:
        values = _decoded(after, len(order))
        query = query.where(columns < tuple_(*values) if descending else columns > tuple_(*values))
    query = query.order_by(*(column.desc() if descending else column.asc() for column in order)).limit(limit + 1)
    rows = list(db.session.scalars(query))
    if len(rows) <= limit:
        return rows, None
    last = rows[limit - 1]
    token = json.dumps([getattr(last, column.key) for column in order], default=str)
    return rows[:limit], base64.urlsafe_b64encode(token.encode()).decode().rstrip("=")


def _decoded(after: str, count: int) -> list[Any]:
    try:
        values = json.loads(base64.urlsafe_b64decode(after + "=" * (-len(after) % 4)))
    except ValueError:
        values = None
    if not isinstance(values, list) or len(values) != count:
        raise NotValid(_("This page mark is not one of ours."), field="after")
    return values


class Problem(ma.Schema):
    """RFC 9457 problem+json."""

    type = ma.fields.String()
    title = ma.fields.String(required=True)
    status = ma.fields.Integer(required=True)
    code = ma.fields.String(required=True)
    detail = ma.fields.String()
    errors = ma.fields.Dict(keys=ma.fields.String(), values=ma.fields.List(ma.fields.String()))


def init_app(app: Flask) -> Api:
    """Make the API object; `wsgi.py` registers the packages' blueprints on it."""
    app.config.update(
        API_TITLE="Callout",
        API_VERSION="v1",
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX="/api",
        OPENAPI_JSON_PATH="openapi.json",
    )
    api = Api(app)
    api.spec.components.security_scheme("bearer", {"type": "http", "scheme": "bearer"})
    api.spec.options["security"] = [{"bearer": []}]
    return api


def problem_of(error: DomainError) -> dict[str, Any]:
    """The error as problem+json."""
    text = str(error.message)
    found: dict[str, Any] = {"title": text, "status": error.status, "code": error.code, **error.details}
    if error.field:
        found["errors"] = {error.field: [text]}
    return found
