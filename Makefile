# Everything a person types. `make` alone lists it; the logic of setting up is in .ci/setup.py.
.DEFAULT_GOAL := help
.PHONY: help setup run demo test lint check prove coverage bench schema lock clean
SHELL := /bin/sh
# Another interpreter than the one found: make setup PYTHON=python3.12
PYTHON ?=
BIN := .venv/bin
# Two workers pay from about ten seconds of tests on; what shares a server is grouped onto one (tests/conftest.py)
WORKERS ?= 2

help: ## what can be made / 列出全部命令
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1|\2/' | awk -F'|' '{printf "%-16s %s\n", $$1, $$2}'

setup: ## .venv with all that is pinned, and the command .venv/bin/fengxing / 安装
	@sh .ci/setup $(PYTHON)

run: setup ## set up, then a day in Ningxiang on a fast clock; on a terminal it stays up / 安装并演示
	@if [ -t 0 ] && [ -t 1 ] && [ -z "$$CI" ]; then exec $(BIN)/fengxing demo; else exec $(BIN)/fengxing demo --exit; fi

demo: setup ## the demo, ended by itself: exit code 0 if every rung and mail came / 自动结束的演示
	@$(BIN)/fengxing demo --exit

test: setup ## all tests / 全部测试
	@$(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup

lint: setup ## what is checked without running tests: format, lint, types, layers, the shipped programmes and their stories / 静态检查
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/fengxing check config/programmes
	$(BIN)/fengxing test config/programmes --least 90

check: setup lint ## that, and the fast tests / 提交前检查
	$(BIN)/python -m pytest -q tests/unit tests/architecture

prove: setup ## what is too long for every change: fifty kills, big random searches / 长时间验证
	@FENGXING_PROVE=1 $(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup -m "prove or slow or hypothesis"

coverage: setup ## all tests with branch coverage / 覆盖率
	@$(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup --cov --cov-report=term

bench: setup ## the table of docs/performance.md, measured here / 性能测量
	@$(BIN)/fengxing bench

schema: setup ## config/schema/*.json anew from the models / 重新生成 JSON Schema
	@$(BIN)/python -m config.schema

lock: setup ## requirements.txt anew from pyproject.toml: newest versions, with hashes, without addresses / 重新锁定依赖
	@$(BIN)/uv pip compile -q --upgrade --universal --python-version 3.11 --generate-hashes --no-emit-index-url --extra dev pyproject.toml -o requirements.txt
	@! grep -nE '://|^--' requirements.txt

clean: ## remove what was made here; data under var/ stays / 清理（保留 var/ 数据）
	@rm -rf .venv build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage* htmlcov
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
