-- Messages that wait for their time, and those that go to each device at a time of its own.
ALTER TABLE sendword.message
  -- When it gets its first job; none of one that got it when it was accepted.
  ADD COLUMN release_at timestamptz,
  ADD COLUMN is_waiting boolean NOT NULL DEFAULT false,
  -- What each device's time depends on, as it was when the message was accepted; none where nothing does.
  ADD COLUMN timing jsonb,
  -- Of its open jobs, those for a later time: delivery is not behind with them.
  ADD COLUMN delayed_slices integer NOT NULL DEFAULT 0,
  ADD CHECK (NOT is_waiting OR release_at IS NOT NULL);
CREATE INDEX message_waiting ON sendword.message (release_at) WHERE is_waiting;
