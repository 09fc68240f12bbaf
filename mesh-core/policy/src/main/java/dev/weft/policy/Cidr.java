package dev.weft.policy;

import java.util.Arrays;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A range of IP addresses, such as {@code 10.0.0.0/8}; a single address is the narrowest range.
 * Never asks a resolver. Immutable.
 */
public final class Cidr {
  /** What {@link #parse} expects, for error messages. */
  public static final String EXPECTED =
      "an IP address or range: 10.0.0.7, 10.0.0.0/8, fd00::7 or fd00::/8";

  private static final Pattern OCTET = Pattern.compile("0|[1-9][0-9]{0,2}");
  private static final Pattern GROUP = Pattern.compile("[0-9A-Fa-f]{1,4}");
  private static final Pattern BITS = Pattern.compile("0|[1-9][0-9]{0,2}");
  private static final int LONGEST = 49;

  private final String text;
  private final byte[] address;
  private final int bits;

  private Cidr(String text, byte[] address, int bits) {
    this.text = text;
    this.address = address;
    this.bits = bits;
  }

  /** Reads an address or a range; null if it is none. */
  public static @Nullable Cidr parse(String text) {
    if (text.length() > LONGEST) {
      return null;
    }
    int slash = text.indexOf('/');
    byte[] address = address(slash < 0 ? text : text.substring(0, slash));
    if (address == null) {
      return null;
    }
    int bits = address.length * 8;
    if (slash >= 0) {
      String length = text.substring(slash + 1);
      if (!BITS.matcher(length).matches() || Integer.parseInt(length) > bits) {
        return null;
      }
      bits = Integer.parseInt(length);
    }
    return new Cidr(text, address, bits);
  }

  /**
   * Whether an address is in the range.
   *
   * @param other 4 bytes, or 16 of which those of an IPv4 address in IPv6 count as that
   */
  public boolean contains(byte[] other) {
    byte[] candidate = isMapped(other) ? Arrays.copyOfRange(other, 12, 16) : other;
    if (candidate.length != address.length) {
      return false;
    }
    int whole = bits / 8;
    for (int i = 0; i < whole; i++) {
      if (candidate[i] != address[i]) {
        return false;
      }
    }
    int rest = bits % 8;
    return rest == 0 || (candidate[whole] ^ address[whole]) >> (8 - rest) == 0;
  }

  private static byte @Nullable [] address(String text) {
    return text.indexOf(':') < 0 ? ipv4(text) : ipv6(text);
  }

  private static byte @Nullable [] ipv4(String text) {
    String[] octets = text.split("\\.", -1);
    if (octets.length != 4) {
      return null;
    }
    byte[] address = new byte[4];
    for (int i = 0; i < 4; i++) {
      if (!OCTET.matcher(octets[i]).matches() || Integer.parseInt(octets[i]) > 255) {
        return null;
      }
      address[i] = (byte) Integer.parseInt(octets[i]);
    }
    return address;
  }

  private static byte @Nullable [] ipv6(String text) {
    int gap = text.indexOf("::");
    byte[] head = groups(gap < 0 ? text : text.substring(0, gap), gap < 0);
    byte[] tail = gap < 0 ? new byte[0] : groups(text.substring(gap + 2), true);
    if (head == null || tail == null) {
      return null;
    }
    int length = head.length + tail.length;
    if (gap < 0 ? length != 16 : length > 14) {
      return null;
    }
    byte[] address = new byte[16];
    System.arraycopy(head, 0, address, 0, head.length);
    System.arraycopy(tail, 0, address, 16 - tail.length, tail.length);
    return isMapped(address) ? Arrays.copyOfRange(address, 12, 16) : address;
  }

  /**
   * @param last whether these are the last groups, of which an IPv4 address may stand for two
   */
  private static byte @Nullable [] groups(String text, boolean last) {
    if (text.isEmpty()) {
      return new byte[0];
    }
    String[] groups = text.split(":", -1);
    byte[] bytes = new byte[groups.length * 2 + 2];
    int length = 0;
    for (int i = 0; i < groups.length; i++) {
      boolean dotted = last && i == groups.length - 1 && groups[i].indexOf('.') >= 0;
      byte[] ipv4 = dotted ? ipv4(groups[i]) : null;
      if (ipv4 != null) {
        System.arraycopy(ipv4, 0, bytes, length, 4);
        length += 4;
      } else if (GROUP.matcher(groups[i]).matches()) {
        int value = Integer.parseInt(groups[i], 16);
        bytes[length++] = (byte) (value >> 8);
        bytes[length++] = (byte) value;
      } else {
        return null;
      }
    }
    return length > 16 ? null : Arrays.copyOf(bytes, length);
  }

  private static boolean isMapped(byte[] address) {
    if (address.length != 16 || address[10] != -1 || address[11] != -1) {
      return false;
    }
    for (int i = 0; i < 10; i++) {
      if (address[i] != 0) {
        return false;
      }
    }
    return true;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Cidr cidr && bits == cidr.bits && Arrays.equals(address, cidr.address);
  }

  @Override
  public int hashCode() {
    return 31 * Arrays.hashCode(address) + bits;
  }

  /** As it was written. */
  @Override
  public String toString() {
    return text;
  }
}
