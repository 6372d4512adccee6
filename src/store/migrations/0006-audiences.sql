-- Messages to an audience of many devices, which are found after the message was accepted; and requests that repeat.
ALTER TABLE sendword.message
  -- Either the one device that it goes to, or an audience.
  ALTER COLUMN device DROP NOT NULL,
  ADD COLUMN audience jsonb,
  -- Push services that cannot carry it, although devices of the audience are reached through them.
  ADD COLUMN unfit text[] NOT NULL DEFAULT '{}',
  -- NULL until all devices have been found.
  ALTER COLUMN audience_size DROP NOT NULL,
  -- The row id of the last device that was looked at.
  ADD COLUMN fan_out_after uuid,
  -- Devices that were found so far: those that got into slices, and those that cannot be reached.
  ADD COLUMN fanned_out integer NOT NULL DEFAULT 0,
  ADD COLUMN skipped integer NOT NULL DEFAULT 0,
  -- Jobs of this message in the queue, if it has an audience.
  ADD COLUMN open_slices integer NOT NULL DEFAULT 0,
  ADD COLUMN cancelled_at timestamptz,
  ADD COLUMN idempotency_key text,
  ADD COLUMN request_hash bytea,
  ADD CHECK (device IS NOT NULL OR audience IS NOT NULL),
  ADD CHECK ((idempotency_key IS NULL) = (request_hash IS NULL));
-- Room on each page for the new version of a row, beside the old one.
ALTER TABLE sendword.message SET (fillfactor = 90);
CREATE UNIQUE INDEX message_idempotency ON sendword.message (app, idempotency_key) WHERE idempotency_key IS NOT NULL;
