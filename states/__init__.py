"""MAY this case move? Pure. The only importer of `transitions`."""
