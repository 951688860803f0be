"""The whole program as one HTML page that runs offline in a browser: built here, and answered from here inside it."""
