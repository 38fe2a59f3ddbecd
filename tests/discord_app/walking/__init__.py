"""Random walks in two simulated servers, with an independent record of who may see what."""
