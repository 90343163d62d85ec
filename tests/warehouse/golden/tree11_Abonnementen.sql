CREATE TABLE tree11.[Abonnementen] (
	[AbonnementId] NVARCHAR(50) NOT NULL, 
	[Naam] NVARCHAR(255) NOT NULL, 
	[Beschrijving] NVARCHAR(max) NULL, 
	[Type] NVARCHAR(50) NULL, 
	[BetalingsType] NVARCHAR(50) NULL, 
	[Bedrag] NUMERIC(10, 2) NULL, 
	[Valuta] NVARCHAR(3) NULL, 
	[VervalPeriode] BIGINT NULL, 
	[ActivatieStrategie] NVARCHAR(50) NULL, 
	[AbonnementVereist] BIT NULL, 
	[ConsumptieMethode] NVARCHAR(50) NULL, 
	[AutoVerlenging] BIT NULL, 
	[GrootboekGroepId] NVARCHAR(50) NULL, 
	[Sectie] NVARCHAR(100) NULL, 
	[ContractDuur] NVARCHAR(20) NULL, 
	[ContractPeriode] BIGINT NULL, 
	[DatumLaatsteUpdate] DATETIME2(6) NOT NULL, 
	_extra NVARCHAR(max) NULL, 
	CONSTRAINT [pk_Abonnementen] PRIMARY KEY ([AbonnementId])
);

CREATE TABLE landfall_stage.[20260102T030405_0a1b2c_Abonnementen] (
	_seq BIGINT NOT NULL, 
	[AbonnementId] NVARCHAR(50) NOT NULL, 
	[Naam] NVARCHAR(255) NULL, 
	[Beschrijving] NVARCHAR(max) NULL, 
	[Type] NVARCHAR(50) NULL, 
	[BetalingsType] NVARCHAR(50) NULL, 
	[Bedrag] NUMERIC(10, 2) NULL, 
	[Valuta] NVARCHAR(3) NULL, 
	[VervalPeriode] BIGINT NULL, 
	[ActivatieStrategie] NVARCHAR(50) NULL, 
	[AbonnementVereist] BIT NULL, 
	[ConsumptieMethode] NVARCHAR(50) NULL, 
	[AutoVerlenging] BIT NULL, 
	[GrootboekGroepId] NVARCHAR(50) NULL, 
	[Sectie] NVARCHAR(100) NULL, 
	[ContractDuur] NVARCHAR(20) NULL, 
	[ContractPeriode] BIGINT NULL, 
	[DatumLaatsteUpdate] DATETIME2(6) NULL, 
	_extra NVARCHAR(max) NULL
);

CREATE TABLE landfall_stage.[20260102T030405_0a1b2c_Abonnementen.deletes] (
	[AbonnementId] NVARCHAR(50) NOT NULL
);

CREATE TABLE landfall_stage.[20260102T030405_0a1b2c_Abonnementen.rejects] (
	_seq BIGINT NOT NULL, 
	[AbonnementId] NVARCHAR(50) NULL, 
	_rule NVARCHAR(128) NULL
);

SELECT count(*) AS count_1 
FROM (SELECT ? AS one 
FROM landfall_stage.[20260102T030405_0a1b2c_Abonnementen] GROUP BY landfall_stage.[20260102T030405_0a1b2c_Abonnementen].[AbonnementId] 
HAVING count(DISTINCT (landfall_stage.[20260102T030405_0a1b2c_Abonnementen].[AbonnementId] COLLATE Latin1_General_BIN2)) > ? OR count(DISTINCT datalength(landfall_stage.[20260102T030405_0a1b2c_Abonnementen].[AbonnementId])) > ?) AS anon_1;

SELECT TOP 1 [read].[AbonnementId], max([read]._seq) AS last 
FROM (SELECT landfall_stage.[20260102T030405_0a1b2c_Abonnementen].[AbonnementId] AS [AbonnementId], landfall_stage.[20260102T030405_0a1b2c_Abonnementen]._seq AS _seq 
FROM landfall_stage.[20260102T030405_0a1b2c_Abonnementen]) AS [read] GROUP BY [read].[AbonnementId] 
HAVING count(*) > ?;

DELETE FROM landfall_stage.[20260102T030405_0a1b2c_Abonnementen] WHERE EXISTS (SELECT * 
FROM (SELECT [read].[AbonnementId] AS [AbonnementId], max([read]._seq) AS last 
FROM (SELECT landfall_stage.[20260102T030405_0a1b2c_Abonnementen].[AbonnementId] AS [AbonnementId], landfall_stage.[20260102T030405_0a1b2c_Abonnementen]._seq AS _seq 
FROM landfall_stage.[20260102T030405_0a1b2c_Abonnementen]) AS [read] GROUP BY [read].[AbonnementId] 
HAVING count(*) > ?) AS latest 
WHERE landfall_stage.[20260102T030405_0a1b2c_Abonnementen].[AbonnementId] = latest.[AbonnementId] AND landfall_stage.[20260102T030405_0a1b2c_Abonnementen]._seq < latest.last);

SELECT count(*) AS count_1 
FROM landfall_stage.[20260102T030405_0a1b2c_Abonnementen];

