"""Formulations for the solver: supply of one site, siting of the fleet, certificate."""
