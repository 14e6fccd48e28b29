-- Subtitles and chapters stand beside the film that they belong to.

ALTER TABLE media_objects ADD COLUMN role TEXT NOT NULL DEFAULT 'film';
ALTER TABLE media_objects ADD COLUMN language TEXT NOT NULL DEFAULT '';
ALTER TABLE media_objects ADD COLUMN label TEXT NOT NULL DEFAULT '';
