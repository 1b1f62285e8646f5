from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import pytest
from attrs import field, frozen
from attrs.validators import ge

from llmspell.errors import ConfigError
from llmspell.model.doc import Doc
from llmspell.services.config import Config
from llmspell.services.config_schema import SECTIONS
from llmspell.services.config_sections import KERNEL_SECTIONS
from llmspell.services.secrets import SecretService
from llmspell.spec import SecretRef, config_section

if TYPE_CHECKING:
    from llmspell.errors import LlmspellError
    from llmspell.spec import Component


@frozen(kw_only=True)
class Endpoint:
    url: str
    weight: int = 1


@frozen(kw_only=True)
class Demo:
    SECRETS: ClassVar = ("api_key",)
    MILLISECONDS: ClassVar = ("timeout",)
    SIZES: ClassVar = ("cache",)

    api_key: SecretRef | None = None
    api_key_env: str | None = None
    timeout: float = 30.0
    cache: int = 1024
    retries: Annotated[int, Doc("How often.", minimum=0, maximum=9)] = 3
    temperature: float | None = field(default=None)
    level: int = field(default=1, validator=ge(1))
    hosts: tuple[str, ...] = ()
    endpoints: list[Endpoint] = field(factory=list)
    path: Path | None = None


class Shelf:
    """The part of the catalogue that a configuration needs, with one section."""

    def list(self, kind: str) -> list[Component]:
        assert kind == "config_section"
        return [config_section("demo", "tests.demo:Demo", "Demo.", path="providers.demo")]

    def resolve(self, component: Component) -> object:
        return {"demo": Demo}[component.name]

    def reject(self, component: Component, error: LlmspellError) -> None:
        raise error


class House:
    """A working folder and a user folder with files, and an environment."""

    def __init__(self, root: Path) -> None:
        self.working = root / "work"
        self.user = root / "user"
        self.working.mkdir()
        self.user.mkdir()
        self.environment: dict[str, str] = {}

    def write(self, text: str, name: str = "llmspell.toml") -> Path:
        path = self.working / name
        path.write_text(text)
        return path

    def load(self, path: Path | None = None, **more: Any) -> Config:
        return Config.load(path, environment=self.environment, working=self.working, user_folder=self.user, **more)

    def faults(self, text: str) -> dict[str, str]:
        self.write(text)
        with pytest.raises(ConfigError) as caught:
            self.load(check=False).validate(Shelf())
        assert len(caught.value.faults) == len(dict(caught.value.faults))
        return dict(caught.value.faults)


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def test_each_layer_covers_those_below(house: House) -> None:
    layers = ["user", "file", "env_file", "named", "variable", "flag"]
    (house.user / "config.toml").write_text('[system.feature_flags]\nuser = true\n[providers]\ndefault = "user"')
    seen = [house.load().get("providers.default")]
    house.write('[providers]\ndefault = "file"')
    seen.append(house.load().get("providers.default"))
    house.write('[providers]\ndefault = "env_file"', "llmspell.prod.toml")
    house.environment["LLMSPELL_ENV"] = "prod"
    seen.append(house.load().get("providers.default"))
    house.environment["LLMSPELL_CONFIG_PATH"] = str(house.write('[providers]\ndefault = "named"', "other.toml"))
    seen.append(house.load().get("providers.default"))
    house.environment["LLMSPELL_PROVIDERS__DEFAULT"] = "variable"
    seen.append(house.load().get("providers.default"))
    config = house.load(flags={"providers.default": "flag"})
    seen.append(config.get("providers.default"))
    assert seen == layers
    assert config.get("system.feature_flags.user") is True
    assert config.origin("providers.default") == "a flag"
    assert config.origin("system") == str(house.user / "config.toml")
    assert config.origin("hooks.enabled") is None
    assert house.load().origins()["providers.default"] == "LLMSPELL_PROVIDERS__DEFAULT"


def test_an_empty_table_hides_nothing(house: House) -> None:
    (house.user / "config.toml").write_text('[providers]\ndefault = "user"')
    house.write("[providers]\n[system]")
    assert house.load().to_dict() == {"providers": {"default": "user"}, "system": {}}


def test_the_command_lines_file_beats_the_variables(house: House) -> None:
    house.environment["LLMSPELL_CONFIG_PATH"] = "missing.toml"
    path = house.write('[providers]\ndefault = "named"', "other.toml")
    assert house.load(path).get("providers.default") == "named"


def test_nothing_set_gives_defaults(house: House) -> None:
    config = house.load()
    assert config.get("providers.default") is None
    assert config.get("plugins", {}) == {}
    assert config.section("events").buffer_size == 1000
    assert config.section("tools.unheard_of", Shelf()) == {}
    assert config.permission_rules() == []
    assert config.to_dict() == {}
    assert not config.foreign


