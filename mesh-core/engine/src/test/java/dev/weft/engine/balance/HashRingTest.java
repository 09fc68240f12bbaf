package dev.weft.engine.balance;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class HashRingTest {
  private static final int HASHES = 100_000;

  @Test
  void shares_areCloseToEachOther() {
    List<String> keys = keys(10);
    Map<String, Integer> counts = new HashMap<>();
    HashRing ring = HashRing.of(keys);
    for (int i = 0; i < HASHES; i++) {
      counts.merge(owner(ring, keys, i), 1, Integer::sum);
    }

    assertThat(counts).hasSize(10);
    assertThat(counts.values())
        .allSatisfy(count -> assertThat((double) count / HASHES).isBetween(0.07, 0.13));
  }

  @Test
  void oneMore_takesOnlyWhatBecomesItsOwn() {
    List<String> ten = keys(10);
    List<String> eleven = keys(11);
    HashRing before = HashRing.of(ten);
    HashRing after = HashRing.of(eleven);

    int moved = 0;
    for (int i = 0; i < HASHES; i++) {
      String owner = owner(after, eleven, i);
      if (!owner.equals(owner(before, ten, i))) {
        moved++;
        assertThat(owner).isEqualTo(eleven.get(10));
      }
    }
    assertThat((double) moved / HASHES).isBetween(0.06, 0.13);
  }

  @Test
  void oneLess_givesAwayOnlyWhatWasItsOwn() {
    List<String> ten = keys(10);
    List<String> nine = new ArrayList<>(ten);
    String gone = nine.remove(4);
    HashRing before = HashRing.of(ten);
    HashRing after = HashRing.of(nine);

    for (int i = 0; i < HASHES; i++) {
      String owner = owner(before, ten, i);
      if (!owner.equals(gone)) {
        assertThat(owner(after, nine, i)).isEqualTo(owner);
      }
    }
  }

  @Test
  void theOrderOfTheMembers_doesNotMatter_soThatAllProcessesAgree() {
    List<String> keys = keys(50);
    List<String> shuffled = new ArrayList<>(keys);
    Collections.shuffle(shuffled, new Random(3));
    HashRing one = HashRing.of(keys);
    HashRing other = HashRing.of(shuffled);

    for (int i = 0; i < HASHES; i++) {
      assertThat(owner(other, shuffled, i)).isEqualTo(owner(one, keys, i));
    }
  }

  @Test
  void memory_isBounded_andManyMembersAllHaveAPlace() {
    List<String> keys = keys(20_000);
    HashRing ring = HashRing.of(keys);
    assertThat(ring.size()).isLessThanOrEqualTo(1 << 18);

    boolean[] owns = new boolean[keys.size()];
    int place = 0;
    do {
      owns[ring.owner(place)] = true;
      place = ring.next(place);
    } while (place != 0);
    assertThat(owns).doesNotContain(false);
  }

  @Test
  void aRingOfTheSameMembers_isRecognized() {
    HashRing ring = HashRing.of(keys(3));
    assertThat(ring.isOf(keys(3))).isTrue();
    assertThat(ring.isOf(keys(4))).isFalse();
    assertThat(HashRing.of(List.of()).size()).isZero();
  }

  private static String owner(HashRing ring, List<String> keys, long hash) {
    return keys.get(ring.owner(ring.place(hash)));
  }

  private static List<String> keys(int count) {
    List<String> keys = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      keys.add("instance-" + i + "|8080");
    }
    return keys;
  }
}
