"""What the supervisor starts: one `Child` for each process, in stages. A stage starts when all of the one before are ready."""

from __future__ import annotations

import http.client
import socket
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import config as settings
from core.embedded import processes, servers
from core.embedded.nursery import Nursery
from core.embedded.processes import Program

SERVERS, MIGRATION, DATA, SERVING = range(4)  # stages
BIN = Path(sys.executable).parent
FLASK, GUNICORN = "flask.cli:main", "gunicorn.app.wsgiapp:run"
WARM = (
    "flask.cli",
    "gunicorn.app.wsgiapp",
    "gunicorn.workers.gthread",
    "alembic.command",
    "wsgi:create_app:cli",
    "sqlalchemy.orm:configure_mappers",
)
BEAT_LIMIT = 8.0  # seconds without a heartbeat after which a process counts as hanging
JOB_BEAT_LIMIT = 60.0  # a fast worker does its jobs itself: RQ ends one after 45 s


@dataclass(frozen=True, slots=True)
class Port:
    """A port a child listens on, and the setting that moves it."""

    setting: str
    host: str
    number: int

    def refusal(self) -> str:
        """Why it cannot be listened on, or nothing."""
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((self.host, self.number))
            except OSError as error:
                why = (error.strerror or str(error)).lower()
                return f"{self.setting}: port {self.number} on {self.host} cannot be used ({why}): stop what uses it or set another {self.setting}"
        return ""


@dataclass(frozen=True, slots=True)
class Child:
    """One process to keep alive, or (`once`) to run to its end. `ready` is asked with its pid until it says yes."""

    name: str
    program: Program
    log: Path
    stage: int = SERVING
    early: bool = False  # starts with the first stage, because it takes long to import and needs nothing to do so
    entry: str = ""  # "module:function": forked from the nursery instead of executed
    nursery: Nursery | None = None  # this child is the nursery itself
    once: bool = False
    ports: tuple[Port, ...] = ()
    prepare: Callable[[], object] = field(default=lambda: None)
    ready: Callable[[int], bool] = field(default=processes.alive)
    heartbeat: Path | None = None
    beat_limit: float | None = None  # None: its heartbeat only says that it started
    patience: float = 10.0  # seconds it gets to end before it is killed
    pid_file: Path | None = None  # where its present pid is left, for people and tests


def answers(host: str, port: int) -> Callable[[int], bool]:
    """Readiness over HTTP: GET /healthz gives 200."""
    address = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104  (compared with, not listened on)

    def ask(_pid: int) -> bool:
        connection = http.client.HTTPConnection(address, port, timeout=0.3)
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status == http.client.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    return ask


def of(config: settings.Config, ours: servers.Servers, environ: Mapping[str, str], *, demo_data: bool) -> list[Child]:
    """Every process of an installation. `environ` is what all of them get; the servers are left out where it names others."""
    ground = _servers(ours, environ)
    env = dict(environ)
    env.setdefault("DATABASE_URL", ours.database_url())
    env.setdefault("REDIS_URL", ours.redis_url())
    make = _Maker(config, ours, env)
    preloading = Nursery(Program("nursery", (), env), WARM)
    ground.append(
        Child(
            "nursery", Program("nursery", (), env), ours.log("nursery"), SERVERS, nursery=preloading, ready=lambda _pid: preloading.ready()
        )
    )
    every = ground + make.first(demo_data) + make.serving()
    return [replace(child, pid_file=ours.data_dir / "run" / f"{child.name}.pid") for child in every]


def _servers(ours: servers.Servers, environ: Mapping[str, str]) -> list[Child]:
    postgres, valkey, found = ours.postgres, ours.valkey, []
    if not environ.get("DATABASE_URL"):
        found.append(
            Child(
                "postgres",
                postgres.program(),
                ours.log("postgres"),
                SERVERS,
                prepare=postgres.prepare,
                ready=postgres.ready,
                patience=30.0,
            )
        )
    if not environ.get("REDIS_URL"):
        found.append(
            Child("valkey", valkey.program(), ours.log("valkey"), SERVERS, prepare=valkey.prepare, ready=lambda _pid: valkey.ready())
        )
    return found


