"""What the screen knows, without a screen: state, ordering, filters and every sentence shown."""
