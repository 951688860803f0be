"""Office packages: opened safely, their parts, properties and provenance. Nothing here knows the form."""
