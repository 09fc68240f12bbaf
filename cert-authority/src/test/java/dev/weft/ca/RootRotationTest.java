package dev.weft.ca;

import static dev.weft.ca.CaState.Phase.DISTRIBUTING;
import static dev.weft.ca.CaState.Phase.RETIRING;
import static dev.weft.ca.CaState.Phase.SIGNING;
import static dev.weft.ca.CaState.Phase.STABLE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weft.ca.CaState.Phase;
import dev.weft.policy.SpiffeId;
import java.nio.file.Path;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.cert.CertPathValidator;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RootRotationTest {
  private static final SpiffeId ORDERS = new SpiffeId("weft.internal", "default", "orders");
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final Duration LEAF = Duration.ofHours(24);
  private static final Duration WINDOW = LEAF.dividedBy(10);
  private static final Duration SETTLING = Duration.ofSeconds(30);

  @TempDir Path dir;
  private final SettableClock clock = new SettableClock();
  private final MemoryStores.Ca store = new MemoryStores.Ca();
  private final MemoryStores.Tokens tokenStore = new MemoryStores.Tokens();
  private KeySealer sealer;
  private CertificateAuthority ca;
  private Tokens tokens;
  private PublicKey key;

  @BeforeEach
  void open() throws Exception {
    KeySealer.createKeyFile(dir.resolve("ca.key"), RANDOM);
    sealer = KeySealer.fromKeyFile(dir.resolve("ca.key"), RANDOM);
    ca = coordinator(LEAF);
    tokens = new Tokens(tokenStore, () -> ca.pin(), clock, RANDOM);
    key = Requests.p256().getPublic();
  }

  /** Another coordinator on the same state, as after the one before died. */
  private CertificateAuthority coordinator(Duration leafLife) {
    return CertificateAuthority.open(
        store, sealer, CaSettings.of("weft.internal").withLeafLife(leafLife), clock, RANDOM);
  }

  private Phase phase() {
    return ca.status().phase();
  }

  private boolean advance(boolean everyone) {
    return ca.advance(ca.status().version(), everyone);
  }

  /** From STABLE to STABLE, everybody being ready as soon as it counts. */
  private void rotateToTheEnd() throws Exception {
    ca.rotate(tokens.pins());
    pass(SETTLING, true, SIGNING);
    pass(WINDOW, false, RETIRING);
    pass(SETTLING, true, STABLE);
  }

  private void pass(Duration time, boolean everyone, Phase next) {
    clock.advance(time);
    assertThat(advance(everyone)).isTrue();
    assertThat(phase()).isEqualTo(next);
  }

  /** Any member can say that it does not trust the new root, and go on saying it. */
  @Test
  void nobodyHoldsARotationForEver() throws Exception {
    ca.rotate(Set.of());
    clock.advance(LEAF.minusMillis(1));
    assertThat(advance(false)).isFalse();
    clock.advance(Duration.ofMillis(1));
    assertThat(advance(false)).isTrue();
    assertThat(phase()).isEqualTo(SIGNING);
  }

  @Test
  void oneRootFollowsTheOther() throws Exception {
    X509Certificate old = ca.status().root();
    Issued before = ca.issue(ORDERS, key);
    assertThat(ca.status().since()).isNull();
    assertThat(ca.status().until()).isNull();

    ca.rotate(Set.of());
    assertThat(phase()).isEqualTo(DISTRIBUTING);
    assertThat(ca.status().since()).isEqualTo(clock.instant());
    assertThat(ca.status().until()).isEqualTo(clock.instant().plus(LEAF));
    X509Certificate next = ca.bundle().get(1);
    assertThat(ca.bundle()).containsExactly(old, next);
    Issued distributing = ca.issue(ORDERS, key);
    assertThat(distributing.root()).isEqualTo(old);
    assertThat(distributing.chain()).hasSize(2);
    assertThat(ca.pin()).isEqualTo(CertificateAuthority.pin(old));

    clock.advance(SETTLING.minusMillis(1));
    assertThat(advance(true)).as("somebody may just be reconnecting").isFalse();
    clock.advance(Duration.ofMillis(1));
    assertThat(advance(false)).as("waits for everybody").isFalse();
    assertThat(advance(true)).isTrue();

    assertThat(phase()).isEqualTo(SIGNING);
    assertThat(ca.status().until()).isEqualTo(clock.instant().plus(WINDOW));
    assertThat(ca.status().window()).isEqualTo(WINDOW);
    assertThat(ca.bundle()).containsExactly(old, next);
    assertThat(ca.pin()).isEqualTo(CertificateAuthority.pin(next));
    Issued signing = ca.issue(ORDERS, key);
    assertThat(signing.root()).isEqualTo(next);
    believed(signing.chain().subList(0, 2), next);
    believed(signing.chain(), old); // by who has not heard of the new root
    assertThat(store.stored.state().roots().get(0).sealedKey()).as("is not needed").isEmpty();

    clock.advance(WINDOW.minusMillis(1));
    assertThat(advance(true)).as("they renew one by one").isFalse();
    pass(Duration.ofMillis(1), false, RETIRING);
    assertThat(ca.status().until()).isEqualTo(clock.instant().plus(LEAF));
    assertThat(ca.issue(ORDERS, key).chain()).hasSize(3);
    assertThat(advance(true)).isFalse();
    assertThat(advance(false)).isFalse();
    pass(SETTLING, true, STABLE);

    assertThat(ca.bundle()).containsExactly(next);
    assertThat(ca.status().until()).isNull();
    Issued after = ca.issue(ORDERS, key);
    assertThat(after.chain()).hasSize(2);
    believed(after.chain(), next);
    assertThatThrownBy(() -> believed(before.chain(), next))
        .isInstanceOf(CertPathValidatorException.class);
    assertThat(store.stored.state().intermediates()).hasSize(1);
  }

  @Test
  void oldRootLeavesWhenNoLeafOfItCanLiveAnyMore_whoeverIsMissing() throws Exception {
    ca.rotate(Set.of());
    pass(SETTLING, true, SIGNING);
    pass(WINDOW, false, RETIRING);
    clock.advance(LEAF.minusMillis(1));
    assertThat(advance(false)).isFalse();
    pass(Duration.ofMillis(1), false, STABLE);
  }

  @Test
  void longestLeafOfAllCoordinatorsCounts() throws Exception {
    CertificateAuthority other = coordinator(Duration.ofDays(10));
    other.maintain();
    ca.rotate(Set.of());
    pass(SETTLING, true, SIGNING);
    assertThat(ca.status().window()).isEqualTo(Duration.ofDays(1));
    pass(Duration.ofDays(1), false, RETIRING);
    clock.advance(Duration.ofDays(9));
    assertThat(advance(false)).isFalse();
    pass(Duration.ofDays(1), false, STABLE);

    ca.maintain();
    assertThat(store.stored.state().longestLeafMillis())
        .as("who is gone does not count for ever")
        .isEqualTo(LEAF.toMillis());
  }

  @Test
  void leavesOfSecondsRotateWithinSeconds() throws Exception {
    ca = coordinator(Duration.ofSeconds(10));
    store.stored = new CaStore.Stored(store.stored.state().withLongestLeaf(0), 0);
    ca.rotate(Set.of());
    pass(Duration.ofSeconds(1), true, SIGNING);
    pass(Duration.ofSeconds(1), true, RETIRING);
    pass(Duration.ofSeconds(1), true, STABLE);
  }

  /** Each step is one write: whoever leads next finds it done, or not begun. */
  @Test
  void anotherLeaderGoesOnInEveryPhase() throws Exception {
    CertificateAuthority follower = coordinator(LEAF);
    ca.rotate(Set.of());
    X509Certificate next = ca.bundle().get(1);
    for (Phase phase : List.of(SIGNING, RETIRING, STABLE)) {
      ca = coordinator(LEAF);
      assertThat(ca.bundle()).contains(next);
      pass(phase == RETIRING ? WINDOW : SETTLING, true, phase);
      assertThat(follower.maintain()).as("bundle or signer").isEqualTo(phase != RETIRING);
      assertThat(follower.status().phase()).isEqualTo(phase);
      assertThat(follower.bundle()).isEqualTo(ca.bundle());
      assertThat(follower.signer()).isEqualTo(ca.signer());
    }
    ca = coordinator(LEAF);
    assertThat(ca.bundle()).containsExactly(next);
    believed(ca.issue(ORDERS, key).chain(), next);
    ca.rotate(Set.of());
  }

  @Test
  void twoLeadersTakeAStepOnce() throws Exception {
    CertificateAuthority other = coordinator(LEAF);
    ca.rotate(Set.of());
    other.maintain();
    int version = other.status().version();
    clock.advance(SETTLING);
    assertThat(advance(true)).isTrue();
    clock.advance(WINDOW);
    assertThat(other.advance(version, true)).as("the other was first").isFalse();
    assertThat(other.status().phase()).isEqualTo(SIGNING);
    assertThat(store.stored.state().phase()).isEqualTo(SIGNING);
  }

  @Test
  void whatWasSaidOfAnotherStateMovesNothing() throws Exception {
    int stable = ca.status().version();
    ca.rotate(Set.of());
    clock.advance(SETTLING);
    assertThat(ca.advance(stable, true)).isFalse();
    assertThat(phase()).isEqualTo(DISTRIBUTING);
  }

  @Test
  void oneRotationAtATime() throws Exception {
    CertificateAuthority other = coordinator(LEAF);
    ca.rotate(Set.of());
    assertThatThrownBy(() -> other.rotate(Set.of()))
        .isInstanceOf(RotationRefused.class)
        .hasMessage(
            "phase: DISTRIBUTING since 2026-03-01T12:00:00Z (expected: STABLE; a rotation is under"
                + " way)");
  }

  @Test
  void nextIntermediateOfTheOldRootIsMadeWhileRootsAreDistributed() throws Exception {
    ca.rotate(Set.of());
    X509Certificate old = ca.status().root();
    X509Certificate next = ca.bundle().get(1);
    clock.advance(Duration.ofDays(250));
    assertThat(ca.maintain()).isTrue();
    believed(ca.issue(ORDERS, key).chain(), old);
    assertThat(advance(true)).isTrue();
    ca.maintain();
    believed(ca.issue(ORDERS, key).chain().subList(0, 2), next);
  }

  @Test
  void aTenthOfItsLifeBeforeItsEndTheNextRootIsDue() throws Exception {
    clock.advance(Duration.ofDays(3284));
    ca.maintain();
    assertThat(ca.isRotationDue()).isFalse();
    clock.advance(Duration.ofDays(2));
    ca.maintain();
    assertThat(ca.isRotationDue()).isTrue();
    ca.rotate(Set.of());
    assertThat(ca.isRotationDue()).as("it is under way").isFalse();
    pass(SETTLING, true, SIGNING);
    pass(WINDOW, true, RETIRING);
    pass(SETTLING, true, STABLE);
    assertThat(ca.isRotationDue()).isFalse();
  }

  // ---- what a coordinator shows to who has a token

  @Test
  void handshakeLeadsToEveryRootThatALiveTokenPins() throws Exception {
    List<X509Certificate> roots = new ArrayList<>(List.of(ca.status().root()));
    for (int i = 0; i < Rotation.MAX_FORMER; i++) {
      tokens.create("default", "orders", Duration.ofDays(30 - i), Tokens.UNLIMITED);
      rotateToTheEnd();
      roots.add(ca.status().root());
    }
    List<X509Certificate> chain = ca.handshakeChain(ca.issue(ORDERS, key));
    assertThat(chain).hasSize(9);
    for (X509Certificate root : roots) {
      assertThat(chain).contains(root);
      believed(way(chain, root), root);
    }

    assertThatThrownBy(() -> ca.rotate(tokens.pins()))
        .isInstanceOf(RotationRefused.class)
        .hasMessageContaining("former roots: 3 are kept for join tokens")
        .hasMessageContaining("expected: fewer than 3; revoke the oldest tokens");

    // The token of the second is over; its root stays, for the way to the first leads over it.
    tokens.revoke(tokens.list().get(1).id());
    assertThat(ca.forget(tokens.pins())).isFalse();
    tokens.revoke(tokens.list().get(0).id());
    assertThat(ca.forget(tokens.pins())).isTrue();
    assertThat(ca.status().former()).containsExactly(roots.get(2));
    List<X509Certificate> shorter = ca.handshakeChain(ca.issue(ORDERS, key));
    assertThat(shorter).hasSize(5);
    believed(way(shorter, roots.get(2)), roots.get(2));
    ca.rotate(tokens.pins());
  }

  @Test
  void handshakeInEveryPhaseLeadsToTheRootsOfTheBundle() throws Exception {
    rotateToTheEnd();
    ca.forget(Set.of());
    assertThat(ca.status().former()).isEmpty();
    X509Certificate old = ca.status().root();
    ca.rotate(Set.of());
    assertThat(ca.handshakeChain(ca.issue(ORDERS, key))).hasSize(3).endsWith(old);
    pass(SETTLING, true, SIGNING);
    assertThat(ca.forget(Set.of())).as("it is trusted").isFalse();
    assertThat(ca.handshakeChain(ca.issue(ORDERS, key))).hasSize(5).endsWith(old);
    pass(WINDOW, true, RETIRING);
    assertThat(ca.handshakeChain(ca.issue(ORDERS, key))).hasSize(5).endsWith(old);
    pass(SETTLING, true, STABLE);
    assertThat(ca.forget(Set.of())).isTrue();
    assertThat(ca.handshakeChain(ca.issue(ORDERS, key))).hasSize(3);
  }

  @Test
  void tokenOfAVersionThatDidNotKeepThePinKeepsTheOldRoot() throws Exception {
    rotateToTheEnd();
    assertThat(ca.forget(Set.of(""))).isFalse();
    assertThat(ca.status().former()).hasSize(1);
    assertThat(ca.forget(Set.of(ca.pin()))).isTrue();
  }

  @Test
  void rootThatHasEndedIsNotKept() throws Exception {
    tokens.create("default", "orders", Duration.ofDays(3650), Tokens.UNLIMITED);
    clock.advance(Duration.ofDays(3000));
    ca.maintain();
    rotateToTheEnd();
    X509Certificate old = ca.status().former().get(0);
    X509Certificate cross = ca.handshakeChain(ca.issue(ORDERS, key)).get(3);
    assertThat(cross.getNotAfter()).isEqualTo(old.getNotAfter());
    clock.advance(Duration.ofDays(640));
    assertThat(ca.forget(tokens.pins())).isFalse();
    clock.advance(Duration.ofDays(10));
    assertThat(ca.forget(Set.of(CertificateAuthority.pin(old)))).isTrue();
  }

  /** The certificates from the leaf to a root, without other roots and without it. */
  private static List<X509Certificate> way(List<X509Certificate> chain, X509Certificate root) {
    return chain.subList(0, chain.indexOf(root)).stream()
        .filter(one -> !one.getSubjectX500Principal().equals(one.getIssuerX500Principal()))
        .toList();
  }

  /** As any verifier would, with the JDK's own PKIX. */
  private void believed(List<X509Certificate> chain, X509Certificate root) throws Exception {
    PKIXParameters parameters = new PKIXParameters(Set.of(new TrustAnchor(root, null)));
    parameters.setRevocationEnabled(false);
    Instant now = clock.instant();
    parameters.setDate(Date.from(now));
    CertPathValidator.getInstance("PKIX")
        .validate(CertificateFactory.getInstance("X.509").generateCertPath(chain), parameters);
  }
}
