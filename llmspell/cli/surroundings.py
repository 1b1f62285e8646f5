"""What every verb's help says of the world around it: environment variables and exit statuses."""

from __future__ import annotations

VARIABLES = (
    ("LLMSPELL_CONFIG_PATH", "configuration file to read, like --config"),
    ("LLMSPELL_ENV", "also read ./llmspell.NAME.toml"),
    ("LLMSPELL_SECTION__KEY", "set one key of the configuration, such as LLMSPELL_EVENTS__BUFFER_SIZE"),
    ("LLMSPELL_DISABLE", "plugins not to load, with commas between; * for all that are installed"),
    ("LLMSPELL_CONFIG_DIR", "folder of the user's config.toml"),
    ("LLMSPELL_DATA_DIR", "folder of stores"),
    ("LLMSPELL_CACHE_DIR", "folder of what can be made again"),
    ("NO_COLOR, FORCE_COLOR", "never or always use colours; --color beats both"),
)

STATUSES = (
    (0, "it worked"),
    (1, "the spell failed"),
    (2, "the command line is wrong"),
    (3, "the configuration is wrong"),
    (4, "a right is missing"),
    (5, "a plugin or component is missing or broken"),
    (6, "a limit was reached"),
    (7, "a model provider failed"),
    (8, "a durable run is paused: it waits for a person"),
    (130, "it was interrupted"),
)
