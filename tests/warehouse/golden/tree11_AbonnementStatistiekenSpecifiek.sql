CREATE TABLE tree11.[AbonnementStatistiekenSpecifiek] (
	[Datum] DATE NOT NULL, 
	[Categorie] NVARCHAR(50) NOT NULL, 
	[Type] NVARCHAR(20) NOT NULL, 
	[AbonnementId] NVARCHAR(50) NOT NULL, 
	[Aantal] BIGINT NOT NULL, 
	[DatumLaatsteUpdate] DATETIME2(6) NOT NULL, 
	_extra NVARCHAR(max) NULL, 
	CONSTRAINT [pk_AbonnementStatistiekenSpecifiek] PRIMARY KEY ([Datum], [Categorie], [Type], [AbonnementId])
);

CREATE INDEX [ix_AbonnementStatistiekenSpecifiek_AbonnementId] ON tree11.[AbonnementStatistiekenSpecifiek] ([AbonnementId]);

CREATE TABLE landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistiekenSpecifiek] (
	_seq BIGINT NOT NULL, 
	[Datum] DATE NOT NULL, 
	[Categorie] NVARCHAR(50) NOT NULL, 
	[Type] NVARCHAR(20) NOT NULL, 
	[AbonnementId] NVARCHAR(50) NOT NULL, 
	[Aantal] BIGINT NULL, 
	[DatumLaatsteUpdate] DATETIME2(6) NULL, 
	_extra NVARCHAR(max) NULL
);

CREATE TABLE landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistiekenSpecifiek.deletes] (
	[Datum] DATE NOT NULL, 
	[Categorie] NVARCHAR(50) NOT NULL, 
	[Type] NVARCHAR(20) NOT NULL, 
	[AbonnementId] NVARCHAR(50) NOT NULL
);

CREATE TABLE landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistiekenSpecifiek.rejects] (
	_seq BIGINT NOT NULL, 
	[Datum] DATE NULL, 
	[Categorie] NVARCHAR(50) NULL, 
	[Type] NVARCHAR(20) NULL, 
	[AbonnementId] NVARCHAR(50) NULL, 
	_rule NVARCHAR(128) NULL
);

SELECT count(*) AS count_1 
FROM (SELECT ? AS one 
FROM landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistiekenSpecifiek] GROUP BY landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistiekenSpecifiek].[Datum], landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistiekenSpecifiek].[Categorie], landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistiekenSpecifiek].[Type], landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistiekenSpecifiek].[AbonnementId] 
HAVING count(DISTINCT (landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistiekenSpecifiek].[Categorie] COLLATE Latin1_General_BIN2)) > ? OR count(DISTINCT (landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistiekenSpecifiek].[Type] COLLATE Latin1_General_BIN2)) > ? OR count(DISTINCT (landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistiekenSpecifiek].[AbonnementId] COLLATE Latin1_General_BIN2)) > ? OR count(DISTINCT datalength(landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistiekenSpecifiek].[Categorie])) > ? OR count(DISTINCT datalength(landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistiekenSpecifiek].[Type])) > ? OR count(DISTINCT datalength(landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistiekenSpecifiek].[AbonnementId])) > ?) AS anon_1;

SELECT TOP 1 [read].[Datum], [read].[Categorie], [read].[Type], [read].[AbonnementId], max([read]._seq) AS last 
FROM (SELECT landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistiekenSpecifiek].[Datum] AS [Datum], landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistiekenSpecifiek].[Categorie] AS [Categorie], landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistiekenSpecifiek].[Type] AS [Type], landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistiekenSpecifiek].[AbonnementId] AS [AbonnementId], landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistiekenSpecifiek]._seq AS _seq 
FROM landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistiekenSpecifiek]) AS [read] GROUP BY [read].[Datum], [read].[Categorie], [read].[Type], [read].[AbonnementId] 
HAVING count(*) > ?;

DELETE FROM landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistiekenSpecifiek] WHERE EXISTS (SELECT * 
FROM (SELECT [read].[Datum] AS [Datum], [read].[Categorie] AS [Categorie], [read].[Type] AS [Type], [read].[AbonnementId] AS [AbonnementId], max([read]._seq) AS last 
FROM (SELECT landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistiekenSpecifiek].[Datum] AS [Datum], landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistiekenSpecifiek].[Categorie] AS [Categorie], landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistiekenSpecifiek].[Type] AS [Type], landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistiekenSpecifiek].[AbonnementId] AS [AbonnementId], landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistiekenSpecifiek]._seq AS _seq 
FROM landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistiekenSpecifiek]) AS [read] GROUP BY [read].[Datum], [read].[Categorie], [read].[Type], [read].[AbonnementId] 
HAVING count(*) > ?) AS latest 
WHERE landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistiekenSpecifiek].[Datum] = latest.[Datum] AND landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistiekenSpecifiek].[Categorie] = latest.[Categorie] AND landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistiekenSpecifiek].[Type] = latest.[Type] AND landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistiekenSpecifiek].[AbonnementId] = latest.[AbonnementId] AND landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistiekenSpecifiek]._seq < latest.last);

SELECT count(*) AS count_1 
FROM landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistiekenSpecifiek];

