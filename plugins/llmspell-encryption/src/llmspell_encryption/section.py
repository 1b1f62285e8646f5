"""The keys of `[storage.encryption]`."""

from __future__ import annotations

from typing import Annotated, ClassVar

from attrs import frozen

from llmspell.spec import Doc
from llmspell.spec.secrets import SecretRef

_ONE = "Set one of `master_key`, `password` and `key_path`."


@frozen(kw_only=True)
class EncryptionSection:
    """The key that the store's own keys are wrapped with, and the one before it while that is being changed."""

    SECRETS: ClassVar = ("master_key", "password", "previous_master_key", "previous_password")

    master_key: Annotated[
        SecretRef | None, Doc('32 random bytes as base64 or hexadecimal, such as "${STORAGE_KEY}".')
    ] = None
    password: Annotated[
        SecretRef | None, Doc('A password, such as "${STORAGE_PASSWORD}"; the key is made of it by Argon2id.')
    ] = None
    key_path: Annotated[str | None, Doc("A file that holds such a key; a new store makes it, for its owner alone.")] = (
        None
    )
    previous_master_key: Annotated[SecretRef | None, Doc("The key before, until `llmspell storage rotate`.")] = None
    previous_password: Annotated[SecretRef | None, Doc("The password before, until then.")] = None
    previous_key_path: Annotated[str | None, Doc("The file of the key before, until then.")] = None
    anchor: Annotated[
        str | None,
        Doc(
            "A file elsewhere, for this store alone, that remembers its state; by default in the configuration folder."
        ),
    ] = None
    anchor_enabled: Annotated[bool, Doc("Refuse a store that is older than its anchor says.")] = True

    def __attrs_post_init__(self) -> None:
        """Refuse more than one key; without any, as in a template, nothing is encrypted."""
        now = [one for one in (self.master_key, self.password, self.key_path) if one is not None]
        before = [self.previous_master_key, self.previous_password, self.previous_key_path]
        if len(now) > 1 or (not now and any(one is not None for one in (*before, self.anchor))):
            raise ValueError(f"names {len(now) or 'no'} keys. {_ONE}")
        if len([one for one in before if one is not None]) > 1:
            raise ValueError("names more than one key before: set one of those that begin with `previous_`")
