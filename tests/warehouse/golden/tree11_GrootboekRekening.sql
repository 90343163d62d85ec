CREATE TABLE tree11.[GrootboekRekening] (
	[Id] NVARCHAR(50) NOT NULL, 
	[Sleutel] NVARCHAR(100) NULL, 
	[Label] NVARCHAR(255) NULL, 
	[DatumLaatsteUpdate] DATETIME2(6) NOT NULL, 
	_extra NVARCHAR(max) NULL, 
	CONSTRAINT [pk_GrootboekRekening] PRIMARY KEY ([Id])
);

CREATE TABLE landfall_stage.[20260102T030405_0a1b2c_GrootboekRekening] (
	_seq BIGINT NOT NULL, 
	[Id] NVARCHAR(50) NOT NULL, 
	[Sleutel] NVARCHAR(100) NULL, 
	[Label] NVARCHAR(255) NULL, 
	[DatumLaatsteUpdate] DATETIME2(6) NULL, 
	_extra NVARCHAR(max) NULL
);

CREATE TABLE landfall_stage.[20260102T030405_0a1b2c_GrootboekRekening.deletes] (
	[Id] NVARCHAR(50) NOT NULL
);

CREATE TABLE landfall_stage.[20260102T030405_0a1b2c_GrootboekRekening.rejects] (
	_seq BIGINT NOT NULL, 
	[Id] NVARCHAR(50) NULL, 
	_rule NVARCHAR(128) NULL
);

SELECT count(*) AS count_1 
FROM (SELECT ? AS one 
FROM landfall_stage.[20260102T030405_0a1b2c_GrootboekRekening] GROUP BY landfall_stage.[20260102T030405_0a1b2c_GrootboekRekening].[Id] 
HAVING count(DISTINCT (landfall_stage.[20260102T030405_0a1b2c_GrootboekRekening].[Id] COLLATE Latin1_General_BIN2)) > ? OR count(DISTINCT datalength(landfall_stage.[20260102T030405_0a1b2c_GrootboekRekening].[Id])) > ?) AS anon_1;

SELECT TOP 1 [read].[Id], max([read]._seq) AS last 
FROM (SELECT landfall_stage.[20260102T030405_0a1b2c_GrootboekRekening].[Id] AS [Id], landfall_stage.[20260102T030405_0a1b2c_GrootboekRekening]._seq AS _seq 
FROM landfall_stage.[20260102T030405_0a1b2c_GrootboekRekening]) AS [read] GROUP BY [read].[Id] 
HAVING count(*) > ?;

DELETE FROM landfall_stage.[20260102T030405_0a1b2c_GrootboekRekening] WHERE EXISTS (SELECT * 
FROM (SELECT [read].[Id] AS [Id], max([read]._seq) AS last 
FROM (SELECT landfall_stage.[20260102T030405_0a1b2c_GrootboekRekening].[Id] AS [Id], landfall_stage.[20260102T030405_0a1b2c_GrootboekRekening]._seq AS _seq 
FROM landfall_stage.[20260102T030405_0a1b2c_GrootboekRekening]) AS [read] GROUP BY [read].[Id] 
HAVING count(*) > ?) AS latest 
WHERE landfall_stage.[20260102T030405_0a1b2c_GrootboekRekening].[Id] = latest.[Id] AND landfall_stage.[20260102T030405_0a1b2c_GrootboekRekening]._seq < latest.last);

SELECT count(*) AS count_1 
FROM landfall_stage.[20260102T030405_0a1b2c_GrootboekRekening];

DELETE FROM tree11.[GrootboekRekening] WHERE EXISTS (SELECT * 
FROM landfall_stage.[20260102T030405_0a1b2c_GrootboekRekening.deletes] 
WHERE landfall_stage.[20260102T030405_0a1b2c_GrootboekRekening.deletes].[Id] = tree11.[GrootboekRekening].[Id]);

SELECT TOP 1 ? AS anon_1 
FROM tree11.[GrootboekRekening];

UPDATE t SET [Sleutel] = s.[Sleutel], [Label] = s.[Label], [DatumLaatsteUpdate] = s.[DatumLaatsteUpdate], _extra = s._extra FROM tree11.[GrootboekRekening] AS t JOIN landfall_stage.[20260102T030405_0a1b2c_GrootboekRekening] AS s ON t.[Id] = s.[Id] WHERE EXISTS (SELECT t.[Sleutel] COLLATE Latin1_General_BIN2, DATALENGTH(t.[Sleutel]), t.[Label] COLLATE Latin1_General_BIN2, DATALENGTH(t.[Label]), t._extra COLLATE Latin1_General_BIN2, DATALENGTH(t._extra) EXCEPT SELECT s.[Sleutel] COLLATE Latin1_General_BIN2, DATALENGTH(s.[Sleutel]), s.[Label] COLLATE Latin1_General_BIN2, DATALENGTH(s.[Label]), s._extra COLLATE Latin1_General_BIN2, DATALENGTH(s._extra));

INSERT INTO tree11.[GrootboekRekening] ([Id], [Sleutel], [Label], [DatumLaatsteUpdate], _extra) SELECT s.[Id], s.[Sleutel], s.[Label], s.[DatumLaatsteUpdate], s._extra FROM landfall_stage.[20260102T030405_0a1b2c_GrootboekRekening] AS s WHERE NOT EXISTS (SELECT 1 FROM tree11.[GrootboekRekening] AS t WITH (UPDLOCK, HOLDLOCK) WHERE t.[Id] = s.[Id]);
