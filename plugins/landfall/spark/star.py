"""ConnectWise's facts and dimensions of data frames: a function each, by the names that notebooks know.

    fact = create_time_entry_fact(spark=spark, time_entry_df=entries, agreement_df=agreements)

Each returns a frame and writes nothing. The frames are those of silver, as `run_etl_pipeline` writes them; one that is
not given counts as empty, so what entries refer to becomes an inferred member.
"""

from __future__ import annotations

from typing import Any

from landfall.errors import Misconfigured
from landfall.sources import source
from landfall.spark.frames import Frame, Star
from landfall.spelling import nearest

FRAMES = {
    "time_entry_df": "silver_cw_timeentry",
    "agreement_df": "silver_cw_agreement",
    "agreement_type_df": "silver_cw_agreementtype",
    "company_df": "silver_cw_company",
    "member_df": "silver_cw_member",
    "expense_entry_df": "silver_cw_expenseentry",
    "product_item_df": "silver_cw_productitem",
    "work_type_df": "silver_cw_worktype",
    "work_role_df": "silver_cw_workrole",
    "department_df": "silver_cw_department",
}
"""What the functions take, and of which table the rows are."""


def _creates(model: str, *needed: str) -> Any:
    """The function that makes a model's frame.

    :param needed: names of frames without which it would be empty.
    """

    def create(*, spark: Any, **frames: Frame | None) -> Frame:
        for name in frames:
            if name not in FRAMES:
                raise Misconfigured(
                    f"there is no frame {name}",
                    todo=nearest(name, FRAMES) or f"There are {', '.join(FRAMES)}.",
                )
        given = {FRAMES[name]: frame for name, frame in frames.items() if frame is not None}
        if missing := [name for name in needed if FRAMES[name] not in given]:
            raise Misconfigured(f"{model} is made of {' and '.join(missing)}", todo="Give the frame.")
        return Star(spark, source("connectwise"), given).frame(model)

    create.__doc__ = (
        f"The rows of gold.{model} as a frame, made of {', '.join(needed) or 'any'} and further frames."
    )
    return create


create_time_entry_fact = _creates("fact_timeentry", "time_entry_df", "agreement_df")
create_expense_entry_fact = _creates("fact_expenseentry", "expense_entry_df", "agreement_df")
create_product_item_fact = _creates("fact_productitem", "product_item_df", "agreement_df")
create_company_dimension = _creates("dimcompany", "company_df")
create_agreement_dimension = _creates("dim_agreement", "agreement_df")
create_member_dimension = _creates("dimmember", "member_df")
create_agreement_type_dimension = _creates("dimagreementtype", "agreement_type_df")
create_work_type_dimension = _creates("dimworktype", "work_type_df")
create_work_role_dimension = _creates("dimworkrole", "work_role_df")
create_department_dimension = _creates("dimdepartment", "department_df")
create_business_unit_dimension = _creates("dimbusinessunit", "time_entry_df")
create_billable_status_dimension = _creates("dimbillablestatus")
create_time_entry_status_dimension = _creates("dimtimeentrystatus")
create_charge_type_dimension = _creates("dimchargetype")
create_date_dimension = _creates("dim_date", "time_entry_df")
