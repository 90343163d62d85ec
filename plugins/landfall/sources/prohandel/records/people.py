"""Customers, staff, and the branches they meet in."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from landfall.records import Json, column
from landfall.sources.prohandel.layers import RAW
from landfall.sources.prohandel.records.common import FORBIDDEN, MONEY, Changing


class Customer(Changing, table="customer", key="id", layer=RAW, forbidden=FORBIDDEN):
    """Customers; bank accounts, passwords and dates of birth are never stored."""

    id: str
    number: int | None = column(loose=True)
    search_term: str | None = column("searchTerm", loose=True, personal=True)
    salutation: str | None = column(loose=True, personal=True)
    personal_salutation: str | None = column("personalSalutation", loose=True, personal=True)
    title: str | None = column(loose=True, personal=True)
    name1: str | None = column(loose=True, personal=True)
    name2: str | None = column(loose=True, personal=True)
    name3: str | None = column(loose=True, personal=True)
    first_name: str | None = column("firstName", loose=True, personal=True)
    last_name: str | None = column("lastName", loose=True, personal=True)
    is_business: bool | None = column("isBusiness")
    street: str | None = column(loose=True, personal=True)
    zip_code: str | None = column("zipCode", loose=True)
    city: str | None = column(loose=True)
    country_number: str | None = column("countryNumber", loose=True)
    po_box: str | None = column("poBox", loose=True, personal=True)
    po_box_zip_code: str | None = column("poBoxZipCode", loose=True)
    telephone: str | None = column(loose=True, personal=True)
    telephone_secondary: str | None = column("telephoneSecondary", loose=True, personal=True)
    mobile_phone: str | None = column("mobilePhone", loose=True, personal=True)
    mobile_phone_secondary: str | None = column("mobilePhoneSecondary", loose=True, personal=True)
    fax: str | None = column(loose=True, personal=True)
    email: str | None = column(loose=True, personal=True)
    gender: int | None = column(loose=True)
    marital_status: int | None = column("maritalStatus", loose=True)
    family_number: int | None = column("familyNumber", loose=True, zero=True, personal=True)
    branch_number: int | None = column("branchNumber", loose=True, zero=True)
    staff_number: int | None = column("staffNumber", loose=True, zero=True)
    group_number: int | None = column("groupNumber", loose=True, zero=True)
    customer_type: Json | None = column("customerType", loose=True)
    customer_card: int | None = column("customerCard", loose=True, personal=True)
    has_customer_card: bool | None = column("hasCustomerCard")
    customer_card_print_date: date | None = column("customerCardPrintDate", loose=True)
    revenue: Decimal | None = column(precision=MONEY)
    bonus_value: Decimal | None = column("bonusValue", precision=MONEY)
    bonus_type: int | None = column("bonusType", loose=True)
    bonus_percent: Decimal | None = column("bonusPercent", precision=MONEY)
    last_bonus_settlement_date: date | None = column("lastBonusSettlementDate", loose=True)
    discount_group: int | None = column("discountGroup", loose=True)
    discount_percent: Decimal | None = column("discountPercent", precision=MONEY)
    loyality_points: int | None = column("loyalityPoints", loose=True)
    vat_number: str | None = column("vatNumber", loose=True, personal=True)
    bic: str | None = column(loose=True, personal=True)
    bank_code: int | None = column("bankCode", loose=True, personal=True)
    direct_debit_authorization: bool | None = column("directDebitAuthorization")
    is_staff: bool | None = column("isStaff")
    is_locked: bool | None = column("isLocked")
    is_locked_for_selections: bool | None = column("isLockedForSelections")
    inactive_flag: bool | None = column("inactiveFlag")
    merged_into: int | None = column("mergedInto", loose=True)
    subscription_newsletter: Json | None = column("subscriptionNewsletter", loose=True)
    subscription_newsletter_confirmation_date: date | None = column(
        "subscriptionNewsletterConfirmationDate", loose=True
    )
    subscription_advertising: Json | None = column("subscriptionAdvertising", loose=True)
    declarations_of_consent: int | None = column("declarationsOfConsent", loose=True)
    signed_declaration_of_consent: Json | None = column("signedDeclarationOfConsent", loose=True)
    selection_criteria1: Json | None = column("selectionCriteria1", loose=True)
    selection_criteria2: Json | None = column("selectionCriteria2", loose=True)
    selection_criteria3: Json | None = column("selectionCriteria3", loose=True)
    selection_criteria4: Json | None = column("selectionCriteria4", loose=True)
    selection_criteria5: Json | None = column("selectionCriteria5", loose=True)
    selection_criteria6: Json | None = column("selectionCriteria6", loose=True)
    selection_criteria7: Json | None = column("selectionCriteria7", loose=True)
    selection_criteria8: Json | None = column("selectionCriteria8", loose=True)
    selection_criteria9: Json | None = column("selectionCriteria9", loose=True)
    info1: str | None = column(loose=True, personal=True)
    info2: str | None = column(loose=True, personal=True)
    webshop_user: str | None = column("webshopUser", loose=True, personal=True)
    creation_date: date | None = column("creationDate", loose=True)


class Staff(Changing, table="staff", key="id", layer=RAW, forbidden=FORBIDDEN):
    """People who work there; dates of birth and bank accounts are never stored."""

    id: str
    number: int | None = column(loose=True)
    first_name: str | None = column("firstName", loose=True, personal=True)
    last_name: str | None = column("lastName", loose=True, personal=True)
    salutation: str | None = column(loose=True, personal=True)
    personal_salutation: str | None = column("personalSalutation", loose=True, personal=True)
    gender: int | None = column(loose=True)
    job_title: str | None = column("jobTitle", loose=True)
    is_active: bool | None = column("isActive")
    branch_number: int | None = column("branchNumber", loose=True, zero=True)
    entry_date: date | None = column("entryDate", loose=True)
    exit_date: date | None = column("exitDate", loose=True)
    company_email: str | None = column("companyEmail", loose=True, personal=True)
    personal_email: str | None = column("personalEmail", loose=True, personal=True)
    telephone: str | None = column(loose=True, personal=True)
    mobile_phone: str | None = column("mobilePhone", loose=True, personal=True)
    fax: str | None = column(loose=True, personal=True)
    street: str | None = column(loose=True, personal=True)
    zip_code: str | None = column("zipCode", loose=True)
    city: str | None = column(loose=True)
    country_number: str | None = column("countryNumber", loose=True)
    info: str | None = column(loose=True, personal=True)
    image_name: str | None = column("imageName", loose=True, personal=True)
    search_term: str | None = column("searchTerm", loose=True, personal=True)
    bank_number: Json | None = column("bankNumber", loose=True, personal=True)


class Branch(Changing, table="branch", key="id", layer=RAW, forbidden=FORBIDDEN):
    """Branches; the web shop is one."""

    id: str
    number: int | None = column(loose=True)
    name1: str | None = column(loose=True)
    name2: str | None = column(loose=True)
    name3: str | None = column(loose=True)
    search_term: str | None = column("searchTerm", loose=True)
    is_active: bool | None = column("isActive")
    is_webshop: bool | None = column("isWebshop")
    street: str | None = column(loose=True)
    zip_code: str | None = column("zipCode", loose=True)
    city: str | None = column(loose=True)
    country_number: str | None = column("countryNumber", loose=True)
    region_number: int | None = column("regionNumber", loose=True, zero=True)
    state_number: int | None = column("stateNumber", loose=True, zero=True)
    telephone_number: str | None = column("telephoneNumber", loose=True)
    fax: str | None = column(loose=True)
    email: str | None = column(loose=True)
    branch_info: str | None = column("branchInfo", loose=True)
    image_name: str | None = column("imageName", loose=True)
    logo_file_name: str | None = column("logoFileName", loose=True)
    bic: str | None = column(loose=True)
    bank_code: int | None = column("bankCode", loose=True)
    gl_n1: int | None = column("glN1", loose=True)
    gl_n2: int | None = column("glN2", loose=True)
    stocktaking_date: date | None = column("stocktakingDate", loose=True)
    open_monday: Json | None = column("openMonday", loose=True)
    open_tuesday: Json | None = column("openTuesday", loose=True)
    open_wednesday: Json | None = column("openWednesday", loose=True)
    open_thursday: Json | None = column("openThursday", loose=True)
    open_friday: Json | None = column("openFriday", loose=True)
    open_saturday: Json | None = column("openSaturday", loose=True)
    open_sunday: Json | None = column("openSunday", loose=True)
