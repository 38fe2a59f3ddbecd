"""Random walks of two simulated servers, and what may be seen in them by their own record."""
