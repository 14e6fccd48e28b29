-- What a film plays on, as its owner would call it; empty when the player did not say.
ALTER TABLE playbacks ADD COLUMN device TEXT NOT NULL DEFAULT '';
