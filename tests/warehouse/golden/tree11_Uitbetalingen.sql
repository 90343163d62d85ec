CREATE TABLE tree11.[Uitbetalingen] (
	[UitbetalingID] NVARCHAR(50) NOT NULL, 
	[Datum] DATETIME2(6) NOT NULL, 
	[Betalingen] BIGINT NOT NULL, 
	[Chargebacks] BIGINT NOT NULL, 
	[Refunds] BIGINT NOT NULL, 
	[NettoBedrag] NUMERIC(12, 2) NOT NULL, 
	[BrutoBedrag] NUMERIC(12, 2) NOT NULL, 
	[ChargebackBedrag] NUMERIC(12, 2) NOT NULL, 
	[RefundBedrag] NUMERIC(12, 2) NOT NULL, 
	[CommissieBedrag] NUMERIC(10, 2) NOT NULL, 
	[Status] NVARCHAR(50) NOT NULL, 
	[DatumLaatsteUpdate] DATETIME2(6) NOT NULL, 
	_extra NVARCHAR(max) NULL, 
	CONSTRAINT [pk_Uitbetalingen] PRIMARY KEY ([UitbetalingID])
);

CREATE TABLE landfall_stage.[20260102T030405_0a1b2c_Uitbetalingen] (
	_seq BIGINT NOT NULL, 
	[UitbetalingID] NVARCHAR(50) NOT NULL, 
	[Datum] DATETIME2(6) NULL, 
	[Betalingen] BIGINT NULL, 
	[Chargebacks] BIGINT NULL, 
	[Refunds] BIGINT NULL, 
	[NettoBedrag] NUMERIC(12, 2) NULL, 
	[BrutoBedrag] NUMERIC(12, 2) NULL, 
	[ChargebackBedrag] NUMERIC(12, 2) NULL, 
	[RefundBedrag] NUMERIC(12, 2) NULL, 
	[CommissieBedrag] NUMERIC(10, 2) NULL, 
	[Status] NVARCHAR(50) NULL, 
	[DatumLaatsteUpdate] DATETIME2(6) NULL, 
	_extra NVARCHAR(max) NULL
);

CREATE TABLE landfall_stage.[20260102T030405_0a1b2c_Uitbetalingen.deletes] (
	[UitbetalingID] NVARCHAR(50) NOT NULL
);

CREATE TABLE landfall_stage.[20260102T030405_0a1b2c_Uitbetalingen.rejects] (
	_seq BIGINT NOT NULL, 
	[UitbetalingID] NVARCHAR(50) NULL, 
	_rule NVARCHAR(128) NULL
);

SELECT count(*) AS count_1 
FROM (SELECT ? AS one 
FROM landfall_stage.[20260102T030405_0a1b2c_Uitbetalingen] GROUP BY landfall_stage.[20260102T030405_0a1b2c_Uitbetalingen].[UitbetalingID] 
HAVING count(DISTINCT (landfall_stage.[20260102T030405_0a1b2c_Uitbetalingen].[UitbetalingID] COLLATE Latin1_General_BIN2)) > ? OR count(DISTINCT datalength(landfall_stage.[20260102T030405_0a1b2c_Uitbetalingen].[UitbetalingID])) > ?) AS anon_1;

SELECT TOP 1 [read].[UitbetalingID], max([read]._seq) AS last 
FROM (SELECT landfall_stage.[20260102T030405_0a1b2c_Uitbetalingen].[UitbetalingID] AS [UitbetalingID], landfall_stage.[20260102T030405_0a1b2c_Uitbetalingen]._seq AS _seq 
FROM landfall_stage.[20260102T030405_0a1b2c_Uitbetalingen]) AS [read] GROUP BY [read].[UitbetalingID] 
HAVING count(*) > ?;

