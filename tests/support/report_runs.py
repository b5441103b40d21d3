"""Runs to report on: the bundled pairs, hostile texts, many comparisons; and people's labels of them."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

from judge.comparison.compare import compare
from judge.core.models.open_client import parse_spec
from judge.core.records import Annotation, Verdict
from judge.judging.settings import CompareSettings
from tests.support.paths import EXAMPLES

ONE_CRITERION = str(Path(__file__).with_name("one_criterion.yaml"))  # a prompt with fewer figures
CRITERIA = ("persona", "value", "overall")
_SAID = {"win": "B", "loss": "A", "tie": "tie"}


def judged(out: Path, *files: str, values: Path | None = None, **options: Any) -> Path:
    """Judge response files by the heuristic."""
    settings = CompareSettings(
        files=files,
        judge=parse_spec("heuristic", None),
        values=values,
        out=out,
        **{"resamples": 200, "prompt": "persona-value"} | options,
    )
    assert compare(settings).is_finished
    return out


def demo(out: Path, **options: Any) -> Path:
    """The bundled pairs."""
    files = f"base={EXAMPLES / 'base.jsonl'}", f"ft={EXAMPLES / 'ft.jsonl'}"
    return judged(out, *files, values=EXAMPLES / "values.jsonl", **options)


def labels(run: Path, path: Path, *, number: int = 60, seed: int = 0, comment: str = "Seen.") -> Path:
    """Three people's labels of a run's first comparisons: each agrees with the judge about two times in three."""
    rng = random.Random(seed)
    verdicts: dict[str, list[Verdict]] = {}
    for line in (run / "verdicts.jsonl").read_text(encoding="utf-8").split("\n")[:-1]:
        row = Verdict.model_validate_json(line)
        verdicts.setdefault(row.comparison_id, []).append(row)
    with path.open("w", encoding="utf-8") as file:
        for name, rows in list(verdicts.items())[:number]:
            for person in range(3):
                said = {row.criterion: _SAID.get(row.outcome, "tie") for row in rows}
                choices = {
                    criterion: choice if rng.random() < 0.66 else rng.choice(["A", "B", "tie"])
                    for criterion, choice in said.items()
                }
                one = Annotation.model_validate(
                    {
                        "comparison_id": name,
                        "annotator": f"annotator-{person + 1:02d}",
                        "order": "reference_first",
                        "choices": choices,
                        "seconds": 30.0,
                        "comment": comment if person == 0 else None,
                        "stratum": "all",
                        "inclusion_probability": number / len(verdicts),
                    }
                )
                file.write(one.model_dump_json() + "\n")
    return path


def write_responses(path: Path, texts: list[dict[str, Any]]) -> Path:
    """A response file of rows."""
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in texts), encoding="utf-8")
    return path
