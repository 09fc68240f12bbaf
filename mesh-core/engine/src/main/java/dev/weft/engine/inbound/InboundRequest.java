package dev.weft.engine.inbound;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * One request that came in: its head, its caller, and what it means, each found out once, when it
 * is first asked for. For one thread at a time.
 */
public final class InboundRequest {
  private static final byte[] LOOPBACK_V6 = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};

  private final InboundHead head;
  private final @Nullable Peer peer;
  private boolean pathRead;
  private @Nullable String path;
  private @Nullable String otherPath;
  private @Nullable String lowerPath;
  private boolean hostRead;
  private @Nullable String authority;
  private @Nullable String host;
  private boolean sourceRead;
  private byte @Nullable [] source;

  /**
   * @param peer null if the connection is not mesh TLS
   */
  public InboundRequest(InboundHead head, @Nullable Peer peer) {
    this.head = head;
    this.peer = peer;
  }

  public @Nullable Peer peer() {
    return peer;
  }

  public String method() {
    return head.method();
  }

  /** The method as applications read it that make it upper case; null if that is the same. */
  @Nullable String otherMethod() {
    String sent = head.method();
    for (int i = 0; i < sent.length(); i++) {
      char c = sent.charAt(i);
      if (c < 'A' || c > 'Z') {
        String upper = sent.toUpperCase(Locale.ROOT);
        return upper.equals(sent) ? null : upper;
      }
    }
    return null; // nearly always, without a word to Unicode
  }

  /** As it was sent. */
  public String target() {
    return head.target();
  }

  /** As it was sent, without the question mark; null if there is none. */
  public @Nullable String query() {
    return head.query();
  }

  /**
   * All values of a header, in order.
   *
   * @param name in lower case
   */
  public List<String> header(String name) {
    return head.header(name);
  }

  /**
   * The same, and each value that begins or ends with a space without it: HTTP/1 takes those off,
   * HTTP/2 does not, and some applications take off those of Latin-1, too (Python's {@code strip}).
   */
  List<String> headerReadings(String name) {
    List<String> sent = head.header(name);
    List<String> all = sent;
    for (String value : sent) {
      String stripped = stripped(value);
      if (stripped.length() < value.length()) {
        all = all == sent ? new ArrayList<>(sent) : all;
        all.add(stripped);
      }
    }
    return all;
  }

  private static String stripped(String value) {
    int from = 0;
    int to = value.length();
    while (from < to && isSpace(value.charAt(from))) {
      from++;
    }
    while (from < to && isSpace(value.charAt(to - 1))) {
      to--;
    }
    return value.substring(from, to);
  }

  private static boolean isSpace(char c) {
    return c <= ' ' || c == 0x85 || c == 0xa0;
  }

  /**
   * The path as everything compares it; null if it has no normal form, and {@link #pathProblem}
   * says why.
   */
  public @Nullable String path() {
    readPath();
    return path;
  }

  /** The path as servers read it that take an escaped slash for one; null if that is the same. */
  @Nullable String otherPath() {
    readPath();
    return otherPath;
  }

  /** The path as servers read it that do not tell case apart; null if that is the same. */
  @Nullable String lowerPath() {
    readPath();
    return lowerPath;
  }

  /** The same of the other reading; null if there is none. */
  @Nullable String lowerOtherPath() {
    readPath();
    String other = otherPath;
    return other == null ? null : other.toLowerCase(Locale.ROOT);
  }

  private void readPath() {
    if (!pathRead) {
      String sent = PathNormalizer.path(head.target());
      path = PathNormalizer.normalize(sent);
      otherPath = PathNormalizer.otherReading(sent);
      String normal = path;
      lowerPath = normal == null || isLower(normal) ? null : normal.toLowerCase(Locale.ROOT);
      pathRead = true;
    }
  }

  @Nullable String pathProblem() {
    return PathNormalizer.problem(PathNormalizer.path(head.target()));
  }

  /** Whether the target is in the absolute form, which names a host beside the header. */
  boolean isAbsolute() {
    return PathNormalizer.authority(head.target()) != null;
  }

  /** Why nobody can say which host the request is for; null if it names one, or none. */
  @Nullable String hostProblem() {
    List<String> header = head.header("host");
    if (header.size() > 1) {
      return "the request has " + header.size() + " Host headers";
    }
    String named = authority();
    if (named != null && !named.isEmpty() && !isHostAndPort(named)) {
      return "the request is for " + named + ", which is no host with or without a port";
    }
    String absolute = PathNormalizer.authority(head.target());
    String pseudo = head.authority();
    String first = absolute != null ? absolute : pseudo;
    String second = header.isEmpty() ? pseudo : header.get(0);
    return first != null && second != null && !first.equalsIgnoreCase(second)
        ? "the request is for the host " + first + " and its Host header says " + second
        : null;
  }

  /** The host, with its port if it was sent with one, in lower case; null if there is none. */
  public @Nullable String authority() {
    readHost();
    return authority;
  }

  /** The host without a port, in lower case; null if there is none. */
  @Nullable String host() {
    readHost();
    return host;
  }

  private void readHost() {
    if (hostRead) {
      return;
    }
    hostRead = true;
    String sent = PathNormalizer.authority(head.target());
    sent = sent == null ? head.authority() : sent;
    if (sent == null) {
      List<String> header = head.header("host");
      sent = header.isEmpty() ? null : header.get(0);
    }
    if (sent == null) {
      return;
    }
    String lower = isLower(sent) ? sent : sent.toLowerCase(Locale.ROOT);
    int colon = lower.lastIndexOf(':');
    int end = colon < 0 || lower.indexOf(']', colon) >= 0 ? lower.length() : colon;
    int name = end > 0 && lower.charAt(end - 1) == '.' ? end - 1 : end;
    host = name == lower.length() ? lower : lower.substring(0, name);
    authority = name == end ? lower : host + lower.substring(end);
  }

  /** As {@link InboundHead#hops}. */
  int hops() {
    return head.hops();
  }

  /** Where the connection comes from, 4 or 16 bytes; null if that is not known. */
  byte @Nullable [] source() {
    if (!sourceRead) {
      source = head.source();
      sourceRead = true;
    }
    return source;
  }

  /** Whether the connection is known to come from this machine: from 127.0.0.0/8 or ::1. */
  boolean isFromLoopback() {
    byte[] from = source();
    return from != null && (from.length == 4 ? from[0] == 127 : Arrays.equals(from, LOOPBACK_V6));
  }

  /** Whether servers that take it apart find the host that we compare. Lower case. */
  private static boolean isHostAndPort(String authority) {
    int end = authority.length();
    while (end > 0 && authority.charAt(end - 1) >= '0' && authority.charAt(end - 1) <= '9') {
      end--;
    }
    boolean hasPort = end > 0 && authority.charAt(end - 1) == ':';
    if (hasPort && end < authority.length() && authority.charAt(end) == '0') {
      return false; // a port that can be written in many ways
    }
    end = hasPort ? end - 1 : authority.length();
    if (authority.startsWith("[")) {
      return authority.indexOf(']') == end - 1;
    }
    for (int i = 0; i < end; i++) {
      char c = authority.charAt(i);
      boolean plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
      if (!plain && !(c == '.' && i > 0 && i < end - 1 && authority.charAt(i - 1) != '.')) {
        return false;
      }
    }
    return end > 0;
  }

  /** In lower case, as {@link #lowerPath}. */
  static List<String> lower(List<String> texts) {
    return texts.stream().map(text -> text.toLowerCase(Locale.ROOT)).toList();
  }

  private static boolean isLower(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c >= 'A' && c <= 'Z') {
        return false;
      }
    }
    return true;
  }
}
