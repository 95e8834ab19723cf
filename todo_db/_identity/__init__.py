"""Whose transaction it is: tokens, the server's clock, and the guards around them."""
