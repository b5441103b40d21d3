"""The state of a study between commands: which stages are done, under which settings, and what they made."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from judge.core.errors import RunDirectoryError
from judge.core.files.manifest import brief, differing
from judge.core.files.rows import file_sha256
from judge.core.files.run_directory import STUDY, now, write_json
from judge.study.stage import Stage

SCHEMA_VERSION = 2


class State:
    """``study.json`` in the study's folder.

    A stage is done if it was finished under its present key and its results are, byte for byte, what it wrote.
    ``changed`` are results that are not: later stages cannot depend on them.

    Raises:
        RunDirectoryError: The file cannot be read.
    """

    def __init__(self, root: Path) -> None:
        self._path = root / STUDY
        self.changed: list[tuple[Stage, Path]] = []
        try:
            self._stages: dict[str, Any] = json.loads(self._path.read_text(encoding="utf-8"))["stages"]
        except FileNotFoundError:
            self._stages = {}
        except (OSError, ValueError, LookupError, TypeError) as error:
            raise RunDirectoryError(f"{self._path}: cannot be read: {error!r}", hint="give another `folder`") from None

    def look(self, stages: Sequence[Stage]) -> None:
        """Find out which stages are done, in order: what a stage made decides the keys of those that depend on it."""
        self.changed = []
        for stage in stages:
            stage.made = self._made(stage) if stage.is_placed else None

    def _made(self, stage: Stage) -> dict[str, str] | None:
        if not all(path.is_file() for path in stage.results):
            return None
        if stage.given:
            return {}  # an input: its sha256 is in the settings
        record = self._record(stage)
        if record is None or (record["lacking"] and not stage.allows_missing):
            return None
        found = hashes(stage)
        if wrong := [path for path in stage.results if found[path.name] != record["outputs"].get(path.name)]:
            self.changed += [(stage, path) for path in wrong]
            return None
        return found

    def _record(self, stage: Stage) -> dict[str, Any] | None:
        record = self._stages.get(stage.name, {}).get("done", {}).get(stage.key)
        return record if isinstance(record, dict) else None

    def is_done(self, stage: Stage) -> bool:
        """Whether the stage was done when last looked at."""
        return stage.made is not None

    def refuse_changed(self) -> None:
        """Refuse results that are not what their stage wrote.

        Raises:
            RunDirectoryError: Names the file, and what to do.
        """
        if self.changed:
            stage, path = self.changed[0]
            more = f", and {len(self.changed) - 1} more" if len(self.changed) > 1 else ""
            raise RunDirectoryError(
                f"{path} was changed since the stage `{stage.name}` wrote it{more}", hint=stage.remedy
            )

    def changes(self, stages: Sequence[Stage]) -> Iterator[str]:
        """Describe what differs from the last time, and is therefore done again."""
        moved: set[str] = set()
        for stage in stages:
            before = self._stages.get(stage.name)
            if before is None:
                continue
            names = differing(before["settings"], json.loads(json.dumps(stage.settings, default=str)))
            needs = [need.name for need in stage.needs if need.name in moved or _is_other(before, need)]
            others = _other_needs(before, stage)
            if not names and not needs and not others:
                continue
            moved.add(stage.name)
            shown = "; ".join(
                f"{name}: {brief(before['settings'].get(name))} before, {brief(stage.settings[name])} now"
                for name in names
            )
            rests = f"depends on {needs[0]}, which changed" if needs else others
            why = f"changed ({shown})" if names else rests
            again = "its earlier results are used" if self.is_done(stage) else "it is done again"
            yield f"{stage.name} {why}: {again}."

    def begin(self, stage: Stage) -> None:
        """Note the settings of a stage that is about to run (or was found done)."""
        entry = self._stages.setdefault(stage.name, {"done": {}})
        entry |= {
            "key": stage.key,
            "settings": stage.settings,
            "needs": {need.name: need.made for need in stage.needs},
            "folder": stage.folder.name,
        }
        if stage.made is None:  # it may write its results anew, and is not done before it has
            entry["done"].pop(stage.key, None)
        self._save()

    def finish(self, stage: Stage) -> None:
        """Note that a stage is done, and what it made."""
        stage.made = hashes(stage)
        record = {"time": now(), "outputs": stage.made, "lacking": stage.missing()}
        self._stages[stage.name]["done"][stage.key] = record
        self._save()

    def _save(self) -> None:
        content = {"schema_version": SCHEMA_VERSION, "stages": self._stages}
        write_json(self._path, json.loads(json.dumps(content, default=str)))


def hashes(stage: Stage) -> dict[str, str]:
    """Compute the sha256 of each result of a stage, by the file's name."""
    return {path.name: file_sha256(path) for path in stage.results}


def _is_other(before: dict[str, Any], need: Stage) -> bool:
    """Whether a stage that is done made something else than what was used before."""
    return need.made is not None and before.get("needs", {}).get(need.name, need.made) != need.made


def _other_needs(before: dict[str, Any], stage: Stage) -> str:
    """In words, which stages it depends on now and did not before, or no longer; empty where none."""
    then, now = set(before.get("needs", {})), {need.name for need in stage.needs}
    found = [f"now also depends on {name}" for name in sorted(now - then)]
    found += [f"no longer depends on {name}" for name in sorted(then - now)]
    return ", ".join(found)
