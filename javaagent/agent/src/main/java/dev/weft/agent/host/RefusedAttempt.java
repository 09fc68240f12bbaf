package dev.weft.agent.host;

import dev.weft.bootstrap.Attempt;
import dev.weft.bootstrap.MeshAddress;
import dev.weft.bootstrap.Refusal;

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
  public void responded(int status) {}

  @Override
  public void failed(Throwable error) {}

  @Override
  public void abandoned() {}
}
