package dev.weft.ca;

import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/**
 * Issues the mesh's certificates. Every coordinator has one over the same {@link CaStore}; whoever
 * comes first makes the root. Safe for use by any thread.
 */
public final class CertificateAuthority {
  /** Clocks of a mesh may differ by this much. */
  static final Duration SKEW = Duration.ofMinutes(2);

  private static final int MAX_ATTEMPTS = 10;

  /** What issuing needs; replaced as a whole when the state changes. */
  private record Live(
      int version, List<X509Certificate> roots, X509Certificate root, Certificates.Signer signer) {}

  private final CaStore store;
  private final KeySealer sealer;
  private final CaSettings settings;
  private final Clock clock;
  private final Certificates certificates;
  private volatile Live live;

  private CertificateAuthority(
      CaStore store, KeySealer sealer, CaSettings settings, Clock clock, SecureRandom random) {
    this.store = store;
    this.sealer = sealer;
    this.settings = settings;
    this.clock = clock;
    this.certificates = new Certificates(random);
    this.live = read(loadOrCreate());
  }

  /**
   * Reads the authority's state, or makes a root and an intermediate if there is none.
   *
   * @throws CaException if the state is of another trust domain, or sealed with another key
   */
  public static CertificateAuthority open(
      CaStore store, KeySealer sealer, CaSettings settings, Clock clock, SecureRandom random) {
    return new CertificateAuthority(store, sealer, settings, clock, random);
  }

  public String trustDomain() {
    return settings.trustDomain();
  }

  /** The roots that everyone in the mesh has to trust now, oldest first. */
  public List<X509Certificate> bundle() {
    return live.roots();
  }

  /** What a join token pins: base64url of the SHA-256 of the signing root's SPKI. */
  public String pin() {
    return pin(live.root());
  }

  /** The pin of one root. */
  public static String pin(X509Certificate root) {
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString(Certificates.spkiHash(root.getPublicKey()));
  }

  /** The intermediate that signs now. */
  public X509Certificate signer() {
    return live.signer().certificate();
  }

  /**
   * Issues a leaf for the key of a PKCS#10 request. All names come from {@code granted}.
   *
   * @param earliest when it may begin, see {@link Revocations#earliest}
   * @throws CsrRefused saying what is wrong with the request
   */
  public Issued issue(SpiffeId granted, byte[] csr, Instant earliest) throws CsrRefused {
    return issue(granted, SigningRequest.check(csr, granted), earliest);
  }

  /**
   * Checks a request as {@link #issue(SpiffeId, byte[], Instant)} does, without issuing: so that a
   * token's use is not spent on a request that cannot be granted.
   */
  public void check(SpiffeId granted, byte[] csr) throws CsrRefused {
    SigningRequest.check(csr, granted);
  }

  /** Issues a leaf for a key of this process's own, EC P-256. */
  public Issued issue(SpiffeId granted, PublicKey key) {
    return issue(granted, key, Instant.EPOCH);
  }

  private Issued issue(SpiffeId granted, PublicKey key, Instant earliest) {
    if (!granted.trustDomain().equals(settings.trustDomain())) {
      throw new IllegalArgumentException(
          granted + " (expected: trust domain " + settings.trustDomain() + ")");
    }
    Live now = live;
    Instant thisSecond = clock.instant().truncatedTo(ChronoUnit.SECONDS);
    Instant start = thisSecond.isBefore(earliest) ? earliest : thisSecond;
    Instant end =
        earlier(
            start.plus(settings.leafLife()), now.signer().certificate().getNotAfter().toInstant());
    X509Certificate leaf = certificates.leaf(granted, key, now.signer(), start.minus(SKEW), end);
    return new Issued(granted, List.of(leaf, now.signer().certificate()), now.root());
  }

  /**
   * Takes over what another coordinator changed, and makes the next intermediate when a third of
   * the life of this one is left. To be called every hour or so, and when the state changes.
   *
   * @return whether the bundle or the signer is another one now
   */
  public synchronized boolean maintain() {
    Live before = live;
    for (int attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      CaStore.Stored stored = store.load();
      if (stored == null) {
        throw new CaException("the authority's state is gone from its store; restore it");
      }
      Live now = stored.version() == live.version() ? live : read(stored);
      if (!signerIsDue(now)) {
        live = now;
        return !now.roots().equals(before.roots())
            || !now.signer().certificate().equals(before.signer().certificate());
      }
      // Whether this or another coordinator's next signer is stored: the next round reads it.
      store.save(withNextSigner(stored.state()), stored.version());
    }
    throw new CaException("the authority's state changes faster than it can be read");
  }

