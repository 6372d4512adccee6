-- Addresses that nothing was heard of for long, and addresses that are found dead in unusual numbers.
ALTER TABLE sendword.registration
  -- When its address was claimed, the last time.
  ADD COLUMN registered_at timestamptz;
UPDATE sendword.registration SET registered_at = created_at;
ALTER TABLE sendword.registration ALTER COLUMN registered_at SET NOT NULL;

ALTER TABLE sendword.device
  -- A push service took a message for it; noted once a month, and not indexed, so that noting it is cheap. Devices that
  -- are older than this column count as heard of today.
  ADD COLUMN last_success_at timestamptz DEFAULT now(),
  -- Up to here it is known to have been in use; upkeep moves it on to the last registration or success.
  ADD COLUMN alive_at timestamptz NOT NULL DEFAULT '1970-01-01T00:00:00Z';
ALTER TABLE sendword.device ALTER COLUMN last_success_at DROP DEFAULT;
-- Room on each page for the new version of a row, beside the old one.
ALTER TABLE sendword.device SET (fillfactor = 90);
CREATE INDEX device_silence ON sendword.device (app, alive_at) WHERE state = 'active' AND failed_at IS NULL;
CREATE INDEX device_failure ON sendword.device (app, transport, failed_at) WHERE failed_at IS NOT NULL;

-- An app's transport that had a dead address. Whoever deactivates some of its addresses locks its row first.
CREATE TABLE sendword.breaker (
  app text NOT NULL,
  transport text NOT NULL,
  last_dead_at timestamptz NOT NULL,
  -- NULL: closed, addresses that are found dead are deactivated.
  opened_at timestamptz,
  -- What opened it.
  sends integer,
  dead integer,
  -- When a send may try whether it can be closed.
  probe_at timestamptz,
  PRIMARY KEY (app, transport)
);

-- Sends that a push service judged, by the minute; kept for as long as a breaker looks back.
CREATE TABLE sendword.send_count (
  app text NOT NULL,
  transport text NOT NULL,
  minute timestamptz NOT NULL,
  sends integer NOT NULL,
  dead integer NOT NULL,
  PRIMARY KEY (app, transport, minute)
);
