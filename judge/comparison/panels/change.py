"""Another rule for the judges of a finished panel: no call is made."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from judge.comparison.panels.people import keep_people
from judge.core.errors import UsageError
from judge.core.files.manifest import JudgingManifest
from judge.judging.call_plan import Plan
from judge.judging.panels.weights import check_weights
from judge.stats.panels.scores import PanelRule


@dataclass(frozen=True)
class PanelChange:
    """What is changed of how the judges of a panel decide; None leaves it as it is.

    ``annotations`` are labels by people, from which the weights follow; they are kept within the run.
    """

    combine: PanelRule | None = None
    quorum: int | None = None
    annotations: Path | None = None

    def applied(self, folder: Path, manifest: JudgingManifest, plan: Plan, *, write: bool) -> JudgingManifest:
        """Return a run's manifest with this rule of its panel.

        Args:
            folder: The run directory.
            manifest: Its manifest.
            plan: Its plan.
            write: Whether the run's files may be changed, as labels need.

        Raises:
            UsageError: The run has one judge; the quorum is more than there are judges; weights are lacking; there are
                labels, and the run's files are not to be changed.
            InputError: The labels cannot be read.
        """
        by = manifest.panel
        if by is None:
            raise UsageError(f"{folder} is judged by one judge", hint="leave out --combine, --quorum and --annotations")
        if self.quorum is not None and self.quorum > len(by.judges):
            raise UsageError(
                f"a quorum of {self.quorum} is more than the {len(by.judges)} judges", hint="lower --quorum"
            )
        update: dict[str, Any] = {name: value for name in ("combine", "quorum") if (value := getattr(self, name))}
        if self.annotations is not None:
            if not write:
                raise UsageError("the labels become part of the run", hint="give --write too")
            known = {comparison.id for comparison in plan}
            update["labels"] = keep_people(folder, self.annotations, manifest.criteria, known)
        by = by.model_copy(update=update)
        check_weights(by, folder)
        return manifest.model_copy(update={"panel": by})
