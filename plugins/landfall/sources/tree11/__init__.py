"""Tree11: a gym. Members, plans, lessons, takings and figures from Gymly, personal training from a Google Sheet.

Gymly tells no changes, and a day that is over may still be corrected: what is dated is read again for a week, and the
rows of the days that were read become what Gymly tells now. Ranges by hand are walked in weeks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, timedelta
from typing import Any

from landfall.anomaly import Anomaly
from landfall.checks import Check, Freshness, Sql, Volume
from landfall.reads import FullList, Window, at
from landfall.resources import Replace, ReplaceWindow, Resource, Source, Upsert, each
from landfall.scope import Fuse
from landfall.sources.tree11 import records, reshape
from landfall.sources.tree11.attendance import Attendance
from landfall.sources.tree11.personal_training import sessions, used_cells

WEEK = timedelta(days=7)
REGULAR: tuple[Check, ...] = (Volume(), Freshness(within=timedelta(hours=12)))
PAID = Fuse(share=0.9)
"""On the day on which payments are collected nearly all open invoices go."""
WEEKLY: tuple[Check, ...] = (Volume(), Freshness(within=timedelta(days=8)))


def _days(
    pages: Callable[[Any, date, date], Iterable[Any]],
    column: str = "",
    since: Callable[[date], date] | None = None,
    until: timedelta = timedelta(),
) -> Window:
    """The last week, today included; a range by hand in weeks."""
    return Window(
        overlap=WEEK, history=None, since=since, until=until, chunk=WEEK, column=column, pages=pages
    )


def _a_month_and_more(day: date) -> date:
    """Takings of a month are corrected until the next one is under way."""
    return day.replace(day=1) - timedelta(days=30)


def _payment_types(api: Any) -> dict[str | None, str | None]:
    """Plan id to payment type, as they are now: the weekly table does not know the plans of today."""
    plans = (item for page in api.memberships() for item in page.items)
    return {_text(item, "id"): _text(item, "paymentType") for item in plans}


def _text(item: Any, path: str) -> str | None:
    found = at(item, path)
    return found if isinstance(found, str) else None


SOURCE = Source(
    name="tree11",
    single=True,
    title="Tree11",
    hook="landfall.hooks.gymly:GymlyHook",
    resources=(
        Resource(
            "Leden",
            records.Lid,
            read=FullList(lambda api: api.users()),
            write=Replace(),
            reshape=each(reshape.users),
            due=("regular",),
            checks=REGULAR,
        ),
        Resource(
            "Abonnementen",
            records.Abonnement,
            read=FullList(lambda api: api.memberships()),
            write=Replace(),
            reshape=each(reshape.plans),
            due=("full",),
            checks=WEEKLY,
        ),
        Resource(
            "AbonnementStatistieken",
            records.AbonnementStatistiek,
            read=_days(lambda api, start, end: api.membership_statistics(start, end), "Datum"),
            write=ReplaceWindow("Datum"),
            reshape=each(reshape.statistics),
            due=(),
            checks=(Volume(), Anomaly("Datum", "Aantal")),
        ),
        Resource(
            "AbonnementStatistiekenSpecifiek",
            records.AbonnementStatistiekSpecifiek,
            read=_days(lambda api, start, end: api.plan_statistics(start, end, _payment_types(api)), "Datum"),
            write=ReplaceWindow("Datum"),
            reshape=each(reshape.statistics),
            due=("regular",),
            checks=(*REGULAR, Anomaly("Datum", "Aantal")),
        ),
        Resource(
            "Lessen",
            records.Les,
            read=_days(lambda api, start, end: api.activity_events(start, end), "StartTijd"),
            write=ReplaceWindow("StartTijd"),
            reshape=each(reshape.lessons),
            due=("regular",),
            checks=(
                *REGULAR,
                Sql("lesson_ends_before_it_starts.sql", severity="rejecting"),
                Sql("participants_above_capacity.sql", severity="warning", loaded=True),
            ),
        ),
        Resource(
            "LesDeelname",
            records.LesDeelname,
            read=Attendance(
                _days(lambda api, start, end: api.attendance(start, end), "Datum", until=timedelta(days=1))
            ),
            write=ReplaceWindow("Datum"),
            reshape=each(reshape.attendance),
            due=("regular",),
            checks=(*REGULAR, Anomaly("Datum")),
        ),
        Resource(
            "GrootboekRekening",
            records.GrootboekRekening,
            read=_days(lambda api, start, end: api.revenue(start, end), since=_a_month_and_more),
            write=Upsert(deletes="ignore"),
            reshape=each(reshape.ledgers),
            due=("regular",),
            checks=REGULAR,
        ),
        Resource(
            "Omzet",
            records.Omzet,
            read=_days(lambda api, start, end: api.revenue(start, end), "Datum", since=_a_month_and_more),
            write=ReplaceWindow("Datum"),
            reshape=each(reshape.revenue),
            due=("regular",),
            checks=(*REGULAR, Anomaly("Datum", "Omzet", monthly=True)),
        ),
        Resource(
            "OpenstaandeFacturen",
            records.OpenstaandeFactuur,
            read=FullList(lambda api: api.invoices(status="PENDING")),
            write=Replace(),
            reshape=each(reshape.invoices),
            due=("regular",),
            fuse=PAID,
            checks=(*REGULAR, Sql("negative_open_invoice.sql", severity="warning")),
        ),
        Resource(
            "Facturen",
            records.Factuur,
            read=_days(lambda api, start, end: api.invoices(start=start, end=end), "AangemaaktOp"),
            write=ReplaceWindow("AangemaaktOp"),
            reshape=each(reshape.invoices),
            due=("regular",),
            checks=REGULAR,
        ),
        Resource(
            "PersonalTraining",
            records.PersonalTraining,
            read=FullList(lambda api: api.rows(used=used_cells)),
            write=Replace(),
            hook="landfall.hooks.google_sheets:GoogleSheetsHook",
            reshape=sessions,
            due=("regular",),
            fuse=Fuse(net=True),  # a name that is corrected is another row
            checks=(*REGULAR, Sql("more_hours_than_a_day.sql", severity="rejecting")),
        ),
        Resource(
            "Uitbetalingen",
            records.Uitbetaling,
            read=FullList(lambda api: api.payouts()),
            write=Replace(),
            reshape=each(reshape.payouts),
            due=("regular",),
            checks=REGULAR,
        ),
        Resource(
            "ProductVerkopen",
            records.ProductVerkoop,
            read=_days(lambda api, start, end: api.pos_statistics(start, end), "Datum"),
            write=ReplaceWindow("Datum"),
            reshape=each(reshape.sales),
            due=("regular",),
            checks=(*REGULAR, Anomaly("Datum", "Aantal")),
        ),
    ),
)
