"""A run whose every text is hostile: names, responses, context, the judge's analyses, people's comments."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from judge.comparison.results import resolve_again
from judge.core.records import Judgment
from tests.support.report_runs import ONE_CRITERION, judged, labels, write_responses

RUNS = "window.__pwned=1"
PAYLOADS = (
    f"<script>{RUNS}</script>",
    f"</script><script>{RUNS}</script>",
    f"<img src=x onerror={RUNS}>",
    f'"><svg onload={RUNS}>',
    f"<!--<script>{RUNS}//-->",
    f"{{{{ {RUNS} }}}}{{% include 'x' %}}${{{RUNS}}}",
    f"javascript:{RUNS}",
    "![](https://example.com/pixel.png) <https://example.com/a>",
    "<style>*{display:none}</style><base href=https://example.com/><meta http-equiv=refresh content=0;url=https://example.com>",
    '=HYPERLINK("https://example.com";"x")',
    "\u202eright to left\u202c and \u2066isolated, \u200bnothing",
    "a\u2028b\u2029c</title></style></textarea></svg>",
    "`${alert(1)}`);personaJudge.part(0,0);//",
    "</desc><script>" + RUNS + "</script>",
)
NAME = "<img src=x onerror=window.__pwned=1>\u202e=ft"
ID_PARTS = {ord("|"): "-", 0x2028: " ", 0x2029: " "}
LONG = "x" * 100_000
WIDE = "=cmd'!A0</script>" + "y" * 400


def hostile_run(out: Path) -> Path:
    """Judge hostile responses; then put hostile analyses into the journal, as a model might have written them."""
    rows: dict[str, list[dict[str, Any]]] = {"base": [], "ft": []}
    for number in range(60):
        payload = PAYLOADS[number % len(PAYLOADS)]
        for name, kept in rows.items():
            kept.append(
                {
                    "contestant": {"base": "=1+1<b>", "ft": NAME}[name],
                    "item_id": f"Q{number % 12}_{payload.translate(ID_PARTS)}_{number}",
                    "text": f"{name} {number} {payload}" + (LONG if number == 7 else ""),
                    "persona": payload,
                    "question": f"{payload} {number % 12}",
                    "ground_truth": payload,
                    "question_id": f"Q{number % 12}{payload}",
                    "category": payload if number % 3 else WIDE,
                    "stratum": f"s{number % 3}{payload}",
                    "subgroup": f"g{number % 8}{PAYLOADS[number % 8]}",
                    "attributes": {"sex": payload},
                }
            )
    folder = out.parent
    base, ft = (write_responses(folder / f"{name}.jsonl", kept) for name, kept in rows.items())
    run = judged(out, str(base), str(ft), prompt=ONE_CRITERION)
    journal = run / "judgments.jsonl"
    lines = []
    for number, line in enumerate(journal.read_text(encoding="utf-8").split("\n")[:-1]):
        row = Judgment.model_validate_json(line)
        payload = PAYLOADS[number % len(PAYLOADS)]
        said = {"persona_analysis": payload, payload: payload, "value_analysis": LONG if number == 3 else payload}
        row = row.model_copy(update={"analyses": said, "model": f"model {payload}", "check": None})
        lines.append(json.dumps(json.loads(row.model_dump_json(exclude_defaults=True)), ensure_ascii=False))
    journal.write_text("\n".join(lines) + "\n", encoding="utf-8")
    resolve_again(run, rule=None, resamples=100, reparse=False, write=True)
    return run


def hostile_labels(run: Path, path: Path) -> Path:
    """People's labels with hostile comments and pseudonyms."""
    labels(run, path, number=60, comment="".join(PAYLOADS))
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n")[:-1]]
    for row in rows:
        row["annotator"] += PAYLOADS[2]
        row["stratum"] = PAYLOADS[0]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path
