"""The weights of quality MRR: settings of the workspace, printed with every figure that uses them.

[quality]
at_risk = 0.5
deep_discount = 0.75
deep_discount_from = 0.3
one_time = 0.25
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from upswell.money.amount import exact_text

_Share = Annotated[Decimal, Field(ge=0, le=1, decimal_places=4)]


class QualityWeights(BaseModel):
    """What of an item's MRR counts, as a share from 0 to 1 with at most 4 decimals; `[quality]` in upswell.toml.

    `deep_discount_from` is the share of the list price that a discount must exceed to be deep.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    at_risk: _Share = Decimal("0.5")
    deep_discount: _Share = Decimal("0.75")
    deep_discount_from: _Share = Decimal("0.3")
    one_time: _Share = Decimal("0.25")

    @property
    def note(self) -> str:
        """The weights in words."""
        percent = exact_text(self.deep_discount_from * 100)
        return (
            f"weights: at risk {exact_text(self.at_risk)}, discount over {percent} % {exact_text(self.deep_discount)}, "
            f"one-time contract {exact_text(self.one_time)}; the lowest that applies"
        )
