"""The pure state machine per interaction and the registry that holds them."""
