"""Office packages: opened safely, their parts, properties and seals. Nothing here knows the form."""
