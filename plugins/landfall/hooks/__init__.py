"""One Airflow hook a vendor: authentication, paging and errors of its API, usable alone in any DAG."""
