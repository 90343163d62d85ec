"""What silver and bronze keep of each entity.

Columns are the vendor's fields, flattened: a reference `ref` becomes `refId`, `refName` and so on. Where a nested value
would take the name of a field of the record's own, it is called `…_1`.
"""

from landfall.sources.connectwise.records.agreement import Agreement
from landfall.sources.connectwise.records.company import Company
from landfall.sources.connectwise.records.expense_entry import ExpenseEntry
from landfall.sources.connectwise.records.invoice import Invoice
from landfall.sources.connectwise.records.lookups import AgreementType, Department, WorkRole, WorkType
from landfall.sources.connectwise.records.member import Member
from landfall.sources.connectwise.records.product_item import ProductItem
from landfall.sources.connectwise.records.time_entry import TimeEntry
from landfall.sources.connectwise.records.unposted_invoice import UnpostedInvoice

__all__ = [
    "Agreement",
    "AgreementType",
    "Company",
    "Department",
    "ExpenseEntry",
    "Invoice",
    "Member",
    "ProductItem",
    "TimeEntry",
    "UnpostedInvoice",
    "WorkRole",
    "WorkType",
]
