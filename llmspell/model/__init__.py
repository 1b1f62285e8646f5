"""Values: what travels between the parts. Import from the modules; nothing is loaded by importing the package."""
