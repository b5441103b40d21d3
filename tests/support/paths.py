"""Where things are in the checkout."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
EXAMPLES = ROOT / "examples"
PAIRS = (str(EXAMPLES / "base.jsonl"), str(EXAMPLES / "ft.jsonl"), "--values", str(EXAMPLES / "values.jsonl"))
