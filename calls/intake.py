"""Whose call it is: the rep, the team and the customer a delivery names, as rows."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from calls.delivery import DeliveryRefused
from calls.models import Customer, Team, User


@dataclass(frozen=True)
class Assignment:
    rep: User | None = None
    rep_name: str = ""
    team: Team | None = None


def assign(rep_name: str, by: User) -> Assignment:
    """The rep named, else the rep or manager who delivers; a name that is no user is kept as a name.

    DeliveryRefused if the rep belongs to a team for which this person may not deliver.
    """
    if not rep_name and by.role in (User.Role.REP, User.Role.MANAGER):
        return Assignment(by, by.username, by.team or by.teams.order_by("name").first())
    rep = User.objects.select_related("team").filter(username=rep_name).first() if rep_name else None
    if rep is not None and not may_deliver_for(rep, by):
        fields = {"rep": "You may deliver calls of your own teams only."}
        raise DeliveryRefused("The call names a rep of another team.", fields=fields)
    team = rep.team if rep is not None and rep.team else by.team or by.teams.order_by("name").first()
    if team is None and not by.sees_all and rep != by:
        fields = {"rep": "You belong to no team, so nobody could see this call. Ask an admin for a team."}
        raise DeliveryRefused("There is no team for this call.", fields=fields)
    return Assignment(rep, rep_name, team)


def may_deliver_for(rep: User, by: User) -> bool:
    if by.sees_all or rep == by or rep.team is None:
        return True
    return rep.team == by.team or by.teams.filter(pk=rep.team.pk).exists()


def keep_customers(delivered: Iterable[Mapping[str, object]]) -> dict[str, Customer]:
    """Customers by external id, made or brought up to what was delivered; what was not delivered stays as it was."""
    latest: dict[str, dict[str, object]] = {}
    for fields in delivered:
        if external_id := str(fields.get("external_id") or ""):
            latest[external_id] = merged(latest.get(external_id, {}), fields)
    present = {each.external_id: each for each in Customer.objects.filter(external_id__in=latest)}
    changed = []
    for external_id in sorted(latest):  # always in this order, so that two deliveries cannot lock each other out
        customer = present.setdefault(external_id, Customer(external_id=external_id))
        if update(customer, latest[external_id]) or customer.pk is None:
            changed.append(customer)
    if changed:
        columns = [*Customer.TYPED, "metadata"]
        Customer.objects.bulk_create(
            changed, update_conflicts=True, unique_fields=["external_id"], update_fields=columns, batch_size=500
        )
    return present


def merged(earlier: Mapping[str, object], later: Mapping[str, object]) -> dict[str, object]:
    metadata = {**metadata_of(earlier), **metadata_of(later)}
    return {**earlier, **later, "metadata": metadata}


def metadata_of(fields: Mapping[str, object]) -> Mapping[str, object]:
    metadata = fields.get("metadata")
    return metadata if isinstance(metadata, Mapping) else {}


def update(customer: Customer, fields: Mapping[str, object]) -> bool:
    """Lays the delivered fields over the row, unsaved; False if that changed nothing."""
    before = [getattr(customer, name) for name in (*Customer.TYPED, "metadata")]
    for name in Customer.TYPED:
        if fields.get(name):
            setattr(customer, name, fields[name])
    customer.metadata = {**customer.metadata, **metadata_of(fields)}
    return before != [getattr(customer, name) for name in (*Customer.TYPED, "metadata")]
