package dev.weft.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class RecentTest {
  private static final class Word extends Recent.Entry {
    final boolean valued;

    Word(boolean valued) {
      this.valued = valued;
    }

    @Override
    boolean valued() {
      return valued;
    }
  }

  private final Recent<Word> table = new Recent<>(100);

  private void add(String key, boolean valued) {
    table.putIfAbsent(key, new Word(valued));
  }

  @Test
  void oneMore_takesThePlaceOfOneThatIsNotInUse() {
    for (int i = 0; i < 100; i++) {
      add("w" + i, false);
    }
    for (int i = 0; i < 50; i++) {
      table.get("w" + i);
    }
    for (int i = 0; i < 50; i++) {
      add("x" + i, false);
      for (int k = 0; k < 50; k++) {
        assertThat(table.get("w" + k)).isNotNull();
      }
    }
    assertThat(table.values()).hasSize(100);
    assertThat(table.peek("w50")).isNull();
    assertThat(table.peek("w99")).isNull();
  }

  @Test
  void whatIsOfValue_staysBesideAFloodOfWhatIsNot() {
    add("known", true);
    for (int i = 0; i < 10_000; i++) {
      add("flood" + i, false);
    }
    assertThat(table.peek("known")).isNotNull();
    assertThat(table.values()).hasSize(100);
  }

  @Test
  void whereAllAreOfValue_orAllInUse_oneGoesAllTheSame() {
    for (int i = 0; i < 1_000; i++) {
      add("v" + i, true);
      assertThat(table.get("v" + i)).isNotNull();
    }
    assertThat(table.values()).hasSize(100);
    assertThat(table.peek("v0")).isNull();
  }

  @Test
  void theFirstOfAKeyStays() {
    Word first = new Word(false);
    assertThat(table.putIfAbsent("w", first)).isSameAs(first);
    assertThat(table.putIfAbsent("w", new Word(true))).isSameAs(first);
  }

  @Test
  void manyThreads_neverGoBeyondItsBound() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(4);
    CountDownLatch go = new CountDownLatch(1);
    for (int t = 0; t < 4; t++) {
      int mine = t;
      threads.execute(
          () -> {
            try {
              go.await();
            } catch (InterruptedException e) {
              return;
            }
            for (int i = 0; i < 20_000; i++) {
              add("t" + mine + "-" + i, i % 3 == 0);
              table.get("t" + mine + "-" + i / 2);
            }
          });
    }
    go.countDown();
    threads.shutdown();
    assertThat(threads.awaitTermination(60, TimeUnit.SECONDS)).isTrue();
    assertThat(table.values()).hasSize(100);
    for (int i = 0; i < 1_000; i++) {
      add("after" + i, false);
    }
    assertThat(table.values()).as("each has its place in the queue").hasSize(100);
  }
}