def test_sections_of_components_have_their_class(house: House) -> None:
    house.write(
        """
        [providers.demo]
        timeout = "1m30s"
        cache = "10KB"
        hosts = ["a", "b"]
        path = "/x/y"
        temperature = 1
        endpoints = [{url = "u"}]
        """
    )
    config = house.load()
    assert config.foreign
    config.validate(Shelf())
    assert config.section("providers.demo", Shelf()) == Demo(
        timeout=90.0, cache=10240, hosts=("a", "b"), path=Path("/x/y"), temperature=1.0, endpoints=[Endpoint(url="u")]
    )
    assert config.get("providers.demo.timeout") == 90.0
    assert config.get("providers.demo.hosts") == ["a", "b"]


def test_version_2_means_milliseconds_in_its_own_file_only(house: House) -> None:
    (house.user / "config.toml").write_text('version = "2.0"\n[hooks]\nexecution_timeout = 2500')
    house.write("[providers.demo]\ntimeout = 4")
    config = house.load()
    assert config.section("hooks").execution_timeout == 2.5
    assert config.section("providers.demo", Shelf()).timeout == 4.0
    house.write('version = "2.0"\n[providers.demo]\ntimeout = 4')
    assert house.load().section("providers.demo", Shelf()).timeout == 0.004


def test_text_from_the_environment_becomes_what_is_needed(house: House) -> None:
    house.environment |= {
        "LLMSPELL_PROVIDERS__DEMO__RETRIES": "5",
        "LLMSPELL_PROVIDERS__DEMO__TEMPERATURE": "0.5",
        "LLMSPELL_PROVIDERS__DEMO__HOSTS": "a, b",
        "LLMSPELL_PROVIDERS__DEMO__TIMEOUT": "250ms",
        "LLMSPELL_DEVELOPMENT__DEBUG_ENABLED": "yes",
        "LLMSPELL_PLUGINS__ALLOW": '["x"]',
        "LLMSPELL_DISABLE": "not a key",
    }
    config = house.load()
    demo = config.section("providers.demo", Shelf())
    assert (demo.retries, demo.temperature, demo.hosts, demo.timeout) == (5, 0.5, ("a", "b"), 0.25)
    assert config.get("development.debug_enabled") is True
    assert config.get("plugins") == {"allow": ["x"]}


def test_variables_are_expanded(house: House) -> None:
    house.environment |= {"PORT": "4", "NAME": "ada"}
    house.write(
        """
        [providers.demo]
        retries = "${PORT}"
        hosts = ["${NAME}.x", "${MISSING:-b}", "$${NAME}"]
        level = "${LEVEL:-2}"
        """
    )
    demo = house.load().section("providers.demo", Shelf())
    assert (demo.retries, demo.hosts, demo.level) == (4, ("ada.x", "b", "${NAME}"), 2)


FAULTY = """
stray = 1
[providers]
defualt = "x"
[providers.demo]
retries = 10
temperature = nan
level = 0
hosts = "a"
timeout = "soon"
cache = -1
retires = 1
api_key_env = "${UNSET}"
endpoints = [{url = "u"}, {weight = 2}, {url = 1, more = 2}]
[scripting]
sandbox_enabled = false
isolation = "none"
[hooks]
error_handling = "continue"
enabled = 1
[security]
allowed_origins = ["*"]
[server]
port = 1
[providers.dmo]
x = 1
"""


def test_every_fault_is_told_at_once_with_its_path(house: House) -> None:
    faults = house.faults(FAULTY)
    assert set(faults) == {
        "stray", "providers.defualt", "providers.demo.retries", "providers.demo.temperature", "providers.demo.level",
        "providers.demo.hosts", "providers.demo.timeout", "providers.demo.cache", "providers.demo.retires",
        "providers.demo.api_key_env", "providers.demo.endpoints[1].url", "providers.demo.endpoints[2]",
        "providers.demo.endpoints[2].url", "scripting.sandbox_enabled", "scripting.isolation", "hooks.error_handling",
        "hooks.enabled", "security.allowed_origins", "server", "providers.dmo",
    }  # fmt: skip
    assert "default" in faults["providers.defualt"]
    assert "retries" in faults["providers.demo.retires"]
    assert "more than 9" in faults["providers.demo.retries"]
    assert "not a number" in faults["providers.demo.temperature"]
    assert "UNSET" in faults["providers.demo.api_key_env"]
    assert "--isolation inline" in faults["scripting.sandbox_enabled"]
    assert "every page" in faults["security.allowed_origins"]
    assert "llmspell-server" in faults["server"]
    assert "[providers.demo]" in faults["providers.dmo"]


def test_wrong_permission_rules_are_faults_too(house: House) -> None:
    faults = house.faults('[permissions]\nallow = ["fs.raed=x", "fs.read=ok"]\ndeny = ["net.connect=a:0"]')
    assert set(faults) == {"permissions.allow", "permissions.deny"}
    assert "fs.read" in faults["permissions.allow"]


def test_loading_checks_the_kernels_own_sections(house: House) -> None:
    house.write("[scripting]\nsandbox_enabled = false\n[hooks]\nenabled = false")
    with pytest.raises(ConfigError) as caught:
        house.load()
    assert [path for path, _ in caught.value.faults] == ["scripting.sandbox_enabled", "hooks.enabled"]
    assert caught.value.exit_code == 3


