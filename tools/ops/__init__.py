"""What operators run: servers, containers and the drills that prove them."""
