CREATE TABLE tree11.[AbonnementStatistieken] (
	[Datum] DATE NOT NULL, 
	[Categorie] NVARCHAR(50) NOT NULL, 
	[Type] NVARCHAR(20) NOT NULL, 
	[Aantal] BIGINT NOT NULL, 
	[DatumLaatsteUpdate] DATETIME2(6) NOT NULL, 
	_extra NVARCHAR(max) NULL, 
	CONSTRAINT [pk_AbonnementStatistieken] PRIMARY KEY ([Datum], [Categorie], [Type])
);

CREATE TABLE landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistieken] (
	_seq BIGINT NOT NULL, 
	[Datum] DATE NOT NULL, 
	[Categorie] NVARCHAR(50) NOT NULL, 
	[Type] NVARCHAR(20) NOT NULL, 
	[Aantal] BIGINT NULL, 
	[DatumLaatsteUpdate] DATETIME2(6) NULL, 
	_extra NVARCHAR(max) NULL
);

CREATE TABLE landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistieken.deletes] (
	[Datum] DATE NOT NULL, 
	[Categorie] NVARCHAR(50) NOT NULL, 
	[Type] NVARCHAR(20) NOT NULL
);

CREATE TABLE landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistieken.rejects] (
	_seq BIGINT NOT NULL, 
	[Datum] DATE NULL, 
	[Categorie] NVARCHAR(50) NULL, 
	[Type] NVARCHAR(20) NULL, 
	_rule NVARCHAR(128) NULL
);

SELECT count(*) AS count_1 
FROM (SELECT ? AS one 
FROM landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistieken] GROUP BY landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistieken].[Datum], landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistieken].[Categorie], landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistieken].[Type] 
HAVING count(DISTINCT (landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistieken].[Categorie] COLLATE Latin1_General_BIN2)) > ? OR count(DISTINCT (landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistieken].[Type] COLLATE Latin1_General_BIN2)) > ? OR count(DISTINCT datalength(landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistieken].[Categorie])) > ? OR count(DISTINCT datalength(landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistieken].[Type])) > ?) AS anon_1;

SELECT TOP 1 [read].[Datum], [read].[Categorie], [read].[Type], max([read]._seq) AS last 
FROM (SELECT landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistieken].[Datum] AS [Datum], landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistieken].[Categorie] AS [Categorie], landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistieken].[Type] AS [Type], landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistieken]._seq AS _seq 
FROM landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistieken]) AS [read] GROUP BY [read].[Datum], [read].[Categorie], [read].[Type] 
HAVING count(*) > ?;

DELETE FROM landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistieken] WHERE EXISTS (SELECT * 
FROM (SELECT [read].[Datum] AS [Datum], [read].[Categorie] AS [Categorie], [read].[Type] AS [Type], max([read]._seq) AS last 
FROM (SELECT landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistieken].[Datum] AS [Datum], landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistieken].[Categorie] AS [Categorie], landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistieken].[Type] AS [Type], landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistieken]._seq AS _seq 
FROM landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistieken]) AS [read] GROUP BY [read].[Datum], [read].[Categorie], [read].[Type] 
HAVING count(*) > ?) AS latest 
WHERE landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistieken].[Datum] = latest.[Datum] AND landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistieken].[Categorie] = latest.[Categorie] AND landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistieken].[Type] = latest.[Type] AND landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistieken]._seq < latest.last);

SELECT count(*) AS count_1 
FROM landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistieken];

DELETE FROM tree11.[AbonnementStatistieken] WHERE NOT (EXISTS (SELECT * 
FROM landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistieken] 
WHERE landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistieken].[Datum] = tree11.[AbonnementStatistieken].[Datum] AND landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistieken].[Categorie] = tree11.[AbonnementStatistieken].[Categorie] AND landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistieken].[Type] = tree11.[AbonnementStatistieken].[Type])) AND NOT (EXISTS (SELECT * 
FROM landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistieken.rejects] 
WHERE landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistieken.rejects].[Datum] = tree11.[AbonnementStatistieken].[Datum] AND landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistieken.rejects].[Categorie] = tree11.[AbonnementStatistieken].[Categorie] AND landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistieken.rejects].[Type] = tree11.[AbonnementStatistieken].[Type])) AND tree11.[AbonnementStatistieken].[Datum] IS NOT NULL AND tree11.[AbonnementStatistieken].[Datum] >= ? AND tree11.[AbonnementStatistieken].[Datum] < ?;

DELETE FROM tree11.[AbonnementStatistieken] WHERE NOT (EXISTS (SELECT * 
FROM landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistieken] 
WHERE landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistieken].[Datum] = tree11.[AbonnementStatistieken].[Datum] AND landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistieken].[Categorie] = tree11.[AbonnementStatistieken].[Categorie] AND landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistieken].[Type] = tree11.[AbonnementStatistieken].[Type])) AND NOT (EXISTS (SELECT * 
FROM landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistieken.rejects] 
WHERE landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistieken.rejects].[Datum] = tree11.[AbonnementStatistieken].[Datum] AND landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistieken.rejects].[Categorie] = tree11.[AbonnementStatistieken].[Categorie] AND landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistieken.rejects].[Type] = tree11.[AbonnementStatistieken].[Type])) AND (EXISTS (SELECT * 
FROM landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistieken.deletes] 
WHERE landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistieken.deletes].[Datum] = tree11.[AbonnementStatistieken].[Datum] AND landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistieken.deletes].[Categorie] = tree11.[AbonnementStatistieken].[Categorie] AND landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistieken.deletes].[Type] = tree11.[AbonnementStatistieken].[Type]));

SELECT TOP 1 ? AS anon_1 
FROM tree11.[AbonnementStatistieken];

UPDATE t SET [Aantal] = s.[Aantal], [DatumLaatsteUpdate] = s.[DatumLaatsteUpdate], _extra = s._extra FROM tree11.[AbonnementStatistieken] AS t JOIN landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistieken] AS s ON t.[Datum] = s.[Datum] AND t.[Categorie] = s.[Categorie] AND t.[Type] = s.[Type] WHERE EXISTS (SELECT t.[Aantal], t._extra COLLATE Latin1_General_BIN2, DATALENGTH(t._extra) EXCEPT SELECT s.[Aantal], s._extra COLLATE Latin1_General_BIN2, DATALENGTH(s._extra));

INSERT INTO tree11.[AbonnementStatistieken] ([Datum], [Categorie], [Type], [Aantal], [DatumLaatsteUpdate], _extra) SELECT s.[Datum], s.[Categorie], s.[Type], s.[Aantal], s.[DatumLaatsteUpdate], s._extra FROM landfall_stage.[20260102T030405_0a1b2c_AbonnementStatistieken] AS s WHERE NOT EXISTS (SELECT 1 FROM tree11.[AbonnementStatistieken] AS t WITH (UPDLOCK, HOLDLOCK) WHERE t.[Datum] = s.[Datum] AND t.[Categorie] = s.[Categorie] AND t.[Type] = s.[Type]);
