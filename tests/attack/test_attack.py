"""A short form of the attack: the same parts, fewer tries. `make attack` runs all of it."""

from __future__ import annotations

import pytest

from tests.attack.__main__ import ATTACKS

WITH_PROCESSES = ("kills", "batch-kills", "billed-kills", "billed-faults", "fleet-kills", "panel-kills", "faults")
NEEDS_MINUTES = ("rates",)


@pytest.mark.parametrize("name", [name for name in ATTACKS if name not in WITH_PROCESSES + NEEDS_MINUTES])
def test_no_attack_by_content_succeeds(name: str) -> None:
    outcome = ATTACKS[name][1](1, 0.02)
    assert outcome.tried >= 20
    assert not outcome.succeeded, outcome.failed


@pytest.mark.slow
@pytest.mark.parametrize("name", WITH_PROCESSES)
def test_no_attack_on_a_process_succeeds(name: str) -> None:
    outcome = ATTACKS[name][1](1, 0.1)
    assert outcome.tried
    assert not outcome.succeeded, outcome.failed
