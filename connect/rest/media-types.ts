import { HttpFault } from './http-fault.js';

/** Bodies are JSON: throws HttpFault 415 for anything else, 400 for what is no media type. */
export function requireJsonBody(contentType: string | undefined, hasBody: boolean): void {
  if (contentType === undefined) {
    if (hasBody) throw new HttpFault(415);
    return;
  }
  const type = contentType.split(';')[0]!.trim().toLowerCase();
  if (!/^[^\s/]+\/[^\s/]+$/.test(type)) {
    throw new HttpFault(400, `Content-Type "${contentType}" is no media type: send application/json`);
  }
  if (type !== 'application/json') throw new HttpFault(415);
}

/** Answers are JSON: throws HttpFault 406 for a client that takes none. */
export function requireJsonAccepted(accept: string | undefined): void {
  if (accept === undefined || accept.trim() === '') return;
  const ranges = accept.split(',').map(range => range.split(';').map(part => part.trim().toLowerCase()));
  const isAccepted = ranges.some(([type, ...parameters]) => {
    const isRefused = parameters.some(parameter => /^q\s*=\s*0(\.0*)?$/.test(parameter));
    return !isRefused && ['application/json', 'application/*', '*/*'].includes(type!);
  });
  if (!isAccepted) throw new HttpFault(406);
}
