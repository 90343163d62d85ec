CREATE TABLE tree11.[Lessen] (
	[Id] NVARCHAR(50) NOT NULL, 
	[Naam] NVARCHAR(255) NULL, 
	[StartTijd] DATETIME2(6) NOT NULL, 
	[EindTijd] DATETIME2(6) NOT NULL, 
	[Capaciteit] BIGINT NULL, 
	[LedenAantal] BIGINT NULL, 
	[ProefledenAantal] BIGINT NULL, 
	[BedrijfsLocatieId] NVARCHAR(50) NULL, 
	[Activiteiten] NVARCHAR(max) NULL, 
	[Terugkerend] BIT NULL, 
	[AangemaaktOp] DATETIME2(6) NOT NULL, 
	[GewijzigdOp] DATETIME2(6) NOT NULL, 
	[Instructeurs] NVARCHAR(max) NULL, 
	[DatumLaatsteUpdate] DATETIME2(6) NOT NULL, 
	_extra NVARCHAR(max) NULL, 
	CONSTRAINT [pk_Lessen] PRIMARY KEY ([Id])
);

CREATE INDEX [ix_Lessen_StartTijd] ON tree11.[Lessen] ([StartTijd]);

CREATE TABLE landfall_stage.[20260102T030405_0a1b2c_Lessen] (
	_seq BIGINT NOT NULL, 
	[Id] NVARCHAR(50) NOT NULL, 
	[Naam] NVARCHAR(255) NULL, 
	[StartTijd] DATETIME2(6) NULL, 
	[EindTijd] DATETIME2(6) NULL, 
	[Capaciteit] BIGINT NULL, 
	[LedenAantal] BIGINT NULL, 
	[ProefledenAantal] BIGINT NULL, 
	[BedrijfsLocatieId] NVARCHAR(50) NULL, 
	[Activiteiten] NVARCHAR(max) NULL, 
	[Terugkerend] BIT NULL, 
	[AangemaaktOp] DATETIME2(6) NULL, 
	[GewijzigdOp] DATETIME2(6) NULL, 
	[Instructeurs] NVARCHAR(max) NULL, 
	[DatumLaatsteUpdate] DATETIME2(6) NULL, 
	_extra NVARCHAR(max) NULL
);

CREATE TABLE landfall_stage.[20260102T030405_0a1b2c_Lessen.deletes] (
	[Id] NVARCHAR(50) NOT NULL
);

CREATE TABLE landfall_stage.[20260102T030405_0a1b2c_Lessen.rejects] (
	_seq BIGINT NOT NULL, 
	[Id] NVARCHAR(50) NULL, 
	_day_start DATETIME2(6) NULL, 
	_day_end DATETIME2(6) NULL, 
	_rule NVARCHAR(128) NULL
);

SELECT count(*) AS count_1 
FROM (SELECT ? AS one 
FROM landfall_stage.[20260102T030405_0a1b2c_Lessen] GROUP BY landfall_stage.[20260102T030405_0a1b2c_Lessen].[Id] 
HAVING count(DISTINCT (landfall_stage.[20260102T030405_0a1b2c_Lessen].[Id] COLLATE Latin1_General_BIN2)) > ? OR count(DISTINCT datalength(landfall_stage.[20260102T030405_0a1b2c_Lessen].[Id])) > ?) AS anon_1;

SELECT TOP 1 [read].[Id], max([read]._seq) AS last 
FROM (SELECT landfall_stage.[20260102T030405_0a1b2c_Lessen].[Id] AS [Id], landfall_stage.[20260102T030405_0a1b2c_Lessen]._seq AS _seq 
FROM landfall_stage.[20260102T030405_0a1b2c_Lessen]) AS [read] GROUP BY [read].[Id] 
HAVING count(*) > ?;

DELETE FROM landfall_stage.[20260102T030405_0a1b2c_Lessen] WHERE EXISTS (SELECT * 
FROM (SELECT [read].[Id] AS [Id], max([read]._seq) AS last 
FROM (SELECT landfall_stage.[20260102T030405_0a1b2c_Lessen].[Id] AS [Id], landfall_stage.[20260102T030405_0a1b2c_Lessen]._seq AS _seq 
FROM landfall_stage.[20260102T030405_0a1b2c_Lessen]) AS [read] GROUP BY [read].[Id] 
HAVING count(*) > ?) AS latest 
WHERE landfall_stage.[20260102T030405_0a1b2c_Lessen].[Id] = latest.[Id] AND landfall_stage.[20260102T030405_0a1b2c_Lessen]._seq < latest.last);

SELECT count(*) AS count_1 
FROM landfall_stage.[20260102T030405_0a1b2c_Lessen];

