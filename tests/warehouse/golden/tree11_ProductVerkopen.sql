CREATE TABLE tree11.[ProductVerkopen] (
	[Datum] DATE NOT NULL, 
	[Product] NVARCHAR(255) NOT NULL, 
	[ProductID] NVARCHAR(50) NOT NULL, 
	[Aantal] BIGINT NOT NULL, 
	[DatumLaatsteUpdate] DATETIME2(6) NOT NULL, 
	_extra NVARCHAR(max) NULL, 
	CONSTRAINT [pk_ProductVerkopen] PRIMARY KEY ([Datum], [ProductID])
);

CREATE TABLE landfall_stage.[20260102T030405_0a1b2c_ProductVerkopen] (
	_seq BIGINT NOT NULL, 
	[Datum] DATE NOT NULL, 
	[Product] NVARCHAR(255) NULL, 
	[ProductID] NVARCHAR(50) NOT NULL, 
	[Aantal] BIGINT NULL, 
	[DatumLaatsteUpdate] DATETIME2(6) NULL, 
	_extra NVARCHAR(max) NULL
);

CREATE TABLE landfall_stage.[20260102T030405_0a1b2c_ProductVerkopen.deletes] (
	[Datum] DATE NOT NULL, 
	[ProductID] NVARCHAR(50) NOT NULL
);

CREATE TABLE landfall_stage.[20260102T030405_0a1b2c_ProductVerkopen.rejects] (
	_seq BIGINT NOT NULL, 
	[Datum] DATE NULL, 
	[ProductID] NVARCHAR(50) NULL, 
	_rule NVARCHAR(128) NULL
);

SELECT count(*) AS count_1 
FROM (SELECT ? AS one 
FROM landfall_stage.[20260102T030405_0a1b2c_ProductVerkopen] GROUP BY landfall_stage.[20260102T030405_0a1b2c_ProductVerkopen].[Datum], landfall_stage.[20260102T030405_0a1b2c_ProductVerkopen].[ProductID] 
HAVING count(DISTINCT (landfall_stage.[20260102T030405_0a1b2c_ProductVerkopen].[ProductID] COLLATE Latin1_General_BIN2)) > ? OR count(DISTINCT datalength(landfall_stage.[20260102T030405_0a1b2c_ProductVerkopen].[ProductID])) > ?) AS anon_1;

SELECT TOP 1 [read].[Datum], [read].[ProductID], max([read]._seq) AS last 
FROM (SELECT landfall_stage.[20260102T030405_0a1b2c_ProductVerkopen].[Datum] AS [Datum], landfall_stage.[20260102T030405_0a1b2c_ProductVerkopen].[ProductID] AS [ProductID], landfall_stage.[20260102T030405_0a1b2c_ProductVerkopen]._seq AS _seq 
FROM landfall_stage.[20260102T030405_0a1b2c_ProductVerkopen]) AS [read] GROUP BY [read].[Datum], [read].[ProductID] 
HAVING count(*) > ?;

DELETE FROM landfall_stage.[20260102T030405_0a1b2c_ProductVerkopen] WHERE EXISTS (SELECT * 
FROM (SELECT [read].[Datum] AS [Datum], [read].[ProductID] AS [ProductID], max([read]._seq) AS last 
FROM (SELECT landfall_stage.[20260102T030405_0a1b2c_ProductVerkopen].[Datum] AS [Datum], landfall_stage.[20260102T030405_0a1b2c_ProductVerkopen].[ProductID] AS [ProductID], landfall_stage.[20260102T030405_0a1b2c_ProductVerkopen]._seq AS _seq 
FROM landfall_stage.[20260102T030405_0a1b2c_ProductVerkopen]) AS [read] GROUP BY [read].[Datum], [read].[ProductID] 
HAVING count(*) > ?) AS latest 
WHERE landfall_stage.[20260102T030405_0a1b2c_ProductVerkopen].[Datum] = latest.[Datum] AND landfall_stage.[20260102T030405_0a1b2c_ProductVerkopen].[ProductID] = latest.[ProductID] AND landfall_stage.[20260102T030405_0a1b2c_ProductVerkopen]._seq < latest.last);

SELECT count(*) AS count_1 
FROM landfall_stage.[20260102T030405_0a1b2c_ProductVerkopen];

