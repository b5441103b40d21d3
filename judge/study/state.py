"""What a study remembers between commands: which stages are done, under which settings."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from judge.core.configuration import brief, differing
from judge.core.errors import RunDirectoryError
from judge.core.rundir import now, write_json
from judge.study.stage import Stage

FILE = "study.json"


class State:
    """``study.json`` in the study's folder. Errors: it is not readable."""

    def __init__(self, root: Path) -> None:
        self._path = root / FILE
        try:
            self._stages: dict[str, Any] = json.loads(self._path.read_text(encoding="utf-8"))["stages"]
        except FileNotFoundError:
            self._stages = {}
        except (OSError, ValueError, LookupError, TypeError) as error:
            raise RunDirectoryError(f"{self._path}: cannot be read: {error!r}", hint="give another `folder`") from None

    def is_done(self, stage: Stage) -> bool:
        """Whether the stage was finished under its present settings, and its results are there."""
        done = stage.given or stage.key in self._stages.get(stage.name, {}).get("done", {})
        return done and all(path.exists() for path in stage.results)

    def changes(self, stages: Sequence[Stage]) -> Iterator[str]:
        """In words, what is not as it was the last time, and is therefore done anew."""
        moved: set[str] = set()
        for stage in stages:
            before = self._stages.get(stage.name)
            if before is None or before["key"] == stage.key:
                continue
            moved.add(stage.name)
            names = differing(before["settings"], json.loads(json.dumps(stage.settings, default=str)))
            shown = "; ".join(f"{name}: {brief(before['settings'].get(name))} before, {brief(stage.settings[name])} now"
                              for name in names)  # fmt: skip
            why = f"changed ({shown})" if names else f"rests on {_first(stage, moved)}, which changed"
            again = "what was made so before is found again" if self.is_done(stage) else "it is done anew"
            yield f"{stage.name} {why}: {again}."

    def begin(self, stage: Stage) -> None:
        """Note the settings of a stage that is about to run (or was found done)."""
        entry = self._stages.setdefault(stage.name, {"done": {}})
        entry |= {"key": stage.key, "settings": stage.settings, "folder": stage.folder.name}
        self._save()

    def finish(self, stage: Stage) -> None:
        """Note that a stage is done."""
        self._stages[stage.name]["done"][stage.key] = now()
        self._save()

    def _save(self) -> None:
        write_json(self._path, json.loads(json.dumps({"schema_version": 1, "stages": self._stages}, default=str)))


def _first(stage: Stage, moved: set[str]) -> str:
    return next((need.name for need in stage.needs if need.name in moved), "another stage")
