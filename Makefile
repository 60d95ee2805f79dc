# Two commands do everything on a fresh Linux x86-64 machine with Python >= 3.11 and Node >= 20:
#   make demo   lives through a crash on a real local chain
#   make test   runs every test
# Each sets up what it needs first; repeated calls skip what is up to date.

PYTHON ?= python3
BIN := .venv/bin
FORGE := tools/forge
SEED ?= 7
SOURCES := $(shell find contracts tests/contracts -name '*.sol' 2>/dev/null)
export NUMBA_CACHE_DIR ?= $(CURDIR)/.venv/numba-cache
# One numeric thread per process: three keepers share two cores.
export OPENBLAS_NUM_THREADS ?= 1
export OMP_NUM_THREADS ?= 1

.PHONY: help setup demo test test-contracts test-python check format fuzz-api bench soak chaos bench-scaling coverage-risk coverage-contracts surfaces gas gas-check replay invariants-deep audit audit-slither symbolic mutants lock clean

help: ## Lists the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

setup: .venv/.installed node_modules/.installed out/.built .venv/.warmed ## Installs Python and npm packages, builds contracts, warms JIT caches

.venv/.installed: requirements/lock.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python >= 3.11 is needed; set PYTHON=..." >&2; exit 2; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/lock.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

node_modules/.installed: package.json package-lock.json
	@node -e 'process.exit(+(Number(process.versions.node.split(".")[0]) < 20))' || { echo "Node >= 20 is needed" >&2; exit 2; }
	npm ci --silent
	@touch $@

out/.built: node_modules/.installed foundry.toml $(SOURCES)
	$(FORGE) build
	@touch $@

.venv/.warmed: .venv/.installed $(wildcard risk/*.py risk/*/*.py)
	@rm -rf $(NUMBA_CACHE_DIR) # a cached kernel does not notice that a kernel it calls has changed
	$(BIN)/python -m risk.warm
	@touch $@

demo: setup ## Runs the demonstration (SEED=7)
	$(BIN)/tailguard demo --seed $(SEED)

test: test-contracts test-python ## Runs every test

test-contracts: setup
	$(FORGE) test

test-python: setup
	$(BIN)/python -m pytest -q

check: setup ## Format, lint, types, layers, contract warnings and sizes
	$(FORGE) fmt --check
	FOUNDRY_OUT=out-check FOUNDRY_CACHE_PATH=cache-check $(FORGE) build --skip test --skip script --deny warnings --sizes
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -q tests/test_layers.py tests/test_documentation.py tests/test_lock_files.py

format: setup ## Rewrites sources in the house format
	$(FORGE) fmt
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

fuzz-api: setup ## Schemathesis over the running API and fuzz of its stream, at length
	TAILGUARD_FUZZ_EXAMPLES=1000 $(BIN)/python -m pytest -q tests/keeper/api/test_schema.py tests/keeper/api/test_stream.py

bench: setup ## Measures risk/ and the keeper beside their peers, writes var/bench/; fails where a must is missed
	$(BIN)/python -m tests.bench.bench_risk --out var/bench/risk.json
	$(BIN)/python -m tests.bench.bench_keeper --out var/bench/keeper.json

soak: setup ## Ten thousand cycles of one keeper, writes var/chaos/soak.json; fails where anything grows (CYCLES=10000)
	$(BIN)/python -m tests.chaos.soak --out var/chaos/soak.json --cycles $(or $(CYCLES),10000)

chaos: setup ## Kills, faults, lying keepers, soak: writes var/chaos/summary.json, see docs/chaos.md (KILLS=200 CYCLES=10000)
	$(BIN)/python -m tests.chaos --kills $(or $(KILLS),200) --cycles $(or $(CYCLES),10000) --out var/chaos/summary.json

bench-scaling: setup ## Cost an account for 1,000 to 1,000,000 accounts, one core and two
	$(BIN)/python -m tests.bench.book_scaling --out var/bench/book_scaling.json

