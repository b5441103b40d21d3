"""A stand-in for the providers: a real HTTP server on loopback that speaks their wire formats and fails on purpose."""

from tests.support.loopback.faults import FAULTS, RETRIED, FaultPlan
from tests.support.loopback.server import Loopback, Seen

__all__ = ["FAULTS", "RETRIED", "FaultPlan", "Loopback", "Seen"]
