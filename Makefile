# Evenkeel: `make run` and `make test` need Python 3.11 to 3.13, pip and make; the rest they fetch.
IS_SUPPORTED := import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))
# The first that runs: a name may stand for a Python that is not there.
PYTHON ?= $(shell for name in python3 python3.13 python3.12 python3.11; do \
	$$name -c '$(IS_SUPPORTED)' 2>/dev/null && echo $$name && break; done)
export VENV ?= .venv
BIN := $(VENV)/bin
# `make run SLIM=1` does without what training needs: a quarter of the room.
PACKAGES := $(VENV)/$(if $(filter-out 0,$(SLIM)),slim,runtime)
VENDOR := static/vendor
YUNET := vendor/face_detection_yunet_2023mar.onnx
NPM := tools/npm
NPM_QUIETLY := --no-audit --no-fund --ignore-scripts --loglevel=error

.PHONY: setup run test test-short lint format bench soak fuzz attack audit docs slug lock clean
.DELETE_ON_ERROR:

# For a unit or an image, which start the server themselves.
setup: $(PACKAGES) $(YUNET) $(VENDOR)/.complete

run: setup
	@$(BIN)/python -m webapp db upgrade
	@exec $(BIN)/gunicorn -c python:webapp.gunicorn_conf wsgi:app

test: $(VENV)/development $(YUNET) node_modules/.complete
	$(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder

# What differs between Pythons, for those beside the first: a minute.
test-short: $(VENV)/development $(YUNET) node_modules/.complete
	$(BIN)/python -m pytest -n 2 --dist loadfile tests/core tests/vision tests/bus tests/decoding \
		tests/storage tests/test_config.py tests/test_processes.py tests/test_serving.py

lint: $(VENV)/development
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

format: $(VENV)/development
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(VENV)/development $(YUNET) $(VENDOR)/.complete
	$(BIN)/python -m benchmarks

# Ten loops of the demo clip, and fifty kills of each kind: about half an hour.
soak: $(VENV)/development $(YUNET) $(VENDOR)/.complete
	$(BIN)/python -m tests.soak

# Damaged pictures, 20,000 of them, 5,000 damaged videos and as many uploads: some minutes.
fuzz: $(VENV)/development $(YUNET)
	$(BIN)/python -m tests.fuzz_pictures
	$(BIN)/python -m tests.fuzz_videos
	$(BIN)/python -m tests.fuzz_uploads
	$(BIN)/python -m tests.fuzz_rooms
	$(BIN)/python -m tests.fuzz_forms
	$(BIN)/python -m tests.fuzz_api

# An attack on a server of our own over loopback: some minutes.
attack: $(VENV)/development $(YUNET) $(VENDOR)/.complete
	$(BIN)/python -m tests.attack

# Known holes in what we pin; fails, too, where nobody answers.
audit: $(VENV)/runtime .audit/complete
	$(BIN)/python -m tools.audit

# The pages of this repository as a site; a link that leads nowhere fails.
DOCUMENTS := README.md CONTRIBUTING.md CHANGELOG.md THIRD_PARTY_NOTICES.md docs benchmarks/README.md \
	model/README.md model/*.png deploy Dockerfile Procfile compose.yaml compose.distributed.yaml static/favicon.svg
docs: .docs/complete node_modules/.complete
	@rm -rf .docs/pages && mkdir .docs/pages
	@tar -cf - $(DOCUMENTS) | tar -xf - -C .docs/pages
	@cp node_modules/@mermaid-js/tiny/dist/mermaid.tiny.js .docs/pages/
	@cp node_modules/iframe-worker/shim/index.js .docs/pages/iframe-worker.js
	NO_MKDOCS_2_WARNING=1 .docs/bin/mkdocs build --strict
	@echo "Open $(CURDIR)/site/index.html"

# What a host with buildpacks is given; `make slug SLIM=1` installs no more here for it.
slug: setup
	$(BIN)/python -m tools.slug

# Pins what the .in files ask for, for every supported Python and machine, with hashes of the files;
# run after changing one of them. UPGRADE=--upgrade takes the newest versions.
LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
	--no-emit-index-url --no-emit-find-links $(UPGRADE)
lock: $(VENV)/development
	$(LOCK) requirements.in -o requirements.txt
	$(LOCK) requirements-run.in -c requirements.txt -o requirements-run.txt
	$(LOCK) requirements-npm.in -o requirements-npm.txt
	$(LOCK) requirements-dev.in -o requirements-dev.txt
	$(LOCK) requirements-audit.in -o requirements-audit.txt
	$(LOCK) requirements-docs.in -o requirements-docs.txt

clean:
	rm -rf .venv .venv-* .audit .docs site slug .node node_modules vendor $(VENDOR)

$(BIN)/python:
	@$(or $(PYTHON),false) -c '$(IS_SUPPORTED)' || { echo "Evenkeel needs Python 3.11, 3.12 or" \
		"3.13; set PYTHON=/path/to/python3.12" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/runtime: requirements.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

$(VENV)/slim: requirements-run.txt | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-run.txt
	@touch $@

$(VENV)/development: requirements-dev.txt $(VENV)/runtime
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

# In an environment of its own: what asks about our packages must not change them.
.audit/complete: requirements-audit.txt | $(BIN)/python
	$(BIN)/python -m venv .audit
	.audit/bin/python -m pip install --quiet --disable-pip-version-check -r requirements-audit.txt
	@touch $@

.docs/complete: requirements-docs.txt | $(BIN)/python
	$(BIN)/python -m venv .docs
	.docs/bin/python -m pip install --quiet --disable-pip-version-check -r requirements-docs.txt
	@touch $@

# The network of the face detector; without it Haar serves.
$(YUNET): tools/fetch_yunet.py | $(PACKAGES)
	$(BIN)/python -m tools.fetch_yunet

# The browser packages of package.json; only what pages load goes into static/.
$(VENDOR)/.complete: package.json package-lock.json | $(BIN)/python
	$(NPM) ci --omit=dev $(NPM_QUIETLY)
	@mkdir -p $(VENDOR)
	cp node_modules/socket.io-client/dist/socket.io.min.js $(VENDOR)/
	cp node_modules/uplot/dist/uPlot.iife.min.js node_modules/uplot/dist/uPlot.min.css $(VENDOR)/
	@touch $@

# With what tests and documents need; the rule above takes it away when it runs again.
node_modules/.complete: package.json package-lock.json | $(VENDOR)/.complete
	$(NPM) ci $(NPM_QUIETLY)
	@touch $@
