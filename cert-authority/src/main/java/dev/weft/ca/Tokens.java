package dev.weft.ca;

import dev.weft.policy.Dns1123;
import dev.weft.policy.JoinToken;
import dev.weft.policy.SpiffeId;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;

/** Makes join tokens and takes them. Safe for use by any thread. */
public final class Tokens {
  /** How many uses a token without a limit has. */
  public static final int UNLIMITED = -1;

  private static final Duration MAX_TTL = Duration.ofDays(3650);
  private static final int MAX_TOKENS = 10_000;
  private static final int MAX_ATTEMPTS = 50;

  /** What a guess is compared with when there is no such token, so that it takes as long. */
  private static final byte[] NOBODYS = new byte[32];

  private final TokenStore store;
  private final KnownTokens known;
  private final Supplier<String> pin;
  private final Clock clock;
  private final SecureRandom random;

  /**
   * @param pin of the root that the CA signs with now
   */
  public Tokens(TokenStore store, Supplier<String> pin, Clock clock, SecureRandom random) {
    this.store = store;
    this.known = new KnownTokens(store, clock);
    this.pin = pin;
    this.clock = clock;
    this.random = random;
  }

  /**
   * Makes a token for one service.
   *
   * @param ttl a second to ten years
   * @param uses 1 or more, or {@link #UNLIMITED}
   * @param addresses ranges that the service may register at, see {@link GrantedAddresses}
   * @throws IllegalArgumentException naming the argument that is wrong
   */
  public JoinToken create(
      String namespace, String service, Duration ttl, int uses, List<String> addresses) {
    new SpiffeId("any", namespace, service); // checks both names
    if (namespace.equals(SpiffeId.SYSTEM_NAMESPACE)) {
      throw new IllegalArgumentException(
          "namespace: " + namespace + " (expected: another one; it is the mesh's own)");
    }
    if (uses != UNLIMITED && uses < 1) {
      throw new IllegalArgumentException(
          "uses: " + uses + " (expected: 1 or more, or -1 for unlimited)");
    }
    return create(namespace, service, ttl, uses, false, GrantedAddresses.checked(addresses));
  }

  /** As above, for a service that registers where it is seen to come from. */
  public JoinToken create(String namespace, String service, Duration ttl, int uses) {
    return create(namespace, service, ttl, uses, List.of());
  }

  /** Makes a token for any service in any namespace, for peers on this machine only. */
  public JoinToken createDevelopers(Duration ttl) {
    return create("", "", ttl, UNLIMITED, true, List.of());
  }

  private JoinToken create(
      String namespace,
      String service,
      Duration ttl,
      int uses,
      boolean loopbackOnly,
      List<String> addresses) {
    if (ttl.compareTo(Duration.ofSeconds(1)) < 0 || ttl.compareTo(MAX_TTL) > 0) {
      throw new IllegalArgumentException("ttl: " + ttl + " (expected: 1 s to 3650 days)");
    }
    if (sweep() >= MAX_TOKENS) {
      throw new IllegalArgumentException(
          "tokens: " + MAX_TOKENS + " are live (expected: fewer; revoke some)");
    }
    byte[] id = new byte[8];
    random.nextBytes(id);
    byte[] secret = new byte[32];
    random.nextBytes(secret);
    JoinToken token =
        new JoinToken(
            pin.get(),
            HexFormat.of().formatHex(id),
            Base64.getUrlEncoder().withoutPadding().encodeToString(secret));
    TokenRecord record =
        new TokenRecord(
            token.id(),
            namespace,
            service,
            hash(token.secret()),
            clock.instant().plus(ttl).toEpochMilli(),
            uses,
            loopbackOnly,
            token.pin(),
            addresses);
    store.create(record);
    known.add(record);
    return token;
  }

  public List<TokenRecord> list() {
    return store.list();
  }

  /** Whether there was such a token. */
  public boolean revoke(String id) {
    return store.delete(id);
  }

  /** That a token grants a service to a peer, as of a moment ago. */
  public final class Grant {
    private final String text;
    private final String namespace;
    private final String service;
    private final boolean loopback;
    private TokenStore.Stored stored;

    private Grant(String text, String namespace, String service, boolean loopback)
        throws TokenRefused {
      this.text = text;
      this.namespace = namespace;
      this.service = service;
      this.loopback = loopback;
      this.stored = verify(text, namespace, service, loopback);
    }

    public TokenRecord token() {
      return stored.token();
    }

    /**
     * Spends a use.
     *
     * @throws TokenRefused if there is none left by now, or the token does not grant it any more
     */
    public void take() throws TokenRefused {
      int attempts = 1;
      while (!isTaken()) {
        if (++attempts > MAX_ATTEMPTS) {
          throw new TokenRefused(
              TokenRefused.Code.BAD_TOKEN, "token is being used by too many at once: try again");
        }
        stored = verify(text, namespace, service, loopback);
      }
    }

