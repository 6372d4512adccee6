-- What devices told of messages that ask for receipts. Beside the results and not in them: a receipt may come before the
-- result is written, and messages without receipts pay nothing. A partition a day, made and dropped with the results'.
CREATE TABLE sendword.receipt (
  released_on date NOT NULL,
  message_id uuid NOT NULL,
  device uuid NOT NULL,
  delivered_at timestamptz NOT NULL,
  opened_at timestamptz,
  PRIMARY KEY (released_on, message_id, device)
) PARTITION BY RANGE (released_on);
CREATE TABLE sendword.receipt_default PARTITION OF sendword.receipt DEFAULT;
