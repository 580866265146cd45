"""Publishing: immutable objects in any store, and TUF metadata that says which of them count."""
