"""The keys of `[storage.postgres]`."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from attrs import field, frozen, validators

from llmspell.model.doc import Doc
from llmspell.spec.secrets import SecretRef


@frozen(kw_only=True)
class PostgresSection:
    """Say which PostgreSQL database keeps the store, how it is reached, and what a commit waits for.

    The password is `password` (a handle, `${NAME}` in the file), or in the variable that `password_env` names, or in
    the file that `password_file` names; without any of these it is the variable PGPASSWORD.
    """

    SECRETS: ClassVar[frozenset[str]] = frozenset({"password"})
    MILLISECONDS: ClassVar[frozenset[str]] = frozenset({"timeout"})

    host: Annotated[str, Doc("Name or address of the server.")] = field(
        default="localhost", validator=validators.min_len(1)
    )
    port: Annotated[int, Doc("Its port.", minimum=1, maximum=65535)] = 5432
    database: Annotated[str, Doc("Database on the server.")] = field(
        default="llmspell", validator=validators.min_len(1)
    )
    username: Annotated[str, Doc("Who to log in as.")] = field(default="llmspell", validator=validators.min_len(1))
    password: Annotated[SecretRef | None, Doc("A handle, `${NAME}`.")] = None
    password_env: Annotated[str | None, Doc("Variable that holds the password.")] = None
    password_file: Annotated[str | None, Doc("File that holds the password.")] = None
    networks: Annotated[
        tuple[str, ...], Doc("Private networks (10.0.0.0/8) in which the host lies, where its name does not show it.")
    ] = ()
    tls: Annotated[bool, Doc("Encrypt the connection, and check the server's certificate.")] = False
    authorities: Annotated[str | None, Doc("PEM file of trusted authorities; without it the system's.")] = None
    certificate: Annotated[str | None, Doc("PEM file with our own certificate and its key.")] = None
    schema: Annotated[str, Doc("Schema that the tables lie in: one store for each; made where there is none.")] = field(
        default="llmspell", validator=validators.min_len(1)
    )
    pool: Annotated[
        int, Doc("Connections at once, at most; one stays free of long scans.", minimum=2, maximum=1000)
    ] = 10
    timeout: Annotated[float, Doc("Seconds to connect, to wait for an answer or a free connection.", minimum=0.001)] = (
        10.0
    )
    durability: Annotated[
        Literal["server", "async", "fsync"],
        Doc("What a commit waits for: what the server is set to, nothing, or the server's disk."),
    ] = "server"
