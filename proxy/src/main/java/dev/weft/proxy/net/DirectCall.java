package dev.weft.proxy.net;

import dev.weft.bridge.Failure;
import dev.weft.bridge.HeadChange;
import dev.weft.bridge.MeshAddress;
import dev.weft.bridge.Refusal;
import dev.weft.bridge.Request;
import dev.weft.drive.Attempt;
import dev.weft.drive.Call;
import dev.weft.drive.Verdict;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A call that the mesh has no say in. Tries the addresses of a host one after the other, and once
 * more when a kept connection turns out to have been closed, if nothing can have come of it.
 */
final class DirectCall implements Call {
  private final List<? extends MeshAddress> addresses;
  private final boolean repeatable;
  private int next;
  private boolean repeated;

  /**
   * @param addresses at least one, in order of preference
   */
  DirectCall(List<? extends MeshAddress> addresses, ProxyRequest request) {
    this.addresses = addresses;
    this.repeatable = request.replayable() && Request.idempotent(request.method());
  }

  @Override
  public Attempt attempt() {
    return new Try(addresses.get(next));
  }

  @Override
  public @Nullable Attempt mirror() {
    return null;
  }

  private Verdict failed(boolean unsent) {
    if (unsent && next + 1 < addresses.size()) {
      next++;
      return Verdict.retryAfter(0);
    }
    if (!unsent && repeatable && !repeated) {
      repeated = true;
      return Verdict.retryAfter(0);
    }
    return Verdict.DELIVER;
  }

  private final class Try implements Attempt {
    private final MeshAddress address;

    Try(MeshAddress address) {
      this.address = address;
    }

    @Override
    public @Nullable Refusal refusal() {
      return null;
    }

    @Override
    public long delayNanos() {
      return 0;
    }

    @Override
    public MeshAddress address() {
      return address;
    }

    @Override
    public @Nullable HeadChange change() {
      return null;
    }

    @Override
    public long timeoutNanos() {
      return 0;
    }

    @Override
    public long connectTimeoutNanos() {
      return 0;
    }

    @Override
    public Verdict responded(int status, @Nullable String retryAfter) {
      return Verdict.DELIVER;
    }

    @Override
    public @Nullable HeadChange responseChange() {
      return null;
    }

    @Override
    public Verdict failed(Throwable error, @Nullable Failure known) {
      return DirectCall.this.failed(known == Failure.UNSENT);
    }

    @Override
    public Verdict timedOut() {
      return Verdict.DELIVER;
    }

    @Override
    public void abandoned() {}
  }
}
