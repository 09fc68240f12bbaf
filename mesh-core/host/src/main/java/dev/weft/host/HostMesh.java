package dev.weft.host;

import dev.weft.bridge.Inbound;
import dev.weft.bridge.Mesh;
import dev.weft.drive.Drive;
import dev.weft.drive.Time;
import dev.weft.runtime.Member;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;

/** The bridge's other end: the mesh as this process is a member of it. */
public final class HostMesh implements Mesh {
  private final Member member;
  private final Drive outbound;
  private final Inbound inbound;

  /**
   * @param notWoven told of ports that are not guarded, and why; for {@code weft agents}
   */
  public HostMesh(Member member, BiConsumer<String, String> notWoven) {
    this.member = member;
    Problems problems = new Problems(member.defaults()::verbose);
    Time time = this::schedule;
    this.outbound =
        new Drive(new HostOutbound(member, problems, time, this::fault), time, this::fault);
    this.inbound = new HostInbound(member, problems, this::fault, notWoven);
  }

  private Runnable schedule(Runnable task, long delayNanos) {
    Future<?> future = member.timer().schedule(task, delayNanos, TimeUnit.NANOSECONDS);
    return () -> future.cancel(false);
  }

  @Override
  public Drive outbound() {
    return outbound;
  }

  @Override
  public Inbound inbound() {
    return inbound;
  }

  @Override
  public Executor aside() {
    return Aside.THREADS;
  }

  @Override
  public Executor handshakes() {
    return Aside.HANDSHAKES;
  }

  @Override
  public void shutdown(boolean over) {
    if (over) {
      member.finishLeaving();
    } else {
      member.beginLeaving();
    }
  }

  @Override
  public void fault(Throwable error) {
    member.telemetry().fault();
    StackTraceElement[] trace = error.getStackTrace();
    String place = trace.length == 0 ? error.getClass().getName() : trace[0].toString();
    member
        .log()
        .warnOnce(
            "fault " + place,
            "an error in the agent, the call goes on without it: " + error + " at " + place);
  }
}
