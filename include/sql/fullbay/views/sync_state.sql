-- How far each Fullbay table has been published, under the name that reports and monitoring queries use.
-- Where there are several shops, each has a row of its own beside the table's, as table/shop.
CREATE OR REPLACE VIEW fullbay.sync_state AS
SELECT table_name, last_sync_at, records_synced, sync_type, updated_at
FROM landfall.sync_state
WHERE source = 'fullbay' AND (
    table_name NOT LIKE '%/%'
    OR (
        SELECT count(*) FROM landfall.sync_state AS shops
        WHERE shops.source = 'fullbay' AND shops.table_name LIKE '%/%'
    ) > 1
);
