package dev.weft.drive;

import dev.weft.bridge.Exchange;
import dev.weft.bridge.Refusal;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import org.jspecify.annotations.Nullable;

/** A request that has been let in: its context, and its one end. */
final class GuardedExchange implements Exchange {
  private static final AtomicIntegerFieldUpdater<GuardedExchange> OVER =
      AtomicIntegerFieldUpdater.newUpdater(GuardedExchange.class, "over");

  private final GuardedListener listener;
  private final RequestContext context;
  private final boolean counted;
  private final long begunNanos = System.nanoTime();

  /** Null once it is over: an idle connection may keep its last exchange. */
  private volatile Gate.@Nullable Visit visit;

  private volatile int over;

  GuardedExchange(GuardedListener listener, Gate.Visit visit, RequestContext context) {
    this.listener = listener;
    this.visit = visit;
    this.context = context;
    this.counted = listener.workStarted();
  }

  @Override
  public @Nullable Refusal refusal() {
    return null;
  }

  @Override
  public @Nullable String clientCertificate() {
    Gate.Visit asked = visit;
    try {
      return asked == null ? null : asked.clientCertificate();
    } catch (Throwable t) {
      listener.fault(t);
      return null;
    }
  }

  @Override
  public @Nullable Object enter() {
    return context.enter();
  }

  @Override
  public void leave(@Nullable Object entered) {
    RequestContext.leave(entered);
  }

  @Override
  public void end(int status) {
    Gate.Visit told = visit;
    if (told == null || !OVER.compareAndSet(this, 0, 1)) {
      return;
    }
    visit = null;
    context.end();
    if (!counted) {
      return;
    }
    try {
      told.served(status, System.nanoTime() - begunNanos);
    } catch (Throwable t) {
      listener.fault(t);
    }
    listener.workEnded();
  }
}
