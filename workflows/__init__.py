"""Prefect flows, thin: names, retries, schedules, events, artifacts. The only importer of `prefect`. (The admins' definitions are `config/programmes/*/workflows/*.yaml`.)"""
