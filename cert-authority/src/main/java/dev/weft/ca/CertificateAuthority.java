package dev.weft.ca;

import dev.weft.policy.SpiffeId;
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
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Issues the mesh's certificates. Every coordinator has one over the same {@link CaStore}; whoever
 * comes first makes the root. Safe for use by any thread.
 */
public final class CertificateAuthority {
  /** Clocks of a mesh may differ by this much. */
  static final Duration SKEW = Duration.ofMinutes(2);

  private static final int MAX_ATTEMPTS = 10;

  /**
   * What issuing needs; replaced as a whole when the state changes.
   *
   * @param cross name and key of the root that signs, signed by the one before while that leaves;
   *     null otherwise
   */
  private record Live(
      CaStatus status,
      Certificates.Signer signer,
      @Nullable X509Certificate cross,
      List<Crossing> crossings) {
    X509Certificate root() {
      return status.root();
    }
  }

  /** The way from a root back to the one before it. */
  private record Crossing(X509Certificate cross, X509Certificate root) {}

  private final CaStore store;
  private final KeySealer sealer;
  private final CaSettings settings;
  private final Clock clock;
  private final SecureRandom random;
  private final Certificates certificates;
  private volatile Live live;

  private CertificateAuthority(
      CaStore store, KeySealer sealer, CaSettings settings, Clock clock, SecureRandom random) {
    this.store = store;
    this.sealer = sealer;
    this.settings = settings;
    this.clock = clock;
    this.random = random;
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
    return live.status().bundle();
  }

