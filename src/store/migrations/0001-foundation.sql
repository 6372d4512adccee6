-- Devices and the registrations that prove their addresses.
CREATE TABLE sendword.device (
  id uuid PRIMARY KEY,
  app text NOT NULL,
  device_id text NOT NULL,
  transport text NOT NULL,
  -- The live address; none before the first confirmation, or after another device proved that it holds it.
  address text,
  address_hash bytea,
  state text NOT NULL CHECK (state IN ('pending', 'active')),
  failed_reason text,
  failed_at timestamptz,
  user_id text,
  -- The registration that proved the live address; none once that address is found dead.
  registration_id uuid,
  created_at timestamptz NOT NULL,
  confirmed_at timestamptz,
  last_seen_at timestamptz NOT NULL,
  UNIQUE (app, device_id),
  CHECK ((address IS NULL) = (address_hash IS NULL))
);
CREATE UNIQUE INDEX device_address ON sendword.device (app, address_hash) WHERE address_hash IS NOT NULL;
CREATE INDEX device_listing ON sendword.device (app, id);

CREATE TABLE sendword.registration (
  id uuid PRIMARY KEY,
  app text NOT NULL,
  device uuid NOT NULL REFERENCES sendword.device ON DELETE CASCADE,
  transport text NOT NULL,
  address text NOT NULL,
  address_hash bytea NOT NULL,
  -- SHA-256 of the secret of each confirmation push; the secrets themselves are nowhere at rest.
  secret_hashes bytea[] NOT NULL DEFAULT '{}',
  wrong_guesses integer NOT NULL DEFAULT 0,
  attempts integer NOT NULL,
  state text NOT NULL CHECK (state IN ('pending', 'confirmed', 'superseded', 'expired')),
  -- Why it ended before its time: the push service's word, or ours.
  failed_reason text,
  awaits_approval boolean NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX registration_pending ON sendword.registration (device) WHERE state = 'pending';
CREATE UNIQUE INDEX registration_approval ON sendword.registration (device) WHERE awaits_approval;
CREATE INDEX registration_device ON sendword.registration (device, created_at);
CREATE INDEX registration_expiry ON sendword.registration (expires_at);

-- Confirmation pushes asked for, for the limits; rows are dropped when the window of the limits has passed.
CREATE TABLE sendword.registration_attempt (
  id uuid PRIMARY KEY,
  app text NOT NULL,
  device_id text NOT NULL,
  address_hash bytea NOT NULL,
  client text NOT NULL,
  registration uuid NOT NULL,
  requested_at timestamptz NOT NULL,
  confirmed boolean NOT NULL DEFAULT false
);
CREATE INDEX registration_attempt_device ON sendword.registration_attempt (app, device_id, requested_at);
CREATE INDEX registration_attempt_address ON sendword.registration_attempt (app, address_hash, requested_at);
CREATE INDEX registration_attempt_client ON sendword.registration_attempt (client, requested_at) WHERE NOT confirmed;
CREATE INDEX registration_attempt_registration ON sendword.registration_attempt (registration);
CREATE INDEX registration_attempt_age ON sendword.registration_attempt (requested_at);

CREATE TABLE sendword.message (
  id uuid PRIMARY KEY,
  app text NOT NULL,
  -- The one device it goes to.
  device uuid NOT NULL,
  content jsonb NOT NULL,
  audience_size integer NOT NULL,
  released_on date NOT NULL,
  accepted_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  -- A message without a life (ttl 0) is tried once, however late.
  single_try boolean NOT NULL
);
CREATE INDEX message_released ON sendword.message (released_on);

-- The ledger: how each message ended for each device. A partition a day, made ahead and dropped whole.
CREATE TYPE sendword.outcome AS ENUM ('accepted', 'rejected', 'unregistered', 'expired', 'cancelled');
CREATE TABLE sendword.delivery (
  released_on date NOT NULL,
  message_id uuid NOT NULL,
  device uuid NOT NULL,
  outcome sendword.outcome NOT NULL,
  reason text,
  provider_id text,
  attempts integer NOT NULL,
  finished_at timestamptz NOT NULL,
  PRIMARY KEY (released_on, message_id, device)
) PARTITION BY RANGE (released_on);
CREATE INDEX delivery_device ON sendword.delivery (device, message_id);
CREATE TABLE sendword.delivery_default PARTITION OF sendword.delivery DEFAULT;

-- What all workers obey: an app's transport waits until a time, or until its credential is mended.
CREATE TABLE sendword.hold (
  app text NOT NULL,
  transport text NOT NULL,
  kind text NOT NULL CHECK (kind IN ('deferred', 'unauthorized')),
  reason text NOT NULL,
  until timestamptz NOT NULL,
  -- For 'unauthorized': whether a real send may try the credential once `until` has passed.
  probe boolean NOT NULL,
  credential_fingerprint text NOT NULL,
  since timestamptz NOT NULL,
  PRIMARY KEY (app, transport, kind)
);

CREATE TABLE sendword.credential (
  app text NOT NULL,
  transport text NOT NULL,
  name text NOT NULL,
  -- AES-256-GCM: nonce, tag, ciphertext.
  sealed bytea NOT NULL,
  value_hash bytea NOT NULL,
  obtained_at timestamptz NOT NULL,
  PRIMARY KEY (app, transport, name)
);

CREATE TABLE sendword.api_key (
  key_hash bytea PRIMARY KEY,
  created_at timestamptz NOT NULL
);
