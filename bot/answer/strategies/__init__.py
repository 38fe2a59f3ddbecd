"""One module per kind of plan: how it is made, and how it is answered without a model."""
