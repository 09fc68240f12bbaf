package dev.weft.runtime.tls;

import dev.weft.policy.SpiffeId;
import java.nio.ByteBuffer;

/**
 * Tells mesh TLS from everything else by the first bytes of a connection, without taking any of
 * them away: the mesh's clients send a server name that ends in {@code .weft.internal}.
 *
 * <p>Reads what a stranger sends, so: it is strict, bounded, keeps no state and never throws.
 */
public final class ClientHello {
  /** What the first bytes of a connection are. */
  public enum Kind {
    /** They may be a ClientHello, which is not complete yet. */
    NEED_MORE,
    /** A ClientHello for the mesh. */
    MESH,
    /** TLS, but not the mesh's; also a TLS record that holds no proper ClientHello. */
    OTHER_TLS,
    /** No TLS. */
    NOT_TLS
  }

  /** A ClientHello that is not complete within so many bytes, record headers included, is none. */
  public static final int LIMIT = 16 * 1024;

  private static final int RECORD_HANDSHAKE = 22;
  private static final int RECORD_HEADER = 5;
  private static final int MAX_RECORD = 1 << 14;
  private static final int CLIENT_HELLO = 1;
  private static final int MESSAGE_HEADER = 4;
  private static final int EXTENSION_SERVER_NAME = 0;
  private static final int HOST_NAME = 0;
  private static final int RANDOM_AND_VERSION = 34;

  private ClientHello() {}

  /**
   * Decides, or asks for more.
   *
   * @param bytes from position to limit all that has arrived so far; neither is changed. Two bytes
   *     are enough to tell that it is no TLS.
   */
  public static Kind sniff(ByteBuffer bytes) {
    int start = bytes.position();
    int end = bytes.limit();
    if (start == end) {
      return Kind.NEED_MORE;
    }
    if (bytes.get(start) != RECORD_HANDSHAKE) {
      return Kind.NOT_TLS;
    }
    if (end - start < 2) {
      return Kind.NEED_MORE;
    }
    if (bytes.get(start + 1) != 3) {
      return Kind.NOT_TLS;
    }
    // First measured, then put together: what is not complete yet costs no copy each time.
    int stop = Math.min(end, start + LIMIT);
    long header = 0;
    int size = MESSAGE_HEADER;
    int have = 0;
    int at = start;
    while (have < size) {
      int left = stop - at;
      if (!wellBegun(bytes, at, left)) {
        return Kind.OTHER_TLS;
      }
      if (left < RECORD_HEADER) {
        return more(stop, start);
      }
      int length = uint16(bytes, at + 3);
      if (length == 0 || length > MAX_RECORD) {
        return Kind.OTHER_TLS;
      }
      at += RECORD_HEADER;
      int inRecord = Math.min(length, stop - at);
      for (int i = 0; i < inRecord && have + i < MESSAGE_HEADER; i++) {
        header = header << 8 | (bytes.get(at + i) & 0xFF);
        if (have + i == 0 && header != CLIENT_HELLO) {
          return Kind.OTHER_TLS;
        }
        if (have + i == MESSAGE_HEADER - 1) {
          size = MESSAGE_HEADER + (int) (header & 0xFFFFFF);
        }
      }
      // Nothing may follow a ClientHello in its record: the server has not answered yet.
      if (size > LIMIT - RECORD_HEADER
          || (have + inRecord >= MESSAGE_HEADER && have + length > size)) {
        return Kind.OTHER_TLS;
      }
      have += inRecord;
      at += inRecord;
      if (inRecord < length) {
        return more(stop, start);
      }
    }
    return isForMesh(message(bytes, start, size)) ? Kind.MESH : Kind.OTHER_TLS;
  }

  /** The message of {@code size} bytes that is known to be whole, out of its records. */
  private static byte[] message(ByteBuffer bytes, int start, int size) {
    byte[] message = new byte[size];
    int have = 0;
    int at = start;
    while (have < size) {
      int length = Math.min(uint16(bytes, at + 3), size - have);
      at += RECORD_HEADER;
      for (int i = 0; i < length; i++) {
        message[have + i] = bytes.get(at + i);
      }
      have += length;
      at += length;
    }
    return message;
  }

