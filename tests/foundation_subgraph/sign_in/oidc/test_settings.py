"""What may stand in `sign-in.yaml`, and what is said of what may not: in one line, without a secret."""

from pathlib import Path

import pytest

from foundation_subgraph.settings_file import SettingsFileError
from foundation_subgraph.sign_in.oidc.settings import (
    SecondFactor,
    UnknownPeople,
    read_oidc_settings,
)

PROVIDER = """\
public_url: https://house.example/
providers:
  - name: acme
    title: Acme staff
    issuer: https://login.acme.example/realms/staff
    client_id: dovetail
    client_secret: { file: acme.secret }
    tenants: [acme]
"""


def test_without_a_file_there_are_no_providers(tmp_path: Path) -> None:
    assert read_oidc_settings(tmp_path / "sign-in.yaml") is None


def test_what_is_not_said_is_the_safer_of_both(tmp_path: Path) -> None:
    (tmp_path / "acme.secret").write_text("hunter2\n")
    (tmp_path / "sign-in.yaml").write_text(PROVIDER)
    settings = read_oidc_settings(tmp_path / "sign-in.yaml")
    assert settings is not None
    [acme] = settings.providers
    assert acme.unknown_people is UnknownPeople.REFUSE
    assert acme.second_factor is SecondFactor.HERE
    assert not acme.link_by_email
    assert not [name for name in acme.algorithms if name.startswith("HS") or name == "none"]
    assert acme.client_secret is not None
    assert acme.client_secret.read() == "hunter2"
    assert settings.callback(acme) == "https://house.example/sign-in/oidc/acme/callback"
    assert settings.is_secure
    assert (acme.reaches("acme"), acme.reaches("globex")) == (True, False)


def test_a_secret_that_was_replaced_is_the_one_that_is_used(tmp_path: Path) -> None:
    (tmp_path / "acme.secret").write_text("old")
    (tmp_path / "sign-in.yaml").write_text(PROVIDER)
    settings = read_oidc_settings(tmp_path / "sign-in.yaml")
    assert settings is not None
    (tmp_path / "acme.secret").write_text("new")
    secret = settings.providers[0].client_secret
    assert secret is not None
    assert secret.read() == "new"


@pytest.mark.parametrize(
    ("written", "instead", "says"),
    [
        (
            "client_secret: { file: acme.secret }",
            "client_secret: hunter2",
            "a secret does not stand in the settings",
        ),
        ("{ file: acme.secret }", "{ file: nowhere }", "nowhere cannot be read"),
        ("{ file: acme.secret }", "{ env: DOVETAIL_TEST_NO_SUCH }", "DOVETAIL_TEST_NO_SUCH is not set"),
        ("{ file: acme.secret }", "{ file: acme.secret, env: HOME }", "one place"),
        ("tenants: [acme]", "", "providers.0.tenants"),
        ("tenants: [acme]", "tenants: acme", "providers.0.tenants"),
        ("tenants: [acme]", "tenants: [acme]\n    algorithms: [HS256]", "providers.0.algorithms"),
        ("tenants: [acme]", "tenants: [acme]\n    algorithms: []", "providers.0.algorithms"),
        ("tenants: [acme]", "tenants: [acme]\n    scopes: [email]", "openid"),
        ("tenants: [acme]", "tenants: [acme]\n    surprise: 1", "providers.0.surprise"),
        ("name: acme", "name: ../acme", "providers.0.name"),
        ("https://login.acme.example/realms/staff", "login.acme.example", "providers.0.issuer"),
        ("https://login.acme.example/realms/staff", "https://a@b.example", "providers.0.issuer"),
        ("public_url: https://house.example/", "public_url: /here", "public_url"),
        ("public_url: https://house.example/", "", "public_url"),
        ("providers:", "providers: [", "is not YAML"),
    ],
)
def test_what_cannot_be_meant_is_said_in_one_line(
    tmp_path: Path, written: str, instead: str, says: str
) -> None:
    (tmp_path / "acme.secret").write_text("hunter2")
    (tmp_path / "sign-in.yaml").write_text(PROVIDER.replace(written, instead))
    with pytest.raises(SettingsFileError, match=says) as raised:
        read_oidc_settings(tmp_path / "sign-in.yaml")
    assert "\n" not in str(raised.value)
    assert "hunter2" not in str(raised.value)


def test_two_providers_of_one_name_are_a_mistake(tmp_path: Path) -> None:
    (tmp_path / "acme.secret").write_text("hunter2")
    twice = PROVIDER + PROVIDER.partition("providers:\n")[2]
    (tmp_path / "sign-in.yaml").write_text(twice)
    with pytest.raises(SettingsFileError, match="two providers are called acme"):
        read_oidc_settings(tmp_path / "sign-in.yaml")
