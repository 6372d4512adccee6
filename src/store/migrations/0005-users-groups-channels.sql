-- Users and what they say of themselves, groups of devices, and channels: content for those who subscribed.
CREATE TABLE sendword.app_user (
  app text NOT NULL,
  user_id text NOT NULL,
  locale text,
  time_zone text,
  labels jsonb NOT NULL DEFAULT '{}',
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  PRIMARY KEY (app, user_id)
);
CREATE INDEX device_user ON sendword.device (app, user_id, id) WHERE user_id IS NOT NULL;

-- Names sort by their bytes, whatever the database's locale: pages go on after a name.
CREATE TABLE sendword.device_group (
  id uuid PRIMARY KEY,
  app text NOT NULL,
  name text COLLATE "C" NOT NULL,
  created_at timestamptz NOT NULL,
  UNIQUE (app, name)
);
CREATE TABLE sendword.group_device (
  group_id uuid NOT NULL REFERENCES sendword.device_group ON DELETE CASCADE,
  device uuid NOT NULL REFERENCES sendword.device ON DELETE CASCADE,
  PRIMARY KEY (group_id, device)
);
CREATE INDEX group_device_device ON sendword.group_device (device);
-- A group that is part of another.
CREATE TABLE sendword.group_part (
  whole uuid NOT NULL REFERENCES sendword.device_group ON DELETE CASCADE,
  part uuid NOT NULL REFERENCES sendword.device_group ON DELETE CASCADE,
  PRIMARY KEY (whole, part)
);
CREATE INDEX group_part_part ON sendword.group_part (part);

CREATE TABLE sendword.channel (
  id uuid PRIMARY KEY,
  app text NOT NULL,
  name text COLLATE "C" NOT NULL,
  -- Made from the first name and the id, and never again: what waits for a device under it is still found.
  collapse_key text NOT NULL,
  -- A device that confirms a new address gets the newest message that it missed.
  catch_up boolean NOT NULL,
  created_at timestamptz NOT NULL,
  -- Of its content.
  changed_at timestamptz,
  UNIQUE (app, name)
);
CREATE TABLE sendword.channel_field (
  channel uuid NOT NULL REFERENCES sendword.channel ON DELETE CASCADE,
  name text COLLATE "C" NOT NULL,
  value text NOT NULL,
  changed_at timestamptz NOT NULL,
  PRIMARY KEY (channel, name)
);
CREATE TABLE sendword.channel_device (
  channel uuid NOT NULL REFERENCES sendword.channel ON DELETE CASCADE,
  device uuid NOT NULL REFERENCES sendword.device ON DELETE CASCADE,
  PRIMARY KEY (channel, device)
);
CREATE INDEX channel_device_device ON sendword.channel_device (device);
-- A user needs no row of his own: devices may be bound to one of whom nothing else is known.
CREATE TABLE sendword.channel_user (
  channel uuid NOT NULL REFERENCES sendword.channel ON DELETE CASCADE,
  user_id text NOT NULL,
  PRIMARY KEY (channel, user_id)
);
CREATE INDEX channel_user_user ON sendword.channel_user (user_id);
CREATE TABLE sendword.channel_group (
  channel uuid NOT NULL REFERENCES sendword.channel ON DELETE CASCADE,
  group_id uuid NOT NULL REFERENCES sendword.device_group ON DELETE CASCADE,
  PRIMARY KEY (channel, group_id)
);
CREATE INDEX channel_group_group ON sendword.channel_group (group_id);

-- What a channel has sent: to all who subscribed, or, to catch up, to one device.
CREATE TABLE sendword.channel_message (
  channel uuid NOT NULL REFERENCES sendword.channel ON DELETE CASCADE,
  message_id uuid NOT NULL REFERENCES sendword.message ON DELETE CASCADE,
  device uuid,
  PRIMARY KEY (message_id)
);
CREATE INDEX channel_message_all ON sendword.channel_message (channel, message_id) WHERE device IS NULL;
CREATE INDEX channel_message_one ON sendword.channel_message (channel, device, message_id) WHERE device IS NOT NULL;
