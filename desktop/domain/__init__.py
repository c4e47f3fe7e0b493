"""The words everyone speaks: frozen values, unions, ports and errors. Standard library only."""
