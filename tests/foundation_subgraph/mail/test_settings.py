"""What may stand in `mail.yaml`: nothing by which a password, or a mail, is said aloud."""

from pathlib import Path

import pytest

from foundation_subgraph.house_settings import HouseSettings
from foundation_subgraph.mail import NoMailer, SmtpMailer, read_mail_settings
from foundation_subgraph.settings_file import SettingsFileError

MAIL = """\
host: smtp.house.example
username: dovetail
password: { file: smtp.password }
sender: Dovetail <no-reply@house.example>
pages: { invitation: "https://house.example/accept" }
"""


def test_a_house_without_the_file_sends_no_mail(tmp_path: Path) -> None:
    assert isinstance(HouseSettings(data_folder=tmp_path).find_mailer(), NoMailer)


def test_a_house_with_the_file_sends_by_it_and_by_starttls(tmp_path: Path) -> None:
    (tmp_path / "smtp.password").write_text("hunter2\n")
    (tmp_path / "mail.yaml").write_text(MAIL)
    assert isinstance(HouseSettings(data_folder=tmp_path).find_mailer(), SmtpMailer)
    settings = read_mail_settings(tmp_path / "mail.yaml")
    assert settings is not None
    assert (settings.security, settings.server_port) == ("starttls", 587)
    assert settings.password is not None
    assert settings.password.read() == "hunter2"
    assert settings.address.addr_spec == "no-reply@house.example"


def test_a_mailer_of_ones_own_goes_before_the_file(tmp_path: Path) -> None:
    (tmp_path / "mail.yaml").write_text("host: [")
    own = NoMailer()
    assert HouseSettings(data_folder=tmp_path, mailer=own).find_mailer() is own


@pytest.mark.parametrize(
    ("written", "instead", "says"),
    [
        ("{ file: smtp.password }", "hunter2", "a secret does not stand in the settings"),
        ("{ file: smtp.password }", "{ file: nowhere }", "nowhere cannot be read"),
        ("password: { file: smtp.password }\n", "", "come together"),
        ("host: smtp.house.example", "host: smtp.house.example\nsecurity: none", "this machine alone"),
        ("host: smtp.house.example", "host: smtp.house.example\nsecurity: ssl", "security"),
        ("host: smtp.house.example", "host: https://smtp.house.example", "host"),
        ("Dovetail <no-reply@house.example>", "Dovetail", "a sender is"),
        ("Dovetail <no-reply@house.example>", '"a@b.example\\r\\nBcc: c@d.example"', "a sender is"),
        ("https://house.example/accept", "https://house.example/accept?token=", "pages.invitation"),
        ("pages:", "page:", "page: Extra inputs"),
        ("host:", "host: [", "is not YAML"),
    ],
)
def test_what_cannot_be_meant_is_said_in_one_line(
    tmp_path: Path, written: str, instead: str, says: str
) -> None:
    (tmp_path / "smtp.password").write_text("hunter2\n")
    (tmp_path / "mail.yaml").write_text(MAIL.replace(written, instead))
    with pytest.raises(SettingsFileError, match=says) as raised:
        HouseSettings(data_folder=tmp_path).find_mailer()
    assert "\n" not in str(raised.value)
    assert "hunter2" not in str(raised.value)
