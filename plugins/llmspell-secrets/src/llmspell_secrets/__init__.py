"""Places for keys: an encrypted file, and the keyring of the system."""
