-- Roles of one source on PostgreSQL, each with the least rights it needs. Run by an administrator of the warehouse's
-- database, again and again without harm:
--
--     psql -d warehouse -v source=tree11 -f include/sql/access/postgresql.sql
--     GRANT landfall_loader TO the_login;
--     ALTER ROLE the_login SET role TO landfall_loader;      -- so that the role owns what the login makes
--     GRANT tree11_reader TO an_analyst;
--
-- The loader makes tables and views in the schemas that its role owns, and nothing elsewhere. Readers see the source's
-- schema; its views over the ledger read with the rights of their owner.
SELECT 'CREATE ROLE landfall_loader NOLOGIN'
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'landfall_loader') \gexec
SELECT format('CREATE ROLE %I NOLOGIN', :'source' || '_reader')
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'source' || '_reader') \gexec
CREATE SCHEMA IF NOT EXISTS landfall AUTHORIZATION landfall_loader;
CREATE SCHEMA IF NOT EXISTS landfall_stage AUTHORIZATION landfall_loader;
CREATE SCHEMA IF NOT EXISTS :"source" AUTHORIZATION landfall_loader;
SELECT format('GRANT USAGE ON SCHEMA %I TO %I', :'source', :'source' || '_reader') \gexec
SELECT format('GRANT SELECT ON ALL TABLES IN SCHEMA %I TO %I', :'source', :'source' || '_reader') \gexec
SELECT format(
    'ALTER DEFAULT PRIVILEGES FOR ROLE landfall_loader IN SCHEMA %I GRANT SELECT ON TABLES TO %I',
    :'source', :'source' || '_reader'
) \gexec
