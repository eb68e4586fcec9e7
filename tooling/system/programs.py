"""Which processes the system has, and the supervisor's configuration that keeps each of them alive."""

import os
import shlex
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tooling.system.places import ROOT, Places

WORKERS = 2
WEB_PROCESSES = 2
WEB_THREADS = 8
STOP_SECONDS_MAX = 20
START_RETRIES = 5
STARTED_AFTER_SECONDS = 3
LOG_BYTES_MAX = "10MB"


@dataclass(frozen=True)
class Program:
    """One line of work: what runs, how often, and how early (programs end in the opposite order)."""

    name: str
    command: Sequence[str]
    priority: int
    processes: int = 1


def manage(*words: str) -> list[str]:
    """A management command of the project."""
    return [sys.executable, str(ROOT / "manage.py"), *words]


def programs(places: Places, *, host: str, web_port: int, simulator_port: int, driven: bool) -> list[Program]:
    """Everything the supervisor keeps alive; `driven` adds the driver that goes on starting onboardings."""
    simulator = [sys.executable, "-m", "simulator", "--port", str(simulator_port), "--data", str(places.simulator)]
    web = [sys.executable, "-m", "gunicorn", "config.wsgi", "--bind", f"{host}:{web_port}", "--no-control-socket"]
    web += ["--worker-class", "gthread", "--workers", str(WEB_PROCESSES), "--threads", str(WEB_THREADS)]
    web += ["--graceful-timeout", "10", "--access-logfile", "-"]
    driver = [Program("driver", manage("demo_driver"), priority=50)] if driven else []
    return [
        Program("simulator", simulator, priority=10),
        Program("worker", manage("workflow_worker"), priority=20, processes=WORKERS),
        Program("queue", manage("qcluster"), priority=30),
        Program("web", web, priority=40),
        *driver,
    ]


def supervisor_configuration(all_programs: Sequence[Program], places: Places, control: Path) -> str:
    """The text of supervisord.conf; the percent sign is the supervisor's own, so ours is doubled."""
    return "\n".join([*head(places, control), *(line for program in all_programs for line in section(program, places))])


def head(places: Places, control: Path) -> Iterator[str]:
    yield from ("[unix_http_server]", f"file={plain(control)}", "chmod=0700", "")
    yield from ("[supervisord]", "nodaemon=true", "silent=true", f"directory={plain(ROOT)}")
    yield from (f"logfile={plain(places.log / 'supervisor.log')}", f"pidfile={plain(places.run / 'supervisor.pid')}")
    yield from ("user=root", "") if os.geteuid() == 0 else ("",)
    yield from ("[rpcinterface:supervisor]",)
    yield from ("supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface", "")


def section(program: Program, places: Places) -> Iterator[str]:
    several = program.processes > 1
    name = "%(program_name)s-%(process_num)d" if several else "%(program_name)s"
    log = plain(places.log / program.name) + ("-%(process_num)d.log" if several else ".log")
    command = shlex.join([sys.executable, "-m", "tooling.tether", *program.command])
    yield from (f"[program:{program.name}]", f"command={plain(command)}", f"process_name={name}")
    yield from (f"numprocs={program.processes}", "numprocs_start=1", f"priority={program.priority}")
    yield from ("autostart=true", "autorestart=true", f"startsecs={STARTED_AFTER_SECONDS}")
    yield from (f"startretries={START_RETRIES}", f"stopwaitsecs={STOP_SECONDS_MAX}", "killasgroup=true")
    yield from ("redirect_stderr=true", f"stdout_logfile={log}")
    yield from (f"stdout_logfile_maxbytes={LOG_BYTES_MAX}", "stdout_logfile_backups=1", "")


def plain(text: str | Path) -> str:
    return str(text).replace("%", "%%")
