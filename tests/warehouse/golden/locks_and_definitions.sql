DECLARE @granted INT; EXEC @granted = sp_getapplock @Resource = ?, @LockMode = 'Exclusive', @LockOwner = 'Transaction', @LockTimeout = ?; SELECT @granted;

SELECT APPLOCK_MODE('public', ?, 'Transaction');

SELECT definition FROM sys.sql_modules WHERE object_id = OBJECT_ID(?);

DROP VIEW IF EXISTS tree11.v;

CREATE VIEW tree11.v AS SELECT 1 AS a;

SELECT c.name FROM sys.indexes i JOIN sys.index_columns x ON x.object_id = i.object_id AND x.index_id = i.index_id JOIN sys.columns c ON c.object_id = x.object_id AND c.column_id = x.column_id WHERE i.is_primary_key = 1 AND i.object_id = OBJECT_ID(?) ORDER BY x.key_ordinal;

ALTER TABLE tree11.[Leden] ADD [Naam] NVARCHAR(255) NULL;


DROP TABLE tree11.[Leden];

CREATE SCHEMA tree11;
