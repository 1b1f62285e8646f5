"""The keys of `[storage.redis]`."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from attrs import field, frozen, validators

from llmspell.model.doc import Doc
from llmspell.spec.secrets import SecretRef


@frozen(kw_only=True)
class RedisSection:
    """Say which Redis server keeps the store, how it is reached, and what must survive there.

    The password is `password` (a handle, `${NAME}` in the file), or in the variable that `password_env` names, or in
    the file that `password_file` names; without any of these it is the variable REDIS_PASSWORD.
    """

    SECRETS: ClassVar[frozenset[str]] = frozenset({"password"})
    MILLISECONDS: ClassVar[frozenset[str]] = frozenset({"timeout"})
    SIZES: ClassVar[frozenset[str]] = frozenset({"max_size"})

    host: Annotated[str, Doc("Name or address of the server.")] = field(
        default="localhost", validator=validators.min_len(1)
    )
    port: Annotated[int, Doc("Its port.", minimum=1, maximum=65535)] = 6379
    database: Annotated[int, Doc("Number of the database on the server.", minimum=0)] = 0
    username: Annotated[str | None, Doc("Who to log in as; without it the default user.")] = None
    password: Annotated[SecretRef | None, Doc("A handle, `${NAME}`.")] = None
    password_env: Annotated[str | None, Doc("Variable that holds the password.")] = None
    password_file: Annotated[str | None, Doc("File that holds the password.")] = None
    networks: Annotated[
        tuple[str, ...], Doc("Private networks (10.0.0.0/8) in which the host lies, where its name does not show it.")
    ] = ()
    tls: Annotated[bool, Doc("Encrypt the connection, and check the server's certificate.")] = False
    authorities: Annotated[str | None, Doc("PEM file of trusted authorities; without it the system's.")] = None
    certificate: Annotated[str | None, Doc("PEM file with our own certificate and its key.")] = None
    prefix: Annotated[str, Doc("What the names of the server's keys begin with: one store for each prefix.")] = field(
        default="llmspell", validator=validators.min_len(1)
    )
    pool: Annotated[int, Doc("Connections at once, at most.", minimum=1, maximum=1000)] = 10
    timeout: Annotated[float, Doc("Seconds to connect, to wait for an answer or a free connection.", minimum=0.001)] = (
        10.0
    )
    durability: Annotated[
        Literal["server", "log", "fsync"],
        Doc("What the server must be set to: anything, an append-only file, or one that is synced with each write."),
    ] = "server"
    max_size: Annotated[
        int, Doc("Bytes of keys and values that this process lets the store hold; 0 means no limit.", minimum=0)
    ] = 0
