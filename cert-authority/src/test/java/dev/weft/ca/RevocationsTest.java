package dev.weft.ca;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RevocationsTest {
  private static final SpiffeId ORDERS = new SpiffeId("weft.internal", "default", "orders");

  /** As ZooKeeper behaves: one version more with each change. */
  private static final class Store implements RevocationStore {
    Stored stored = new Stored(List.of(), ABSENT);
    int loads;

    @Override
    public @Nullable Stored loadUnless(int version) {
      loads++;
      return stored.version() == version ? null : stored;
    }

    @Override
    public boolean save(List<Revocation> all, int version) {
      if (version != stored.version()) {
        return false;
      }
      stored = new Stored(all, version + 1);
      return true;
    }
  }

  private final SettableClock clock = new SettableClock();
  private final Store store = new Store();
  private final Revocations revocations = new Revocations(store, clock);

  @Test
  void aCertificate_isRevokedByItsSerialNumber_asToolsShowIt() {
    revocations.revoke("0A:1B:FF");
    assertThat(revocations.contains(ORDERS, "a1bff", Instant.MAX)).isTrue();
    assertThat(revocations.contains(ORDERS, "a1bfe", Instant.EPOCH)).isFalse();
    revocations.revoke("a1bff");
    assertThat(revocations.all()).as("once").hasSize(1);
  }

  @Test
  void aServices_areThoseThatWereIssuedUntilNow_thisSecondIncluded() {
    clock.advance(Duration.ofMillis(700));
    Instant now = clock.instant();
    Revocation made = revocations.revoke("default", "orders");
    Instant next = revocations.earliest(ORDERS);
    assertThat(next).isAfter(now).isBefore(now.plusSeconds(1));
    Instant thisSecondOnPaper = next.minusSeconds(1).minus(CertificateAuthority.SKEW);
    assertThat(revocations.contains(ORDERS, "1", thisSecondOnPaper)).isTrue();
    assertThat(revocations.contains(ORDERS, "1", next.minus(CertificateAuthority.SKEW)))
        .as("the next one, which begins at the earliest moment")
        .isFalse();
    SpiffeId other = new SpiffeId("weft.internal", "prod", "orders");
    assertThat(revocations.contains(other, "1", Instant.EPOCH)).isFalse();
    assertThat(revocations.earliest(other)).isEqualTo(Instant.EPOCH);
    assertThat(made.subject()).isEqualTo("certificates of default/orders");
  }

  @Test
  void aServiceAgain_replacesWhatWasThere() {
    revocations.revoke("default", "orders");
    Instant first = revocations.earliest(ORDERS);
    clock.advance(Duration.ofHours(1));
    revocations.revoke("default", "orders");
    assertThat(revocations.all()).hasSize(1);
    assertThat(revocations.earliest(ORDERS)).isEqualTo(first.plus(Duration.ofHours(1)));
  }

  @Test
  void whatOthersRevoke_isTakenOver_andNothingIsReadInVain() {
    Revocations other = new Revocations(store, clock);
    assertThat(revocations.refresh()).isFalse();
    other.revoke("1");
    assertThat(revocations.contains(ORDERS, "1", Instant.MAX)).isFalse();
    assertThat(revocations.refresh()).isTrue();
    assertThat(revocations.contains(ORDERS, "1", Instant.MAX)).isTrue();
    assertThat(revocations.refresh()).isFalse();
    revocations.revoke("2");
    assertThat(store.stored.all()).as("neither is lost").hasSize(2);
  }

  @Test
  void anEntry_leavesWhenNoSuchCertificateCanBeLeft() {
    revocations.revoke("1");
    clock.advance(CaSettings.LONGEST_LEAF.plus(Duration.ofHours(12)));
    revocations.revoke("2");
    assertThat(revocations.all()).hasSize(2);
    clock.advance(Duration.ofHours(12));
    revocations.revoke("3");
    assertThat(revocations.all()).extracting(Revocation::serial).containsExactly("2", "3");
  }

  @Test
  void moreThanAllCanHold_isRefused_andLosesNothing() {
    List<Revocation> all = new ArrayList<>();
    for (int i = 0; i < Revocations.MAX; i++) {
      all.add(new Revocation(Integer.toHexString(i + 1), "", "", Instant.EPOCH, clock.instant()));
    }
    store.save(all, RevocationStore.ABSENT);
    assertThatThrownBy(() -> revocations.revoke("default", "orders"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("revocations: 1000");
    assertThat(revocations.all()).hasSize(Revocations.MAX);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "xyz", "-1", "0x1", "00000000000000000000000000000000000000000g"})
  void whatIsNoSerialNumber_isNamed(String serial) {
    assertThatThrownBy(() -> revocations.revoke(serial))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("serial: " + serial + " (expected: ");
  }

  @Test
  void theMeshsOwn_cannotBeRevoked() {
    assertThatThrownBy(() -> revocations.revoke("weft-system", "coordinator"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("namespace: weft-system");
  }
}
