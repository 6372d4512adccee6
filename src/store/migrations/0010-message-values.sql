-- What the variables of a message stand for, by the ids of the devices or users that its audience names. Apart from the
-- message, so that nobody reads it who does not need it.
CREATE TABLE sendword.message_values (
  message_id uuid PRIMARY KEY REFERENCES sendword.message ON DELETE CASCADE,
  by_recipient jsonb NOT NULL
);
