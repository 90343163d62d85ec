CREATE TABLE tree11.[Leden] (
	[Id] NVARCHAR(50) NOT NULL, 
	[Naam] NVARCHAR(255) NULL, 
	[AccountId] NVARCHAR(50) NULL, 
	[BedrijfId] NVARCHAR(50) NOT NULL, 
	[PrimaireLocatieId] NVARCHAR(50) NULL, 
	[Actief] BIT NOT NULL, 
	[BetalingsVorm] NVARCHAR(20) NULL, 
	[KlantNummer] NVARCHAR(50) NULL, 
	[AangemaaktOp] DATETIME2(6) NOT NULL, 
	[GewijzigdOp] DATETIME2(6) NOT NULL, 
	[DatumLaatsteUpdate] DATETIME2(6) NOT NULL, 
	_extra NVARCHAR(max) NULL, 
	CONSTRAINT [pk_Leden] PRIMARY KEY ([Id])
);

CREATE TABLE tree11.[ActieveAbonnementen] (
	[LedenId] NVARCHAR(50) NOT NULL, 
	[AbonnementId] NVARCHAR(50) NOT NULL, 
	[AbonnementNaam] NVARCHAR(255) NULL, 
	[Status] NVARCHAR(20) NULL, 
	[DatumLaatsteUpdate] DATETIME2(6) NOT NULL, 
	_extra NVARCHAR(max) NULL, 
	CONSTRAINT [pk_ActieveAbonnementen] PRIMARY KEY ([LedenId], [AbonnementId])
);

CREATE INDEX [ix_ActieveAbonnementen_AbonnementId] ON tree11.[ActieveAbonnementen] ([AbonnementId]);

CREATE TABLE landfall_stage.[20260102T030405_0a1b2c_Leden] (
	_seq BIGINT NOT NULL, 
	[Id] NVARCHAR(50) NOT NULL, 
	[Naam] NVARCHAR(255) NULL, 
	[AccountId] NVARCHAR(50) NULL, 
	[BedrijfId] NVARCHAR(50) NULL, 
	[PrimaireLocatieId] NVARCHAR(50) NULL, 
	[Actief] BIT NULL, 
	[BetalingsVorm] NVARCHAR(20) NULL, 
	[KlantNummer] NVARCHAR(50) NULL, 
	[AangemaaktOp] DATETIME2(6) NULL, 
	[GewijzigdOp] DATETIME2(6) NULL, 
	[DatumLaatsteUpdate] DATETIME2(6) NULL, 
	_extra NVARCHAR(max) NULL
);

CREATE TABLE landfall_stage.[20260102T030405_0a1b2c_ActieveAbonnementen] (
	_seq BIGINT NOT NULL, 
	[LedenId] NVARCHAR(50) NOT NULL, 
	[AbonnementId] NVARCHAR(50) NOT NULL, 
	[AbonnementNaam] NVARCHAR(255) NULL, 
	[Status] NVARCHAR(20) NULL, 
	[DatumLaatsteUpdate] DATETIME2(6) NULL, 
	_extra NVARCHAR(max) NULL
);

CREATE TABLE landfall_stage.[20260102T030405_0a1b2c_Leden.deletes] (
	[Id] NVARCHAR(50) NOT NULL
);

CREATE TABLE landfall_stage.[20260102T030405_0a1b2c_Leden.rejects] (
	_seq BIGINT NOT NULL, 
	[Id] NVARCHAR(50) NULL, 
	_rule NVARCHAR(128) NULL
);

CREATE TABLE landfall_stage.[20260102T030405_0a1b2c_ActieveAbonnementen.rejects] (
	_seq BIGINT NOT NULL, 
	[LedenId] NVARCHAR(50) NULL, 
	[AbonnementId] NVARCHAR(50) NULL
);

SELECT count(*) AS count_1 
FROM (SELECT ? AS one 
FROM landfall_stage.[20260102T030405_0a1b2c_Leden] GROUP BY landfall_stage.[20260102T030405_0a1b2c_Leden].[Id] 
HAVING count(DISTINCT (landfall_stage.[20260102T030405_0a1b2c_Leden].[Id] COLLATE Latin1_General_BIN2)) > ? OR count(DISTINCT datalength(landfall_stage.[20260102T030405_0a1b2c_Leden].[Id])) > ?) AS anon_1;

SELECT TOP 1 [read].[Id], max([read]._seq) AS last 
FROM (SELECT landfall_stage.[20260102T030405_0a1b2c_Leden].[Id] AS [Id], landfall_stage.[20260102T030405_0a1b2c_Leden]._seq AS _seq 
FROM landfall_stage.[20260102T030405_0a1b2c_Leden]) AS [read] GROUP BY [read].[Id] 
HAVING count(*) > ?;

