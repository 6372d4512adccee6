-- Events that are still to be told, and those that could not be: a row for each place that is told.
CREATE TABLE sendword.webhook (
  id uuid PRIMARY KEY,
  app text NOT NULL,
  url text NOT NULL,
  type text NOT NULL,
  -- As it is sent and signed, byte for byte.
  body text NOT NULL,
  state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'dead')),
  attempts integer NOT NULL DEFAULT 0,
  failure text,
  created_at timestamptz NOT NULL,
  due_at timestamptz NOT NULL
);
CREATE INDEX webhook_due ON sendword.webhook (app, url, due_at) WHERE state = 'waiting';
CREATE INDEX webhook_listing ON sendword.webhook (app, state, id);
CREATE INDEX webhook_age ON sendword.webhook (created_at);
