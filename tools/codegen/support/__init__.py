"""Modules that are copied into the generated package: what its classes lean on."""
