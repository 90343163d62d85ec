"""Airflow operators: thin shells over `landfall.pipeline`, one for each step of a load."""

from landfall.operators.check import CheckOperator
from landfall.operators.extract import ExtractOperator
from landfall.operators.flatten_invoices import FlattenInvoicesOperator
from landfall.operators.load import LoadOperator
from landfall.operators.model import ModelOperator
from landfall.operators.plan import PlanOperator
from landfall.operators.publish import (
    ChangelogUpsertOperator,
    FullReplaceOperator,
    PublishOperator,
    ReplaceWindowOperator,
)
from landfall.operators.wrap_up import DropStagesOperator, WrapUpOperator

__all__ = [
    "ChangelogUpsertOperator",
    "CheckOperator",
    "DropStagesOperator",
    "ExtractOperator",
    "FlattenInvoicesOperator",
    "FullReplaceOperator",
    "LoadOperator",
    "ModelOperator",
    "PlanOperator",
    "PublishOperator",
    "ReplaceWindowOperator",
    "WrapUpOperator",
]
