package dev.weft.host;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.drive.Call;
import dev.weft.runtime.Member;
import dev.weft.wire.Message;
import java.net.URI;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Calls of those that must not wait, while a process joins. */
class AskingTest {
  private static final long STARTUP_NANOS = 60_000_000_000L;

  private final Deque<Runnable> alarms = new ArrayDeque<>();
  private final Deque<Runnable> later = new ArrayDeque<>();
  private final List<@Nullable Call> told = new ArrayList<>();
  private final List<Throwable> faults = new ArrayList<>();
  private long slept;
  private final Member member;

  AskingTest() {
    Properties properties = new Properties();
    properties.setProperty("weft.startup.wait", "60s");
    member = TestMember.of(properties);
  }

  private Runnable alarm(Runnable task, long nanos) {
    slept += nanos;
    alarms.add(task);
    return () -> alarms.remove(task);
  }

  private void ask(Executor executor) {
    new HostOutbound(member, new Problems(() -> true), this::alarm, faults::add)
        .find(
            new TestMember.Get(URI.create("http://orders/")),
            executor,
            (call, error) -> {
              assertThat(error).isNull();
              told.add(call);
            });
  }

  private void resolved() {
    member.directory().resolved(new Message.Resolved("orders", -1, "default/orders", "", 1));
    member
        .directory()
        .endpoints(new Message.Endpoints("default/orders", 1, -1, List.of(), List.of(), true));
  }

  @Test
  void whatIsNotKnownYet_isToldWhenItIs() {
    ask(later::add);
    assertThat(told).isEmpty();
    assertThat(later).isEmpty();
    assertThat(alarms).hasSize(1);

    resolved();
    assertThat(told).as("on the thread of the one who asks").isEmpty();
    assertThat(alarms).isEmpty();
    later.remove().run();
    assertThat(told).doesNotContainNull().hasSize(1);
    assertThat(later).isEmpty();

    ask(later::add);
    assertThat(told).as("known").hasSize(2);
  }

  @Test
  void whatIsNeverTold_isWaitedForOnce() {
    ask(later::add);
    while (later.isEmpty()) {
      alarms.remove().run();
    }
    assertThat(slept).isBetween(STARTUP_NANOS / 2, STARTUP_NANOS);
    assertThat(alarms).isEmpty();
    later.remove().run();
    assertThat(told).containsExactly((Call) null);

    resolved();
    assertThat(later).as("forgotten").isEmpty();
  }

  @Test
  void whoIsGone_isNotTold_andBreaksNothing() {
    ask(
        step -> {
          throw new RejectedExecutionException("closed");
        });
    ask(later::add);
    resolved();
    assertThat(later).hasSize(1);
    assertThat(told).isEmpty();
    assertThat(faults).isEmpty();
  }
}
