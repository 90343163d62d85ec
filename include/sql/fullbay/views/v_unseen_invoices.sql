-- Invoices that Fullbay no longer lists, as far as can be told: their day was read again, three days or more after they
-- were seen last. Every run reads 14 days, a full one a year. Nothing is concluded from it unless
-- LANDFALL_FULLBAY_DELETES is set: then deleted_at tells when the invoice was marked and its lines left.
CREATE OR REPLACE VIEW fullbay.v_unseen_invoices AS
SELECT
    invoices.shop_code,
    invoices.fullbay_invoice_id,
    invoices.invoice_date,
    invoices.last_seen_at,
    shops.last_sync_at AS shop_read_at,
    invoices.processed,
    invoices._deleted_at AS deleted_at
FROM fullbay.fullbay_raw_data AS invoices
INNER JOIN landfall.sync_state AS shops
    ON shops.source = 'fullbay' AND shops.table_name = CONCAT('fullbay_raw_data/', invoices.shop_code)
WHERE
    invoices._deleted_at IS NOT NULL
    OR (
        invoices.invoice_date >= CAST(shops.last_sync_at AS DATE) - INTERVAL '14' DAY
        AND invoices.last_seen_at < shops.last_sync_at - INTERVAL '3' DAY
    )
    OR (
        invoices.invoice_date < CAST(shops.last_sync_at AS DATE) - INTERVAL '14' DAY
        AND CAST(invoices.last_seen_at AS DATE) < invoices.invoice_date + INTERVAL '11' DAY
    )
    OR (
        invoices.invoice_date >= CAST(shops.last_full_at AS DATE) - INTERVAL '366' DAY
        AND invoices.last_seen_at < shops.last_full_at - INTERVAL '3' DAY
    );