DELETE FROM landfall_stage.[20260102T030405_0a1b2c_Leden] WHERE EXISTS (SELECT * 
FROM (SELECT [read].[Id] AS [Id], max([read]._seq) AS last 
FROM (SELECT landfall_stage.[20260102T030405_0a1b2c_Leden].[Id] AS [Id], landfall_stage.[20260102T030405_0a1b2c_Leden]._seq AS _seq 
FROM landfall_stage.[20260102T030405_0a1b2c_Leden]) AS [read] GROUP BY [read].[Id] 
HAVING count(*) > ?) AS latest 
WHERE landfall_stage.[20260102T030405_0a1b2c_Leden].[Id] = latest.[Id] AND landfall_stage.[20260102T030405_0a1b2c_Leden]._seq < latest.last);

SELECT count(*) AS count_1 
FROM landfall_stage.[20260102T030405_0a1b2c_Leden];

DELETE FROM tree11.[Leden] WHERE NOT (EXISTS (SELECT * 
FROM landfall_stage.[20260102T030405_0a1b2c_Leden] 
WHERE landfall_stage.[20260102T030405_0a1b2c_Leden].[Id] = tree11.[Leden].[Id])) AND NOT (EXISTS (SELECT * 
FROM landfall_stage.[20260102T030405_0a1b2c_Leden.rejects] 
WHERE landfall_stage.[20260102T030405_0a1b2c_Leden.rejects].[Id] = tree11.[Leden].[Id]));

SELECT TOP 1 ? AS anon_1 
FROM tree11.[Leden];

UPDATE t SET [Naam] = s.[Naam], [AccountId] = s.[AccountId], [BedrijfId] = s.[BedrijfId], [PrimaireLocatieId] = s.[PrimaireLocatieId], [Actief] = s.[Actief], [BetalingsVorm] = s.[BetalingsVorm], [KlantNummer] = s.[KlantNummer], [AangemaaktOp] = s.[AangemaaktOp], [GewijzigdOp] = s.[GewijzigdOp], [DatumLaatsteUpdate] = s.[DatumLaatsteUpdate], _extra = s._extra FROM tree11.[Leden] AS t JOIN landfall_stage.[20260102T030405_0a1b2c_Leden] AS s ON t.[Id] = s.[Id] WHERE EXISTS (SELECT t.[Naam] COLLATE Latin1_General_BIN2, DATALENGTH(t.[Naam]), t.[AccountId] COLLATE Latin1_General_BIN2, DATALENGTH(t.[AccountId]), t.[BedrijfId] COLLATE Latin1_General_BIN2, DATALENGTH(t.[BedrijfId]), t.[PrimaireLocatieId] COLLATE Latin1_General_BIN2, DATALENGTH(t.[PrimaireLocatieId]), t.[Actief], t.[BetalingsVorm] COLLATE Latin1_General_BIN2, DATALENGTH(t.[BetalingsVorm]), t.[KlantNummer] COLLATE Latin1_General_BIN2, DATALENGTH(t.[KlantNummer]), t.[AangemaaktOp], t.[GewijzigdOp], t._extra COLLATE Latin1_General_BIN2, DATALENGTH(t._extra) EXCEPT SELECT s.[Naam] COLLATE Latin1_General_BIN2, DATALENGTH(s.[Naam]), s.[AccountId] COLLATE Latin1_General_BIN2, DATALENGTH(s.[AccountId]), s.[BedrijfId] COLLATE Latin1_General_BIN2, DATALENGTH(s.[BedrijfId]), s.[PrimaireLocatieId] COLLATE Latin1_General_BIN2, DATALENGTH(s.[PrimaireLocatieId]), s.[Actief], s.[BetalingsVorm] COLLATE Latin1_General_BIN2, DATALENGTH(s.[BetalingsVorm]), s.[KlantNummer] COLLATE Latin1_General_BIN2, DATALENGTH(s.[KlantNummer]), s.[AangemaaktOp], s.[GewijzigdOp], s._extra COLLATE Latin1_General_BIN2, DATALENGTH(s._extra));

