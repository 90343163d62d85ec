"""What every declared source has to be; a new one is held to it by being declared."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import sqlglot
from sqlalchemy.dialects import mssql, postgresql
from sqlalchemy.schema import CreateIndex, CreateTable
from sqlglot import exp

from landfall import checks, sources, sql, sql_files
from landfall.get_provider_info import CONNECTION_TYPES
from landfall.landing import new_load_id
from landfall.models import Made, Select, render
from landfall.names import MAX_IDENTIFIER
from landfall.reads import Changelog, Export, FullList, Sift, Since, Window
from landfall.records import TableSpec
from landfall.resources import Replace, ReplaceWindow, Resource, Source, Upsert
from landfall.warehouse.removal import Family
from landfall.warehouse.tables import target_table
from sandbox import VENDORS

ROOT = Path(__file__).parents[2]
NAMES = sources.names()
EACH = [pytest.param(s, r, id=f"{s.name}.{r.name}") for s in sources.sources() for r in s.resources]
TABLES = [
    pytest.param(s, t, id=f"{s.name}.{t.name}")
    for s in sources.sources()
    for r in (*s.resources, *s.models)
    for t in r.table.family()
] + [pytest.param(s, v.table, id=f"{s.name}.{v.table.name}") for s in sources.sources() for v in s.views]
MODELS = [pytest.param(s, m, id=f"{s.name}.{m.name}") for s in sources.sources() for m in s.models]
DIALECTS = {"postgres": postgresql.dialect(), "tsql": mssql.dialect()}  # type: ignore[no-untyped-call]
WORD = re.compile(r"[a-z][a-z0-9_]*")


@pytest.fixture(params=NAMES)
def declared(request: pytest.FixtureRequest) -> Source:
    return sources.source(request.param)


def test_there_are_sources() -> None:
    assert NAMES
    assert [s.name for s in sources.sources()] == NAMES


# --- words ---------------------------------------------------------------------------------------------------


def test_one_word_names_it_everywhere(declared: Source) -> None:
    name = declared.name
    assert WORD.fullmatch(name)
    assert declared.title
    assert (ROOT / "plugins" / "landfall" / "sources" / name).is_dir()
    assert (ROOT / "docs" / "sources" / f"{name}.md").is_file()
    assert (ROOT / "tests" / "sources" / name).is_dir()
    assert name not in ("landfall", "landfall_stage"), "these schemas are taken"


def test_names_are_unique(declared: Source) -> None:
    made = (*declared.resources, *declared.models)
    names = [r.name for r in made]
    tables = [t.name for r in made for t in r.table.family()]
    assert len(set(names)) == len(names)
    assert len(set(tables)) == len(tables), "two resources feed one table"
    assert all(WORD.fullmatch(name.lower()) for name in names)


def test_the_dag_file_is_a_runbook(declared: Source) -> None:
    text = (ROOT / "dags" / f"{declared.name}.py").read_text()
    doc = ast.get_docstring(ast.parse(text)) or ""
    assert doc.startswith(f"# {declared.title}\n")
    for part in ("**Schedule**", "**Connections**", "**Tasks**", "**When a task fails**", "| symptom |"):
        assert part in doc
    assert f"{declared.name}_warehouse" in doc
    assert f'"{declared.name}",\n' in text, "the DAG's id"


# --- tables --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("source", "table"), TABLES)
def test_tables_are_documented_and_have_keys(source: Source, table: TableSpec) -> None:
    assert table.doc.strip().endswith(".")
    assert table.key
    assert set(table.key) <= set(table.names)
    assert not any(table.column(k).nullable for k in table.key)
    names = [n.lower() for n in table.names]
    assert len(set(names)) == len(names), "SQL Server does not tell upper case from lower"
    assert all(len(n.encode()) <= MAX_IDENTIFIER for n in (table.name, *names))


@pytest.mark.parametrize(("source", "table"), TABLES)
def test_references_point_at_keys_of_declared_tables(source: Source, table: TableSpec) -> None:
    tables = {t.name: t for r in (*source.resources, *source.models) for t in r.table.family()}
    for column in table.columns:
        if not column.references:
            continue
        name, _, key = column.references.partition(".")
        assert name in tables, f"{column.name} points at {name}"
        other = tables[name].column(key or "id")
        assert other.type is column.type, f"{column.name} is of another type than {column.references}"


@pytest.mark.parametrize("glot", DIALECTS)
@pytest.mark.parametrize(("source", "resource"), EACH)
def test_ddl_is_valid_on_both_engines(source: Source, resource: Resource, glot: str) -> None:
    dialect = DIALECTS[glot]
    family = Family(resource.table, source.name, new_load_id())
    tables = [target_table(t, source.name) for t in resource.table.family()]
    statements = [str(CreateTable(t).compile(dialect=dialect)) for t in (*tables, *family.all_stages)]
    statements += [str(CreateIndex(i).compile(dialect=dialect)) for t in tables for i in t.indexes]
    for statement in statements:
        sqlglot.parse_one(statement.replace("CREATE UNLOGGED", "CREATE"), read=glot)
    names = [t.name for t in (*tables, *family.all_stages)] + [str(i.name) for t in tables for i in t.indexes]
    assert len(set(names)) == len(names)
    assert all(len(n.encode()) <= MAX_IDENTIFIER for n in names)


# --- reading and writing -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("source", "resource"), EACH)
def test_what_is_removed_was_proved_gone(source: Source, resource: Resource) -> None:
    """A table may only become what was read where the read accounts for all of it."""
    read, write = resource.read, resource.write
    complete = isinstance(read, FullList | Export | Changelog)
    if isinstance(write, Replace):
        assert complete
        whole = isinstance(read, FullList) or not read.incremental
        assert whole, "an incremental read is no whole table"
    if isinstance(write, ReplaceWindow):
        assert resource.table.column(write.column)
        assert read.dated
        if isinstance(read, Window):
            assert read.column == write.column, "the range that is read is not the range that is replaced"
    if isinstance(read, Window) and read.column:
        assert resource.table.column(read.column)
    if isinstance(read, Changelog):
        assert isinstance(write, Upsert)
        assert read.margin < read.retention
        assert read.overlap.total_seconds() > 0
    if isinstance(write, Upsert) and write.deletes == "hard":
        assert isinstance(read, Changelog | Sift | Since | Window | FullList), "nothing reports deletions"


@pytest.mark.parametrize(("source", "resource"), EACH)
def test_reads_name_what_exists(source: Source, resource: Resource) -> None:
    read = resource.read
    if isinstance(read, Export):
        assert resource.parse, "a file has to be parsed"
        assert isinstance(source.resource(read.periods).read, FullList)
        assert resource.table.column(read.column)
    if isinstance(read, Changelog) and read.through:
        details = source.resource(read.through.details)
        assert details.table.column(read.through.column)
        order = [r.name for r in source.resources]
        assert order.index(resource.name) < order.index(details.name)
        assert isinstance(details.read, Changelog)
    if isinstance(read, Changelog) and read.dates:
        assert resource.table.column(read.dates).type.__name__ in ("date", "datetime")
    assert 0 < resource.most_rejected < 1
    assert 0 < resource.fuse.share < 1
    assert resource.fuse.rows > 0


@pytest.mark.parametrize(("source", "resource"), EACH)
def test_checks_are_there_and_named_once(source: Source, resource: Resource) -> None:
    names = [c.name for c in resource.checks]
    assert len(set(names)) == len(names)
    if resource.is_due("regular", "full"):
        assert {"freshness"} <= set(names)
    for check in resource.checks:
        assert check.severity in ("blocking", "rejecting", "warning")
        if isinstance(check, checks.Sql):
            text = sql_files.read_sql(source.name, "checks", check.file)
            header = dict(re.findall(r"^-- (\w+): (.*)$", text, re.M))
            assert header["rule"]
            assert header["todo"]
            assert header["why"]
            assert header["severity"] == check.severity
            if check.severity == "rejecting":
                named = {each.alias_or_name for each in sqlglot.parse_one(text, read="postgres").selects}
                assert set(resource.table.key) <= named, "it returns the keys of what is to be set aside"
            used = {t.name for t in sqlglot.parse_one(text, read="postgres").find_all(sqlglot.exp.Table)}
            assert used & {t.name for t in resource.table.family()}, "it asks about other tables only"


@pytest.mark.parametrize(("source", "model"), MODELS)
def test_models_read_what_was_made_before_them(source: Source, model: Resource) -> None:
    made = model.read
    assert isinstance(made, Select | Made)
    assert isinstance(model.write, Replace)
    before = source.models[: source.models.index(model)]
    known = {t.name for r in (*source.resources, *before) for t in r.table.family()}
    assert set(made.reads(source.name)) <= known, "it reads what there is not, or is not made yet"
    assert made.reads(source.name)


TRAPS = (
    exp.Interval,
    exp.AtTimeZone,
    exp.JSONExtract,
    exp.JSONExtractScalar,
    exp.Avg,
    exp.Lower,
    exp.Upper,
    exp.Trim,
    exp.CurrentTimestamp,
    exp.CurrentDate,
    exp.Boolean,
    exp.Filter,
    exp.Lateral,
)
"""What engines do not agree on, or T-SQL has no word for: TRUE, for instance, is no value there."""
PARTS_OF_A_DAY = {"YEAR", "MONTH", "DAY"}


def held_to_all_engines(
    source: Source, table: TableSpec, text: str, *, besides: tuple[type, ...] = ()
) -> Any:
    """No words of which engines make different things; every division is rounded, every order says where NULL is."""
    tree: Any = sqlglot.parse_one(text, read="postgres")
    for node in tree.walk():
        assert not isinstance(node, TRAPS) or isinstance(node, besides), node.sql()
        if isinstance(node, exp.Extract):
            assert node.name.upper() in PARTS_OF_A_DAY
        if isinstance(node, exp.Div):
            assert node.find_ancestor(exp.Round), node.sql()
        if isinstance(node, exp.Ordered):
            assert node.args["nulls_first"] is not bool(node.args.get("desc")), node.sql()
    assert {read.db for read in tree.find_all(exp.Table)} <= {"", *source.schemas}
    made = {each.alias_or_name for each in tree.selects}
    named = {column.name for column in table.columns if column.role == "value"}
    assert named <= made, "the record has columns that the SELECT has not"
    return tree


@pytest.mark.parametrize(
    ("source", "model"),
    [p for p in MODELS if isinstance(p.values[1].read, Select)],  # type: ignore[union-attr]
)
def test_models_mean_the_same_on_every_engine(source: Source, model: Resource) -> None:
    assert isinstance(model.read, Select)
    held_to_all_engines(source, model.table, model.read.text(source.name))
    family = Family(model.table, source.name, new_load_id())
    for glot, dialect in DIALECTS.items():
        text = render(model.read.text(source.name), model.table, source.schemas, dialect, family.stage)
        parsed = sqlglot.parse_one(text, read=glot, error_level=sqlglot.ErrorLevel.RAISE)
        assert isinstance(parsed, exp.Insert)


def test_views_mean_the_same_on_every_engine(declared: Source) -> None:
    """What is asked when it is read may ask for the day; no model reads it, for nothing tells when it moved."""
    for view in declared.views:
        assert WORD.fullmatch(view.table.name)
        text = Select(view.file).text(declared.name)
        tree = held_to_all_engines(declared, view.table, text, besides=(exp.CurrentDate,))
        assert not any(node.name.upper() == "SHA256_HEX" for node in tree.find_all(exp.Anonymous))
        for model in declared.models:
            assert isinstance(model.read, Select | Made)
            assert view.table.name not in model.read.reads(declared.name)
    for dialect in sql.DIALECTS:
        assert sqlglot.parse(sql.printed(declared, dialect).replace("\nGO\n", ";\n"), read=dialect)


def test_sql_files_are_used_and_parse(declared: Source) -> None:
    folder = sql_files.sql_root() / declared.name
    for path in sorted(set(folder.rglob("*.sql")) - set(folder.glob("mssql/*"))):
        for statement in sqlglot.parse(path.read_text(), read="postgres"):
            assert statement is not None, path
            assert not list(statement.find_all(sqlglot.exp.Drop)), "readers would see nothing for a moment"
    made = (*declared.resources, *declared.models)
    declared_checks = {c.file for r in made for c in r.checks if isinstance(c, checks.Sql)}
    assert {p.name for p in (folder / "checks").glob("*.sql")} == declared_checks


def test_the_monitoring_query_works_for_it(declared: Source) -> None:
    text = sql_files.read_sql(declared.name, "views", "sync_state.sql")
    for column in ("table_name", "last_sync_at", "records_synced", "sync_type", "updated_at"):
        assert column in text


# --- hook and simulator --------------------------------------------------------------------------------------


@pytest.mark.airflow
def test_the_hook_is_a_provider_style_hook_with_a_form(declared: Source) -> None:
    module, _, name = declared.hook.partition(":")
    hook = getattr(import_module(module), name)
    assert hook.default_conn_name == f"{hook.conn_type}_default"
    assert hook.conn_name_attr == f"{hook.conn_type}_conn_id"
    assert hook.hook_name
    assert callable(hook.test_connection)
    assert callable(hook.close)
    assert callable(hook.missing_scopes)
    for path in {declared.hook, *(r.hook for r in declared.resources if r.hook)}:
        module, _, name = path.partition(":")
        assert callable(getattr(import_module(module), name).identity), f"{path}: whose data does it open?"
    (form,) = [c for c in CONNECTION_TYPES if c["connection-type"] == hook.conn_type]
    assert form["hook-class-name"] == declared.hook.replace(":", ".")
    assert form["hook-name"] == hook.hook_name
    assert hook.conn_type in VENDORS, "no simulator"
    methods = {
        FullList: ["list"],
        Window: ["list"],
        Changelog: ["list", "changes", "by_ids"],
        Sift: ["list", "since", "filters"],
        Since: ["list", "since", "count", "count_since", "ids", "by_ids"],
        Export: ["create_export", "download_export", "export_status_async"],
    }
    for resource in declared.resources:
        if getattr(resource.read, "pages", None) is None and not resource.hook:
            needed = methods.get(type(resource.read), [])
            assert all(callable(getattr(hook, m, None)) for m in needed), resource.name


# --- the core ------------------------------------------------------------------------------------------------


CORE = ROOT / "plugins" / "landfall"
OWN = {CORE / "get_provider_info.py"}
"""Lists every connection type, one entry each."""


def _code(path: Path) -> str:
    """A module without its docstrings: an example may name a vendor, code may not."""
    tree = ast.parse(path.read_text())
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            node.body = [  # type: ignore[attr-defined]
                n for n in body if not (isinstance(n, ast.Expr) and isinstance(n.value, ast.Constant))
            ] or [ast.Pass()]
    return ast.unparse(tree)


def _core() -> Iterator[Path]:
    for path in sorted(CORE.rglob("*.py")):
        if not {"sources", "hooks"} & set(path.relative_to(CORE).parts) and path not in OWN:
            yield path


def test_no_core_module_names_a_vendor() -> None:
    """A module beside the core may serve one vendor alone; then nothing but that vendor's own files may use it."""
    vendors = {*NAMES, *VENDORS}
    code = {path: _code(path) for path in _core()}
    for path, text in code.items():
        named = {v for v in vendors if re.search(rf"\b{v}", text, re.I)}
        if not named:
            continue
        assert len(named) == 1, f"{path.relative_to(ROOT)} names {sorted(named)}"
        module = ".".join(path.relative_to(CORE.parent).with_suffix("").parts)
        package = path.parent if path.parent == CORE / "spark" else path  # which serves one vendor as a whole
        users = [p.name for p, t in code.items() if package not in (p, *p.parents) and module in t]
        assert not users, f"{path.relative_to(ROOT)} names {named} and is used by {users}"


def test_the_core_does_not_need_airflow() -> None:
    shells = {"operators", "triggers", "notifiers"}
    for path in _core():
        inside = path.relative_to(CORE)
        if set(inside.parts) & shells or str(inside) in (
            "assets.py",
            "dag.py",
            "health/connected.py",
            "health/page.py",
        ):
            continue
        assert not re.search(r"^\s*(from|import) airflow", _code(path), re.M), path.relative_to(ROOT)
    for path in sorted((CORE / "sources").rglob("*.py")):
        assert not re.search(r"^\s*(from|import) airflow", _code(path), re.M), path.relative_to(ROOT)


def test_vendors_do_not_know_each_other() -> None:
    for name in NAMES:
        for path in sorted((CORE / "sources" / name).rglob("*.py")):
            others = [o for o in NAMES if o != name and re.search(rf"sources\.{o}\b", path.read_text())]
            assert not others, path.relative_to(ROOT)


def test_a_misspelt_table_is_told_what_there_is(declared: Source) -> None:
    from landfall.errors import Misconfigured

    with pytest.raises(Misconfigured) as raised:
        declared.resource(declared.resources[0].name.upper())
    assert declared.resources[0].name in raised.value.todo
