"""Pages that everybody has: the way in (invitation), the start page of each role, the own account, language and theme.

Also what the layout asks for: theme, zone, the modules that other packages load on every page.
"""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlsplit

from babel.dates import format_skeleton, format_time
from babel.units import format_unit
from flask import Blueprint, Flask, current_app, g, redirect, render_template, request
from flask_babel import get_locale, get_timezone, lazy_gettext, to_user_timezone
from flask_babel import gettext as _
from flask_login import current_user
from flask_security import login_user
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from core import clock
from core.auth import services as accounts
from core.auth.access import permission, public
from core.auth.models import User
from core.auth.preferences import THEMES, set_preferences
from core.auth.security import current_roles
from core.db import transaction
from core.errors import DomainError
from core.forms import AccountForm, WelcomeForm, put_beside
from core.i18n import COOKIE, LANGUAGES, choose_language, choose_zone
from core.slots import Slot
from core.web import menu, static_address

THEME_COOKIE = "theme"
YEAR = 365 * 24 * 3600
# Where a role works. Somebody with several roles starts at the first of these that is theirs.
HOMES = (("supervisor", "/board"), ("dispatcher", "/dispatch"), ("agent", "/console"), ("technician", "/field"), ("admin", "/settings"))
SHELL_MODULES = Slot(
    "shell modules", "(): path under static/ of a JavaScript module to load on every page with navigation, None: not for this user"
)
MESSAGES = {
    "GENERIC_AUTHN_FAILED": lazy_gettext("Email address and password do not belong together."),
    "DISABLED_ACCOUNT": lazy_gettext("This account is switched off."),
    "EMAIL_NOT_PROVIDED": lazy_gettext("Write your email address."),
    "INVALID_EMAIL_ADDRESS": lazy_gettext("This is not an email address."),
    "PASSWORD_NOT_PROVIDED": lazy_gettext("Write your password."),
    "INVALID_PASSWORD": lazy_gettext("This is not your password."),
    "PASSWORD_IS_THE_SAME": lazy_gettext("The new password is the old one. Choose another."),
    "PASSWORD_CHANGE": lazy_gettext("Your password was changed."),
    "RETYPE_PASSWORD_MISMATCH": lazy_gettext("The two passwords differ."),
    "PASSWORD_INVALID_LENGTH": lazy_gettext("A password needs at least %(count)d characters.", count=accounts.PASSWORD_LENGTH),
    "UNAUTHENTICATED": lazy_gettext("Sign in first."),
    "REAUTHENTICATION_REQUIRED": lazy_gettext("Sign in again to do this."),
}
blueprint = Blueprint("pages", __name__)


def init_app(app: Flask) -> None:
    """Register the pages and what templates need. Comes after `security` and `web`."""
    for name, text in MESSAGES.items():
        app.config[f"SECURITY_MSG_{name}"] = (text, "info")
    app.config["SECURITY_POST_CHANGE_VIEW"] = "/account"
    app.register_blueprint(blueprint)
    app.jinja_env.globals.update(
        theme=theme,
        reader_zone=choose_zone,
        live_url=lambda: app.config["CALLOUT"].live_public_url,
        server_now=lambda: clock.now().isoformat(),
        here=here,
        on_page=on_page,
        request_id=lambda: g.get("request_id", ""),
        shell_modules=SHELL_MODULES.call,
    )
    app.jinja_env.filters.update(initials=initials, short_time=short_time, full_time=full_time, file_size=file_size)


def theme() -> str:
    """The reader's theme: their account's, else the cookie's, else as the device has it."""
    chosen = current_user.theme if current_user.is_authenticated else request.cookies.get(THEME_COOKIE)
    return str(chosen) if chosen in THEMES else "auto"


def here() -> str:
    """This page's own address, to come back to; the start page when it cannot be asked for again."""
    return local(request.full_path.rstrip("?")) if request.method == "GET" else "/"


def on_page(address: str) -> bool:
    """Whether this page belongs to the menu entry with that address."""
    return request.path == address or request.path.startswith(address.rstrip("/") + "/")


def initials(name: str) -> str:
    """Letters for a person's picture: AK for Ana Kovač, 小明 for 王小明."""
    words = name.split()
    if len(words) > 1:
        return (words[0][0] + words[-1][0]).upper()
    return name[-2:] if name and ord(name[0]) > 0x2E80 else name[:2].upper()


def short_time(moment: datetime | None) -> str:
    """14:02 today, with the date otherwise; in the reader's zone."""
    if moment is None:
        return ""
    there, locale = to_user_timezone(moment), get_locale()
    text = str(format_time(there, "HH:mm", tzinfo=get_timezone(), locale=locale))
    if there.date() == to_user_timezone(clock.now()).date():
        return text
    return f"{format_skeleton('MMMEd', there, tzinfo=get_timezone(), locale=locale)} {text}"


