"""Tree11's tables: a gym's members, plans, lessons, takings and sessions, under the names its reports know.

Columns and tables are Dutch, and types those that the gym's reports were built on; text keeps what the vendor sent.
Instants (`...Op`, `...Tijd`) are UTC; a `Datum` is a day of the gym, Europe/Amsterdam.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from landfall.records import Json, Record, column, loaded, parent

ID = 50
"""Longest id: the vendor's are UUIDs of 36 characters."""
MONEY = (12, 2)
PRICE = (10, 2)
WRITTEN = "Wanneer deze rij voor het laatst is geschreven"

MEMBER_FIELDS = (
    "firstName", "insertion", "lastName", "email", "phoneNumber", "gender", "dateOfBirth", "iban", "language",
    "address", "type", "futureMemberships", "membershipsAwaitingPayment", "organizationId", "profileImageUrl",
    "profileImagePath", "rfid", "lastCheckinAt",
)  # fmt: skip
"""What Gymly tells about a member and no report asks for: it is not kept, most of it being personal."""
PLAN_FIELDS = (
    "amountFormatted", "vatRate", "courseTypes", "deleted", "public", "published", "visibility", "visibilityLocations",
    "entries", "entriesControl", "entriesControlCourseTypes", "customPeriodicInterval", "notifications",
    "organizationDetails", "registrationFee", "timeslots", "userAccessibleLocations", "userBringAFriendGrant",
    "userCheckinConsumptionRegistration", "userCheckinTimeoutSeconds", "userLocationAccess", "userMaxAssignments",
    "userMembershipType", "userPurchasePermission",
)  # fmt: skip
LESSON_FIELDS = (
    "description", "utcOffset", "trialSpots", "roomId", "calendarId", "types", "price", "startAtLocal", "endAtLocal",
    "showMemberCount", "status",
)  # fmt: skip
INVOICE_FIELDS = (
    "numberFormatted", "type", "year", "businessId", "businessLocationId", "businessUser.accountId",
    "businessUser.businessId",
)  # fmt: skip


class ActiefAbonnement(Record, table="ActieveAbonnementen", key=("LedenId", "AbonnementId")):
    """Abonnementen die een lid heeft."""

    LedenId: str = parent(references="Leden.Id", length=ID)
    AbonnementId: str = column(
        length=ID, references="Abonnementen.AbonnementId", doc="Het abonnement, niet de toewijzing"
    )
    AbonnementNaam: str | None = column(length=255)
    Status: str | None = column(
        length=20, doc="EXPIRED, CANCELLED, PAUSED, ACTIVE of INACTIVE; UNKNOWN waar alleen het id bekend is"
    )
    DatumLaatsteUpdate: datetime = loaded(WRITTEN)


class Lid(Record, table="Leden", key="Id", ignored=MEMBER_FIELDS):
    """Alle leden van het bedrijf, ook inactieve en die van andere locaties."""

    Id: str = column("id", length=ID)
    Naam: str | None = column("fullName", length=255, personal=True)
    AccountId: str | None = column("accountId", length=ID)
    BedrijfId: str = column("businessId", length=ID)
    PrimaireLocatieId: str | None = column("primaryLocationId", length=ID)
    Actief: bool = column("active")
    BetalingsVorm: str | None = column("paymentCollectionStrategy", length=20)
    KlantNummer: str | None = column("customerNumber", length=50, personal=True)
    AangemaaktOp: datetime = column("createdAt")
    GewijzigdOp: datetime = column("updatedAt")
    DatumLaatsteUpdate: datetime = loaded(WRITTEN)
    abonnementen: list[ActiefAbonnement] = column("activeMemberships")


