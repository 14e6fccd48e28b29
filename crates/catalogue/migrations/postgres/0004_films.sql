-- What was found in a film's file, as JSON (empty for one that was taken before files were looked into), and why browsers
-- do not play it (empty for one that they play, and for one that is sold all the same).

ALTER TABLE media_objects ADD COLUMN probe TEXT NOT NULL DEFAULT '';
ALTER TABLE media_objects ADD COLUMN unplayable TEXT NOT NULL DEFAULT '';