def full_time(moment: datetime | None) -> str:
    """Date, time and zone in full."""
    if moment is None:
        return ""
    date = format_skeleton("yMMMEd", to_user_timezone(moment), tzinfo=get_timezone(), locale=get_locale())
    return f"{date} {format_time(to_user_timezone(moment), 'HH:mm:ss', tzinfo=get_timezone(), locale=get_locale())} ({choose_zone()})"


def file_size(count: int) -> str:
    """So many bytes, in the unit that leaves the fewest digits."""
    for unit, size in (("gigabyte", 10**9), ("megabyte", 10**6), ("kilobyte", 10**3)):
        if count >= size:
            return str(format_unit(round(count / size, 1), f"digital-{unit}", length="short", locale=get_locale()))
    return str(format_unit(count, "digital-byte", locale=get_locale()))


def local(address: str | None) -> str:
    """The address when it is a page of ours, else the start page: a link must not lead elsewhere after sign-in or a choice."""
    found = (address or "").replace("\\", "/")
    parts = urlsplit(found)
    return found if found.startswith("/") and not found.startswith("//") and not parts.scheme and not parts.netloc else "/"


def served(address: str) -> bool:
    """Whether this installation has a page at the address."""
    try:
        current_app.url_map.bind("").match(address, method="GET")
    except HTTPException:
        return False
    return True


@blueprint.get("/")
@permission("account.use")
def start() -> Response:
    """The page where the reader's role works."""
    roles = current_roles()
    wanted = [address for role, address in HOMES if role in roles] + [entry["address"] for entry in menu()]
    return redirect(next((address for address in wanted if served(address)), "/account"))


@blueprint.get("/favicon.ico")
@public
def favicon() -> Response:
    """For readers that ask without looking into the page."""
    return redirect(static_address("img/callout.svg"))


@blueprint.route("/account", methods=["GET", "POST"])
@permission("account.use")
def account() -> str | Response:
    """Own name, language, theme and zone."""
    form = AccountForm(obj=current_user)
    if form.validate_on_submit():
        try:
            with transaction():
                set_preferences(user=current_user, **form.values())
            return redirect("/account?saved=1")
        except DomainError as error:
            put_beside(form, error)
    return render_template("core/account.html", form=form, saved="saved" in request.args)


@blueprint.post("/language")
@public
def language() -> Response:
    """Choose a language: kept in the account of who is signed in, and in a cookie for before."""
    chosen = request.form.get("language", "")
    answer = redirect(local(request.form.get("next")))
    if chosen in LANGUAGES:
        if current_user.is_authenticated:
            with transaction():
                set_preferences(user=current_user, language=chosen)
        _keep(answer, COOKIE, chosen)
    return answer


@blueprint.post("/theme")
@public
def choose_theme() -> Response:
    """Choose light, dark or as the device has it; kept like the language."""
    chosen = request.form.get("theme", "")
    answer = redirect(local(request.form.get("next")))
    if chosen in THEMES:
        if current_user.is_authenticated:
            with transaction():
                set_preferences(user=current_user, theme=chosen)
        _keep(answer, THEME_COOKIE, chosen)
    return answer


def _keep(answer: Response, name: str, value: str) -> None:
    answer.set_cookie(name, value, max_age=YEAR, samesite="Lax", httponly=True, secure=current_app.config["CALLOUT"].secure_cookies)


@blueprint.route("/welcome/<secret>", methods=["GET", "POST"])
@public
def welcome(secret: str) -> str | Response:
    """A one-time invitation becomes an account, signed in at once."""
    now = clock.now()
    with transaction():
        invitation = accounts.open_invitation(secret, now=now)
        email, roles = invitation.email, list(invitation.roles)
    form = WelcomeForm(email=email)
    if form.validate_on_submit():
        try:
            with transaction():
                login_user(_accepted(secret, form, now), authn_via=["invitation"])
            return redirect("/")
        except DomainError as error:
            put_beside(form, error)
    return render_template("core/welcome.html", form=form, roles=[role_name(role) for role in roles])


def _accepted(secret: str, form: WelcomeForm, now: datetime) -> User:
    return accounts.accept_invitation(
        secret=secret,
        email=form.email.data,
        name=form.name.data,
        password=form.password.data,
        language=choose_language(),
        time_zone=form.time_zone.data,
        now=now,
    )


def role_name(role: str) -> str:
    """A role in the reader's language."""
    names = {
        "agent": _("Agent"),
        "technician": _("Technician"),
        "dispatcher": _("Dispatcher"),
        "supervisor": _("Supervisor"),
        "admin": _("Administrator"),
    }
    return str(names.get(role, role))