  /** Whether what is there of a record's header is one of a handshake record of SSL 3 or TLS. */
  private static boolean wellBegun(ByteBuffer bytes, int at, int left) {
    return (left < 1 || bytes.get(at) == RECORD_HANDSHAKE)
        && (left < 2 || bytes.get(at + 1) == 3)
        && (left < 3 || (bytes.get(at + 2) >= 0 && bytes.get(at + 2) <= 4));
  }

  /** More is wanted, unless the limit has been reached. */
  private static Kind more(int stop, int start) {
    return stop - start >= LIMIT ? Kind.OTHER_TLS : Kind.NEED_MORE;
  }

  /** Walks through a whole ClientHello (RFC 8446 §4.1.2), every length checked. */
  private static boolean isForMesh(byte[] hello) {
    int at = MESSAGE_HEADER + RANDOM_AND_VERSION;
    at = skip8(hello, at, 0, 32); // session id
    at = skip16(hello, at, 2); // cipher suites
    at = skip8(hello, at, 1, 255); // compression methods
    if (at < 0 || at + 2 > hello.length) {
      return false; // without extensions there is no server name
    }
    if (at + 2 + uint16(hello, at) != hello.length) {
      return false;
    }
    at += 2;
    boolean mesh = false;
    boolean seen = false;
    while (at < hello.length) {
      if (at + 4 > hello.length) {
        return false;
      }
      int type = uint16(hello, at);
      int end = at + 4 + uint16(hello, at + 2);
      if (end > hello.length) {
        return false;
      }
      if (type == EXTENSION_SERVER_NAME) {
        if (seen) {
          return false;
        }
        seen = true;
        mesh = isMeshName(hello, at + 4, end);
      }
      at = end;
    }
    return mesh;
  }

  /** A list of one host name (RFC 6066 §3) that is a name of the mesh. */
  private static boolean isMeshName(byte[] hello, int at, int end) {
    if (at + 5 > end
        || at + 2 + uint16(hello, at) != end
        || hello[at + 2] != HOST_NAME
        || at + 5 + uint16(hello, at + 3) != end) {
      return false;
    }
    int name = at + 5;
    int suffix = end - SpiffeId.HOST_SUFFIX.length();
    if (suffix <= name || end - name > 255) {
      return false;
    }
    for (int i = 0; i < SpiffeId.HOST_SUFFIX.length(); i++) {
      int c = hello[suffix + i];
      if ((c >= 'A' && c <= 'Z' ? c + 32 : c) != SpiffeId.HOST_SUFFIX.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  /**
   * Where the value after a one-byte length ends; -1 if it is not well-formed, or was not before.
   */
  private static int skip8(byte[] bytes, int at, int min, int max) {
    if (at < 0 || at + 1 > bytes.length) {
      return -1;
    }
    int length = bytes[at] & 0xFF;
    int end = at + 1 + length;
    return length < min || length > max || end > bytes.length ? -1 : end;
  }

  /** Where the value after a two-byte length ends; -1 as above. */
  private static int skip16(byte[] bytes, int at, int min) {
    if (at < 0 || at + 2 > bytes.length) {
      return -1;
    }
    int length = uint16(bytes, at);
    int end = at + 2 + length;
    return length < min || end > bytes.length ? -1 : end;
  }

  private static int uint16(ByteBuffer bytes, int at) {
    return (bytes.get(at) & 0xFF) << 8 | (bytes.get(at + 1) & 0xFF);
  }

  private static int uint16(byte[] bytes, int at) {
    return (bytes[at] & 0xFF) << 8 | (bytes[at + 1] & 0xFF);
  }

  private static int uint24(byte[] bytes, int at) {
    return (bytes[at] & 0xFF) << 16 | (bytes[at + 1] & 0xFF) << 8 | (bytes[at + 2] & 0xFF);
  }
}
