"""What a call costs, from a dated price file and the provider's own token counts."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from judge.core.errors import RunDirectoryError
from judge.core.files.manifest import Manifest, PricesUsed
from judge.core.files.rows import file_sha256
from judge.core.files.yaml import read_yaml
from judge.core.records import Usage

BUNDLED_NAME = "bundled"
BUNDLED = Path(__file__).with_name("prices.yaml")


class Price(BaseModel):
    """Price per million tokens, in the file's currency."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    input: float = Field(ge=0)
    output: float = Field(ge=0)
    cached: float | None = Field(default=None, ge=0)
    batch: float = Field(default=1.0, gt=0, le=1)  # what a call in a batch costs, as a share of a live one

    def of(self, usage: Usage) -> float:
        """Cost of a call's tokens; those read from the provider's cache at their own price where one is given."""
        cached = self.input if self.cached is None else self.cached
        return ((usage.input - usage.cached) * self.input + usage.cached * cached + usage.output * self.output) / 1e6

    @property
    def in_batch(self) -> Price:
        """The price of a call in a batch."""
        cached = None if self.cached is None else self.cached * self.batch
        return Price(input=self.input * self.batch, output=self.output * self.batch, cached=cached)


class _PriceFile(BaseModel):
    model_config = ConfigDict(extra="forbid")

    as_of: str
    currency: str
    batch: dict[str, float] = {}
    models: dict[str, Price]

    def with_batch(self) -> dict[str, Price]:
        """The prices, each with the share that its provider's batches cost unless it has one of its own."""
        return {
            name: price.model_copy(update={"batch": self.batch[provider]})
            if (provider := name.partition(":")[0]) in self.batch and "batch" not in price.model_fields_set
            else price
            for name, price in self.models.items()
        }


@dataclass(frozen=True)
class PriceList:
    """A price file. ``get`` looks a model up by its exact name."""

    as_of: str
    currency: str
    source: str
    sha256: str
    models: dict[str, Price]

    def get(self, spec: str) -> Price | None:
        """The price of ``provider:model``, or None if the file does not list it."""
        return self.models.get(spec)


def load_prices(path: Path | None = None) -> PriceList:
    """Read a price file (default: the bundled one).

    Raises:
        InputError: Names the file, and the line and field that are wrong.
    """
    source = path or BUNDLED
    content = read_yaml(source, _PriceFile, hint="judge/core/calls/prices.yaml shows the format")
    name = BUNDLED_NAME if path is None else str(path)
    return PriceList(content.as_of, content.currency, name, file_sha256(source), content.with_batch())


def money(amount: float | None, currency: str = "USD") -> str:
    """An amount for people: "unknown" where it is None."""
    if amount is None:
        return "unknown"
    return f"{currency} {amount:.2f}" if amount >= 1 or amount == 0 else f"{currency} {amount:.4f}"


def check_currency(manifest: Manifest, prices: PriceList, folder: Path) -> None:
    """Refuse prices in another currency than those of the run's earlier costs, since costs are added up.

    Raises:
        RunDirectoryError: The currencies differ.
    """
    before = manifest.prices.currency if "prices" in manifest.model_fields_set else prices.currency
    if before != prices.currency:
        raise RunDirectoryError(
            f"{folder} counts its costs in {before}, and {prices.source} gives prices in {prices.currency}",
            hint=f"give --prices with a file in {before}, or another --out",
        )


def described(prices: PriceList) -> PricesUsed:
    """Describe a price file, for a manifest."""
    return PricesUsed(source=prices.source, as_of=prices.as_of, currency=prices.currency, sha256=prices.sha256)