DELETE FROM landfall_stage.[20260102T030405_0a1b2c_Uitbetalingen] WHERE EXISTS (SELECT * 
FROM (SELECT [read].[UitbetalingID] AS [UitbetalingID], max([read]._seq) AS last 
FROM (SELECT landfall_stage.[20260102T030405_0a1b2c_Uitbetalingen].[UitbetalingID] AS [UitbetalingID], landfall_stage.[20260102T030405_0a1b2c_Uitbetalingen]._seq AS _seq 
FROM landfall_stage.[20260102T030405_0a1b2c_Uitbetalingen]) AS [read] GROUP BY [read].[UitbetalingID] 
HAVING count(*) > ?) AS latest 
WHERE landfall_stage.[20260102T030405_0a1b2c_Uitbetalingen].[UitbetalingID] = latest.[UitbetalingID] AND landfall_stage.[20260102T030405_0a1b2c_Uitbetalingen]._seq < latest.last);

SELECT count(*) AS count_1 
FROM landfall_stage.[20260102T030405_0a1b2c_Uitbetalingen];

DELETE FROM tree11.[Uitbetalingen] WHERE NOT (EXISTS (SELECT * 
FROM landfall_stage.[20260102T030405_0a1b2c_Uitbetalingen] 
WHERE landfall_stage.[20260102T030405_0a1b2c_Uitbetalingen].[UitbetalingID] = tree11.[Uitbetalingen].[UitbetalingID])) AND NOT (EXISTS (SELECT * 
FROM landfall_stage.[20260102T030405_0a1b2c_Uitbetalingen.rejects] 
WHERE landfall_stage.[20260102T030405_0a1b2c_Uitbetalingen.rejects].[UitbetalingID] = tree11.[Uitbetalingen].[UitbetalingID]));

SELECT TOP 1 ? AS anon_1 
FROM tree11.[Uitbetalingen];

UPDATE t SET [Datum] = s.[Datum], [Betalingen] = s.[Betalingen], [Chargebacks] = s.[Chargebacks], [Refunds] = s.[Refunds], [NettoBedrag] = s.[NettoBedrag], [BrutoBedrag] = s.[BrutoBedrag], [ChargebackBedrag] = s.[ChargebackBedrag], [RefundBedrag] = s.[RefundBedrag], [CommissieBedrag] = s.[CommissieBedrag], [Status] = s.[Status], [DatumLaatsteUpdate] = s.[DatumLaatsteUpdate], _extra = s._extra FROM tree11.[Uitbetalingen] AS t JOIN landfall_stage.[20260102T030405_0a1b2c_Uitbetalingen] AS s ON t.[UitbetalingID] = s.[UitbetalingID] WHERE EXISTS (SELECT t.[Datum], t.[Betalingen], t.[Chargebacks], t.[Refunds], t.[NettoBedrag], t.[BrutoBedrag], t.[ChargebackBedrag], t.[RefundBedrag], t.[CommissieBedrag], t.[Status] COLLATE Latin1_General_BIN2, DATALENGTH(t.[Status]), t._extra COLLATE Latin1_General_BIN2, DATALENGTH(t._extra) EXCEPT SELECT s.[Datum], s.[Betalingen], s.[Chargebacks], s.[Refunds], s.[NettoBedrag], s.[BrutoBedrag], s.[ChargebackBedrag], s.[RefundBedrag], s.[CommissieBedrag], s.[Status] COLLATE Latin1_General_BIN2, DATALENGTH(s.[Status]), s._extra COLLATE Latin1_General_BIN2, DATALENGTH(s._extra));

INSERT INTO tree11.[Uitbetalingen] ([UitbetalingID], [Datum], [Betalingen], [Chargebacks], [Refunds], [NettoBedrag], [BrutoBedrag], [ChargebackBedrag], [RefundBedrag], [CommissieBedrag], [Status], [DatumLaatsteUpdate], _extra) SELECT s.[UitbetalingID], s.[Datum], s.[Betalingen], s.[Chargebacks], s.[Refunds], s.[NettoBedrag], s.[BrutoBedrag], s.[ChargebackBedrag], s.[RefundBedrag], s.[CommissieBedrag], s.[Status], s.[DatumLaatsteUpdate], s._extra FROM landfall_stage.[20260102T030405_0a1b2c_Uitbetalingen] AS s WHERE NOT EXISTS (SELECT 1 FROM tree11.[Uitbetalingen] AS t WITH (UPDLOCK, HOLDLOCK) WHERE t.[UitbetalingID] = s.[UitbetalingID]);
