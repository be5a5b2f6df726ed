"""What the figures and tables of a report read from one run, worked out once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import xarray as xr

from twin import library
from twin.config.case import Case
from twin.config.site import Site
from twin.errors import BadInput, Fault
from twin.export.rows import SiteRow, site_rows, sites
from twin.results import Run


@dataclass(frozen=True, eq=False)
class Facts:
    """One run as its report reads it."""

    run: Run

    @property
    def manifest(self) -> Mapping[str, Any]:
        """Totals, versions and inputs of the run."""
        return self.run.manifest

    @property
    def plan(self) -> xr.Dataset:
        """The plan."""
        return self.run.plan

    @property
    def name(self) -> str:
        """Case and id of the run, as titles name it."""
        return self.run.name

    @property
    def title(self) -> str:
        """What a person calls the case."""
        return self.case.title or str(self.manifest["case"])

    @cached_property
    def case(self) -> Case:
        """The case that the run was made from."""
        found: Case = library.get("cases", self.run.case_file)
        return found

    @cached_property
    def sites(self) -> dict[str, Site]:
        """Every site of the case by name."""
        return {site.name: site for site in sites(self.run)}

    @cached_property
    def rows(self) -> list[SiteRow]:
        """Every site as a planner reads it, chosen ones first, by megawatts."""
        return site_rows(self.plan, self.run.menu, list(self.sites.values()))

    @cached_property
    def chosen(self) -> list[SiteRow]:
        """The sites with halls at the end of the plan, the largest first."""
        return [row for row in self.rows if row.chosen]

    def built(self) -> list[SiteRow]:
        """Return the chosen sites. Raises BadInput where the plan has no hall of its own."""
        if not self.chosen:
            folder = str(self.run.folder)
            raise BadInput(Fault(folder, "plan", "no hall of its own", "a plan with halls at a site"))
        return self.chosen

    @cached_property
    def quarters(self) -> list[str]:
        """Quarters of the plan, such as 2027Q1."""
        return [str(quarter) for quarter in self.plan["quarter"].values]

    @cached_property
    def labels(self) -> dict[str, str]:
        """Name of each site, marked where megawatts or dates of its connection are unconfirmed."""
        return {row.site: row.label for row in self.rows}

    @cached_property
    def order(self) -> list[str]:
        """Labels of the chosen sites, the largest first."""
        return [self.labels[row.site] for row in self.chosen]

    def by_quarter(self, name: str, site: str) -> np.ndarray[Any, np.dtype[np.float64]]:
        """Return a figure of the plan at a site, (quarters,)."""
        values = self.plan[name].sel(site=site).transpose(..., "quarter").values
        return np.asarray(values, dtype=float)

    def yearly(self, name: str, site: str) -> float:
        """Return a yearly figure of the menu at a site: that of the last quarter's supplies, by their MW."""
        return float(self.run.fed(name).sel(site=site))
