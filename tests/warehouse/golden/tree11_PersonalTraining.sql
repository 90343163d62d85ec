CREATE TABLE tree11.[PersonalTraining] (
	[Voornaam] NVARCHAR(100) NOT NULL, 
	[Achternaam] NVARCHAR(100) NOT NULL, 
	[Datum] DATE NOT NULL, 
	[Uren] NUMERIC(5, 2) NOT NULL, 
	[DatumLaatsteUpdate] DATETIME2(6) NOT NULL, 
	_extra NVARCHAR(max) NULL, 
	CONSTRAINT [pk_PersonalTraining] PRIMARY KEY ([Voornaam], [Achternaam], [Datum])
);

CREATE TABLE landfall_stage.[20260102T030405_0a1b2c_PersonalTraining] (
	_seq BIGINT NOT NULL, 
	[Voornaam] NVARCHAR(100) NOT NULL, 
	[Achternaam] NVARCHAR(100) NOT NULL, 
	[Datum] DATE NOT NULL, 
	[Uren] NUMERIC(5, 2) NULL, 
	[DatumLaatsteUpdate] DATETIME2(6) NULL, 
	_extra NVARCHAR(max) NULL
);

CREATE TABLE landfall_stage.[20260102T030405_0a1b2c_PersonalTraining.deletes] (
	[Voornaam] NVARCHAR(100) NOT NULL, 
	[Achternaam] NVARCHAR(100) NOT NULL, 
	[Datum] DATE NOT NULL
);

CREATE TABLE landfall_stage.[20260102T030405_0a1b2c_PersonalTraining.rejects] (
	_seq BIGINT NOT NULL, 
	[Voornaam] NVARCHAR(100) NULL, 
	[Achternaam] NVARCHAR(100) NULL, 
	[Datum] DATE NULL, 
	_rule NVARCHAR(128) NULL
);

SELECT count(*) AS count_1 
FROM (SELECT ? AS one 
FROM landfall_stage.[20260102T030405_0a1b2c_PersonalTraining] GROUP BY landfall_stage.[20260102T030405_0a1b2c_PersonalTraining].[Voornaam], landfall_stage.[20260102T030405_0a1b2c_PersonalTraining].[Achternaam], landfall_stage.[20260102T030405_0a1b2c_PersonalTraining].[Datum] 
HAVING count(DISTINCT (landfall_stage.[20260102T030405_0a1b2c_PersonalTraining].[Voornaam] COLLATE Latin1_General_BIN2)) > ? OR count(DISTINCT (landfall_stage.[20260102T030405_0a1b2c_PersonalTraining].[Achternaam] COLLATE Latin1_General_BIN2)) > ? OR count(DISTINCT datalength(landfall_stage.[20260102T030405_0a1b2c_PersonalTraining].[Voornaam])) > ? OR count(DISTINCT datalength(landfall_stage.[20260102T030405_0a1b2c_PersonalTraining].[Achternaam])) > ?) AS anon_1;

SELECT TOP 1 [read].[Voornaam], [read].[Achternaam], [read].[Datum], max([read]._seq) AS last 
FROM (SELECT landfall_stage.[20260102T030405_0a1b2c_PersonalTraining].[Voornaam] AS [Voornaam], landfall_stage.[20260102T030405_0a1b2c_PersonalTraining].[Achternaam] AS [Achternaam], landfall_stage.[20260102T030405_0a1b2c_PersonalTraining].[Datum] AS [Datum], landfall_stage.[20260102T030405_0a1b2c_PersonalTraining]._seq AS _seq 
FROM landfall_stage.[20260102T030405_0a1b2c_PersonalTraining]) AS [read] GROUP BY [read].[Voornaam], [read].[Achternaam], [read].[Datum] 
HAVING count(*) > ?;