class Abonnement(Record, table="Abonnementen", key="AbonnementId", ignored=PLAN_FIELDS):
    """Abonnementen die een lid kan hebben."""

    AbonnementId: str = column("id", length=ID)
    Naam: str = column("name", length=255)
    Beschrijving: str | None = column("description")
    Type: str | None = column("type", length=50)
    BetalingsType: str | None = column("paymentType", length=50)
    Bedrag: Decimal | None = column("amount", precision=PRICE)
    Valuta: str | None = column("currency", length=3)
    VervalPeriode: int | None = column("expireDays", doc="Dagen")
    ActivatieStrategie: str | None = column("activationStrategy", length=50)
    AbonnementVereist: bool | None = column("accessCourseSubscriptionRequired")
    ConsumptieMethode: str | None = column("consumptionMethod", length=50)
    AutoVerlenging: bool | None = column("contractAutoRenewal")
    GrootboekGroepId: str | None = column("ledgerGroupId", length=ID)
    Sectie: str | None = column(length=100, doc="Nog niet gevuld")
    ContractDuur: str | None = column("contractDuration.type", length=20)
    ContractPeriode: int | None = column("contractDuration.value")
    DatumLaatsteUpdate: datetime = loaded(WRITTEN)


class AbonnementStatistiek(Record, table="AbonnementStatistieken", key=("Datum", "Categorie", "Type")):
    """Aantal abonnementen per dag, categorie en betalingstype."""

    Datum: date
    Categorie: str = column(length=50, doc="Nieuw, Gepauzeerd, Actief of Verlopen")
    Type: str = column(length=20, doc="Eenmalig, Periodiek of Periodiek_Aangepast")
    Aantal: int
    DatumLaatsteUpdate: datetime = loaded(WRITTEN)


class AbonnementStatistiekSpecifiek(
    Record, table="AbonnementStatistiekenSpecifiek", key=("Datum", "Categorie", "Type", "AbonnementId")
):
    """Aantal per dag en categorie van elk abonnement, onder zijn eigen betalingstype."""

    Datum: date
    Categorie: str = column(length=50, doc="Nieuw, Gepauzeerd, Actief of Verlopen")
    Type: str = column(length=20, doc="Eenmalig, Periodiek of Periodiek_Aangepast")
    AbonnementId: str = column(length=ID, references="Abonnementen.AbonnementId")
    Aantal: int
    DatumLaatsteUpdate: datetime = loaded(WRITTEN)


class Les(Record, table="Lessen", key="Id", ignored=LESSON_FIELDS):
    """Lessen van de locatie."""

    Id: str = column("id", length=ID)
    Naam: str | None = column("name", length=255)
    StartTijd: datetime = column("startAt", index=True)
    EindTijd: datetime = column("endAt")
    Capaciteit: int | None = column("capacity")
    LedenAantal: int | None = column("memberCount")
    ProefledenAantal: int | None = column("trialCount")
    BedrijfsLocatieId: str | None = column("businessLocationId", length=ID)
    Activiteiten: Json | None = column("activities", doc="Ids")
    Terugkerend: bool | None = column("recurring")
    AangemaaktOp: datetime = column("createdAt")
    GewijzigdOp: datetime = column("updatedAt")
    Instructeurs: str | None = column("teachers", doc="Volledige namen, met komma's ertussen", personal=True)
    DatumLaatsteUpdate: datetime = loaded(WRITTEN)


class LesDeelname(
    Record, table="LesDeelname", key=("LesId", "AccountId"), ignored=("firstName", "phoneNumber")
):
    """Wie aan een les deelneemt en er was."""

    LesId: str = column(length=ID, references="Lessen.Id")
    AccountId: str = column("id", length=ID, index=True)
    Type: str | None = column("type", length=50)
    Status: str | None = column("status", length=50)
    Naam: str | None = column("fullName", length=255, personal=True)
    Aanwezig: bool | None = column("attended", doc="NULL voor de les begint")
    Datum: date | None = column(doc="Dag waarop de les begint", index=True)
    DatumLaatsteUpdate: datetime = loaded(WRITTEN)


class GrootboekRekening(Record, table="GrootboekRekening", key="Id", ignored=("parentLedgerAccountId",)):
    """Grootboekrekeningen van de omzet."""

    Id: str = column("id", length=ID)
    Sleutel: str | None = column("key", length=100, doc="Tot 51 tekens")
    Label: str | None = column("label", length=255)
    DatumLaatsteUpdate: datetime = loaded(WRITTEN)