DELETE FROM tree11.[Abonnementen] WHERE NOT (EXISTS (SELECT * 
FROM landfall_stage.[20260102T030405_0a1b2c_Abonnementen] 
WHERE landfall_stage.[20260102T030405_0a1b2c_Abonnementen].[AbonnementId] = tree11.[Abonnementen].[AbonnementId])) AND NOT (EXISTS (SELECT * 
FROM landfall_stage.[20260102T030405_0a1b2c_Abonnementen.rejects] 
WHERE landfall_stage.[20260102T030405_0a1b2c_Abonnementen.rejects].[AbonnementId] = tree11.[Abonnementen].[AbonnementId]));

SELECT TOP 1 ? AS anon_1 
FROM tree11.[Abonnementen];

UPDATE t SET [Naam] = s.[Naam], [Beschrijving] = s.[Beschrijving], [Type] = s.[Type], [BetalingsType] = s.[BetalingsType], [Bedrag] = s.[Bedrag], [Valuta] = s.[Valuta], [VervalPeriode] = s.[VervalPeriode], [ActivatieStrategie] = s.[ActivatieStrategie], [AbonnementVereist] = s.[AbonnementVereist], [ConsumptieMethode] = s.[ConsumptieMethode], [AutoVerlenging] = s.[AutoVerlenging], [GrootboekGroepId] = s.[GrootboekGroepId], [Sectie] = s.[Sectie], [ContractDuur] = s.[ContractDuur], [ContractPeriode] = s.[ContractPeriode], [DatumLaatsteUpdate] = s.[DatumLaatsteUpdate], _extra = s._extra FROM tree11.[Abonnementen] AS t JOIN landfall_stage.[20260102T030405_0a1b2c_Abonnementen] AS s ON t.[AbonnementId] = s.[AbonnementId] WHERE EXISTS (SELECT t.[Naam] COLLATE Latin1_General_BIN2, DATALENGTH(t.[Naam]), t.[Beschrijving] COLLATE Latin1_General_BIN2, DATALENGTH(t.[Beschrijving]), t.[Type] COLLATE Latin1_General_BIN2, DATALENGTH(t.[Type]), t.[BetalingsType] COLLATE Latin1_General_BIN2, DATALENGTH(t.[BetalingsType]), t.[Bedrag], t.[Valuta] COLLATE Latin1_General_BIN2, DATALENGTH(t.[Valuta]), t.[VervalPeriode], t.[ActivatieStrategie] COLLATE Latin1_General_BIN2, DATALENGTH(t.[ActivatieStrategie]), t.[AbonnementVereist], t.[ConsumptieMethode] COLLATE Latin1_General_BIN2, DATALENGTH(t.[ConsumptieMethode]), t.[AutoVerlenging], t.[GrootboekGroepId] COLLATE Latin1_General_BIN2, DATALENGTH(t.[GrootboekGroepId]), t.[Sectie] COLLATE Latin1_General_BIN2, DATALENGTH(t.[Sectie]), t.[ContractDuur] COLLATE Latin1_General_BIN2, DATALENGTH(t.[ContractDuur]), t.[ContractPeriode], t._extra COLLATE Latin1_General_BIN2, DATALENGTH(t._extra) EXCEPT SELECT s.[Naam] COLLATE Latin1_General_BIN2, DATALENGTH(s.[Naam]), s.[Beschrijving] COLLATE Latin1_General_BIN2, DATALENGTH(s.[Beschrijving]), s.[Type] COLLATE Latin1_General_BIN2, DATALENGTH(s.[Type]), s.[BetalingsType] COLLATE Latin1_General_BIN2, DATALENGTH(s.[BetalingsType]), s.[Bedrag], s.[Valuta] COLLATE Latin1_General_BIN2, DATALENGTH(s.[Valuta]), s.[VervalPeriode], s.[ActivatieStrategie] COLLATE Latin1_General_BIN2, DATALENGTH(s.[ActivatieStrategie]), s.[AbonnementVereist], s.[ConsumptieMethode] COLLATE Latin1_General_BIN2, DATALENGTH(s.[ConsumptieMethode]), s.[AutoVerlenging], s.[GrootboekGroepId] COLLATE Latin1_General_BIN2, DATALENGTH(s.[GrootboekGroepId]), s.[Sectie] COLLATE Latin1_General_BIN2, DATALENGTH(s.[Sectie]), s.[ContractDuur] COLLATE Latin1_General_BIN2, DATALENGTH(s.[ContractDuur]), s.[ContractPeriode], s._extra COLLATE Latin1_General_BIN2, DATALENGTH(s._extra));

INSERT INTO tree11.[Abonnementen] ([AbonnementId], [Naam], [Beschrijving], [Type], [BetalingsType], [Bedrag], [Valuta], [VervalPeriode], [ActivatieStrategie], [AbonnementVereist], [ConsumptieMethode], [AutoVerlenging], [GrootboekGroepId], [Sectie], [ContractDuur], [ContractPeriode], [DatumLaatsteUpdate], _extra) SELECT s.[AbonnementId], s.[Naam], s.[Beschrijving], s.[Type], s.[BetalingsType], s.[Bedrag], s.[Valuta], s.[VervalPeriode], s.[ActivatieStrategie], s.[AbonnementVereist], s.[ConsumptieMethode], s.[AutoVerlenging], s.[GrootboekGroepId], s.[Sectie], s.[ContractDuur], s.[ContractPeriode], s.[DatumLaatsteUpdate], s._extra FROM landfall_stage.[20260102T030405_0a1b2c_Abonnementen] AS s WHERE NOT EXISTS (SELECT 1 FROM tree11.[Abonnementen] AS t WITH (UPDLOCK, HOLDLOCK) WHERE t.[AbonnementId] = s.[AbonnementId]);
