"""A contact centre in a box: plays the platform's side over loopback sockets from scripted calls, with faults."""
