"""Arguments of the public functions, checked as the commands check their options."""

from __future__ import annotations

import functools
import inspect
import math
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Any, ParamSpec, TypeVar, get_args

from judge.core.errors import UsageError

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True)
class Within:
    """A number from ``least`` to ``most``."""

    least: float
    most: float = math.inf

    def fault(self, value: object) -> str | None:
        """What is wrong with ``value``; None if nothing is."""
        if isinstance(value, bool) or not hasattr(value, "__float__"):
            return "is no number"
        return None if self.least <= float(value) <= self.most else "is out of range"

    def wanted(self) -> str:
        """What the argument may be."""
        return f"at least {self.least:g}" if self.most == math.inf else f"between {self.least:g} and {self.most:g}"


@dataclass(frozen=True)
class OneOf:
    """One of the values of a Literal type."""

    literal: Any

    def fault(self, value: object) -> str | None:
        """What is wrong with ``value``; None if nothing is."""
        return None if isinstance(value, str) and value in get_args(self.literal) else "is unknown"

    def wanted(self) -> str:
        """What the argument may be."""
        return "one of " + ", ".join(repr(each) for each in get_args(self.literal))


def checked(**rules: Within | OneOf) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Check arguments by name before the function runs. None passes: it means that the argument was not given.

    The function then raises UsageError where an argument breaks its rule.
    """

    def decorate(function: Callable[P, T]) -> Callable[P, T]:
        signature = inspect.signature(function)
        if unknown := rules.keys() - signature.parameters.keys():
            raise TypeError(f"{function.__name__} has no arguments {sorted(unknown)}")

        @functools.wraps(function)
        def call(*args: P.args, **kwargs: P.kwargs) -> T:
            for name, value in signature.bind(*args, **kwargs).arguments.items():
                rule = rules.get(name)
                if rule is not None and value is not None and (fault := rule.fault(value)):
                    raise UsageError(f"{name}={value!r} {fault}", hint=f"{name} is {rule.wanted()}")
            return function(*args, **kwargs)

        return call

    return decorate


def names(given: str | Iterable[str]) -> tuple[str, ...]:
    """Names as a tuple; a single text is one name, not its characters."""
    return (given,) if isinstance(given, str) else tuple(given)


def allowances(given: str | Iterable[str], known: Collection[str]) -> frozenset[str]:
    """The checks to switch off.

    Raises:
        UsageError: A name is not one of ``known``.
    """
    found = frozenset(names(given))
    if unknown := found - set(known):
        raise UsageError(f"allow={sorted(unknown)} names no check", hint=f"known: {', '.join(known)}")
    return found
