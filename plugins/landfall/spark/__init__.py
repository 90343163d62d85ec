"""ConnectWise on Spark, for those who outgrow one machine: in a Fabric notebook, or any Spark with Delta.

    from landfall.spark import run_etl_pipeline

    run_etl_pipeline(spark=spark, layers=["bronze", "silver", "gold"], mode="incremental", lookback_days=7)

The SQL of the models, the decoder and the pipeline's steps are those of the other engines. No Airflow is needed.
"""

from __future__ import annotations

from landfall.spark.client import ConnectWiseClient
from landfall.spark.decoding import decode
from landfall.spark.run import run_etl_pipeline
from landfall.spark.star import (
    create_agreement_dimension,
    create_agreement_type_dimension,
    create_billable_status_dimension,
    create_business_unit_dimension,
    create_charge_type_dimension,
    create_company_dimension,
    create_date_dimension,
    create_department_dimension,
    create_expense_entry_fact,
    create_member_dimension,
    create_product_item_fact,
    create_time_entry_fact,
    create_time_entry_status_dimension,
    create_work_role_dimension,
    create_work_type_dimension,
)

__all__ = [
    "ConnectWiseClient",
    "create_agreement_dimension",
    "create_agreement_type_dimension",
    "create_billable_status_dimension",
    "create_business_unit_dimension",
    "create_charge_type_dimension",
    "create_company_dimension",
    "create_date_dimension",
    "create_department_dimension",
    "create_expense_entry_fact",
    "create_member_dimension",
    "create_product_item_fact",
    "create_time_entry_fact",
    "create_time_entry_status_dimension",
    "create_work_role_dimension",
    "create_work_type_dimension",
    "decode",
    "run_etl_pipeline",
]
