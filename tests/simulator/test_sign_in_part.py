"""The simulated login, asked with literal requests of each dialect."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest

from desktop.domain.facts import CallFacts
from desktop.simulator.platform import Part, SimulatedPlatform
from desktop.simulator.sign_in import SignInPart
from desktop.simulator.token_office import TokenOffice

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
BASIC = {"Authorization": "Basic c2VydmljZTpzM2NyZXQ="}  # service:s3cret
VERIFIER, CHALLENGE = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
AUTHORIZE = {
    "response_type": "code",
    "client_id": "public",
    "redirect_uri": "http://localhost:50123/",
    "code_challenge": CHALLENGE,
    "code_challenge_method": "S256",
    "state": "st4te",
}


class At:
    """One login and somebody who asks it."""

    def __init__(self, part: SignInPart, platform: SimulatedPlatform, session: aiohttp.ClientSession) -> None:
        self.part, self.platform, self.session = part, platform, session

    async def token(self, body: str, headers: dict[str, str]) -> tuple[int, dict]:
        async with self.session.post(f"{self.platform.base_url}/oauth/token", data=body, headers=headers) as response:
            return response.status, await response.json()

    async def code(self, **changes: str) -> dict[str, list[str]]:
        """What the browser is sent back with; {} if it isn't."""
        async with self.session.get(
            f"{self.platform.base_url}/oauth/authorize", params={**AUTHORIZE, **changes}, allow_redirects=False
        ) as response:
            return parse_qs(urlsplit(response.headers.get("Location", "")).query)

    async def exchange(self, code: str, verifier: str = VERIFIER) -> tuple[int, dict]:
        body = (
            f"grant_type=authorization_code&code={code}&code_verifier={verifier}&client_id=public"
            "&redirect_uri=http%3A%2F%2Flocalhost%3A50123%2F"
        )
        return await self.token(body, FORM)

    async def ask(self, method: str, path: str, token: str) -> tuple[int, str]:
        headers = {"Authorization": f"Bearer {token}"}
        async with self.session.request(method, self.platform.base_url + path, headers=headers) as response:
            return response.status, await response.text()


@contextlib.asynccontextmanager
async def at(*, documents: bool = False) -> AsyncIterator[At]:
    part = SignInPart(TokenOffice(), {"service": "s3cret", "public": ""}, documents=documents)
    platform = SimulatedPlatform([part])
    await platform.start()
    try:
        async with aiohttp.ClientSession() as session:
            yield At(part, platform, session)
    finally:
        await platform.close()


async def test_document_b_section_2_json_and_document_e_form_with_scopes() -> None:
    async with at(documents=True) as login:
        json = '{"grant_type":"client_credentials","scope":"read:conversations analytics:realtime"}'
        status, reply = await login.token(json, {"Content-Type": "application/json", **BASIC})
        assert (status, reply["token_type"], reply["expires_in"]) == (200, "bearer", 86400)
        form = "grant_type=client_credentials&scope=integration%3Abot%3Aread"
        assert (await login.token(form, {**FORM, **BASIC}))[0] == 200
        status, reply = await login.token(form + "+made%3Aup", {**FORM, **BASIC})
        assert (status, reply["error"]) == (400, "invalid_scope")


async def test_the_real_platform_takes_no_json_and_ignores_scopes() -> None:
    async with at() as login:
        json = '{"grant_type":"client_credentials"}'
        assert (await login.token(json, {"Content-Type": "application/json", **BASIC}))[0] == 415
        status, reply = await login.token("grant_type=client_credentials&scope=made%3Aup", {**FORM, **BASIC})
        assert status == 200
        grant = login.part.office.grant(reply["access_token"])
        assert grant is not None
        assert grant.user is None
        assert "refresh_token" not in reply


