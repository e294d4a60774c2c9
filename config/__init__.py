"""WHAT a town wants: the YAML language, its strict reading and its checks of shape and graph. Imports nothing of ours."""