    private boolean isTaken() {
      TokenRecord token = stored.token();
      return token.usesLeft() == UNLIMITED
          || store.replace(token.withUsesLeft(token.usesLeft() - 1), stored.version());
    }
  }

  /**
   * Checks that a token grants this service to this peer, without spending a use.
   *
   * @param loopback whether the peer's address is a loopback address
   * @throws TokenRefused saying why not
   */
  public Grant check(String text, String namespace, String service, boolean loopback)
      throws TokenRefused {
    return new Grant(text, namespace, service, loopback);
  }

  /**
   * Whether this text is a token that this mesh would take from its own machine for any service,
   * for at least so long.
   */
  public boolean isDevelopers(String text, Duration atLeast) {
    try {
      TokenRecord token = verify(text, "default", "any", true).token();
      return token.namespace().isEmpty()
          && JoinToken.parse(text).pin().equals(pin.get())
          && Instant.ofEpochMilli(token.expiryMillis()).isAfter(clock.instant().plus(atLeast));
    } catch (TokenRefused e) {
      return false;
    }
  }

  /** The pins of all live tokens; an empty one is of a token that does not tell. */
  public Set<String> pins() {
    Set<String> pins = new HashSet<>();
    for (TokenRecord token : store.list()) {
      if (token.expiryMillis() > clock.millis() && token.usesLeft() != 0) {
        pins.add(token.pin());
      }
    }
    return pins;
  }

  /** Drops what has expired; returns how many are left. */
  public int sweep() {
    long now = clock.millis();
    int left = 0;
    for (TokenRecord token : store.list()) {
      // A day's grace, in which the refusal can still say "expired" rather than "unknown".
      if (token.expiryMillis() + Duration.ofDays(1).toMillis() < now) {
        store.delete(token.id());
      } else {
        left++;
      }
    }
    return left;
  }

  private TokenStore.Stored verify(String text, String namespace, String service, boolean loopback)
      throws TokenRefused {
    JoinToken token;
    try {
      token = JoinToken.parse(text);
    } catch (IllegalArgumentException e) {
      throw new TokenRefused(TokenRefused.Code.BAD_TOKEN, String.valueOf(e.getMessage()));
    }
    byte[] expected = known.hash(token.id());
    boolean secret =
        MessageDigest.isEqual(expected == null ? NOBODYS : expected, hash(token.secret()));
    // Only who has the secret makes the store be asked. One answer for all, so that nobody learns
    // which ids there are.
    TokenStore.Stored stored = secret ? store.get(token.id()) : null;
    if (stored == null) {
      throw new TokenRefused(
          TokenRefused.Code.BAD_TOKEN,
          "token " + token.id() + ": unknown, revoked, or with a wrong secret");
    }
    TokenRecord found = stored.token();
    if (found.expiryMillis() <= clock.millis()) {
      throw new TokenRefused(
          TokenRefused.Code.BAD_TOKEN,
          "token " + found.id() + ": expired at " + Instant.ofEpochMilli(found.expiryMillis()));
    }
    if (found.usesLeft() == 0) {
      throw new TokenRefused(
          TokenRefused.Code.BAD_TOKEN, "token " + found.id() + ": all its uses are spent");
    }
    if (found.loopbackOnly() && !loopback) {
      throw new TokenRefused(
          TokenRefused.Code.NOT_LOOPBACK,
          "token "
              + found.id()
              + ": the developer's token works on the coordinator's machine only; make one with"
              + " weft token create");
    }
    requireGranted(found, namespace, service);
    return stored;
  }

  private static void requireGranted(TokenRecord token, String namespace, String service)
      throws TokenRefused {
    if (!Dns1123.isLabel(namespace) || !Dns1123.isLabel(service)) {
      throw new TokenRefused(
          TokenRefused.Code.NOT_GRANTED,
          "namespace and service have to be DNS-1123 labels (a-z, 0-9, inner hyphens, at most 63)");
    }
    boolean granted =
        !namespace.equals(SpiffeId.SYSTEM_NAMESPACE)
            && (token.namespace().isEmpty() || token.namespace().equals(namespace))
            && (token.service().isEmpty() || token.service().equals(service));
    if (!granted) {
      throw new TokenRefused(
          TokenRefused.Code.NOT_GRANTED,
          "token "
              + token.id()
              + " is for "
              + (token.namespace().isEmpty()
                  ? "any service outside " + SpiffeId.SYSTEM_NAMESPACE
                  : token.namespace() + "/" + token.service())
              + ", not for "
              + namespace
              + "/"
              + service);
    }
  }

  private static byte[] hash(String secret) {
    try {
      return MessageDigest.getInstance("SHA-256")
          .digest(secret.getBytes(StandardCharsets.US_ASCII));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
