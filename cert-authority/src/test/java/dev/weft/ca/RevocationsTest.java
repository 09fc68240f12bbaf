package dev.weft.ca;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weft.policy.SpiffeId;
import java.math.BigInteger;
import java.security.SecureRandom;
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

  private static Lineage lineage(String serial, Instant notBefore) {
    return Lineage.of(new BigInteger(serial, 16), notBefore);
  }

  @Test
  void aCertificate_isRevokedByItsSerialNumber_asToolsShowIt() {
    revocations.revoke("0A:1B:FF");
    assertThat(revocations.contains(ORDERS, lineage("a1bff", Instant.MAX))).isTrue();
    assertThat(revocations.contains(ORDERS, lineage("a1bfe", Instant.EPOCH))).isFalse();
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
    assertThat(revocations.contains(ORDERS, lineage("1", thisSecondOnPaper))).isTrue();
    assertThat(revocations.contains(ORDERS, lineage("1", next.minus(CertificateAuthority.SKEW))))
        .as("the next one, which begins at the earliest moment")
        .isFalse();
    SpiffeId other = new SpiffeId("weft.internal", "prod", "orders");
    assertThat(revocations.contains(other, lineage("1", Instant.EPOCH))).isFalse();
    assertThat(revocations.earliest(other)).isEqualTo(Instant.EPOCH);
    assertThat(made.subject()).isEqualTo("certificates of default/orders");
  }

  @Test
  void withACertificate_goWhatItRenewsAndWhatRenewsIt() {
    SecureRandom random = new SecureRandom();
    Lineage lineage = Lineage.from(clock.instant(), random);
    BigInteger first = lineage.serial(random);
    BigInteger next = lineage.serial(random);
    assertThat(next).isNotEqualTo(first);
    revocations.revoke(next.toString(16));
    for (BigInteger one : List.of(first, next, lineage.serial(random))) {
      assertThat(revocations.contains(ORDERS, Lineage.of(one, clock.instant()))).isTrue();
    }
    revocations.revoke(first.toString(16));
    assertThat(revocations.all()).as("they are one").hasSize(1);
    BigInteger another = Lineage.from(clock.instant(), random).serial(random);
    assertThat(revocations.contains(ORDERS, Lineage.of(another, clock.instant()))).isFalse();
  }

  @Test
  void ofAService_goesWhatRenewsThem_howeverLate() {
    SecureRandom random = new SecureRandom();
    Lineage before = Lineage.from(clock.instant().minus(CertificateAuthority.SKEW), random);
    revocations.revoke("default", "orders");
    clock.advance(Duration.ofDays(2));
    BigInteger renewed = before.serial(random);
    assertThat(revocations.contains(ORDERS, Lineage.of(renewed, clock.instant())))
        .as("whoever issued it")
        .isTrue();
    Lineage joined = Lineage.from(clock.instant().minus(CertificateAuthority.SKEW), random);
    assertThat(revocations.contains(ORDERS, joined)).isFalse();
  }

  @Test
  void whoCannotRead_isSoonOutdated_longBeforeAnEntryGoes() {
    assertThat(revocations.isOutdated()).isFalse();
    clock.advance(Duration.ofHours(12).plusSeconds(1));
    assertThat(revocations.isOutdated()).isTrue();
    revocations.refresh();
    assertThat(revocations.isOutdated()).as("nothing new was read, but that").isFalse();
  }

  @Test
  void whoListens_hearsOfOwnAndOfOthers() {
    List<Integer> heard = new ArrayList<>();
    revocations.onChange(() -> heard.add(revocations.all().size()));
    revocations.revoke("1");
    new Revocations(store, clock).revoke("2");
    revocations.refresh();
    revocations.refresh();
    assertThat(heard).containsExactly(1, 2);
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
    assertThat(revocations.contains(ORDERS, lineage("1", Instant.MAX))).isFalse();
    assertThat(revocations.refresh()).isTrue();
    assertThat(revocations.contains(ORDERS, lineage("1", Instant.MAX))).isTrue();
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
