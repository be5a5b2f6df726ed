# Two commands for planners: `make plan` and `make test`. The rest is for those who build the twin.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
CASE   ?= europe-1gw-2030
OUT    ?= runs

.PHONY: plan test test-slow lint types layers wheel notebooks docs bench bench-plan bench-growth validate bench-supply bench-racks bench-replay bench-peers bench-study racks torture test-oldest test-newest audit clean

plan: $(VENV)/.core
	$(BIN)/twin plan $(CASE) --out $(OUT)

test: $(VENV)/.dev
	$(BIN)/python -m pytest -n 2 -m "not slow"

test-slow: $(VENV)/.dev
	$(BIN)/python -m pytest -m slow

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.dev
	$(BIN)/mypy

layers: $(VENV)/.dev
	$(BIN)/lint-imports

wheel: $(VENV)/.dev
	$(BIN)/python tests/wheel_check.py

notebooks: $(VENV)/.dev
	$(BIN)/python -m pytest --nbmake --nbmake-timeout=900 notebooks

docs: $(VENV)/.dev
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict --quiet

bench: $(VENV)/.core
	$(BIN)/python benchmarks/bench_plan.py
	$(BIN)/python benchmarks/bench_facility.py

bench-plan: $(VENV)/.core
	$(BIN)/python benchmarks/bench_plan.py

bench-growth: $(VENV)/.core
	$(BIN)/python benchmarks/bench_growth.py

bench-supply: $(VENV)/.core
	$(BIN)/python benchmarks/bench_supply.py

bench-racks: $(VENV)/.core
	$(BIN)/python benchmarks/bench_racks.py

bench-replay: $(VENV)/.core
	$(BIN)/python benchmarks/bench_replay.py

bench-study: $(VENV)/.dev
	$(BIN)/python benchmarks/bench_study.py

bench-cube: $(VENV)/.dev
	$(BIN)/python benchmarks/bench_cube.py

bench-ensemble: $(VENV)/.dev
	$(BIN)/python benchmarks/bench_ensemble.py

bench-peers: $(VENV)/.bench
	$(BIN)/python benchmarks/bench_peers.py --sites 2 5 10

torture: $(VENV)/.dev
	$(BIN)/python tests/torture --long

# each in an environment of its own; PYTHON says which Python it has
test-oldest:
	$(PYTHON) tests/version_runs.py oldest

test-newest:
	$(PYTHON) tests/version_runs.py newest

racks: $(VENV)/.core
	$(BIN)/python benchmarks/racks.py

# 0: clean, 1: vulnerable, 3: no list of vulnerabilities could be asked, which is no good news
audit: $(VENV)/.dev
	$(PYTHON) -m venv $(VENV)/audit
	$(VENV)/audit/bin/python -m pip install --quiet --disable-pip-version-check 'pip-audit>=2.7'
	$(BIN)/python tests/audit.py $(VENV)/audit/bin/pip-audit

validate: $(VENV)/.dev
	$(BIN)/python benchmarks/validate.py

$(VENV)/.core: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	touch $@

$(VENV)/.dev: $(VENV)/.core
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	touch $@

$(VENV)/.bench: $(VENV)/.core
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[bench]'
	touch $@

clean:
	rm -rf $(VENV) .venv-oldest .venv-newest dist build site .mypy_cache .ruff_cache .pytest_cache
