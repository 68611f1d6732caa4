"""Every page there is, and where it is found: most show the demo company, some a workspace at its beginning.

The other sites are a workspace with users, and a workspace with one file imported and nothing built.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from tests.interfaces.web.serving import Site

MONTH: Final = "2023-12"
ROWS: Final = """account_id,product,start_date,end_date,mrr
A-1,Basic,2025-01-05,,100.00
A-2,Basic,2025-01-31,soon,50.00
"""


@dataclass(frozen=True)
class Sites:
    """Where places are served, and what stands in addresses that is different each time."""

    demo: Site
    members: Site
    workshop: Site
    movement: str
    customer: str
    upload: str
    job: str


@dataclass(frozen=True)
class Place:
    """A page: which site has it, its path there, the status of its answer, and whether the navigation has it."""

    site: Callable[[Sites], Site]
    path: str
    status: int = 200
    section: str | None = None

    def address(self, sites: Sites) -> str:
        """Where it is."""
        return self.site(sites).at(self.path.format(**vars(sites)))


def _demo(path: str, section: str | None = None, status: int = 200) -> Place:
    return Place(lambda sites: sites.demo, path, status, section)


def _workshop(path: str, section: str | None = None) -> Place:
    return Place(lambda sites: sites.workshop, path, section=section)


PLACES: Final[Mapping[str, Place]] = {
    "overview": _demo("/", "Overview"),
    "overview of a month that still runs": _demo("/?month=2024-01", "Overview"),
    "expansion": _demo("/expansion", "Expansion"),
    "movements": _demo("/movements", "Movements"),
    "movement": _demo("/movements/{movement}", "Movements"),
    "figure": _demo("/figures/expansion_mrr"),
    "retention": _demo("/retention", "Retention"),
    "cohorts": _demo("/cohorts", "Cohorts"),
    "durability": _demo("/durability", "Durability"),
    "forecast": _demo("/forecast", "Forecast"),
    "pricing": _demo("/pricing", "Pricing"),
    "what is bought next": _demo("/pricing?section=next", "Pricing"),
    "opportunities": _demo("/opportunities", "Opportunities"),
    "whom to leave alone": _demo("/leave-alone"),
    "signals": _demo("/signals", "Signals"),
    "health": _demo("/health", "Health"),
    "signals of a customer": _demo("/signals/{customer}", "Signals"),
    "offers": _demo("/offers", "Offers"),
    "customers": _demo("/customers", "Customers"),
    "customer": _demo("/customers/{customer}", "Customers"),
    "definitions": _demo("/definitions?with=recurly", "Definitions"),
    "reconcile": _demo("/reconcile", "Reconcile"),
    "closings": _demo("/closings", "Closings"),
    "data": _demo("/data", "Data"),
    "checks": _demo("/data/checks", "Data"),
    "settings": _demo("/settings", "Settings"),
    "not found": _demo("/movements/nothing", "Movements", status=404),
    "import": _workshop("/import"),
    "columns": _workshop("/import/{upload}?table=items"),
    "job": _workshop("/jobs/{job}"),
    "data with a row held back": _workshop("/data", "Data"),
    "start": _workshop("/start"),
    "login": Place(lambda sites: sites.members, "/login"),
    "welcome": Place(lambda sites: sites.members, "/welcome"),
}
