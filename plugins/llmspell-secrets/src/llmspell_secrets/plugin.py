"""What this distribution provides; imports nothing but the contract."""

from __future__ import annotations

from llmspell.spec import Component, config_section, hookimpl, secret_store


@hookimpl
def llmspell_secret_stores() -> list[Component]:
    """Offer the encrypted file and the keyring of the system."""
    return [
        secret_store(
            "file",
            "llmspell_secrets.file:EncryptedFile",
            "Keep secrets in one file, encrypted with a password.",
            section="secrets.file",
            native=("files",),
            extra={"preference": 10, "native_for": "its one file, and the file of its password"},
        ),
        secret_store(
            "keyring",
            "llmspell_secrets.system:SystemKeyring",
            "Keep secrets in the keyring of the system, which opens with the user's session.",
            section="secrets.keyring",
            native=("files",),
            extra={"preference": 5, "native_for": "the list of the names that it keeps"},
        ),
    ]


@hookimpl
def llmspell_config_sections() -> list[Component]:
    """Own `[secrets.file]` and `[secrets.keyring]`."""
    return [
        config_section("file", "llmspell_secrets.section:FileSection", "The encrypted file.", path="secrets.file"),
        config_section(
            "keyring", "llmspell_secrets.section:KeyringSection", "The keyring of the system.", path="secrets.keyring"
        ),
    ]