  /** All of it, as this coordinator knows it now. */
  public CaStatus status() {
    return live.status();
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
   * Issues a first leaf. All names come from {@code granted}.
   *
   * @param addresses that are granted as well, see {@link GrantedAddresses}
   * @param key that {@link #check} has found in a request
   * @param earliest when it may begin, see {@link Revocations#earliest}
   */
  public Issued issue(SpiffeId granted, List<String> addresses, PublicKey key, Instant earliest) {
    return issue(granted, addresses, key, earliest, null);
  }

  /**
   * As above, for the key of a PKCS#10 request, with no addresses granted.
   *
   * @throws CsrRefused saying what is wrong with the request
   */
  public Issued issue(SpiffeId granted, byte[] csr, Instant earliest) throws CsrRefused {
    return issue(granted, List.of(), check(granted, csr), earliest);
  }

  /**
   * Issues the leaf that follows another of the same service.
   *
   * @param addresses that the other one grants, too
   * @param lineage of that one
   * @throws CsrRefused saying what is wrong with the request
   */
  public Issued renew(SpiffeId granted, List<String> addresses, byte[] csr, Lineage lineage)
      throws CsrRefused {
    return issue(granted, addresses, check(granted, csr), lineage.begin().plus(SKEW), lineage);
  }

  /**
   * Checks a PKCS#10 request, and gives the key that it is for.
   *
   * @throws CsrRefused saying what is wrong with it
   */
  public PublicKey check(SpiffeId granted, byte[] csr) throws CsrRefused {
    return SigningRequest.check(csr, granted);
  }

  /** Issues a leaf for a key of this process's own, EC P-256. */
  public Issued issue(SpiffeId granted, PublicKey key) {
    return issue(granted, List.of(), key, Instant.EPOCH, null);
  }

  private Issued issue(
      SpiffeId granted,
      List<String> addresses,
      PublicKey key,
      Instant earliest,
      @Nullable Lineage renewed) {
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
    Lineage lineage = renewed == null ? Lineage.from(start.minus(SKEW), random) : renewed;
    X509Certificate leaf =
        certificates.leaf(
            granted, addresses, key, now.signer(), lineage.serial(random), start.minus(SKEW), end);
    List<X509Certificate> chain = new ArrayList<>(List.of(leaf, now.signer().certificate()));
    X509Certificate cross = now.cross();
    if (cross != null && !cross.getNotAfter().before(leaf.getNotAfter())) {
      chain.add(cross);
    }
    return new Issued(granted, chain, now.root());
  }

  /**
   * What a coordinator shows of a certificate of its own: leaf, intermediate, root, and then, for
   * tokens that pin an older root, the certificate that leads there, and that root.
   */
  public List<X509Certificate> handshakeChain(Issued issued) {
    List<X509Certificate> chain = new ArrayList<>(issued.chain().subList(0, 2));
    chain.add(issued.root());
    PublicKey next = issued.root().getPublicKey();
    for (Crossing crossing : live.crossings()) {
      if (crossing.cross().getPublicKey().equals(next)) {
        chain.add(crossing.cross());
        chain.add(crossing.root());
        next = crossing.root().getPublicKey();
      }
    }
    return chain;
  }

  /**
   * Takes over what another coordinator changed, and makes the next intermediate when a third of
   * the life of this one is left. To be called every second or so: it reads the state once.
   *
   * @return whether the bundle, the signer or what belongs into a handshake is another one now
   */
  public boolean maintain() {
    return change(
            stored -> {
              CaState state = stored.state();
              long mine = settings.leafLife().toMillis();
              if (state.longestLeafMillis() < mine) {
                return state.withLongestLeaf(mine);
              }
              return signerIsDue(state) ? withNextSigner(state) : null;
            },
            false)
        .changed();
  }

  /**
   * Begins a rotation: makes the next root and its intermediate. The old root signs on until {@link
   * #advance} says that all trust the new one.
   *
   * @param pins of all live join tokens, as {@link Tokens#pins} gives them
   * @throws RotationRefused if one is under way, or too many old roots are pinned by tokens
   */
  public void rotate(Set<String> pins) throws RotationRefused {
    AtomicReference<RotationRefused> refused = new AtomicReference<>();
    change(
        stored -> {
          try {
            return begun(stored.state(), pins);
          } catch (RotationRefused e) {
            refused.set(e);
            return null;
          }
        },
        true);
    RotationRefused why = refused.get();
    if (why != null) {
      throw why;
    }
  }

  /**
   * Takes the next step of a rotation if it is time for it. For the coordinator that leads.
   *
   * @param version of the state that {@code everyone} is about; nothing is done if there is a newer
   * @param everyone whether all agents are ready: while roots are distributed, they trust every
   *     root of the bundle; while the old root retires, their certificates are of the new one
   * @return whether this call has taken a step
   */
  public boolean advance(int version, boolean everyone) {
    return change(
            stored ->
                stored.version() == version
                    ? Rotation.next(stored.state(), everyone, clock.instant())
                    : null,
            true)
        .written();
  }

  /**
   * Forgets the former roots that nobody needs any more.
   *
   * @param pins of all live join tokens, as {@link Tokens#pins} gives them
   * @return whether there were any
   */
  public boolean forget(Set<String> pins) {
    return change(
            stored -> {
              CaState next = Rotation.withoutForgotten(stored.state(), pins, clock.instant());
              return next == stored.state() ? null : next;
            },
            true)
        .written();
  }

  /** Whether the root's last tenth has begun: time for the next one, while nothing is urgent. */
  public boolean isRotationDue() {
    CaStatus now = live.status();
    Instant start = now.root().getNotBefore().toInstant();
    Instant end = now.root().getNotAfter().toInstant();
    return now.phase() == CaState.Phase.STABLE
        && clock.instant().isAfter(end.minus(Duration.between(start, end).dividedBy(10)));
  }

  /**
   * What became of a change.
   *
   * @param written whether it was this one that was stored
   * @param changed whether what certificates and handshakes are made of is another one now
   */
  private record Outcome(boolean written, boolean changed) {}

  /**
   * Reads the state, and writes what is to follow until there is nothing to write.
   *
   * @param once for changes that are done when they are stored, rather than when nothing is left
   */
  private synchronized Outcome change(
      Function<CaStore.Stored, @Nullable CaState> change, boolean once) {
    Live before = live;
    boolean written = false;
    for (int attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      CaStore.Stored stored = store.load();
      if (stored == null) {
        throw new CaException("the authority's state is gone from its store; restore it");
      }
      CaState next = written && once ? null : change.apply(stored);
      if (next == null) {
        Live now = stored.version() == before.status().version() ? before : read(stored);
        live = now;
        return new Outcome(
            written,
            !now.status().bundle().equals(before.status().bundle())
                || !now.signer().certificate().equals(before.signer().certificate())
                || !now.crossings().equals(before.crossings()));
      }
      // Whether this or another coordinator's change is stored: the next round reads it.
      written |= store.save(next, stored.version());
    }
    throw new CaException("the authority's state changes faster than it can be read");
  }

  private boolean signerIsDue(CaState state) {
    CaState.Authority entry = signerOf(state);
    X509Certificate signer = Certificates.read(entry.certificate());
    X509Certificate root = Certificates.read(byId(state.roots(), entry.issuer()).certificate());
    Instant start = signer.getNotBefore().toInstant();
    Instant end = signer.getNotAfter().toInstant();
    boolean limitedByRoot = !end.isBefore(root.getNotAfter().toInstant());
    return !limitedByRoot
        && clock.instant().isAfter(end.minus(Duration.between(start, end).dividedBy(3)));
  }

  private CaState begun(CaState stored, Set<String> pins) throws RotationRefused {
    if (stored.phase() != CaState.Phase.STABLE) {
      throw new RotationRefused(
          "phase: "
              + stored.phase()
              + " since "
              + Instant.ofEpochMilli(stored.sinceMillis())
              + " (expected: STABLE; a rotation is under way)");
    }
    CaState state = Rotation.withoutForgotten(stored, pins, clock.instant());
    if (state.former().size() >= Rotation.MAX_FORMER) {
      throw new RotationRefused(
          "former roots: "
              + state.former().size()
              + " are kept for join tokens that pin them (expected: fewer than "
              + Rotation.MAX_FORMER
              + "; revoke the oldest tokens, see `weft token list`)");
    }
    Certificates.Signer old = open(state.roots().get(0));
    Certificates.Signer root = newRoot();
    Certificates.Signer intermediate = intermediate(root);
    Instant now = clock.instant();
    return Rotation.begin(
        state.withLongestLeaf(Math.max(state.longestLeafMillis(), settings.leafLife().toMillis())),
        entry(root, root.certificate()),
        entry(intermediate, root.certificate()),
        encoded(certificates.cross(settings.trustDomain(), root.certificate(), old)),
        now);
  }

  private Certificates.Signer newRoot() {
    Instant now = clock.instant().truncatedTo(ChronoUnit.SECONDS);
    return certificates.root(
        settings.trustDomain(), now.minus(SKEW), now.plus(settings.rootLife()));
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
    Certificates.Signer root = newRoot();
    Certificates.Signer intermediate = intermediate(root);
    CaState.Authority rootEntry = entry(root, root.certificate());
    CaState.Authority signer = entry(intermediate, root.certificate());
    return new CaState(
        CaState.Phase.STABLE,
        0,
        settings.leafLife().toMillis(),
        List.of(rootEntry),
        List.of(signer),
        signer.id(),
        List.of());
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
    return state.withSigner(intermediates, next.id());
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
    CaState.Authority entry = signerOf(state);
    X509Certificate root = Certificates.read(byId(state.roots(), entry.issuer()).certificate());
    Certificates.Signer signer = open(entry);
    List<Crossing> crossings =
        state.former().stream()
            .map(
                former ->
                    new Crossing(
                        Certificates.read(former.cross()), Certificates.read(former.certificate())))
            .toList();
    CaStatus status =
        new CaStatus(
            stored.version(),
            state.phase(),
            state.sinceMillis() == 0 ? null : Instant.ofEpochMilli(state.sinceMillis()),
            Rotation.until(state),
            Rotation.window(state),
            roots,
            root,
            signer.certificate(),
            crossings.stream().map(Crossing::root).toList());
    return new Live(status, signer, crossOf(status, crossings), crossings);
  }

  /** For who has not heard of the new root: while both are trusted, it comes with each leaf. */
  private static @Nullable X509Certificate crossOf(CaStatus status, List<Crossing> crossings) {
    if (status.bundle().size() > 1) {
      for (Crossing crossing : crossings) {
        if (crossing.cross().getPublicKey().equals(status.root().getPublicKey())) {
          return crossing.cross();
        }
      }
    }
    return null;
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
    return new CaState.Authority(
        id,
        Certificates.id(issuer.getPublicKey()),
        encoded(signer.certificate()),
        sealer.seal(label(id), signer.key().getEncoded()));
  }

  private static byte[] encoded(X509Certificate certificate) {
    try {
      return certificate.getEncoded();
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
