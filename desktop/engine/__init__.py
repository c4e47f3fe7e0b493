"""The flow: sources to calls to workers to insights to alerts to the screen's mailbox. No Qt in here."""
