"""One hall design at one site, as the plain arrays and prices that decide its supply."""

from __future__ import annotations

from dataclasses import dataclass

from twin.planning.supply_problem import Array


@dataclass(frozen=True)
class SiteDesign:
    """Everything that decides the options of one design at one site; hourly arrays are ``(time,)``.

    ``it_pu`` is IT power per MW of nameplate after throttling, ``deferrable_pu`` the part of it that
    may move within ``window_h`` hours, ``headroom_pu`` the most IT power an hour can run. ``out_pu`` is the
    part of it that may run at another site instead, ``in_pu`` the most that may come from others,
    racks that are free when nothing is put off; both None where no work moves.
    """

    site: str
    design: str
    price_eur_per_mwh: Array
    carbon_g_per_kwh: Array
    cfe_share: Array
    wind_cf: Array
    pv_cf: Array
    it_pu: Array
    deferrable_pu: Array
    headroom_pu: Array
    pue: Array
    wue_l_per_kwh: Array
    window_h: float
    network_eur_per_mw_year: float
    network_eur_per_mwh: float
    tax_eur_per_mwh: float
    ppa_wind_eur_per_mwh: float
    ppa_pv_eur_per_mwh: float
    wind_g_per_kwh: float
    pv_g_per_kwh: float
    sale_fee_eur_per_mwh: float
    battery_eur_per_kw: float
    battery_eur_per_kwh: float
    battery_annuity_share: float
    battery_charge_efficiency: float
    battery_discharge_efficiency: float
    battery_standing_loss_per_h: float
    connection_eur_per_mw_year: float
    max_contract_share: float
    carbon_price_eur_per_t: float
    options: tuple[str, ...]
    in_pu: Array | None = None
    out_pu: Array | None = None
