"""Proofs that sql/, migrations/, generated/ and a live database say the same."""