@pytest.mark.parametrize(
    ("body", "headers", "error"),
    [
        ("grant_type=client_credentials", FORM, "invalid_client"),
        ("grant_type=client_credentials&client_id=stranger", FORM, "invalid_client"),
        ("grant_type=client_credentials&client_id=service&client_secret=no", FORM, "invalid_client"),
        ("grant_type=client_credentials&client_id=public", FORM, "unauthorized_client"),
        ("grant_type=password&client_id=public", FORM, "unsupported_grant_type"),
        ("client_id=public", FORM, "invalid_request"),
        ("grant_type=refresh_token&refresh_token=made-up&client_id=public", FORM, "invalid_grant"),
        ("grant_type=client_credentials", {**FORM, "Authorization": "Basic ?"}, "invalid_request"),
    ],
)
async def test_refusals(body: str, headers: dict[str, str], error: str) -> None:
    async with at() as login:
        status, reply = await login.token(body, headers)
        assert (status, reply["error"], "description" in reply) == (400, error, True)
        login.part.script.rfc_errors = True
        assert "error_description" in (await login.token(body, headers))[1]


async def test_pkce_is_verified_and_a_code_is_good_for_one_exchange() -> None:
    async with at() as login:
        code = (await login.code())["code"][0]
        assert (await login.exchange(code, "x" * 43))[1]["error"] == "invalid_grant"
        assert (await login.exchange(code))[1]["error"] == "invalid_grant"  # used up
        back = await login.code()
        assert back["state"] == ["st4te"]
        status, reply = await login.exchange(back["code"][0])
        assert status == 200
        status, who = await login.ask("GET", "/api/v2/users/me", reply["access_token"])
        assert (status, login.part.script.user in who) == (200, True)


async def test_refresh_tokens_rotate() -> None:
    async with at() as login:
        _, first = await login.exchange((await login.code())["code"][0])
        body = f"grant_type=refresh_token&client_id=public&refresh_token={first['refresh_token']}"
        status, second = await login.token(body, FORM)
        assert (status, second["refresh_token"] != first["refresh_token"]) == (200, True)
        assert (await login.token(body, FORM))[1]["error"] == "invalid_grant"
        login.part.forget_people()
        body = f"grant_type=refresh_token&client_id=public&refresh_token={second['refresh_token']}"
        assert (await login.token(body, FORM))[1]["error"] == "invalid_grant"


async def test_the_authorize_page_sends_nobody_to_a_stranger() -> None:
    async with at() as login:
        assert await login.code(redirect_uri="https://evil.example.com/") == {}
        assert await login.code(client_id="stranger") == {}
        assert await login.code(code_challenge_method="plain") == {}
        login.part.script.denies = True
        assert (await login.code())["error"] == ["access_denied"]


async def test_the_script_sets_life_and_refresh_tokens() -> None:
    async with at() as login:
        login.part.script.life_s = 0.5
        login.part.script.refresh_tokens = False
        _, reply = await login.exchange((await login.code())["code"][0])
        assert (reply["expires_in"], "refresh_token" in reply) == (0.5, False)
        login.part.script.names_life = False
        _, reply = await login.exchange((await login.code())["code"][0])
        assert "expires_in" not in reply


async def test_tokens_me() -> None:
    async with at() as login:
        _, reply = await login.token("grant_type=client_credentials", {**FORM, **BASIC})
        token = reply["access_token"]
        assert (await login.ask("GET", "/api/v2/tokens/me", token))[0] == 200
        assert (await login.ask("HEAD", "/api/v2/tokens/me", token))[0] == 200
        status, text = await login.ask("GET", "/api/v2/users/me", token)
        assert (status, "user context" in text) == (400, True)
        assert (await login.ask("DELETE", "/api/v2/tokens/me", token))[0] == 200
        status, text = await login.ask("GET", "/api/v2/tokens/me", token)
        assert (status, "bad.credentials" in text) == (401, True)


async def test_storms_come_from_the_platform() -> None:
    async with at() as login:
        login.platform.throttle("/oauth/token", 2, retry_after_s=3)
        for _ in range(2):
            assert (await login.token("grant_type=client_credentials", {**FORM, **BASIC}))[0] == 429
        assert (await login.token("grant_type=client_credentials", {**FORM, **BASIC}))[0] == 200


async def test_calls_leave_a_login_cold() -> None:
    part: Part = SignInPart(TokenOffice(), {})
    part.appeared("c", CallFacts(), 0)
    part.changed("c", CallFacts(), 0)
    part.ended("c", 0)
    part.moved("http://127.0.0.1:1")
    await part.cut()
    assert part == SignInPart(part.office, {})  # type: ignore[attr-defined]
