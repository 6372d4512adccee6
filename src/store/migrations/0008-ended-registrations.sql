-- What upkeep looks for every half minute, found without reading what is in force.
CREATE INDEX device_pending ON sendword.device (id) WHERE state = 'pending';
CREATE INDEX registration_ended ON sendword.registration (expires_at) WHERE state IN ('superseded', 'expired');
DROP INDEX sendword.registration_expiry;
