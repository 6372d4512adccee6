-- What a device proves itself with after its first handshake, whose it is, and what it says of itself.
ALTER TABLE sendword.device
  ADD COLUMN key_hash bytea,
  ADD COLUMN locale text,
  ADD COLUMN time_zone text,
  ADD COLUMN app_version text,
  ADD COLUMN labels jsonb NOT NULL DEFAULT '{}';

ALTER TABLE sendword.registration
  -- Made with the device's key, by its user, or by the server: it may replace a live address without more ado.
  ADD COLUMN authorized boolean NOT NULL DEFAULT false,
  -- The key that the confirmation gave out; it becomes the device's when the address goes into force.
  ADD COLUMN key_hash bytea,
  ADD COLUMN user_id text,
  -- locale, timeZone, appVersion, labels, as the registration gave them.
  ADD COLUMN attributes jsonb NOT NULL DEFAULT '{}';
