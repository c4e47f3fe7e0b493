"""`sidetone provision`: document C's hooks on a platform that offers them, and what the real platform tells instead."""

from __future__ import annotations

import asyncio
import functools
from dataclasses import dataclass, replace

from desktop.app.accounts import Account, Desk, open_account
from desktop.domain.errors import NotOffered, SettingInvalid, SignInNeeded
from desktop.domain.finding import Finding, Level
from desktop.protocols.provisioning import HookPlan
from desktop.settings.model import Settings, SignInKind
from desktop.settings.secrets import SecretStore
from desktop.settings.store import default_path, load, save
from desktop.sources.provisioning import HookProvisioner, audiohook_ranges, read_integration
from desktop.sources.provisioning_probe import try_destination
from desktop.sources.rest import RestClient

GLYPHS = {Level.PASS: "✓", Level.WARN: "!", Level.FAIL: "✕"}


@dataclass(frozen=True, slots=True)
class Provision:
    """What the command line asked for; one of `url`, `bind`, `integration`, `ranges`."""

    organisation: str
    name: str = ""
    url: str = ""
    format: str = "OPUS"
    bind: str = ""  # a conversation
    hook: str = ""  # that it is bound to
    integration: str = ""
    ranges: bool = False
    encryption_key: str = ""


def provision_command(wanted: Provision) -> int:
    """The exit status: 1 when something failed."""
    settings = load(default_path())
    organisation = next((o for o in settings.organisations if o.name == wanted.organisation), None)
    if organisation is None:
        names = ", ".join(o.name for o in settings.organisations) or "none yet"
        raise SettingInvalid("ORGANISATION", "is not in the settings", f"There are: {names}.")
    if organisation.sign_in is SignInKind.PERSON:
        print("Uses the sign-in that the console keeps; sign in there first if this fails.")
    desk = Desk(SecretStore(), lambda sign_in: None, lambda address: False, lambda name, address: None)
    return asyncio.run(_run(wanted, settings, open_account(organisation, desk)))


async def _run(wanted: Provision, settings: Settings, account: Account) -> int:
    found: list[Finding] = []

    def tell(finding: Finding) -> None:
        found.append(finding)
        print(f"{GLYPHS[finding.level]} {finding.subject}: {finding.text}", flush=True)
        if finding.remedy:
            print(f"  → {finding.remedy}", flush=True)

    rest = RestClient(
        account.api_url, account.keeper, ssl_context=account.ssl_context, proxy=account.organisation.proxy or None
    )
    probe = functools.partial(try_destination, ssl_context=account.ssl_context)
    hooks = HookProvisioner(rest, probe)
    try:
        if wanted.ranges:
            await _take_ranges(rest, settings)
        elif wanted.integration:
            tell(await read_integration(rest, wanted.integration))
        elif wanted.bind:
            await hooks.bind(wanted.bind, wanted.hook)
            print("The conversation's stream is bound.")
        else:
            plan = HookPlan(wanted.name, wanted.url, format=wanted.format, encryption_key=wanted.encryption_key)
            hook = await hooks.provision(plan, tell)
            print(f"Hook {hook.id}: {'enabled' if hook.enabled else 'disabled'}")
    except NotOffered as problem:
        tell(Finding("Hooks", Level.FAIL, str(problem), "Run: sidetone gateway --set-up HOST"))
    except SignInNeeded as problem:
        tell(Finding("Sign-in", Level.FAIL, str(problem)))
    return 1 if any(finding.level is Level.FAIL for finding in found) else 0


async def _take_ranges(rest: RestClient, settings: Settings) -> None:
    """The platform's own addresses become the listener's allow-list."""
    networks = tuple(str(network) for network in await audiohook_ranges(rest))
    if not networks:
        raise SettingInvalid(
            "ranges", "hold no address of AudioHook", "Nothing was changed: an empty list lets all in."
        )
    if own := [network for network in settings.listener.allow if network not in networks]:
        print(f"Kept besides: {', '.join(own)}")
        networks = (*networks, *own)
    save(replace(settings, listener=replace(settings.listener, allow=networks)), default_path())
    print(f"{len(networks)} address ranges are now the listener's allow-list.")
