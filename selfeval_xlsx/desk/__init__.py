"""The double-click flow."""
