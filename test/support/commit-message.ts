// A COMMIT as the program sends it at the end of a group of statements, up to the Sync that has the server answer: for a proxy
// that breaks connections around it (tcp-proxy.ts). In latin1
// (https://www.postgresql.org/docs/current/protocol-message-formats.html).
const PARSE = 'commit\0\0\0';
const BIND = 'B\0\0\0\x0e\0\0\0\0\0\0\0\x01\0\0';
const EXECUTE = 'E\0\0\0\x09\0\0\0\0\0';
const SYNC = 'S\0\0\0\x04';

export const COMMIT_MESSAGE = PARSE + BIND + EXECUTE + SYNC;
