-- A mail with a link is a job. Its row here is the request: its token is another one until the mail is sent.
ALTER TABLE mail_tokens ADD COLUMN request_id BLOB;
CREATE UNIQUE INDEX mail_tokens_by_request ON mail_tokens (customer_id, request_id) WHERE request_id IS NOT NULL;