DELETE FROM tree11.[ProductVerkopen] WHERE NOT (EXISTS (SELECT * 
FROM landfall_stage.[20260102T030405_0a1b2c_ProductVerkopen] 
WHERE landfall_stage.[20260102T030405_0a1b2c_ProductVerkopen].[Datum] = tree11.[ProductVerkopen].[Datum] AND landfall_stage.[20260102T030405_0a1b2c_ProductVerkopen].[ProductID] = tree11.[ProductVerkopen].[ProductID])) AND NOT (EXISTS (SELECT * 
FROM landfall_stage.[20260102T030405_0a1b2c_ProductVerkopen.rejects] 
WHERE landfall_stage.[20260102T030405_0a1b2c_ProductVerkopen.rejects].[Datum] = tree11.[ProductVerkopen].[Datum] AND landfall_stage.[20260102T030405_0a1b2c_ProductVerkopen.rejects].[ProductID] = tree11.[ProductVerkopen].[ProductID])) AND tree11.[ProductVerkopen].[Datum] IS NOT NULL AND tree11.[ProductVerkopen].[Datum] >= ? AND tree11.[ProductVerkopen].[Datum] < ?;

DELETE FROM tree11.[ProductVerkopen] WHERE NOT (EXISTS (SELECT * 
FROM landfall_stage.[20260102T030405_0a1b2c_ProductVerkopen] 
WHERE landfall_stage.[20260102T030405_0a1b2c_ProductVerkopen].[Datum] = tree11.[ProductVerkopen].[Datum] AND landfall_stage.[20260102T030405_0a1b2c_ProductVerkopen].[ProductID] = tree11.[ProductVerkopen].[ProductID])) AND NOT (EXISTS (SELECT * 
FROM landfall_stage.[20260102T030405_0a1b2c_ProductVerkopen.rejects] 
WHERE landfall_stage.[20260102T030405_0a1b2c_ProductVerkopen.rejects].[Datum] = tree11.[ProductVerkopen].[Datum] AND landfall_stage.[20260102T030405_0a1b2c_ProductVerkopen.rejects].[ProductID] = tree11.[ProductVerkopen].[ProductID])) AND (EXISTS (SELECT * 
FROM landfall_stage.[20260102T030405_0a1b2c_ProductVerkopen.deletes] 
WHERE landfall_stage.[20260102T030405_0a1b2c_ProductVerkopen.deletes].[Datum] = tree11.[ProductVerkopen].[Datum] AND landfall_stage.[20260102T030405_0a1b2c_ProductVerkopen.deletes].[ProductID] = tree11.[ProductVerkopen].[ProductID]));

SELECT TOP 1 ? AS anon_1 
FROM tree11.[ProductVerkopen];

UPDATE t SET [Product] = s.[Product], [Aantal] = s.[Aantal], [DatumLaatsteUpdate] = s.[DatumLaatsteUpdate], _extra = s._extra FROM tree11.[ProductVerkopen] AS t JOIN landfall_stage.[20260102T030405_0a1b2c_ProductVerkopen] AS s ON t.[Datum] = s.[Datum] AND t.[ProductID] = s.[ProductID] WHERE EXISTS (SELECT t.[Product] COLLATE Latin1_General_BIN2, DATALENGTH(t.[Product]), t.[Aantal], t._extra COLLATE Latin1_General_BIN2, DATALENGTH(t._extra) EXCEPT SELECT s.[Product] COLLATE Latin1_General_BIN2, DATALENGTH(s.[Product]), s.[Aantal], s._extra COLLATE Latin1_General_BIN2, DATALENGTH(s._extra));

INSERT INTO tree11.[ProductVerkopen] ([Datum], [Product], [ProductID], [Aantal], [DatumLaatsteUpdate], _extra) SELECT s.[Datum], s.[Product], s.[ProductID], s.[Aantal], s.[DatumLaatsteUpdate], s._extra FROM landfall_stage.[20260102T030405_0a1b2c_ProductVerkopen] AS s WHERE NOT EXISTS (SELECT 1 FROM tree11.[ProductVerkopen] AS t WITH (UPDLOCK, HOLDLOCK) WHERE t.[Datum] = s.[Datum] AND t.[ProductID] = s.[ProductID]);
