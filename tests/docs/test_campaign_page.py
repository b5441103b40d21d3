"""The page on a human campaign, from top to bottom, against a real Label Studio with three people at work."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from judge.annotation.campaign.campaign import load
from judge.annotation.campaign.controls import alias, controls
from judge.annotation.server.accounts import Account
from judge.core.records import Annotation
from tests.docs.blocks import CAMPAIGN, Block, blocks
from tests.docs.walk import Walk
from tests.support.annotators import Person
from tests.support.paths import ROOT

pytestmark = pytest.mark.slow
CHOICES = ("A", "B", "tie")


def served(walk: Walk, block: Block) -> tuple[str, list[Account]]:
    """Start the page's server, in the environment that all slow tests share; return its token and the logins."""
    walk.replaced["judge annotate serve"] = f"judge annotate serve --venv {ROOT / '.venv-label-studio'}"
    server = walk.serve(block, ready=lambda: True)
    assert server.stdout is not None
    said = ""
    for line in server.stdout:
        said += line
        if "Ctrl-C stops" in line:
            break
    token = re.search(r"LABEL_STUDIO_API_KEY=(\S+)", said)
    assert token, said
    logins = re.findall(r"annotator: (\S+)  password: (\S+)", said)
    return token[1], [Account(email=email, password=password) for email, password in logins]


def label(url: str, logins: Sequence[Account], folder: Path, project: int) -> int:
    """Each of the people answers every task; returns how many answers that made."""
    campaign, key = load(folder / "campaign.yaml")
    names = controls(campaign)
    made = 0
    for number, account in enumerate(logins):
        person = Person(url, account)
        tasks = person.tasks(project)
        for place, item in enumerate(key.items):
            choice = item.expected or CHOICES[(place + number * (place % 2)) % 3]
            person.annotate(tasks[item.id], {name: alias(choice) for name in names.values()})
            made += 1
        person.close()
    return made


def test_the_page_on_a_campaign_leads_to_annotations(walk: Walk) -> None:
    plan, serve, push, pull, judged = (block for block in blocks(ROOT / CAMPAIGN, CAMPAIGN) if block.is_commands)
    for path in walk.folder.glob("annotations.*"):
        path.unlink()
    assert "46 tasks" in walk.run(plan)
    token, logins = served(walk, serve)
    assert len(logins) == 3
    walk.environment["LABEL_STUDIO_API_KEY"] = token
    pushed = walk.run(push)
    assert "46 tasks added" in pushed
    found = re.search(r"(http://\S+?)/projects/(\d+)/", pushed)
    assert found
    made = label(found[1], logins, walk.folder, int(found[2]))
    assert f"{made} rows received" in walk.run(pull)
    lines = (walk.folder / "annotations.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [Annotation.model_validate_json(line) for line in lines]
    assert len(rows) == made == 3 * 46
    printed = walk.run(judged)
    assert "alpha: Krippendorff's" in printed
    assert "corrected with human labels" in printed
