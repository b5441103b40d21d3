"""What the tests of the pages share: the supplies, the stand-in for every server, and a reader with both."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.blocks import Block
from tests.docs.supplies import WVS, fleet, study, supply, writes
from tests.docs.walk import Walk
from tests.support.batch_server import BatchServer
from tests.support.loopback import Loopback
from tests.support.paths import ROOT

# These blocks are run to see that they run: few comparisons and resamples, some strata, and figures of one criterion in
# one format do. The slow test of the tutorial runs the same commands unchanged.
STRATA = "sex,age_group,religion,ethnicity,sex_x_age,ethnicity_x_religion"
QUICK = {
    "judge figures": "judge figures --resamples 200 --criterion overall",
    "--format pdf,svg,png": "--format svg",
    "judge compare": "judge compare --resamples 200 --limit 12",
    "judge values score": "judge values score --permutations 99",
    "judge values build": f"judge values build --resamples 20 --strata {STRATA}",
}


@pytest.fixture(scope="session")
def supplies(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with all that the pages mention: a survey, responses, a run and its labels among them."""
    folder = tmp_path_factory.mktemp("supplies")
    supply(folder)
    text = f"""judge values synthetic --out {WVS}
judge compare base.jsonl ft.jsonl --values values.jsonl --judge heuristic --out results/run1
judge compare base.jsonl ft.jsonl --values values.jsonl --judge heuristic --orders one --out results/run2
judge annotate plan results/run1 --items 60 --out sample.yaml
judge annotate export sample.yaml --format csv --out sample.csv
python examples/mock_annotators.py sample.csv answers.csv
judge annotate import sample.yaml answers.csv --format csv --out annotations.jsonl
"""
    with Walk(folder, "127.0.0.1:1") as walk:
        walk.run(Block("supplies", 1, "", text, {}, 0, 0))
    return folder


@pytest.fixture(scope="session")
def endpoint() -> Iterator[str]:
    """The stand-in for every provider and server."""
    with BatchServer(writes=writes, keep=False) as server:  # type: ignore[arg-type]
        yield f"127.0.0.1:{server.port}"


@pytest.fixture(scope="session")
def second_endpoint() -> Iterator[str]:
    """The stand-in for a second server of a fleet."""
    with Loopback(writes=writes, keep=False) as server:
        yield f"127.0.0.1:{server.port}"


@pytest.fixture
def walk(supplies: Path, endpoint: str, second_endpoint: str, tmp_path: Path) -> Iterator[Walk]:
    shutil.copytree(supplies, tmp_path, dirs_exist_ok=True, symlinks=True)
    study(tmp_path, f"http://{endpoint}/v1")
    with Walk(tmp_path, endpoint) as walk:
        walk.replaced |= QUICK | {"gpu1:8000": endpoint, "gpu2:8000": second_endpoint}
        fleet(tmp_path, walk.replaced)
        yield walk


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder)],
        cwd=ROOT,
        env=os.environ | {"NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    return folder
