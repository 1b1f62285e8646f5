"""The services of one application, each made when it is first asked for."""

from __future__ import annotations

import math
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextlib import AsyncExitStack

    from llmspell.kernel.catalog import Catalog
    from llmspell.runtime.secret_stores import AskedPasswords
    from llmspell.services.clock import SystemClock, SystemRandom
    from llmspell.services.config import Config
    from llmspell.services.files import FileService
    from llmspell.services.files_kept import Kept
    from llmspell.services.http import HttpService
    from llmspell.services.network import NetworkService
    from llmspell.services.paths import AppPaths
    from llmspell.services.process import ProcessService
    from llmspell.services.regex import RegexService
    from llmspell.services.secrets import SecretService
    from llmspell.services.templates import TemplateService
    from llmspell.spec import SecretStore
    from llmspell.spec.context import Clock, Random


E = TypeVar("E", bound=BaseException)


class Services:
    """Hold what components share. Imports are paid by the first user of each service.

    `ask` asks a person at the terminal for a password, unseen; None where there is nobody.
    """

    ask: Callable[[str], str] | None = None

    def __init__(
        self,
        config: Config,
        stack: AsyncExitStack,
        catalog: Catalog,
        *,
        clock: Clock | None = None,
        random: Random | None = None,
    ) -> None:
        self._config = config
        self._catalog = catalog
        self._stack = stack
        self._clock = clock
        self._random = random

    @cached_property
    def clock(self) -> Clock:
        """Give the clock."""
        if self._clock is not None:
            return self._clock
        from llmspell.services.clock import SystemClock  # noqa: PLC0415 - paid by its first user

        clock: SystemClock = SystemClock()
        return clock

    @cached_property
    def random(self) -> Random:
        """Give the source of randomness."""
        if self._random is not None:
            return self._random
        from llmspell.services.clock import SystemRandom  # noqa: PLC0415 - paid by its first user

        random: SystemRandom = SystemRandom()
        return random

    def new_id(self) -> str:
        """Give a fresh UUID version 7."""
        from llmspell.services.clock import new_id  # noqa: PLC0415 - paid by its first user

        return new_id()

    @cached_property
    def files(self) -> FileService:
        """Give the guarded file system."""
        from llmspell.services.files import FileService  # noqa: PLC0415 - paid by its first user

        return FileService(self.clock.sleep, kept=self.kept)

    @cached_property
    def kept(self) -> Kept:
        """Give what no tool may write."""
        from llmspell.runtime.kept import kept_places  # noqa: PLC0415 - paid by its first user

        return kept_places(self._config, self._catalog, self.paths)

    @cached_property
    def http(self) -> HttpService:
        """Give guarded HTTP; closed with the application."""
        from llmspell.services.http import HttpService  # noqa: PLC0415 - paid by its first user

        service = HttpService(secrets=self.secrets)
        self._stack.push_async_callback(service.aclose)
        return service

    @cached_property
    def network(self) -> NetworkService:
        """Give drivers their addresses."""
        from llmspell.services.network import NetworkService  # noqa: PLC0415 - paid by its first user

        return NetworkService(secrets=self.secrets)

    @cached_property
    def processes(self) -> ProcessService:
        """Give guarded programs."""
        from llmspell.runtime.programs import Programs  # noqa: PLC0415 - paid by its first user
        from llmspell.services.process import ProcessService  # noqa: PLC0415 - likewise

        programs = Programs(self._config, self._catalog)
        return ProcessService(grammar=programs.grammar, limits=programs.limits, kept=self.kept)

    @cached_property
    def secrets(self) -> SecretService:
        """Give secrets."""
        from llmspell.services.secret_stores import SecretStores  # noqa: PLC0415 - paid by its first user
        from llmspell.services.secrets import SecretService  # noqa: PLC0415 - likewise

        service = SecretService(stores=SecretStores(self._secret_stores))
        self._config.fill(service)
        return service

    @cached_property
    def passwords(self) -> AskedPasswords:
        """Give who is asked for the passwords of stores."""
        from llmspell.runtime.secret_stores import AskedPasswords  # noqa: PLC0415 - paid by who keeps secrets

        return AskedPasswords(self.ask)

    def mask_data(self, data: Mapping[str, object]) -> Mapping[str, object]:
        """Give JSON data without secrets; the same where there is none in it."""
        mask = self.secrets.quick()
        if mask is None:
            return data
        from llmspell.services.secret_masks import mask_data  # noqa: PLC0415 - paid by who has secrets

        masked: Mapping[str, object] = mask_data(data, mask)
        return masked

    def mask_error(self, error: E) -> E:
        """Take secrets out of an error and of all that caused it, in place."""
        mask = self.secrets.quick()
        if mask is not None:
            from llmspell.services.secret_masks import mask_error  # noqa: PLC0415 - paid by who has secrets

            mask_error(error, mask)
        return error

    def _secret_stores(self) -> Mapping[str, SecretStore]:
        from llmspell.runtime.secret_stores import open_stores  # noqa: PLC0415 - paid by who keeps secrets

        return open_stores(self._catalog, self._config, self.paths, self.passwords)

    @cached_property
    def templates(self) -> TemplateService:
        """Give the template language."""
        from llmspell.services.templates import TemplateService  # noqa: PLC0415 - paid by its first user

        return TemplateService()

    @cached_property
    def regex(self) -> RegexService:
        """Give linear-time regular expressions."""
        from llmspell.services.regex import RegexService  # noqa: PLC0415 - paid by its first user

        return RegexService()

    @cached_property
    def paths(self) -> AppPaths:
        """Give the user's folders."""
        from llmspell.services.paths import AppPaths  # noqa: PLC0415 - paid by its first user

        return AppPaths()

    async def isolate(
        self, target: str, data: object, *, memory: int | None = None, cpu: float | None = None
    ) -> object:
        """Run a function on JSON data in a child process, with other bounds than its own where they are given."""
        from llmspell.services.isolate import IsolateLimits, isolate  # noqa: PLC0415 - paid by its first user

        own = IsolateLimits()
        seconds = own.cpu if cpu is None else math.ceil(cpu)
        return await isolate(target, data, own._replace(memory=own.memory if memory is None else memory, cpu=seconds))