DELETE FROM tree11.[Lessen] WHERE NOT (EXISTS (SELECT * 
FROM landfall_stage.[20260102T030405_0a1b2c_Lessen] 
WHERE landfall_stage.[20260102T030405_0a1b2c_Lessen].[Id] = tree11.[Lessen].[Id])) AND NOT (EXISTS (SELECT * 
FROM landfall_stage.[20260102T030405_0a1b2c_Lessen.rejects] 
WHERE landfall_stage.[20260102T030405_0a1b2c_Lessen.rejects].[Id] = tree11.[Lessen].[Id])) AND tree11.[Lessen].[StartTijd] IS NOT NULL AND tree11.[Lessen].[StartTijd] >= ? AND tree11.[Lessen].[StartTijd] < ?;

DELETE FROM tree11.[Lessen] WHERE NOT (EXISTS (SELECT * 
FROM landfall_stage.[20260102T030405_0a1b2c_Lessen] 
WHERE landfall_stage.[20260102T030405_0a1b2c_Lessen].[Id] = tree11.[Lessen].[Id])) AND NOT (EXISTS (SELECT * 
FROM landfall_stage.[20260102T030405_0a1b2c_Lessen.rejects] 
WHERE landfall_stage.[20260102T030405_0a1b2c_Lessen.rejects].[Id] = tree11.[Lessen].[Id])) AND (EXISTS (SELECT * 
FROM landfall_stage.[20260102T030405_0a1b2c_Lessen.deletes] 
WHERE landfall_stage.[20260102T030405_0a1b2c_Lessen.deletes].[Id] = tree11.[Lessen].[Id]));

SELECT TOP 1 ? AS anon_1 
FROM tree11.[Lessen];

UPDATE t SET [Naam] = s.[Naam], [StartTijd] = s.[StartTijd], [EindTijd] = s.[EindTijd], [Capaciteit] = s.[Capaciteit], [LedenAantal] = s.[LedenAantal], [ProefledenAantal] = s.[ProefledenAantal], [BedrijfsLocatieId] = s.[BedrijfsLocatieId], [Activiteiten] = s.[Activiteiten], [Terugkerend] = s.[Terugkerend], [AangemaaktOp] = s.[AangemaaktOp], [GewijzigdOp] = s.[GewijzigdOp], [Instructeurs] = s.[Instructeurs], [DatumLaatsteUpdate] = s.[DatumLaatsteUpdate], _extra = s._extra FROM tree11.[Lessen] AS t JOIN landfall_stage.[20260102T030405_0a1b2c_Lessen] AS s ON t.[Id] = s.[Id] WHERE EXISTS (SELECT t.[Naam] COLLATE Latin1_General_BIN2, DATALENGTH(t.[Naam]), t.[StartTijd], t.[EindTijd], t.[Capaciteit], t.[LedenAantal], t.[ProefledenAantal], t.[BedrijfsLocatieId] COLLATE Latin1_General_BIN2, DATALENGTH(t.[BedrijfsLocatieId]), t.[Activiteiten] COLLATE Latin1_General_BIN2, DATALENGTH(t.[Activiteiten]), t.[Terugkerend], t.[AangemaaktOp], t.[GewijzigdOp], t.[Instructeurs] COLLATE Latin1_General_BIN2, DATALENGTH(t.[Instructeurs]), t._extra COLLATE Latin1_General_BIN2, DATALENGTH(t._extra) EXCEPT SELECT s.[Naam] COLLATE Latin1_General_BIN2, DATALENGTH(s.[Naam]), s.[StartTijd], s.[EindTijd], s.[Capaciteit], s.[LedenAantal], s.[ProefledenAantal], s.[BedrijfsLocatieId] COLLATE Latin1_General_BIN2, DATALENGTH(s.[BedrijfsLocatieId]), s.[Activiteiten] COLLATE Latin1_General_BIN2, DATALENGTH(s.[Activiteiten]), s.[Terugkerend], s.[AangemaaktOp], s.[GewijzigdOp], s.[Instructeurs] COLLATE Latin1_General_BIN2, DATALENGTH(s.[Instructeurs]), s._extra COLLATE Latin1_General_BIN2, DATALENGTH(s._extra));

INSERT INTO tree11.[Lessen] ([Id], [Naam], [StartTijd], [EindTijd], [Capaciteit], [LedenAantal], [ProefledenAantal], [BedrijfsLocatieId], [Activiteiten], [Terugkerend], [AangemaaktOp], [GewijzigdOp], [Instructeurs], [DatumLaatsteUpdate], _extra) SELECT s.[Id], s.[Naam], s.[StartTijd], s.[EindTijd], s.[Capaciteit], s.[LedenAantal], s.[ProefledenAantal], s.[BedrijfsLocatieId], s.[Activiteiten], s.[Terugkerend], s.[AangemaaktOp], s.[GewijzigdOp], s.[Instructeurs], s.[DatumLaatsteUpdate], s._extra FROM landfall_stage.[20260102T030405_0a1b2c_Lessen] AS s WHERE NOT EXISTS (SELECT 1 FROM tree11.[Lessen] AS t WITH (UPDLOCK, HOLDLOCK) WHERE t.[Id] = s.[Id]);
