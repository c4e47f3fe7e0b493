"""Acts for the others of a gateway under proof: its certificate authority, the platform that calls, a console.

usage: call_gateway.py certify FOLDER                  fullchain.pem and privkey.pem into FOLDER, ca.pem beside it
       call_gateway.py call FOLDER CREDENTIALS         one signed AudioHook call to port 443, and what a console is told
"""

from __future__ import annotations

import asyncio
import base64
import ssl
import sys
from pathlib import Path

import aiohttp

from desktop.app.doors import API_KEY, CLIENT_SECRET
from desktop.app.gateway import CONSOLE_TOKEN
from desktop.simulator.audiohook_client import AudioHookClient
from desktop.simulator.audiohook_client_dial import Hook

ADDRESS = ("127.0.0.1", 443)
PATIENCE_S = 60.0


def certify(folder: Path) -> None:
    """A certificate for the address, by an authority made for this."""
    import trustme

    authority = trustme.CA()
    made = authority.issue_cert("localhost", ADDRESS[0])
    for number, pem in enumerate(made.cert_chain_pems):
        pem.write_to_path(str(folder / "fullchain.pem"), append=number > 0)
    made.private_key_pem.write_to_path(str(folder / "privkey.pem"))
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))


async def call(folder: Path, credentials: Path) -> None:
    """Raises when the gateway does not answer as it should."""
    trust = ssl.create_default_context(cafile=folder / "ca.pem")
    secret = {name: (credentials / name).read_text().strip() for name in (API_KEY, CLIENT_SECRET, CONSOLE_TOKEN)}
    uri = "wss://localhost/audiohook"
    hook = Hook(uri, secret[API_KEY], base64.b64decode(secret[CLIENT_SECRET]), host=ADDRESS, ssl_context=trust)
    client = AudioHookClient(hook)
    async with asyncio.timeout(PATIENCE_S):
        await client.connect()
        await client.open()
        await client.ping()
        await client.expect("pong")
        for token, wanted in ((secret[CONSOLE_TOKEN], 200), ("guessed", 401)):
            headers = {"Authorization": f"Bearer {token}"}
            address = "https://localhost/api/v2/audioconnector/connections"
            async with aiohttp.ClientSession() as http, http.get(address, headers=headers, ssl=trust) as answer:
                if answer.status != wanted:
                    raise RuntimeError(f"a console was answered {answer.status}, not {wanted}")
        await client.close()
    if client.violations:
        raise RuntimeError(f"violations of the protocol: {client.violations}")


def main(arguments: list[str]) -> int:
    match arguments:
        case ["certify", folder]:
            certify(Path(folder))
        case ["call", folder, credentials]:
            asyncio.run(call(Path(folder), Path(credentials)))
            print("one call taken, one console told, one stranger refused")
        case _:
            print(__doc__, file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
