"""A fitted model as two files: what it is as JSON, and its estimators as skops writes them. Never a pickle.

    about.json    policy, book, day, release, what it learned from, encoding, rates, amounts, its backtest
    model.skops   the regression or the trees; read only if it holds nothing but types of scikit-learn that are known

A file of models from elsewhere could run code when a pickle is read. Here every type is checked before it is made, and
the JSON holds the digest of the other file, so that two files that do not belong together are none.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final
from zipfile import BadZipFile

from upswell.analysis.propensity.candidates import Learned
from upswell.analysis.propensity.drivers import Amounts, Drivers
from upswell.analysis.propensity.fitted import Fitted
from upswell.analysis.propensity.report import Backtest
from upswell.analysis.propensity.scores import Fit
from upswell.analysis.propensity.segments import SegmentRates
from upswell.analysis.rolling.encoding import Encoding, Scaling

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

FORMAT: Final = 1
_TRUSTED: Final = frozenset({"sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor"})


@dataclass(frozen=True)
class Stored:
    """The two files."""

    about: bytes
    estimators: bytes


def stored(fit: Fit, *, signals: str) -> Stored:
    """The files of a model; `signals` stands for the catalogue that it was made with."""
    from pydantic import TypeAdapter  # noqa: PLC0415 -- a tenth of a second that only a kept model needs
    from skops.io import dumps  # noqa: PLC0415 -- of the extra

    fitted = fit.fitted
    model = None if fitted is None else fitted.model
    estimators = dumps(
        {
            "model": None if model is None else model.estimator,
            "drivers": None if fitted is None else fitted.drivers.estimator,
        }
    )
    about = {
        **_made_by(signals),
        "book_id": fit.book_id,
        "policy_hash": fit.policy_hash,
        "by": fit.backtest.by,
        "day": fit.day.isoformat(),
        "sha256": hashlib.sha256(estimators).hexdigest(),
        "fitted": None if fitted is None else _fitted_json(fitted),
        "backtest": TypeAdapter(Backtest).dump_python(fit.backtest, mode="json"),
    }
    return Stored(json.dumps(about, indent=1).encode(), estimators)


def read_stored(files: Stored, *, signals: str) -> Fit | None:
    """The model of two files; None where they are not whole, or another release or catalogue of signals made them."""
    from pydantic import TypeAdapter, ValidationError  # noqa: PLC0415 -- see above
    from skops.io import get_untrusted_types, loads  # noqa: PLC0415 -- of the extra

    try:
        about = json.loads(files.about)
        made = {name: about[name] for name in _made_by(signals)}
        if made != _made_by(signals) or hashlib.sha256(files.estimators).hexdigest() != about["sha256"]:
            return None
        unknown = get_untrusted_types(data=files.estimators)
        if not set(unknown) <= _TRUSTED:
            return None
        estimators = loads(files.estimators, trusted=unknown)
        return Fit(
            book_id=about["book_id"],
            policy_hash=about["policy_hash"],
            day=date.fromisoformat(about["day"]),
            fitted=None if about["fitted"] is None else _fitted(about["fitted"], estimators),
            backtest=TypeAdapter(Backtest).validate_python(about["backtest"]),
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, ValidationError, BadZipFile):
        return None


def _made_by(signals: str) -> dict[str, Any]:
    import sklearn  # noqa: PLC0415 -- of the extra

    return {"format": FORMAT, "release": version("upswell"), "scikit-learn": sklearn.__version__, "signals": signals}


def _fitted_json(fitted: Fitted) -> dict[str, Any]:
    model, drivers = fitted.model, fitted.drivers
    return {
        "days": [day.isoformat() for day in fitted.days],
        "encoding": fitted.encoding.as_json(),
        "method": None if model is None else model.method,
        "scaling": None if model is None or model.scaling is None else model.scaling.as_json(),
        "driver_shares": drivers.shares.tolist(),
        "driver_scaling": None if drivers.scaling is None else drivers.scaling.as_json(),
        "amounts": fitted.amounts.as_json(),
        "segments": {"overall": fitted.segments.overall, "rates": dict(fitted.segments.rates)},
        "points": {"overall": fitted.points.overall, "rates": dict(fitted.points.rates)},
    }


def _fitted(kept: Mapping[str, Any], estimators: Mapping[str, Any]) -> Fitted:
    import numpy as np  # noqa: PLC0415 -- of the extra

    scaling, of_drivers = (
        None if kept[name] is None else Scaling.from_json(kept[name]) for name in ("scaling", "driver_scaling")
    )
    shares: Array = np.array(kept["driver_shares"], dtype=float)
    return Fitted(
        days=tuple(date.fromisoformat(day) for day in kept["days"]),
        encoding=Encoding.from_json(kept["encoding"]),
        model=None if kept["method"] is None else Learned(kept["method"], estimators["model"], scaling),
        drivers=Drivers(shares, estimators["drivers"], of_drivers),
        amounts=Amounts.from_json(kept["amounts"]),
        segments=SegmentRates(kept["segments"]["overall"], kept["segments"]["rates"]),
        points=SegmentRates(kept["points"]["overall"], kept["points"]["rates"]),
    )
