"""Where everything of one running system lies: all below one folder, `var/` for `make run`."""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
VAR_VARIABLE = "STEADFAST_VAR"


def var_folder() -> Path:
    """Where `make run` keeps everything: `var/`, unless the environment names another folder."""
    return Path(os.environ.get(VAR_VARIABLE) or ROOT / "var").absolute()


@dataclass(frozen=True)
class Places:
    """The folder and what is in it."""

    var: Path

    def make(self) -> None:
        """Makes the folders; the one with secrets in it is ours alone."""
        for folder in (self.var, self.log, self.static, self.media):
            folder.mkdir(parents=True, exist_ok=True)
        self.run.mkdir(mode=0o700, exist_ok=True)

    @property
    def run(self) -> Path:
        return self.var / "run"

    @property
    def log(self) -> Path:
        return self.var / "log"

    @property
    def static(self) -> Path:
        return self.var / "static"

    @property
    def media(self) -> Path:
        return self.var / "media"

    @property
    def postgres(self) -> Path:
        return self.var / "postgres"

    @property
    def simulator(self) -> Path:
        return self.var / "simulator"

    @property
    def secrets(self) -> Path:
        return self.var / "secrets.json"

    @property
    def lock(self) -> Path:
        return self.run / "lock"

    @property
    def pid(self) -> Path:
        return self.run / "pid"

    @property
    def state_file(self) -> Path:
        return self.run / "state.json"

    @property
    def last_run(self) -> Path:
        """The mark of the last run and its temporary folder, for a successor that clears up after a killed one."""
        return self.run / "last-run.json"

    @property
    def static_stamp(self) -> Path:
        return self.run / "static-files"

    def state(self) -> dict[str, Any] | None:
        """What the running system wrote about itself; None where none runs."""
        try:
            return dict(json.loads(self.state_file.read_text()))
        except FileNotFoundError:
            return None