class _Maker:
    """Makes the children that run the application's own code."""

    def __init__(self, config: settings.Config, ours: servers.Servers, environ: Mapping[str, str]) -> None:
        self.config, self.ours, self.environ = config, ours, environ

    def first(self, demo_data: bool) -> list[Child]:
        """What is run to its end before anything serves: migrations, then a demonstration's data or the administrator's invitation."""
        steps = [self._once("migrate", MIGRATION, "db", "upgrade")]
        if demo_data:
            steps.append(self._once("demo", DATA, "demo", "load"))
        if not self.config.demo:
            link = self.ours.data_dir / "run" / "invite"
            invite = self._once("invite", SERVING, "admin", "invite")
            steps.append(replace(invite, log=link, prepare=lambda: link.unlink(missing_ok=True)))
        return steps

    def serving(self) -> list[Child]:
        """All that serve; in a demonstration also the stand-ins for the carrier and the mail world."""
        cfg = self.config
        mail, sink = Port("SMTP_PORT", cfg.smtp_host, cfg.smtp_port), Port("SINK_PORT", "127.0.0.1", cfg.sink_port)
        found = [
            self._web(),
            self._live(),
            self._looping("relay"),
            self._looping("clock"),
            self._looping("worker-fast", "worker-fast-1", limit=JOB_BEAT_LIMIT),
            self._looping("worker-fast", "worker-fast-2", limit=JOB_BEAT_LIMIT),
            self._looping("worker-heavy"),
            self._looping("mailroom", ports=(mail,)),
        ]
        if cfg.carrier == "simulator":
            found.append(self._simulator())
        if cfg.demo:
            found.append(self._looping("sink", limit=None, ports=(sink,)))
        return found

    def _web(self) -> Child:
        cfg = self.config
        options = ("-k", "gthread", "-w", "2", "--threads", "8", "--preload", "--graceful-timeout", "5")
        return self._serving("web", "PORT", cfg.port, options, entry=GUNICORN)

    def _live(self) -> Child:
        # gevent must patch before anything is imported: it cannot come out of the nursery, nor be preloaded.
        options = ("-c", "python:core.embedded.hooks", "-k", "gevent", "-w", "1", "--worker-connections", "2000", "--graceful-timeout", "2")
        return replace(self._serving("live", "LIVE_PORT", self.config.live_port, options), early=True)

    def _serving(self, role: str, setting: str, port: int, options: tuple[str, ...], entry: str = "") -> Child:
        host = self.config.host
        bind = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        argv = (str(BIN / "gunicorn"), *options, "--no-control-socket", "-b", bind, f'wsgi:create_app("{role}")')
        return Child(
            role,
            Program(role, argv, self.environ),
            self.ours.log(role),
            entry=entry,
            ports=(Port(setting, host, port),),
            ready=answers(host, port),
        )

    def _flask(self, name: str, role: str, *arguments: str) -> Program:
        return Program(name, (str(BIN / "flask"), "--app", f'wsgi:create_app("{role}")', *arguments), self.environ)

    def _once(self, name: str, stage: int, *arguments: str) -> Child:
        return Child(name, self._flask(name, "cli", *arguments), self.ours.log(name), stage, entry=FLASK, once=True)

    def _looping(self, process: str, name: str = "", limit: float | None = BEAT_LIMIT, ports: tuple[Port, ...] = ()) -> Child:
        """A process of `flask process run`, which touches its heartbeat file each second."""
        name = name or process
        beat = self.ours.data_dir / "run" / f"{name}.alive"
        program = self._flask(name, process.partition("-")[0], "process", "run", process)
        program = Program(name, program.argv, {**self.environ, "CALLOUT_HEARTBEAT": str(beat)})
        return Child(
            name,
            program,
            self.ours.log(name),
            entry=FLASK,
            ports=ports,
            prepare=lambda: beat.unlink(missing_ok=True),
            ready=lambda _pid: beat.exists(),
            heartbeat=beat,
            beat_limit=limit,
        )

    def _simulator(self) -> Child:
        cfg, port = self.config, self.config.simulator_port
        shared = {"TWILIO_ACCOUNT_SID": cfg.twilio_account_sid, "TWILIO_AUTH_TOKEN": ",".join(cfg.twilio_auth_tokens)}
        return Child(
            "simulator",
            Program("simulator", (sys.executable, "-m", "simulator"), {**self.environ, **shared}),
            self.ours.log("simulator"),
            ports=(Port("SIMULATOR_PORT", "127.0.0.1", port),),
            ready=answers("127.0.0.1", port),
        )
