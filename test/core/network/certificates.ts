import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** An authority, and certificates that it has signed, made by OpenSSL in a folder. Each is a PEM text. */
export interface Certificates {
  readonly ca: string;
  readonly server: KeyAndCertificate;
  readonly client: KeyAndCertificate;
  /** Of an authority that nobody trusts. */
  readonly stranger: KeyAndCertificate;
}

export interface KeyAndCertificate {
  readonly key: string;
  readonly certificate: string;
  /** A file that holds both. */
  readonly path: string;
}

export function hasOpenSsl(): boolean {
  try {
    execFileSync('openssl', ['version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** The server's certificate is for 127.0.0.1 and broker.test. */
export function makeCertificates(folder: string): Certificates {
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
  const authority = (name: string): void => {
    const subject = ['-subj', `/CN=${name}`, '-days', '2', '-keyout', `${name}.key`, '-out', `${name}.crt`];
    openssl('req', '-x509', '-newkey', 'rsa:2048', '-noenc', ...subject);
  };
  const issue = (name: string, issuer: string, extensions: string): KeyAndCertificate => {
    writeFileSync(join(folder, `${name}.ext`), extensions);
    openssl(
      'req',
      '-newkey',
      'rsa:2048',
      '-noenc',
      '-subj',
      `/CN=${name}`,
      '-keyout',
      `${name}.key`,
      '-out',
      `${name}.csr`,
    );
    const signing = ['-CA', `${issuer}.crt`, '-CAkey', `${issuer}.key`, '-CAcreateserial', '-extfile', `${name}.ext`];
    openssl('x509', '-req', '-in', `${name}.csr`, ...signing, '-days', '2', '-out', `${name}.crt`);
    const [key, certificate] = [readText(folder, `${name}.key`), readText(folder, `${name}.crt`)];
    const path = join(folder, `${name}.pem`);
    writeFileSync(path, key + certificate);
    return { key, certificate, path };
  };
  authority('ca');
  authority('nobody');
  return {
    ca: readText(folder, 'ca.crt'),
    server: issue('server', 'ca', 'subjectAltName=IP:127.0.0.1,DNS:broker.test\n'),
    client: issue('client', 'ca', 'extendedKeyUsage=clientAuth\n'),
    stranger: issue('stranger', 'nobody', 'extendedKeyUsage=clientAuth\n'),
  };
}

function readText(folder: string, name: string): string {
  return readFileSync(join(folder, name), 'utf8');
}
