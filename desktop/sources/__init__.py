"""The doors in: one file per way calls arrive. They hand over what they received and decode nothing."""