DELETE FROM landfall_stage.[20260102T030405_0a1b2c_PersonalTraining] WHERE EXISTS (SELECT * 
FROM (SELECT [read].[Voornaam] AS [Voornaam], [read].[Achternaam] AS [Achternaam], [read].[Datum] AS [Datum], max([read]._seq) AS last 
FROM (SELECT landfall_stage.[20260102T030405_0a1b2c_PersonalTraining].[Voornaam] AS [Voornaam], landfall_stage.[20260102T030405_0a1b2c_PersonalTraining].[Achternaam] AS [Achternaam], landfall_stage.[20260102T030405_0a1b2c_PersonalTraining].[Datum] AS [Datum], landfall_stage.[20260102T030405_0a1b2c_PersonalTraining]._seq AS _seq 
FROM landfall_stage.[20260102T030405_0a1b2c_PersonalTraining]) AS [read] GROUP BY [read].[Voornaam], [read].[Achternaam], [read].[Datum] 
HAVING count(*) > ?) AS latest 
WHERE landfall_stage.[20260102T030405_0a1b2c_PersonalTraining].[Voornaam] = latest.[Voornaam] AND landfall_stage.[20260102T030405_0a1b2c_PersonalTraining].[Achternaam] = latest.[Achternaam] AND landfall_stage.[20260102T030405_0a1b2c_PersonalTraining].[Datum] = latest.[Datum] AND landfall_stage.[20260102T030405_0a1b2c_PersonalTraining]._seq < latest.last);

SELECT count(*) AS count_1 
FROM landfall_stage.[20260102T030405_0a1b2c_PersonalTraining];

DELETE FROM tree11.[PersonalTraining] WHERE NOT (EXISTS (SELECT * 
FROM landfall_stage.[20260102T030405_0a1b2c_PersonalTraining] 
WHERE landfall_stage.[20260102T030405_0a1b2c_PersonalTraining].[Voornaam] = tree11.[PersonalTraining].[Voornaam] AND landfall_stage.[20260102T030405_0a1b2c_PersonalTraining].[Achternaam] = tree11.[PersonalTraining].[Achternaam] AND landfall_stage.[20260102T030405_0a1b2c_PersonalTraining].[Datum] = tree11.[PersonalTraining].[Datum])) AND NOT (EXISTS (SELECT * 
FROM landfall_stage.[20260102T030405_0a1b2c_PersonalTraining.rejects] 
WHERE landfall_stage.[20260102T030405_0a1b2c_PersonalTraining.rejects].[Voornaam] = tree11.[PersonalTraining].[Voornaam] AND landfall_stage.[20260102T030405_0a1b2c_PersonalTraining.rejects].[Achternaam] = tree11.[PersonalTraining].[Achternaam] AND landfall_stage.[20260102T030405_0a1b2c_PersonalTraining.rejects].[Datum] = tree11.[PersonalTraining].[Datum]));

SELECT TOP 1 ? AS anon_1 
FROM tree11.[PersonalTraining];

UPDATE t SET [Uren] = s.[Uren], [DatumLaatsteUpdate] = s.[DatumLaatsteUpdate], _extra = s._extra FROM tree11.[PersonalTraining] AS t JOIN landfall_stage.[20260102T030405_0a1b2c_PersonalTraining] AS s ON t.[Voornaam] = s.[Voornaam] AND t.[Achternaam] = s.[Achternaam] AND t.[Datum] = s.[Datum] WHERE EXISTS (SELECT t.[Uren], t._extra COLLATE Latin1_General_BIN2, DATALENGTH(t._extra) EXCEPT SELECT s.[Uren], s._extra COLLATE Latin1_General_BIN2, DATALENGTH(s._extra));

INSERT INTO tree11.[PersonalTraining] ([Voornaam], [Achternaam], [Datum], [Uren], [DatumLaatsteUpdate], _extra) SELECT s.[Voornaam], s.[Achternaam], s.[Datum], s.[Uren], s.[DatumLaatsteUpdate], s._extra FROM landfall_stage.[20260102T030405_0a1b2c_PersonalTraining] AS s WHERE NOT EXISTS (SELECT 1 FROM tree11.[PersonalTraining] AS t WITH (UPDLOCK, HOLDLOCK) WHERE t.[Voornaam] = s.[Voornaam] AND t.[Achternaam] = s.[Achternaam] AND t.[Datum] = s.[Datum]);
