"""Make two tiny models with random weights, to try `judge generate --model hf:...` offline.

    python examples/make_tiny_models.py models
    judge generate examples/values.jsonl --model hf:models/tiny-base --out base.jsonl
    judge generate examples/values.jsonl --model hf:models/tiny-base --adapter models/tiny-lora --out ft.jsonl

Their text is random. The extra `local` must be installed; no files are downloaded.
"""

from __future__ import annotations

import sys
from pathlib import Path

from judge.generation.local.tiny import make_tiny_adapter, make_tiny_model

folder = Path(sys.argv[1] if len(sys.argv) > 1 else "models")
base = make_tiny_model(folder / "tiny-base")
adapter = make_tiny_adapter(base, folder / "tiny-lora")
print(f"{base}\n{adapter}")
