package dev.weft.host;

import dev.weft.bootstrap.Attempt;
import dev.weft.bootstrap.HeadChange;
import dev.weft.bootstrap.MeshAddress;
import dev.weft.bootstrap.Refusal;
import dev.weft.bootstrap.Verdict;
import org.jspecify.annotations.Nullable;

/** An attempt that the mesh answers itself. */
final class RefusedAttempt implements Attempt {
  private final Refusal refusal;

  RefusedAttempt(Refusal refusal) {
    this.refusal = refusal;
  }

  @Override
  public Refusal refusal() {
    return refusal;
  }

  @Override
  public MeshAddress address() {
    throw new IllegalStateException("refused: " + refusal);
  }

  @Override
  public long delayNanos() {
    return 0;
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
  public @Nullable HeadChange responseChange() {
    return null;
  }

  @Override
  public Verdict timedOut() {
    return Verdict.DELIVER;
  }

  @Override
  public Verdict responded(int status, @Nullable String retryAfter) {
    return Verdict.DELIVER;
  }

  @Override
  public Verdict failed(Throwable error, boolean unsent) {
    return Verdict.DELIVER;
  }

  @Override
  public void abandoned() {}
}
