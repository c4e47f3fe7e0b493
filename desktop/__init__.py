"""Sidetone: a live floor of contact-centre calls on the supervisor's screen."""

__version__ = "0.1.0"
