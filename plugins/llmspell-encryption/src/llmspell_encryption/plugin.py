"""What this distribution provides; imports nothing but the contract."""

from __future__ import annotations

from llmspell.spec import Component, config_section, encryption, hookimpl

_PATH = "storage.encryption"


@hookimpl
def llmspell_encryptions() -> list[Component]:
    """Offer AES-256-GCM under keys that lie wrapped in the store."""
    return [
        encryption(
            "encryption",
            "llmspell_encryption.driver:StoreEncryption",
            "Encrypt every value of the store, whatever its back end.",
            section=_PATH,
            native=("files", "keys"),
            native_for="the key that the keys of the store are wrapped with",
        )
    ]


@hookimpl
def llmspell_config_sections() -> list[Component]:
    """Own `[storage.encryption]`."""
    target = "llmspell_encryption.section:EncryptionSection"
    return [config_section("encryption", target, "Which key the values of the store are under.", path=_PATH)]
