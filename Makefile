# `make help` lists the targets; `make help V=1` adds what each needs and an example.
# A target's line ends in "## summary"; lines "#> …" right above it are its details.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

VENV ?= .venv
BIN := $(VENV)/bin
# Passed on to pytest: make test ARGS="-k banderwagon -x"
ARGS ?=
# Test processes; "auto" is one a core.
WORKERS ?= auto
# Measured runs of a benchmark.
RUNS ?= 5
# Of `make fuzz`: how many cases, of which campaign, in how many processes; seconds and a folder if set.
FUZZ_CASES ?= 20000
FUZZ_SEED ?= 1
FUZZ_JOBS ?= 2
FUZZ_SECONDS ?=
FUZZ_CORPUS ?=
BENCH_BLOCKS = fixtures/blocks/transfer-new.json fixtures/blocks/create-in-create.json fixtures/blocks/big-100-txs.json.gz
BENCH_MAINNET = $(addprefix $(STATELESS_VECTORS)/patricia-blocks/mainnet-,22615247.zkpi.json 23587691.sbv.json \
	21230867.zeth.json.gz)
REPORT_BLOCKS = fixtures/blocks fixtures/verkle fixtures/patricia/three-transactions.json $(wildcard $(BENCH_MAINNET))
REPORT_KEYS ?= own,2^10,2^20,2^32
REPORT_JOBS ?= 2
BENCH_MULTIPROOFS = $(addprefix $(STATELESS_VECTORS)/multiproof/,n16.json n256.json n4096.json c1000x3.json)

export STATELESS_VECTORS ?= $(abspath ../shared/vectors)

# One stamp a set of packages; each is older than pyproject.toml when its packages may have changed.
$(VENV)/.setup: pyproject.toml .ci/venv .ci/find-python
	@.ci/venv $(VENV)
	@touch $@
$(VENV)/.test: pyproject.toml .ci/venv .ci/find-python
	@.ci/venv $(VENV) test
	@touch $@ $(VENV)/.setup
$(VENV)/.dev: pyproject.toml .ci/venv .ci/find-python
	@.ci/venv $(VENV) dev
	@touch $@ $(VENV)/.test $(VENV)/.setup

#> Needs Python 3.11 or later with venv, and a package index the first time.
#> The program is then .venv/bin/stateless. Nothing is done when nothing changed.
#>   make setup && .venv/bin/stateless --help
.PHONY: setup
setup: $(VENV)/.setup ## make .venv with the program alone
	@echo "ready: $(BIN)/stateless"

#> Sound blocks are verified and executed, broken ones refused, and each answer
#> is held against fixtures/MANIFEST.json. Needs nothing beyond `setup`.
#>   make demo
.PHONY: demo
demo: $(VENV)/.setup ## set up, then verify the blocks in fixtures/ and show what is refused
	@$(BIN)/python -m fixtures.check

#> Adds the test tools to .venv. Tests on other teams' data need it in ../shared/vectors or in
#> STATELESS_VECTORS; without it they are skipped and say so.
#>   make test
#>   make test ARGS="-k multiproof -x" WORKERS=0
.PHONY: test
test: $(VENV)/.test ## set up with the test tools, then run every test
	@$(BIN)/python -m pytest -n $(WORKERS) $(ARGS)

#> ruff (rules, then format), mypy --strict on the four packages, import-linter on their layers.
#>   make lint
.PHONY: lint
lint: $(VENV)/.dev ## check style, format, types and the one-way imports
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@PYTHONPATH=. $(BIN)/lint-imports --no-cache --no-logo

