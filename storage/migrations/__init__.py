"""The store's shapes, oldest first; `storage.migrating` applies them."""
