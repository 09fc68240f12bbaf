package dev.weft.drive;

import java.util.ArrayList;
import java.util.List;

/** Time that passes only when somebody sleeps, or when a test says so. */
final class FakeTime implements Time {
  private record Task(Runnable run, long at) {}

  private final List<Task> tasks = new ArrayList<>();
  private long now = 1_000;
  private Runnable whileAsleep = () -> {};
  private boolean broken;

  /** What happens when somebody sleeps. */
  void whileAsleep(Runnable happens) {
    whileAsleep = happens;
  }

  /** Makes {@link #schedule} throw. */
  void breakAlarm() {
    broken = true;
  }

  /** How many tasks wait for their time. */
  int waiting() {
    return tasks.size();
  }

  void pass(long nanos) {
    now += nanos;
    for (Task due : tasks.stream().filter(task -> task.at <= now).toList()) {
      if (tasks.remove(due)) {
        due.run.run();
      }
    }
  }

  @Override
  public long nanoTime() {
    return now;
  }

  @Override
  public void sleep(long nanos) throws InterruptedException {
    whileAsleep.run();
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
    pass(nanos);
  }

  @Override
  public Runnable schedule(Runnable task, long delayNanos) {
    if (broken) {
      throw new IllegalStateException("no alarm");
    }
    Task made = new Task(task, now + delayNanos);
    tasks.add(made);
    return () -> tasks.remove(made);
  }
}