  private boolean signerIsDue(Live now) {
    X509Certificate signer = now.signer().certificate();
    Instant start = signer.getNotBefore().toInstant();
    Instant end = signer.getNotAfter().toInstant();
    boolean limitedByRoot = !end.isBefore(now.root().getNotAfter().toInstant());
    return !limitedByRoot
        && clock.instant().isAfter(end.minus(Duration.between(start, end).dividedBy(3)));
  }

  private CaStore.Stored loadOrCreate() {
    for (int attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      CaStore.Stored stored = store.load();
      if (stored != null) {
        return stored;
      }
      store.save(create(), CaStore.ABSENT); // if it fails, another coordinator was first
    }
    throw new CaException("the authority's state can be neither read nor created");
  }

  private CaState create() {
    Instant now = clock.instant().truncatedTo(ChronoUnit.SECONDS);
    Certificates.Signer root =
        certificates.root(settings.trustDomain(), now.minus(SKEW), now.plus(settings.rootLife()));
    Certificates.Signer intermediate = intermediate(root);
    CaState.Authority rootEntry = entry(root, root.certificate());
    CaState.Authority signer = entry(intermediate, root.certificate());
    return new CaState(CaState.Phase.STABLE, List.of(rootEntry), List.of(signer), signer.id());
  }

  private CaState withNextSigner(CaState state) {
    CaState.Authority old = signerOf(state);
    CaState.Authority root = byId(state.roots(), old.issuer());
    Certificates.Signer rootSigner = open(root);
    CaState.Authority next = entry(intermediate(rootSigner), rootSigner.certificate());
    List<CaState.Authority> intermediates = new ArrayList<>();
    for (CaState.Authority one : state.intermediates()) {
      if (Certificates.read(one.certificate()).getNotAfter().toInstant().isAfter(clock.instant())) {
        intermediates.add(one);
      }
    }
    intermediates.add(next);
    return new CaState(state.phase(), state.roots(), intermediates, next.id());
  }

  private Certificates.Signer intermediate(Certificates.Signer root) {
    Instant now = clock.instant().truncatedTo(ChronoUnit.SECONDS);
    Instant end =
        earlier(
            now.plus(settings.intermediateLife()), root.certificate().getNotAfter().toInstant());
    return certificates.intermediate(settings.trustDomain(), root, now.minus(SKEW), end);
  }

  private Live read(CaStore.Stored stored) {
    CaState state = stored.state();
    List<X509Certificate> roots =
        state.roots().stream().map(root -> Certificates.read(root.certificate())).toList();
    for (X509Certificate root : roots) {
      requireTrustDomain(root);
    }
    CaState.Authority signer = signerOf(state);
    X509Certificate root = Certificates.read(byId(state.roots(), signer.issuer()).certificate());
    return new Live(stored.version(), roots, root, open(signer));
  }

  private void requireTrustDomain(X509Certificate root) {
    String name = root.getSubjectX500Principal().getName();
    if (!name.endsWith("O=" + settings.trustDomain())) {
      throw new CaException(
          "the mesh's root is "
              + name
              + " (expected: one of trust domain "
              + settings.trustDomain()
              + "; was the coordinator started with another --trust-domain?)");
    }
  }

  private static CaState.Authority signerOf(CaState state) {
    return byId(state.intermediates(), state.signer());
  }

  private static CaState.Authority byId(List<CaState.Authority> all, String id) {
    return all.stream()
        .filter(one -> one.id().equals(id))
        .findFirst()
        .orElseThrow(() -> new CaException("the authority's state has no key " + id));
  }

  private CaState.Authority entry(Certificates.Signer signer, X509Certificate issuer) {
    String id = Certificates.id(signer.certificate().getPublicKey());
    try {
      return new CaState.Authority(
          id,
          Certificates.id(issuer.getPublicKey()),
          signer.certificate().getEncoded(),
          sealer.seal(label(id), signer.key().getEncoded()));
    } catch (CertificateEncodingException e) {
      throw new IllegalStateException("a certificate that was just made has its encoding", e);
    }
  }

  private Certificates.Signer open(CaState.Authority authority) {
    return new Certificates.Signer(
        Certificates.read(authority.certificate()),
        Certificates.readKey(sealer.open(label(authority.id()), authority.sealedKey())));
  }

  private static String label(String id) {
    return "CA key " + id;
  }

  private static Instant earlier(Instant a, Instant b) {
    return a.isBefore(b) ? a : b;
  }
}
