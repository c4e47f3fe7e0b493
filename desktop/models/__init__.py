"""Speech models: what is offered, what is installed and where; fetched, unpacked, checked and removed."""
