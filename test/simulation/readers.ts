/** The group whose members subscribe, poll, and commit what they have read. */
export const readers = 'readers';