@pytest.mark.parametrize(
    ("text", "path", "says"),
    [
        ("x = = 1", "llmspell.toml:1", "not TOML"),
        ("\n\n[a", "llmspell.toml:3", "not TOML"),
        ('version = "9"', "llmspell.toml", "version"),
        ("a = 1\na = 2", "llmspell.toml:2", "not TOML"),
    ],
)
def test_a_broken_file_is_named_with_its_line(house: House, text: str, path: str, says: str) -> None:
    house.write(text)
    with pytest.raises(ConfigError) as caught:
        house.load()
    [(where, sentence)] = caught.value.faults
    assert where == str(house.working / path)
    assert says in sentence


def test_a_named_file_must_exist(house: House) -> None:
    with pytest.raises(ConfigError, match=r"nowhere\.toml cannot be read"):
        house.load(Path("nowhere.toml"))


def test_bytes_that_are_no_text_are_a_fault(house: House) -> None:
    (house.working / "llmspell.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="UTF-8"):
        house.load()


def test_a_section_set_but_declared_by_nobody_is_an_error(house: House) -> None:
    house.write("[tools.unheard_of]\nx = 1")
    config = house.load()
    with pytest.raises(ConfigError, match="nobody declares"):
        config.section("tools.unheard_of", Shelf())
    with pytest.raises(ConfigError, match="nobody declares"):
        config.validate(Shelf())


def test_secrets_are_handles_and_never_shown(house: House, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("from-file")
    house.environment["REAL_KEY"] = "from-environment"
    house.write(
        f"""
        [providers.demo]
        api_key = "literal-value"
        [providers.other]
        api_key = "${{REAL_KEY}}"
        [providers.third]
        api_key_file = "{tmp_path / "key"}"
        api_key_env = "ODD_NAME"
        """
    )
    config = house.load()
    demo = config.section("providers.demo", Shelf())
    assert repr(demo.api_key) == "<secret providers.demo.api_key>"
    assert "literal-value" not in json.dumps(config.to_dict()) + repr(config) + str(config.get("providers.demo"))
    secrets = SecretService({**house.environment, "ODD_NAME": "odd-value"})
    config.fill(secrets)
    names = {"providers.demo.api_key": "literal-value", "REAL_KEY": "from-environment"}
    names |= {"providers.third.api_key": "from-file", "ODD_NAME": "odd-value"}
    for name, value in names.items():
        assert secrets.get(name) is not None
        assert secrets.resolve(SecretRef(name, host="x"), "x") == value
    other = config.get("providers.other.api_key")
    assert isinstance(other, SecretRef)
    assert other.name == "REAL_KEY"


def test_permission_rules_are_those_of_grants(house: House) -> None:
    house.write('[permissions]\nallow = ["fs.read=data"]\ndeny = ["fs.read=data/x"]')
    assert house.load().permission_rules() == ["fs.read=data", "!fs.read=data/x"]


def test_reload_takes_over_what_is_right_and_tells_what_changed(house: House) -> None:
    house.write('[providers]\ndefault = "a"\n[permissions]\nallow = ["fs.read=a"]')
    config = house.load()
    house.write('[providers]\ndefault = "b"\n[permissions]\nallow = ["fs.read"]\n[events]\nbuffer_size = 5')
    assert config.reload() == (("events.buffer_size", "providers.default"), ("permissions.allow",))
    assert config.get("providers.default") == "b"
    assert config.section("events").buffer_size == 5
    assert config.permission_rules() == ["fs.read=a"]


def test_reload_keeps_the_old_values_when_the_new_are_wrong(house: House) -> None:
    house.write('[providers]\ndefault = "a"')
    config = house.load()
    for wrong in ("[providers", "[providers]\ndefault = 1"):
        house.write(wrong)
        with pytest.raises(ConfigError):
            config.reload()
        assert config.get("providers.default") == "a"


def test_the_list_of_kernel_sections_is_the_schemas() -> None:
    assert SECTIONS.keys() == KERNEL_SECTIONS


def test_nothing_heavy_is_imported_when_nothing_is_set(tmp_path: Path) -> None:
    code = """
import sys
from pathlib import Path
from llmspell.services.config import Config
here = Path(sys.argv[1])
config = Config.load(environment={}, working=here, user_folder=here)
config.get("plugins"), config.permission_rules()
print([name for name in ("attr", "attrs", "cattrs", "tomllib") if name in sys.modules])
"""
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[3],
    )
    assert done.stdout.strip() == "[]"


def test_an_empty_table_of_a_component_says_nothing(house: House) -> None:
    house.write("[providers]\n[providers.demo]\n[storage]\n[storage.box]\n")
    config = house.load()
    assert config.get("providers.demo") is None
    config.validate(Shelf())


def test_an_empty_table_on_top_may_be_the_section_of_a_plugin(house: House) -> None:
    house.write("[memory]\n")
    assert house.load().section("events").buffer_size == 1000
    house.write("memory = 3\n")
    with pytest.raises(ConfigError, match="memory belongs to no section"):
        house.load().section("events")