coverage-risk: setup ## Line coverage of risk/ in one figure, compiled kernels left out of the count; fails below 97 %
	$(BIN)/python -m pytest -q tests/risk --cov=risk --cov-report=term --cov-fail-under=97

coverage-contracts: setup ## Line coverage of contracts/ by file, writes var/coverage/contracts.lcov; fails below 95 %
	mkdir -p var/coverage
	FOUNDRY_OUT=out-coverage FOUNDRY_CACHE_PATH=cache-coverage FOUNDRY_FUZZ_RUNS=16 FOUNDRY_INVARIANT_RUNS=2 $(FORGE) coverage \
		--no-match-path 'tests/contracts/gas/*' --no-match-coverage '^(tests|deploy|node_modules)/' \
		--report lcov --report-file var/coverage/contracts.lcov
	$(BIN)/python -m tests.bench.contract_coverage --lcov var/coverage/contracts.lcov --least 95

surfaces: setup ## Fits every recorded day's surface, writes var/bench/surfaces.json (needs TAILGUARD_DATA)
	$(BIN)/python -m tests.bench.surface_report --data "$${TAILGUARD_DATA:?set TAILGUARD_DATA to the folder of recorded data}/deribit_chain_history_2026" --out var/bench/surfaces.json

gas: setup ## Writes snapshots/Budget.json (release profile, isolated transactions)
	FOUNDRY_PROFILE=release $(FORGE) test --match-path 'tests/contracts/gas/*'

gas-check: setup ## Shows gas beside snapshot and musts; fails where it rose, the snapshot is stale or a contract too large
	rm -rf var/gas out-release cache-release # a stale artefact would be measured by its size
	FOUNDRY_PROFILE=release FOUNDRY_SNAPSHOTS=var/gas $(FORGE) test --match-path 'tests/contracts/gas/*'
	$(BIN)/python -m tests.bench.gas --measured var/gas/Budget.json --artifacts out-release

replay: setup ## Replays the whole recorded crash (needs TAILGUARD_DATA)
	$(BIN)/tailguard demo --replay "$${TAILGUARD_DATA:?set TAILGUARD_DATA to the folder of recorded data}/hourly_multivenue_2020_2022"

invariants-deep: setup ## A long invariant campaign
	FOUNDRY_PROFILE=deep $(FORGE) test --match-path 'tests/contracts/invariants/*'

audit: .audit-venv/.installed ## Installs the analysers (AGPL-3.0) into .audit-venv, apart from everything else

.audit-venv/.installed: requirements/audit.txt
	$(PYTHON) -m venv .audit-venv
	.audit-venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/audit.txt
	@touch $@

audit-slither: audit node_modules/.installed ## Static analysis of contracts/: fails on any finding that is not answered
	FOUNDRY_OUT=out-audit FOUNDRY_CACHE_PATH=cache-audit PATH="$(CURDIR)/tools:$(CURDIR)/.audit-venv/bin:$$PATH" .audit-venv/bin/slither . --config-file tools/slither.json

symbolic: audit node_modules/.installed ## Proves tests/contracts/symbolic with halmos
	tools/symbolic

mutants: setup ## Takes out one guard at a time: each must be noticed by its test
	$(BIN)/python -m tests.mutation.run

lock: .venv/.installed ## Re-resolves the lock files
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile --quiet --python-version 3.11 --generate-hashes --no-header --extra test --extra dev \
		--prerelease=if-necessary-or-explicit pyproject.toml -o requirements/lock.txt
	$(BIN)/uv pip compile --quiet --python-version 3.11 --generate-hashes --no-header requirements/audit.in -o requirements/audit.txt
	npm install --package-lock-only

clean: ## Removes everything that setup, tests and demos made
	rm -rf .venv .audit-venv node_modules out out-check out-audit out-symbolic out-coverage out-release cache cache-audit cache-symbolic cache-coverage cache-check cache-release var .mypy_cache .ruff_cache .pytest_cache .hypothesis tailguard.egg-info
