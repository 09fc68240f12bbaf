package dev.weft.runtime.tls;

import java.nio.charset.StandardCharsets;

/** Writes the few DER values that a certificate request is made of. Stateless. */
final class Der {
  static final int BOOLEAN = 0x01;
  static final int INTEGER = 0x02;
  static final int BIT_STRING = 0x03;
  static final int OCTET_STRING = 0x04;
  static final int SEQUENCE = 0x30;
  static final int SET = 0x31;

  private Der() {}

  /** Tag, length and the parts one after the other. */
  static byte[] value(int tag, byte[]... parts) {
    int length = 0;
    for (byte[] part : parts) {
      length += part.length;
    }
    int lengthBytes = length < 0x80 ? 0 : length < 0x100 ? 1 : length < 0x10000 ? 2 : 3;
    if (length >= 0x1000000) {
      throw new IllegalArgumentException("DER value of " + length + " bytes (expected: < 2^24)");
    }
    byte[] out = new byte[2 + lengthBytes + length];
    out[0] = (byte) tag;
    out[1] = (byte) (lengthBytes == 0 ? length : 0x80 | lengthBytes);
    int at = 2;
    for (int shift = (lengthBytes - 1) * 8; shift >= 0; shift -= 8) {
      out[at++] = (byte) (length >>> shift);
    }
    for (byte[] part : parts) {
      System.arraycopy(part, 0, out, at, part.length);
      at += part.length;
    }
    return out;
  }

  /** Bits in whole bytes. */
  static byte[] bitString(byte[] bytes) {
    return value(BIT_STRING, new byte[] {0}, bytes);
  }

  /** {@code [number] IMPLICIT} over a string of seven-bit characters. */
  static byte[] contextString(int number, String ascii) {
    return value(0x80 | number, ascii.getBytes(StandardCharsets.US_ASCII));
  }

  /** {@code [number] IMPLICIT} over constructed values. */
  static byte[] contextConstructed(int number, byte[]... parts) {
    return value(0xA0 | number, parts);
  }
}
