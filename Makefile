# Every task of the project, for people and for CI alike. `make help` lists them.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
JOBS ?= 2
FUZZ_SECONDS ?= 60

.DEFAULT_GOAL := help

help: ## list the tasks
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(VENV)/runtime.stamp ## set everything up and run the main job on the sample firmware
	@$(BIN)/airdelta demo

test: setup system-packages ## set everything up and run the whole test suite
	@$(BIN)/pytest -n $(JOBS) -m "not slow" $(TEST_ARGS)

test-slow: setup system-packages ## run the long sweeps too, and count power cuts by the million
	@$(BIN)/pytest -n $(JOBS) $(TEST_ARGS)
	@$(BIN)/python bench/power_cuts.py --jobs $(JOBS) --document docs/RELIABILITY.md \
		$(POWER_CUTS_ARGS)

test-smpclient: setup ## update a simulated device over BLE with PyPI's smpclient, in its own environment
	@$(PYTHON) -m venv .venv-smpclient
	@.venv-smpclient/bin/pip install -qq --disable-pip-version-check -r requirements/runtime.lock \
		bumble==0.0.236 smpclient==7.3.0 pytest hypothesis
	@.venv-smpclient/bin/pytest -q tests/link_sim/ble/smpclient_upload.py

test-smpmgr: setup system-packages ## restore a device under QEMU with PyPI's smpmgr, in its own environment
	@$(PYTHON) -m venv .venv-smpmgr
	@.venv-smpmgr/bin/pip install -qq --disable-pip-version-check smpmgr==0.19.1
	@SMPMGR_BIN=.venv-smpmgr/bin $(BIN)/pytest -q tests/device_apply/device_on_target/smpmgr_recovery.py

test-oracle: setup ## compare the burst model with Linux's netem (Debian: user-mode-linux busybox-static)
	@$(BIN)/pytest -q -rs tests/link_sim/loss/netem_oracle.py

fuzz: fuzz-decoder fuzz-heads fuzz-programs fuzz-parsers ## fuzz fuzz-decoder fuzz-parsers everything that reads bytes from outside

fuzz-decoder: system-packages ## fuzz the patch decoder for FUZZ_SECONDS
	@sh fuzz/run.sh -max_total_time=$(FUZZ_SECONDS)

fuzz-heads: system-packages ## fuzz what the device reads before it trusts anybody for FUZZ_SECONDS
	@sh fuzz/run.sh read_head -max_total_time=$(FUZZ_SECONDS)

fuzz-programs: system-packages ## fuzz what the bootloader executes in place for FUZZ_SECONDS
	@sh fuzz/run.sh execute_program -max_total_time=$(FUZZ_SECONDS)

fuzz-parsers: setup ## fuzz every parser for FUZZ_SECONDS each
	@sh fuzz/parsers/run.sh -max_total_time=$(FUZZ_SECONDS)

bench: $(VENV)/runtime.stamp ## compare patch sizes with other tools: CORPUS=DIR [PEERS=CSV] [BENCH_ARGS=...]
	@test -n "$(CORPUS)" || { echo "say where the pairs are: make bench CORPUS=DIR" >&2; exit 2; }
	@$(BIN)/python bench/patch_size.py --corpus $(CORPUS) $(addprefix --peers ,$(PEERS)) \
		--results bench/results $(BENCH_ARGS)

coverage: setup system-packages ## measure branch coverage and hold it against the limits
	@$(BIN)/pytest -n $(JOBS) -m "not slow" --cov --cov-report=term --cov-fail-under=95
	@$(BIN)/coverage report --include='device_apply/wire/*' --fail-under=100

lint: setup ## check style, spelling and metadata
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/codespell
	@$(BIN)/validate-pyproject pyproject.toml

format: setup ## rewrite the sources in the project's style
	@$(BIN)/ruff check --fix-only -q .
	@$(BIN)/ruff format .

types: setup ## check types, with a second opinion
	@$(BIN)/mypy
	@$(BIN)/basedpyright

arch: setup ## check who may import whom
	@$(BIN)/lint-imports

setup: $(VENV)/dev.stamp ## create the virtual environment with everything a developer needs

system-packages: ## install the apt packages that tests need (as root on Debian)
	@sh tests/install_system_packages.sh

docs: setup ## run the commands that documents show and put their output in
	@$(BIN)/python docs/console_blocks.py
	@$(BIN)/python docs/source_blocks.py docs/PORTING.md

lock: $(VENV)/dev.stamp ## choose and record exact versions of all dependencies anew
	@$(BIN)/pip-compile -q --strip-extras --no-header --no-annotate --no-emit-index-url \
		--no-emit-find-links --upgrade -o requirements/runtime.lock pyproject.toml
	@$(BIN)/pip-compile -q --strip-extras --no-header --no-annotate --no-emit-index-url \
		--no-emit-find-links --upgrade -c requirements/runtime.lock \
		-o requirements/dev.lock requirements/dev.in
	@sed -i "/considered to be unsafe/,\$$d" requirements/dev.lock

clean: ## remove everything that can be made again
	rm -rf $(VENV) build dist out *.egg-info .coverage .mypy_cache .pytest_cache .ruff_cache \
		.hypothesis .import_linter_cache

$(VENV)/python.stamp:
	@echo "creating the virtual environment"
	@$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/runtime.stamp: $(VENV)/python.stamp pyproject.toml requirements/runtime.lock
	@echo "installing airdelta and what it needs"
	@$(BIN)/pip install -qq --disable-pip-version-check -r requirements/runtime.lock
	@$(BIN)/pip install -qq --disable-pip-version-check --no-deps -e .
	@touch $@

$(VENV)/dev.stamp: $(VENV)/runtime.stamp requirements/dev.lock
	@echo "installing the development tools"
	@$(BIN)/pip install -qq --disable-pip-version-check -r requirements/dev.lock
	@touch $@

.PHONY: help bench docs demo test test-slow test-smpclient test-smpmgr test-oracle fuzz fuzz-decoder fuzz-programs fuzz-parsers coverage lint format types arch setup system-packages lock clean