DELETE FROM tree11.[AbonnementStatistiekenSpecifiek] WHERE NOT (EXISTS (SELECT * 
FROM landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistiekenSpecifiek] 
WHERE landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistiekenSpecifiek].[Datum] = tree11.[AbonnementStatistiekenSpecifiek].[Datum] AND landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistiekenSpecifiek].[Categorie] = tree11.[AbonnementStatistiekenSpecifiek].[Categorie] AND landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistiekenSpecifiek].[Type] = tree11.[AbonnementStatistiekenSpecifiek].[Type] AND landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistiekenSpecifiek].[AbonnementId] = tree11.[AbonnementStatistiekenSpecifiek].[AbonnementId])) AND NOT (EXISTS (SELECT * 
FROM landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistiekenSpecifiek.rejects] 
WHERE landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistiekenSpecifiek.rejects].[Datum] = tree11.[AbonnementStatistiekenSpecifiek].[Datum] AND landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistiekenSpecifiek.rejects].[Categorie] = tree11.[AbonnementStatistiekenSpecifiek].[Categorie] AND landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistiekenSpecifiek.rejects].[Type] = tree11.[AbonnementStatistiekenSpecifiek].[Type] AND landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistiekenSpecifiek.rejects].[AbonnementId] = tree11.[AbonnementStatistiekenSpecifiek].[AbonnementId])) AND tree11.[AbonnementStatistiekenSpecifiek].[Datum] IS NOT NULL AND tree11.[AbonnementStatistiekenSpecifiek].[Datum] >= ? AND tree11.[AbonnementStatistiekenSpecifiek].[Datum] < ?;

DELETE FROM tree11.[AbonnementStatistiekenSpecifiek] WHERE NOT (EXISTS (SELECT * 
FROM landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistiekenSpecifiek] 
WHERE landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistiekenSpecifiek].[Datum] = tree11.[AbonnementStatistiekenSpecifiek].[Datum] AND landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistiekenSpecifiek].[Categorie] = tree11.[AbonnementStatistiekenSpecifiek].[Categorie] AND landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistiekenSpecifiek].[Type] = tree11.[AbonnementStatistiekenSpecifiek].[Type] AND landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistiekenSpecifiek].[AbonnementId] = tree11.[AbonnementStatistiekenSpecifiek].[AbonnementId])) AND NOT (EXISTS (SELECT * 
FROM landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistiekenSpecifiek.rejects] 
WHERE landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistiekenSpecifiek.rejects].[Datum] = tree11.[AbonnementStatistiekenSpecifiek].[Datum] AND landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistiekenSpecifiek.rejects].[Categorie] = tree11.[AbonnementStatistiekenSpecifiek].[Categorie] AND landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistiekenSpecifiek.rejects].[Type] = tree11.[AbonnementStatistiekenSpecifiek].[Type] AND landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistiekenSpecifiek.rejects].[AbonnementId] = tree11.[AbonnementStatistiekenSpecifiek].[AbonnementId])) AND (EXISTS (SELECT * 
FROM landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistiekenSpecifiek.deletes] 
WHERE landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistiekenSpecifiek.deletes].[Datum] = tree11.[AbonnementStatistiekenSpecifiek].[Datum] AND landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistiekenSpecifiek.deletes].[Categorie] = tree11.[AbonnementStatistiekenSpecifiek].[Categorie] AND landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistiekenSpecifiek.deletes].[Type] = tree11.[AbonnementStatistiekenSpecifiek].[Type] AND landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistiekenSpecifiek.deletes].[AbonnementId] = tree11.[AbonnementStatistiekenSpecifiek].[AbonnementId]));

SELECT TOP 1 ? AS anon_1 
FROM tree11.[AbonnementStatistiekenSpecifiek];

UPDATE t SET [Aantal] = s.[Aantal], [DatumLaatsteUpdate] = s.[DatumLaatsteUpdate], _extra = s._extra FROM tree11.[AbonnementStatistiekenSpecifiek] AS t JOIN landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistiekenSpecifiek] AS s ON t.[Datum] = s.[Datum] AND t.[Categorie] = s.[Categorie] AND t.[Type] = s.[Type] AND t.[AbonnementId] = s.[AbonnementId] WHERE EXISTS (SELECT t.[Aantal], t._extra COLLATE Latin1_General_BIN2, DATALENGTH(t._extra) EXCEPT SELECT s.[Aantal], s._extra COLLATE Latin1_General_BIN2, DATALENGTH(s._extra));

INSERT INTO tree11.[AbonnementStatistiekenSpecifiek] ([Datum], [Categorie], [Type], [AbonnementId], [Aantal], [DatumLaatsteUpdate], _extra) SELECT s.[Datum], s.[Categorie], s.[Type], s.[AbonnementId], s.[Aantal], s.[DatumLaatsteUpdate], s._extra FROM landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistiekenSpecifiek] AS s WHERE NOT EXISTS (SELECT 1 FROM tree11.[AbonnementStatistiekenSpecifiek] AS t WITH (UPDLOCK, HOLDLOCK) WHERE t.[Datum] = s.[Datum] AND t.[Categorie] = s.[Categorie] AND t.[Type] = s.[Type] AND t.[AbonnementId] = s.[AbonnementId]);
