"""The USE CASES: plain functions, one transaction each; the composition root; the clock loop. No Prefect."""
