"""The server side that others dial."""