INSERT INTO tree11.[Leden] ([Id], [Naam], [AccountId], [BedrijfId], [PrimaireLocatieId], [Actief], [BetalingsVorm], [KlantNummer], [AangemaaktOp], [GewijzigdOp], [DatumLaatsteUpdate], _extra) SELECT s.[Id], s.[Naam], s.[AccountId], s.[BedrijfId], s.[PrimaireLocatieId], s.[Actief], s.[BetalingsVorm], s.[KlantNummer], s.[AangemaaktOp], s.[GewijzigdOp], s.[DatumLaatsteUpdate], s._extra FROM landfall_stage.[20260102T030405_0a1b2c_Leden] AS s WHERE NOT EXISTS (SELECT 1 FROM tree11.[Leden] AS t WITH (UPDLOCK, HOLDLOCK) WHERE t.[Id] = s.[Id]);

SELECT TOP 1 ? AS anon_1 
FROM landfall_stage.[20260102T030405_0a1b2c_ActieveAbonnementen.rejects];

DELETE FROM tree11.[ActieveAbonnementen] WHERE NOT (EXISTS (SELECT * 
FROM landfall_stage.[20260102T030405_0a1b2c_ActieveAbonnementen] 
WHERE landfall_stage.[20260102T030405_0a1b2c_ActieveAbonnementen].[LedenId] = tree11.[ActieveAbonnementen].[LedenId] AND landfall_stage.[20260102T030405_0a1b2c_ActieveAbonnementen].[AbonnementId] = tree11.[ActieveAbonnementen].[AbonnementId])) AND NOT (EXISTS (SELECT * 
FROM landfall_stage.[20260102T030405_0a1b2c_ActieveAbonnementen.rejects] 
WHERE (landfall_stage.[20260102T030405_0a1b2c_ActieveAbonnementen.rejects].[LedenId] IS NULL OR landfall_stage.[20260102T030405_0a1b2c_ActieveAbonnementen.rejects].[LedenId] = tree11.[ActieveAbonnementen].[LedenId]) AND (landfall_stage.[20260102T030405_0a1b2c_ActieveAbonnementen.rejects].[AbonnementId] IS NULL OR landfall_stage.[20260102T030405_0a1b2c_ActieveAbonnementen.rejects].[AbonnementId] = tree11.[ActieveAbonnementen].[AbonnementId]))) AND (EXISTS (SELECT * 
FROM landfall_stage.[20260102T030405_0a1b2c_Leden] 
WHERE tree11.[ActieveAbonnementen].[LedenId] = landfall_stage.[20260102T030405_0a1b2c_Leden].[Id]));

DELETE FROM tree11.[ActieveAbonnementen] WHERE NOT (EXISTS (SELECT * 
FROM tree11.[Leden] 
WHERE tree11.[ActieveAbonnementen].[LedenId] = tree11.[Leden].[Id]));

SELECT count(*) AS count_1 
FROM landfall_stage.[20260102T030405_0a1b2c_ActieveAbonnementen];

SELECT TOP 1 ? AS anon_1 
FROM tree11.[ActieveAbonnementen];

UPDATE t SET [AbonnementNaam] = s.[AbonnementNaam], [Status] = s.[Status], [DatumLaatsteUpdate] = s.[DatumLaatsteUpdate], _extra = s._extra FROM tree11.[ActieveAbonnementen] AS t JOIN landfall_stage.[20260102T030405_0a1b2c_ActieveAbonnementen] AS s ON t.[LedenId] = s.[LedenId] AND t.[AbonnementId] = s.[AbonnementId] WHERE EXISTS (SELECT t.[AbonnementNaam] COLLATE Latin1_General_BIN2, DATALENGTH(t.[AbonnementNaam]), t.[Status] COLLATE Latin1_General_BIN2, DATALENGTH(t.[Status]), t._extra COLLATE Latin1_General_BIN2, DATALENGTH(t._extra) EXCEPT SELECT s.[AbonnementNaam] COLLATE Latin1_General_BIN2, DATALENGTH(s.[AbonnementNaam]), s.[Status] COLLATE Latin1_General_BIN2, DATALENGTH(s.[Status]), s._extra COLLATE Latin1_General_BIN2, DATALENGTH(s._extra));

INSERT INTO tree11.[ActieveAbonnementen] ([LedenId], [AbonnementId], [AbonnementNaam], [Status], [DatumLaatsteUpdate], _extra) SELECT s.[LedenId], s.[AbonnementId], s.[AbonnementNaam], s.[Status], s.[DatumLaatsteUpdate], s._extra FROM landfall_stage.[20260102T030405_0a1b2c_ActieveAbonnementen] AS s WHERE NOT EXISTS (SELECT 1 FROM tree11.[ActieveAbonnementen] AS t WITH (UPDLOCK, HOLDLOCK) WHERE t.[LedenId] = s.[LedenId] AND t.[AbonnementId] = s.[AbonnementId]);
