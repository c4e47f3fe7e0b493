"""The grammars, both roles, without sockets or clocks. Uses `msgspec` for typed JSON: its errors name the field."""
