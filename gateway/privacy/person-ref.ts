/**
 * References to persons and texts: base64url HMAC-SHA-256 (RFC 2104) with the campaign's key. The same person has the
 * same reference in this campaign, and another one in the next.
 */
import { createHmac, createSecretKey } from 'node:crypto';
import { KeyUnfit } from './seal.ts';

export interface References {
  /** Over `idType|idNumber`, letters in upper case: a number typed with `x` is the same person. */
  personRef(idType: string, idNumber: string): string;
  /** Over the UTF-8 bytes of the text. */
  textRef(text: string): string;
}

const keyBytesMin = 32;

export function makeReferences(key: Uint8Array): References {
  if (key.length < keyBytesMin) throw new KeyUnfit(`the reference key must have at least ${keyBytesMin} bytes`);
  const secret = createSecretKey(key);
  const reference = (text: string) => createHmac('sha256', secret).update(text, 'utf8').digest('base64url');
  return {
    personRef: (idType, idNumber) => reference(`${idType}|${idNumber.toUpperCase()}`),
    textRef: reference,
  };
}

/**
 * Reads a key file: base64 or base64url text (`openssl rand -base64 32`). Text, because one line feed that an editor
 * adds to raw bytes would give every person of the hut another reference.
 */
export function parseReferenceKey(fileText: string): Uint8Array {
  const text = fileText.trim();
  if (!/^[A-Za-z0-9+/_-]+={0,2}$/.test(text))
    throw new KeyUnfit('the reference key must be one line of base64, as `openssl rand -base64 32` makes it');
  const key = Buffer.from(text, 'base64');
  if (key.length < keyBytesMin) throw new KeyUnfit(`the reference key must have at least ${keyBytesMin} bytes`);
  return key;
}
