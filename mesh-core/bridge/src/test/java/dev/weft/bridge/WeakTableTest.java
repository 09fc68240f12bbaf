package dev.weft.bridge;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class WeakTableTest {
  @Test
  void keysAreComparedByIdentity() {
    WeakTable<String, String> table = new WeakTable<>();
    String key = new String("key");
    String equal = new String("key");
    assertThat(table.put(key, "first")).isNull();
    assertThat(table.get(key)).isEqualTo("first");
    assertThat(table.get(equal)).isNull();
    assertThat(table.put(equal, "other")).isNull();
    assertThat(table.put(key, "second")).isEqualTo("first");
    assertThat(table.size()).isEqualTo(2);
    assertThat(table.remove(key)).isEqualTo("second");
    assertThat(table.remove(key)).isNull();
    assertThat(table.get(equal)).isEqualTo("other");
  }

  @Test
  void collectedKeysGoAndTheirValuesAreTold() {
    List<Integer> told = new ArrayList<>();
    WeakTable<Object, Integer> table =
        new WeakTable<>() {
          @Override
          protected void collected(Integer value) {
            told.add(value);
          }
        };
    Object kept = new Object();
    table.put(kept, -1);
    for (int i = 0; i < 1000; i++) {
      table.put(new Object(), i);
    }
    for (int i = 0; i < 1000 && table.size() > 1; i++) {
      System.gc();
    }
    assertThat(table.size()).isEqualTo(1);
    assertThat(table.get(kept)).isEqualTo(-1);
    assertThat(told).hasSize(1000).doesNotContain(-1);
  }
}
