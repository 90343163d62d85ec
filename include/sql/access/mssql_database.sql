-- Once for the database that the warehouse is kept in, by an administrator:
--
--     sqlcmd -S server -d warehouse -i include/sql/access/mssql_database.sql
--
-- With row versions a reader sees the rows of before a load or those of after it, and never waits. Without them it waits
-- until the load is published. These statements are SQL Server's own; Azure SQL databases and Fabric need neither.
DECLARE @change NVARCHAR(MAX) = N'ALTER DATABASE ' + QUOTENAME(DB_NAME());
IF EXISTS (SELECT 1 FROM sys.databases WHERE name = DB_NAME() AND is_read_committed_snapshot_on = 0)
BEGIN
    DECLARE @versions NVARCHAR(MAX) = @change + N' SET READ_COMMITTED_SNAPSHOT ON WITH ROLLBACK IMMEDIATE';
    EXEC sp_executesql @versions;
END
IF EXISTS (SELECT 1 FROM sys.databases WHERE name = DB_NAME() AND snapshot_isolation_state = 0)
BEGIN
    DECLARE @snapshots NVARCHAR(MAX) = @change + N' SET ALLOW_SNAPSHOT_ISOLATION ON';
    EXEC sp_executesql @snapshots;
END
GO