class Omzet(Record, table="Omzet", key=("Datum", "GrootboekRekeningId", "Type")):
    """Omzet per dag, grootboekrekening en soort."""

    Datum: date = column("date")
    GrootboekRekeningId: str = column("ledgerAccountId", length=ID, references="GrootboekRekening.Id")
    Type: str = column("type", length=50)
    Omzet: Decimal = column("revenue", precision=MONEY)
    DatumLaatsteUpdate: datetime = loaded(WRITTEN)


class OpenstaandeFactuur(
    Record,
    table="OpenstaandeFacturen",
    key="FactuurId",
    ignored=(*INVOICE_FIELDS, "dueDate", "ledgerGroupId"),
):
    """Facturen die nu openstaan, van alle leeftijden."""

    FactuurId: str = column("id", length=ID)
    Nummer: int | None = column("number")
    LedenId: str | None = column("businessUser.id", length=ID, index=True)
    Naam: str | None = column("businessUser.fullName", length=255, personal=True)
    Bedrag: Decimal = column("totalAmount", precision=PRICE)
    Valuta: str | None = column("currency", length=3)
    Status: str | None = column("status", length=50)
    AangemaaktOp: datetime = column("createdAt")
    DatumLaatsteUpdate: datetime = loaded(WRITTEN)


class Factuur(Record, table="Facturen", key="FactuurId", ignored=INVOICE_FIELDS):
    """Facturen van elke status."""

    FactuurId: str = column("id", length=ID)
    Nummer: int | None = column("number")
    LedenId: str | None = column("businessUser.id", length=ID, index=True)
    Naam: str | None = column("businessUser.fullName", length=255, personal=True)
    Bedrag: Decimal = column("totalAmount", precision=PRICE)
    Valuta: str | None = column("currency", length=3)
    Status: str | None = column("status", length=50, index=True)
    Vervaldatum: date | None = column("dueDate")
    AangemaaktOp: datetime = column("createdAt", index=True)
    GrootboekID: str | None = column("ledgerGroupId", length=ID)
    DatumLaatsteUpdate: datetime = loaded(WRITTEN)


class PersonalTraining(Record, table="PersonalTraining", key=("Voornaam", "Achternaam", "Datum")):
    """Uren personal training per persoon en dag, opgeteld."""

    Voornaam: str = column(length=100, personal=True)
    Achternaam: str = column(length=100, personal=True)
    Datum: date
    Uren: Decimal = column(precision=(5, 2))
    DatumLaatsteUpdate: datetime = loaded(WRITTEN)


class Uitbetaling(Record, table="Uitbetalingen", key="UitbetalingID"):
    """Uitbetalingen van de betaalprovider."""

    UitbetalingID: str = column("payout.id", length=ID)
    Datum: datetime = column("payout.date")
    Betalingen: int = column("payout.summary.paymentCount")
    Chargebacks: int = column("payout.summary.chargebackCount")
    Refunds: int = column("payout.summary.refundCount")
    NettoBedrag: Decimal = column("payout.summary.totalNetAmount", precision=MONEY)
    BrutoBedrag: Decimal = column("payout.summary.totalGrossAmount", precision=MONEY)
    ChargebackBedrag: Decimal = column("payout.summary.totalChargebackAmount", precision=MONEY)
    RefundBedrag: Decimal = column("payout.summary.totalRefundAmount", precision=MONEY)
    CommissieBedrag: Decimal = column("payout.summary.totalCommissionFeeAmount", precision=PRICE)
    Status: str = column("payout.status", length=50)
    DatumLaatsteUpdate: datetime = loaded(WRITTEN)


class ProductVerkoop(Record, table="ProductVerkopen", key=("Datum", "ProductID")):
    """Verkochte producten per dag."""

    Datum: date
    Product: str = column("name", length=255)
    ProductID: str = column("id", length=ID)
    Aantal: int = column("sales")
    DatumLaatsteUpdate: datetime = loaded(WRITTEN)