#> Ours beside go-ipa and go-verkle, on the same input in the same run; where there is no Go, ours alone and
#> a word about it. Blocks are from fixtures/; multiproofs of 16 to 4096 openings from the vectors, if here.
#>   make bench
#>   make bench RUNS=20
.PHONY: bench
bench: $(VENV)/.setup ## measure verification beside the peers that this machine has
	@$(BIN)/stateless bench verify $(BENCH_BLOCKS) --runs $(RUNS) --peers
	@for file in $(BENCH_MULTIPROOFS); do \
		if [ -f "$$file" ]; then $(BIN)/stateless bench multiproof "$$file" --runs $(RUNS) --peers || exit; \
		else echo "not here, not measured: $$file (set STATELESS_VECTORS)"; fi; done
	@$(BIN)/stateless bench evm --runs $(RUNS) --peers
	@for file in $(BENCH_MAINNET); do \
		if [ -f "$$file" ]; then $(BIN)/stateless bench evm "$$file" --runs $(RUNS) --peers && \
			$(BIN)/stateless bench verify "$$file" --runs $(RUNS) || exit; \
		else echo "not here, not measured: $$file (set STATELESS_VECTORS)"; fi; done

#> Blocks and witnesses changed in every way that tests/fuzz knows, judged within limits of time and memory; what
#> should not be is minimised and kept in FUZZ_CORPUS (docs/11-attacks.md). The same FUZZ_SEED, the same cases.
#> FUZZ_SECONDS ends it early.
#>   make fuzz
#>   make fuzz FUZZ_CASES=1000000 FUZZ_SEED=2 FUZZ_JOBS=4
.PHONY: fuzz
fuzz: $(VENV)/.test ## attack the decoders and the verifier with changed inputs
	@$(BIN)/python -m tests.fuzz --cases $(FUZZ_CASES) --seed $(FUZZ_SEED) --jobs $(FUZZ_JOBS) \
		$(if $(FUZZ_SECONDS),--seconds $(FUZZ_SECONDS)) $(if $(FUZZ_CORPUS),--corpus $(FUZZ_CORPUS))

#> Every sound block of fixtures/ (and of the vectors, the mainnet blocks that are here) proven under three trees
#> in its own state and in drawn ones. Results are kept, so that a second run is quick; the first takes some minutes.
#>   make report
#>   make report REPORT_KEYS=own REPORT_JOBS=4
.PHONY: report
report: $(VENV)/.setup ## compare the trees over all blocks: build/report/report.html and report.md
	@mkdir -p build/report && rm -f build/report/report.*
	@$(BIN)/stateless compare $(REPORT_BLOCKS) --keys $(REPORT_KEYS) --jobs $(REPORT_JOBS) \
		--html build/report/report.html --md > build/report/report.md.part; code=$$?; \
		test -s build/report/report.html || exit $$code; \
		test $$code = 0 || echo "some blocks were not measured; the report lists them"
	@mv build/report/report.md.part build/report/report.md
	@echo "build/report/report.html, build/report/report.md"

#> Takes sound blocks from the vectors and changes one thing in each broken one. The same vectors give the
#> same content and the same MANIFEST.json, so `git diff` is empty unless fixtures/build.py changed.
#>   make fixtures
.PHONY: fixtures
fixtures: $(VENV)/.setup ## make fixtures/ again from the vectors
	@$(BIN)/python -m fixtures.build $(STATELESS_VECTORS)

#> Needs the network; pip resolves every dependency as wheels for x86-64, aarch64 and armv7l, CPython 3.11 to 3.13.
#>   make wheels-check
.PHONY: wheels-check
wheels-check: $(VENV)/.setup ## ask the package index whether the program installs without a compiler
	@$(BIN)/python .ci/wheels-check

#> Environments (.venv*), caches, build folders. Sources and fixtures stay.
#>   make clean
.PHONY: clean
clean: ## remove everything that the other targets made
	@rm -rf .venv .venv-* build dist out *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

#>   make help V=1
.PHONY: help
help: ## list the targets (V=1: with details and examples)
	@awk -v verbose='$(V)' '\
		/^#>/ { details = details "      " substr($$0, 4) "\n"; next } \
		/^[a-z][a-z-]*:.*## / { \
			name = $$0; sub(/:.*/, "", name); text = $$0; sub(/.*## /, "", text); \
			printf "  %-13s %s\n", name, text; \
			if (verbose) printf "%s\n", details; \
		} \
		!/^\.PHONY/ { details = "" }' $(firstword $(MAKEFILE_LIST))
