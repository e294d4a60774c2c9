"""What can go wrong with the store, each said so that a tired person knows what to do."""

from __future__ import annotations


class StorageError(Exception):
    """Base of this package."""


class StoreUnavailable(StorageError):
    """The database cannot be reached, opened or written just now; nothing was changed."""


class DiskFull(StoreUnavailable):
    """No room left where the store lies; the transaction was rolled back."""


class SchemaBehind(StorageError):
    """The store has an older shape than this program."""


class SchemaAhead(StorageError):
    """The store was migrated by a newer program; this one must not touch it."""


class Duplicate(StorageError):
    """A unique key was taken by somebody else at the same moment; the transaction was rolled back and may be tried again."""
