"""The models that may tell who expands: a regression that is easy to read, and trees that find what acts together.

Both say likelihoods as they come: no class is weighed, and nothing is recalibrated on one day's outcomes, which would
carry that day's chance into every later score.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from upswell.analysis.rolling.encoding import Scaling

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

Method = Literal["logistic", "boosting"]
METHODS: Final[tuple[Method, ...]] = ("logistic", "boosting")
SEED: Final = 1
_PENALTY: Final = 0.05
_STEPS_MAX: Final = 300
_TREES: Final = 80
_PACE: Final = 0.1
_LEAVES: Final = 8
_LEAF_MIN: Final = 60


@dataclass(frozen=True)
class Learned:
    """A fitted model; `scaling` is what a regression reads its rows through."""

    method: Method
    estimator: Any
    scaling: Scaling | None

    def likelihoods(self, matrix: Array) -> Array:
        """How likely each row is to expand, from 0 to 1."""
        rows = matrix if self.scaling is None else self.scaling.of_rows(matrix)
        found: Array = self.estimator.predict_proba(rows)[:, 1]
        return found


def learn(method: Method, matrix: Array, expanded: Array) -> Learned:
    """Fit one of the methods to rows of former days; both outcomes must be among them."""
    from sklearn.ensemble import HistGradientBoostingClassifier  # noqa: PLC0415 -- of the extra
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 -- of the extra
    from threadpoolctl import threadpool_limits  # noqa: PLC0415 -- of the extra

    if method == "logistic":
        scaling = Scaling.of(matrix)
        regression = LogisticRegression(C=_PENALTY, max_iter=_STEPS_MAX)
        with threadpool_limits(1):
            return Learned(method, regression.fit(scaling.of_rows(matrix), expanded), scaling)
    trees = HistGradientBoostingClassifier(
        max_iter=_TREES,
        learning_rate=_PACE,
        max_leaf_nodes=_LEAVES,
        min_samples_leaf=_LEAF_MIN,
        l2_regularization=1.0,
        early_stopping=False,
        random_state=SEED,
    )
    # One thread: on a machine that does other things threads wait for each other longer than they work.
    with threadpool_limits(1):
        return Learned(method, trees.fit(matrix, expanded), None)
