"""Secrets do not get into what is written down."""

import pytest

from scpo.redaction import names_secret, without_secrets

SECRET = ("HF_TOKEN", "AWS_SECRET_ACCESS_KEY", "OPENAI_API_KEY", "DB_PASSWORD", "MY_APIKEY", "github_token", "X_TOKENS",
          "PGPASSWORD", "GH_PAT", "SERVICE_CREDENTIALS", "TOKEN_OF_HUB")  # fmt: skip
HARMLESS = ("TOKENIZERS_PARALLELISM", "PWD", "OLDPWD", "PATH", "HF_HOME", "HF_TOKEN_PATH", "SSH_AUTH_SOCK", "KEYBOARD",
            "SCPO_CACHE_DIR", "PATTERN", "MONKEY")  # fmt: skip


@pytest.mark.parametrize("name", SECRET)
def test_a_variable_that_holds_a_secret_is_known_by_its_name(name):
    assert names_secret(name)


@pytest.mark.parametrize("name", HARMLESS)
def test_a_variable_of_another_name_is_not_taken_for_a_secret(name):
    assert not names_secret(name)


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("no answer at http://ann:pass@host:80/x?", "no answer at http://***@host:80/x?"),
        ("proxy socks5://token@[::1]:9: refused", "proxy socks5://***@[::1]:9: refused"),
        ("GET https://h/f?X-Amz-Signature=abc&part=1", "GET https://h/f?X-Amz-Signature=***&part=1"),
        ("the key is planted-value.", "the key is ***."),
        ("write to ann@host.org, see https://host/a@b", "write to ann@host.org, see https://host/a@b"),
        ("true is short and stays", "true is short and stays"),
    ],
)
def test_what_is_secret_becomes_stars_and_the_rest_stays(said, shown):
    assert without_secrets(said, {"SOME_KEY": "planted-value", "A_TOKEN": "true", "HOME": "write"}) == shown
