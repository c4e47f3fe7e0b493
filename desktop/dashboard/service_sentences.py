"""What a speech service concludes about a call (document D, `analysis`), with its origin named: it is not ours."""

from __future__ import annotations

from desktop.dashboard.call_view import CallView
from desktop.dashboard.sentences import joined
from desktop.domain.media import Party


def service_line(view: CallView) -> str:
    """Speech service: customer negative · agent 2 of 5 · called twice · ...; empty while there is nothing.

    How the customer feels comes from the customer's words, the agent's score from the agent's; of a mixed channel both.
    """
    mixed = view.analyses.get(Party.MIXED)
    customer, agent = view.analyses.get(Party.CUSTOMER, mixed), view.analyses.get(Party.AGENT, mixed)
    parts: list[str] = []
    if customer is not None and customer.sentiment:
        parts.append(customer.sentiment if customer is mixed else f"customer {customer.sentiment}")
    if agent is not None and agent.agent_score is not None:
        parts.append(f"agent {agent.agent_score:g} of 5")
    for found in (customer, agent) if customer is not agent else (customer,):
        if found is not None:
            parts += [found.process_issues, found.repeated_problems, found.marketing_mentions]
    if customer is not None:
        parts.append(customer.summary)
    said = joined(*dict.fromkeys(parts))
    return f"Speech service: {said}" if said else ""
