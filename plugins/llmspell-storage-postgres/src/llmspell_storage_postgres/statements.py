"""The SQL: two tables in a schema, one of them with the format, and the statements on the other.

Keys are `bytea`, which PostgreSQL sorts by their bytes; each value has a CRC-32 of its key and itself beside it.
"""

# ruff: noqa: S608 - what is put into the statements are names, quoted

from __future__ import annotations

from zlib import crc32

from llmspell.errors import StorageError
from llmspell.spec.storage_scan import MOST_BYTES, MOST_PAIRS, upper
from llmspell.spec.storages import StorageLimits

NAME = "llmspell-storage"
FORMAT = 1

LIMITS = StorageLimits(key=2048, value=256 << 20)
"""An entry of an index has 2704 bytes at most, and the client sends a value several times over."""


class Statements:
    """The statements for the tables of one schema."""

    def __init__(self, schema: str) -> None:
        self.name = schema
        self.schema = quoted(schema)
        self.pairs, self.header = f"{self.schema}.pairs", f"{self.schema}.llmspell_header"
        self.channel = f"llmspell {schema}"[:60]
        upsert = "ON CONFLICT (key) DO UPDATE SET value = EXCLUDED.value, crc = EXCLUDED.crc"
        pairs = self.pairs
        self.get = f"SELECT value, crc FROM {pairs} WHERE key = $1"
        self.exists = f"SELECT 1 FROM {pairs} WHERE key = $1"
        self.get_many = f"SELECT key, value, crc FROM {pairs} WHERE key = ANY($1::bytea[])"
        self.put = f"INSERT INTO {pairs} VALUES ($1, $2, $3) {upsert}"
        self.delete = f"DELETE FROM {pairs} WHERE key = $1"
        self.empty = f"DELETE FROM {pairs}"
        self.exchange = f"UPDATE {pairs} SET value = $2, crc = $3 WHERE key = $1 AND value = $4"
        self.claim = f"INSERT INTO {pairs} VALUES ($1, $2, $3) ON CONFLICT (key) DO NOTHING"
        self.lock = f"SELECT key, value FROM {pairs} WHERE key = ANY($1::bytea[]) ORDER BY key FOR UPDATE"
        rows = "unnest($1::bytea[], $2::bytea[], $3::bigint[])"
        self.put_many = f"INSERT INTO {pairs} SELECT * FROM {rows} {upsert}"
        self.apply = (
            f"WITH held AS MATERIALIZED (SELECT key FROM {pairs} WHERE key = ANY($4::bytea[] || $1) ORDER BY key "
            f"FOR UPDATE), gone AS (DELETE FROM {pairs} USING held WHERE {pairs}.key = held.key "
            f"AND held.key = ANY($4::bytea[])) INSERT INTO {pairs} SELECT rows.* FROM {rows} AS rows "
            f"WHERE (SELECT count(*) FROM held) >= 0 {upsert}"
        )
        self.stats = (
            f"SELECT count(*), coalesce(sum(octet_length(key) + octet_length(value)), 0)::bigint, "
            f"pg_total_relation_size({literal(pairs)}) FROM {pairs}"
        )
        self.version = f"SELECT version FROM {self.header} WHERE name = '{NAME}'"

    def range(self, *, bounded: bool) -> str:
        """Give the query for a range, `$1` first and, if it is bounded, `$2` the key that it ends before."""
        before = "AND key < $2" if bounded else ""
        return f"SELECT key, value, crc FROM {self.pairs} WHERE key >= $1 {before} ORDER BY key"

    def few(self, *, bounded: bool) -> str:
        """Give the query for the first pairs of a range, up to 1 MiB, with how many there are up to one too many."""
        return (
            "SELECT key, value, crc, total FROM (SELECT *, count(*) OVER () AS total, "
            "sum(octet_length(value)) OVER (ORDER BY key) - octet_length(value) AS before "
            f"FROM ({self.range(bounded=bounded)} LIMIT {MOST_PAIRS + 1}) AS page) AS sized "
            f"WHERE before < {MOST_BYTES} ORDER BY key"
        )

    def tables(self) -> list[str]:
        """Give the statements that make the tables; the schema is there."""
        return [
            f"CREATE TABLE {self.header} (name text PRIMARY KEY, version integer NOT NULL)",
            f"CREATE TABLE {self.pairs} (key bytea PRIMARY KEY, value bytea NOT NULL, crc bigint NOT NULL)",
            f"INSERT INTO {self.header} VALUES ('{NAME}', {FORMAT})",
        ]

    def telling(self) -> list[str]:
        """Give the statements that let every write, whoever makes it, tell its keys to those who listen."""
        tell = f"{self.schema}.llmspell_tell"
        function = (
            f"CREATE OR REPLACE FUNCTION {tell}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            "PERFORM pg_notify(TG_ARGV[0], encode(CASE TG_OP WHEN 'DELETE' THEN OLD.key ELSE NEW.key END, 'base64')); "
            "RETURN NULL; END $$"
        )
        trigger = (
            f"CREATE TRIGGER llmspell_tell AFTER INSERT OR UPDATE OR DELETE ON {self.pairs} FOR EACH ROW "
            "WHEN (current_setting('llmspell.quiet', true) IS DISTINCT FROM 'on') "
            f"EXECUTE FUNCTION {tell}({literal(self.channel)})"
        )
        return [function, trigger]

    @property
    def tells(self) -> str:
        """Ask whether writes tell their keys."""
        return f"SELECT 1 FROM pg_trigger WHERE tgrelid = {literal(self.pairs)}::regclass AND tgname = 'llmspell_tell'"

    @property
    def hush(self) -> str:
        """Give the statement that ends the telling."""
        return f"DROP TRIGGER IF EXISTS llmspell_tell ON {self.pairs}"


def quoted(name: str) -> str:
    """Give a name as SQL writes it."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Give a text as SQL writes it."""
    return "'" + text.replace("'", "''") + "'"


def checksum(key: bytes, value: bytes) -> int:
    """Give the CRC-32 of a key and its value."""
    return crc32(value, crc32(key))


def sound(key: bytes, value: bytes, crc: int) -> bytes:
    """Give a value, or raise `StorageError` when it is not what was written."""
    if checksum(key, value) != crc:
        raise StorageError(
            f"the value at {key[:80].decode(errors='replace')!r} is damaged: its checksum does not fit",
            suggestions=["restore a backup", "write the value anew, or delete it"],
        )
    return value


def bounds(prefix: bytes, start: bytes, end: bytes | None) -> list[bytes]:
    """Give the range of keys with a prefix, from `start` on, before `end`: one or two arguments of a query."""
    before = upper(prefix, end)
    return [max(prefix, start)] if before is None else [max(prefix, start), before]
