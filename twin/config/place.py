"""Sites, rules, costs, fleets and workloads: the models that describe where and for what."""

from twin.config.fleet import Commitment, Fleet
from twin.config.regulation import Regulation, binding, rule_set_names
from twin.config.site import Site
from twin.config.technology import Technology
from twin.config.workload import Workload

__all__ = [
    "Commitment",
    "Fleet",
    "Regulation",
    "Site",
    "Technology",
    "Workload",
    "binding",
    "rule_set_names",
]
