-- Roles of one source on SQL Server, each with the least rights it needs. Run by an administrator of the warehouse's
-- database, again and again without harm:
--
--     sqlcmd -S server -d warehouse -v SOURCE=tree11 -i include/sql/access/mssql.sql
--     ALTER ROLE landfall_loader ADD MEMBER [login of the warehouse connection]
--     ALTER ROLE tree11_reader ADD MEMBER [an analyst]
--
-- The loader makes tables, views and procedures in the schemas that its role owns, and nothing elsewhere. Readers see
-- the source's schema; its views over the ledger work for them because both schemas have the same owner.
IF DATABASE_PRINCIPAL_ID('landfall_loader') IS NULL CREATE ROLE landfall_loader;
GO
IF DATABASE_PRINCIPAL_ID('$(SOURCE)_reader') IS NULL CREATE ROLE $(SOURCE)_reader;
GO
IF SCHEMA_ID('landfall') IS NULL EXEC('CREATE SCHEMA landfall AUTHORIZATION landfall_loader');
GO
IF SCHEMA_ID('landfall_stage') IS NULL EXEC('CREATE SCHEMA landfall_stage AUTHORIZATION landfall_loader');
GO
IF SCHEMA_ID('$(SOURCE)') IS NULL EXEC('CREATE SCHEMA $(SOURCE) AUTHORIZATION landfall_loader');
GO
GRANT CREATE TABLE, CREATE VIEW, CREATE PROCEDURE TO landfall_loader;
GO
GRANT SELECT, EXECUTE ON SCHEMA::$(SOURCE) TO $(SOURCE)_reader;
GO
